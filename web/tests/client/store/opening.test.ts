import { IDBFactory } from "fake-indexeddb";
import "fake-indexeddb/auto";
import { beforeEach, expect, test } from "vitest";
import { EVERYONE, PROFILE, storedLog, storedMessage } from "$client/store/conformance-records";
import { StoreFailed, StoreTaken } from "$client/store/interface";
import { BrowserStores, type BrowserStorage } from "$client/store/opening";
import { answered } from "$client/store/requests";
import { lookForStore } from "$client/store/traces";
import { randomBytes } from "../random";

const HUB = "ab".repeat(16);
let storage: BrowserStorage;
let marks: Map<string, string>;
let stores: BrowserStores;

/** `localStorage`, over a map that a test can look into. */
function marksIn(map: Map<string, string>): BrowserStorage["marks"] {
  return {
    getItem: (name) => map.get(name) ?? null,
    setItem: (name, value) => void map.set(name, value),
    removeItem: (name) => void map.delete(name),
  };
}

beforeEach(() => {
  marks = new Map();
  storage = { databases: new IDBFactory(), marks: marksIn(marks), randomBytes };
  stores = new BrowserStores(storage);
});

async function openAndClose(): Promise<string> {
  const { store, past } = await stores.open(HUB);
  store.close();
  return past;
}

test("a store is new once, then known, and each hub has its own", async () => {
  expect(await lookForStore(storage, HUB)).toBe("none");
  const { store } = await stores.open(HUB);
  await store.commit([PROFILE]);
  store.close();
  expect(await lookForStore(storage, HUB)).toBe("whole");
  const again = await stores.open(HUB);
  expect([again.past, (await again.store.load()).profile]).toEqual(["known", PROFILE]);
  const other = await stores.open("cd".repeat(16));
  expect([other.past, (await other.store.load()).profile]).toEqual(["new", null]);
});

test("a store that the browser has thrown away is missed", async () => {
  await openAndClose();
  storage = { ...storage, databases: new IDBFactory() };
  stores = new BrowserStores(storage);
  expect(await openAndClose()).toBe("lost");
  expect(await openAndClose()).toBe("known");
});

test.each(["lanmsg keys", `lanmsg ${HUB} 1`])(
  "a store that has lost %s alone is missed, and begun anew",
  async (name) => {
    const { store } = await stores.open(HUB);
    await store.commit([PROFILE]);
    store.close();
    await answered(storage.databases.deleteDatabase(name));
    expect([await lookForStore(storage, HUB), await stores.read(HUB)]).toEqual(["lost", null]);
    const again = await stores.open(HUB);
    expect((await again.store.load()).profile).toBeNull();
    again.store.close();
    expect(await lookForStore(storage, HUB)).toBe("whole");
  },
);

test("a store that has lost its mark alone is whole, and says whose it is", async () => {
  const { store } = await stores.open(HUB);
  await store.commit([PROFILE]);
  marks.clear();
  expect(await lookForStore(storage, HUB)).toBe("whole");
  expect((await stores.read(HUB))?.profile).toEqual(PROFILE);
  await store.commit([storedLog(EVERYONE)]); // who has it open is not disturbed
});

test("looking for a store makes none", async () => {
  expect([await lookForStore(storage, HUB), await stores.read(HUB)]).toEqual(["none", null]);
  const names = (await storage.databases.databases()).map(({ name }) => name);
  expect(names).not.toContain(`lanmsg ${HUB} 1`);
});

test("a browser that forbids its database says what to do", async () => {
  const open = (): never => {
    throw new DOMException("forbidden", "SecurityError");
  };
  const databases = Object.assign(new IDBFactory(), { open });
  await expect(lookForStore({ ...storage, databases }, HUB)).rejects.toThrow("private window");
});

test("a store that was put back from a copy is noticed", async () => {
  await openAndClose();
  const copied = new Map(marks);
  await openAndClose();
  const [latest] = marks.values();
  marks.clear();
  for (const [name] of copied) marks.set(name, String(Number(latest) + 3));
  expect(await openAndClose()).toBe("older");
  expect(await openAndClose()).toBe("known");
});

test("without localStorage, or with nonsense in it, a store is opened all the same", async () => {
  await openAndClose();
  for (const [name] of marks) marks.set(name, "nonsense");
  expect(await openAndClose()).toBe("known");
  stores = new BrowserStores({ ...storage, marks: null });
  expect(await openAndClose()).toBe("known");
});

test("who was taken over can write nothing more, and is told so", async () => {
  const one = await stores.open(HUB);
  const two = await stores.open(HUB);
  await expect(one.store.commit([PROFILE])).rejects.toBeInstanceOf(StoreTaken);
  await expect(one.store.load()).rejects.toBeInstanceOf(StoreTaken);
  expect((await two.store.load()).profile).toBeNull();
  await two.store.commit([PROFILE]);
});

test("replaced, the old store stays and one with what is kept takes its place", async () => {
  const { store } = await stores.open(HUB);
  await store.commit([PROFILE]);
  store.close();
  await stores.replace(HUB, [{ ...PROFILE, handle: "ann" }]);
  const fresh = await stores.open(HUB);
  expect([fresh.past, (await fresh.store.load()).profile?.handle]).toEqual(["known", "ann"]);
  const names = (await storage.databases.databases()).map((each) => each.name);
  expect(names.filter((name) => name?.includes(HUB))).toHaveLength(2);
});

test("a crash while the new store is made leaves the old one, and what was begun is no hindrance", async () => {
  const { store } = await stores.open(HUB);
  await store.commit([PROFILE]);
  store.close();
  const dying = new BrowserStores({ ...storage, databases: crashingAt(storage.databases, "lanmsg keys") });
  await expect(dying.replace(HUB, [{ ...PROFILE, handle: "ann" }])).rejects.toBeInstanceOf(StoreFailed);
  const old = await stores.open(HUB);
  expect([old.past, (await old.store.load()).profile]).toEqual(["known", PROFILE]);
  old.store.close();
  await stores.replace(HUB, [{ ...PROFILE, handle: "anna" }]);
  const fresh = await stores.open(HUB);
  expect((await fresh.store.load()).profile?.handle).toBe("anna");
  fresh.store.close();
  await stores.forget(HUB);
  expect((await storage.databases.databases()).map((each) => each.name)).toEqual(["lanmsg keys"]);
});

/** The databases of a browser that dies when it opens this one for the second time. */
function crashingAt(databases: IDBFactory, name: string): IDBFactory {
  let opened = 0;
  const open = (asked: string, version?: number): IDBOpenDBRequest => {
    if (asked === name && (opened += 1) > 1) throw new Error("crashed");
    return databases.open(asked, version);
  };
  return {
    open,
    deleteDatabase: (asked: string) => databases.deleteDatabase(asked),
    databases: () => databases.databases(),
    cmp: (one: unknown, other: unknown) => databases.cmp(one, other),
  };
}

test("forgotten, nothing is left", async () => {
  await openAndClose();
  await stores.replace(HUB, [PROFILE]);
  await openAndClose();
  await stores.forget(HUB);
  const names = (await storage.databases.databases()).map((each) => each.name);
  expect(names).toEqual(["lanmsg keys"]);
  expect([await lookForStore(storage, HUB), marks.size]).toEqual(["none", 0]);
  expect(await openAndClose()).toBe("new");
});

test("with another key nothing is shown, and the store says so", async () => {
  const { store } = await stores.open(HUB);
  await store.commit([PROFILE]);
  store.close();
  const keys = await answered(storage.databases.open("lanmsg keys"));
  const put = keys.transaction("keys", "readwrite").objectStore("keys");
  put.put({ key: new Uint8Array(32), number: 1 }, HUB);
  keys.close();
  await expect(stores.open(HUB)).rejects.toBeInstanceOf(StoreFailed);
});

test("nothing that is stored lies in the database in clear", async () => {
  const { store } = await stores.open(HUB);
  const secret = "the cake is in the attic";
  const message = {
    ...storedMessage(EVERYONE, 1),
    content: new TextEncoder().encode(secret),
    target: EVERYONE,
  };
  const session = {
    type: "olm_session",
    device: EVERYONE,
    sessionId: secret,
    pickle: secret,
    used: 1,
  } as const;
  await store.commit([{ ...PROFILE, handle: "annabel" }, storedLog(EVERYONE), message, session]);
  const text = await everythingIn(storage.databases, `lanmsg ${HUB} 1`);
  expect(text.length).toBeGreaterThan(800);
  const idAsText = String.fromCharCode(...new Uint8Array(16).fill(0xee));
  for (const clear of ["cake", "annabel", "Attic", EVERYONE, idAsText]) {
    expect(text).not.toContain(clear);
  }
});

/** Return all keys, values and index keys of a database as one text, each byte one character. */
async function everythingIn(factory: IDBFactory, name: string): Promise<string> {
  const database = await answered(factory.open(name));
  const parts: unknown[] = [];
  for (const table of database.objectStoreNames) {
    const store = database.transaction(table).objectStore(table);
    parts.push(...(await answered(store.getAllKeys())), ...((await answered(store.getAll())) as unknown[]));
  }
  return parts.map(textOf).join(" ");
}

function textOf(value: unknown): string {
  if (value instanceof ArrayBuffer) return String.fromCharCode(...new Uint8Array(value));
  if (value instanceof Uint8Array) return String.fromCharCode(...value);
  if (typeof value === "object" && value !== null) return Object.values(value).map(textOf).join(" ");
  return String(value);
}
