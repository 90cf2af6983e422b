import { beforeEach, describe, expect, test } from "vitest";
import { placeOf, type Names } from "$client/search-match";
import { termsOf } from "$client/search-terms";
import { Searching } from "$client/searching";
import type { Message } from "$client/model";
import {
  ANNA,
  BEN,
  DIRECT,
  EVERYONE,
  messageId,
  START_MS,
  storedLog,
  storedMessage,
} from "$client/store/conformance-records";
import type { Change, StoredMessage } from "$client/store/interface";
import { MemoryStore } from "$client/store/memory";
import { ContentKind, decodeContent, encodeContent, SHOWN_KINDS } from "$wire/content";
import { fromHex } from "$wire/hex";
import { parseQuery } from "$wire/search-query";
import { FACT } from "$wire/search-words";

const NAMES: Names = {
  user: (name) => ({ anna: ANNA, ben: BEN })[name] ?? "",
  log: (name) => ({ everyone: EVERYONE, "@ben": DIRECT })[name] ?? "",
};

let store: MemoryStore;
let searching: Searching;
let reads: number;
const ignored = new Set<string>();
const changing = new Map<string, string>();

beforeEach(async () => {
  store = new MemoryStore();
  reads = 0;
  ignored.clear();
  changing.clear();
  await store.commit([storedLog(EVERYONE), storedLog(DIRECT)]);
  searching = new Searching({
    store,
    logs: () => [EVERYONE, DIRECT],
    before: (log, seq, limit) => {
      reads += 1;
      return store.messages(log, { before: seq, limit });
    },
    texts: (log, messages) => Promise.all(messages.map((each) => textNow(log, each))),
    authorOf: (device) => device, // each device is a person
    isChanging: (id) => changing.has(id),
    show: (log, messages) => Promise.all(messages.map(async (each) => shown(each, await textNow(log, each)))),
    ignored: () => ignored,
    isIgnored: (device) => ignored.has(device),
  });
});

/** The text of the last edit, which is all that this test does to messages. */
async function textNow(log: string, message: StoredMessage): Promise<string | null> {
  const waiting = changing.get(message.messageId);
  if (waiting !== undefined) return waiting;
  if (!message.content.length) return null;
  const edits = await store.amendments(log, [message.messageId]);
  const content = decodeContent((edits.at(-1) ?? message).content);
  return content.type === "text" || content.type === "edit" ? content.text : null;
}

function shown(message: StoredMessage, text: string | null): Message {
  return { id: message.messageId, seq: message.seq, text: text ?? "" } as Message;
}

function text(log: string, seq: number, words: string, changes: Partial<StoredMessage> = {}): StoredMessage {
  const content = encodeContent({ type: "text", text: words, isAction: false, replyTo: new Uint8Array() });
  return { ...storedMessage(log, seq), atMs: START_MS + seq * 1000, content, ...changes };
}

function edit(log: string, seq: number, target: number, words: string): StoredMessage {
  const id = messageId(log, target);
  const content = encodeContent({ type: "edit", target: fromHex(id), text: words });
  return { ...storedMessage(log, seq), kind: ContentKind.EDIT, target: id, content };
}

async function commit(...changes: Change[]): Promise<void> {
  searching.note(changes);
  await store.commit(changes);
}

async function find(query: string, limit = 20, before: number | null = null): Promise<string[]> {
  const hits = await searching.search(parseQuery(query), NAMES, { limit, before });
  return hits.map((hit) => hit.message.text);
}

describe("finding", () => {
  test("hits of all conversations come newest first, page by page", async () => {
    await commit(text(EVERYONE, 1, "cake one"), text(DIRECT, 2, "cake two"), text(EVERYONE, 3, "cake three"));
    expect(await find("cake ")).toEqual(["cake three", "cake two", "cake one"]);
    const [first] = await searching.search(parseQuery("cake "), NAMES, { limit: 1, before: null });
    expect(await find("cake ", 1, first?.place)).toEqual(["cake two"]);
    expect(await find("milk ")).toEqual([]);
  });

  test("a hit has its neighbours and its marks in code points", async () => {
    await commit(text(EVERYONE, 1, "before"), text(EVERYONE, 2, "🎂 a Cake!"), text(EVERYONE, 3, "after"));
    const [hit] = await searching.search(parseQuery("cake"), NAMES, { limit: 5, before: null });
    expect([hit?.before?.text, hit?.after?.text]).toEqual(["before", "after"]);
    expect(hit?.marks).toEqual([{ start: 4, end: 8 }]);
  });

  test.each([
    ["from:ben", ["milk and cake"]],
    ["-from:ben ca", ["cake with `code`", "cake"]],
    ["in:@ben ca", ["cake"]],
    ["-in:@ben ca", ["cake with `code`", "milk and cake"]],
    ["has:code", ["cake with `code`"]],
    ["-has:code -milk ca", ["cake"]],
    ['"and cake"', ["milk and cake"]],
    ["from:ben from:anna in:everyone cake ", ["cake with `code`", "milk and cake"]],
  ])("%s", async (query, found) => {
    await commit(
      text(DIRECT, 1, "cake"),
      text(EVERYONE, 2, "milk and cake", { sender: BEN }),
      text(EVERYONE, 3, "cake with `code`"),
    );
    expect(await find(query)).toEqual(found);
  });

  test("days are those of this machine", async () => {
    const day = new Date(START_MS);
    const named = `${day.getFullYear()}-${day.getMonth() + 1}-${day.getDate()}`;
    await commit(text(EVERYONE, 1, "cake"));
    expect(await find(`after:${named}`)).toEqual(["cake"]);
    expect(await find(`before:${named}`)).toEqual([]);
  });

  test("people who are ignored are not found, and are no neighbours", async () => {
    await commit(text(EVERYONE, 1, "cake of ben", { sender: BEN }), text(EVERYONE, 2, "cake"));
    ignored.add(BEN);
    const hits = await searching.search(parseQuery("cake"), NAMES, { limit: 5, before: null });
    expect(hits.map((hit) => [hit.message.text, hit.before])).toEqual([["cake", null]]);
  });
});

describe("keeping up", () => {
  test("what has come, was edited or deleted since the last search is seen", async () => {
    await commit(text(EVERYONE, 1, "cake"), text(EVERYONE, 2, "tea"));
    expect(await find("cake ")).toEqual(["cake"]);
    await commit(text(EVERYONE, 3, "more cake"), edit(EVERYONE, 4, 2, "tea and cake"));
    expect(await find("cake ")).toEqual(["more cake", "tea and cake", "cake"]);
    await commit({ ...text(EVERYONE, 3, "x"), content: new Uint8Array() }, edit(EVERYONE, 5, 1, "milk"));
    expect(await find("cake ")).toEqual(["tea and cake"]);
    expect(await find("milk ")).toEqual(["milk"]);
  });

  test("what is expired is gone", async () => {
    await commit(text(EVERYONE, 1, "cake"), text(EVERYONE, 2, "cake too"));
    expect(await find("cake ")).toHaveLength(2);
    await commit({ ...text(EVERYONE, 1, "x"), kind: ContentKind.EXPIRED, content: new Uint8Array() });
    expect(SHOWN_KINDS.has(ContentKind.EXPIRED)).toBe(false);
    expect(await find("cake ")).toEqual(["cake too"]);
  });

  test("what waits for the hub counts as it looks now, and not when it fails", async () => {
    await commit(text(EVERYONE, 1, "cake"));
    expect(await find("cake ")).toEqual(["cake"]);
    changing.set(messageId(EVERYONE, 1), "tea");
    expect([await find("cake "), await find("tea ")]).toEqual([[], ["tea"]]);
    changing.clear();
    expect([await find("cake "), await find("tea ")]).toEqual([["cake"], []]);
  });

  test("hundreds of news are all taken in", async () => {
    await commit(text(EVERYONE, 1, "cake 1"));
    expect(await find("cake ")).toHaveLength(1);
    await commit(
      ...Array.from({ length: 700 }, (_, place) => text(EVERYONE, place + 2, `cake ${place + 2}`)),
    );
    expect(await find("cake ", 1000)).toHaveLength(701);
    expect((await find("cake ", 3))[0]).toBe("cake 701");
  });

  test("two searches at once read everything once", async () => {
    await commit(...Array.from({ length: 500 }, (_, place) => text(EVERYONE, place + 1, `cake ${place}`)));
    const [one, two] = await Promise.all([find("nothing "), find("cake ", 1000)]);
    expect([one.length, two.length]).toEqual([0, 500]);
    reads = 0;
    expect(await find("nothing ")).toEqual([]);
    expect(reads).toBe(0);
  });

  test("a common word is found without reading everything", async () => {
    await commit(...Array.from({ length: 5000 }, (_, place) => text(EVERYONE, place + 1, `cake ${place}`)));
    await find("cake ");
    expect(reads).toBeLessThan(30); // one page of each log, and the hits
  });
});

test("nobody can write a text that claims a fact", () => {
  const written = { log: EVERYONE, author: ANNA, isReply: true };
  const words = termsOf(`${FACT}u${BEN} see www.example.org, @ben: \`x\``, written);
  const facts = words.filter((word) => word.startsWith(FACT));
  expect(facts.map((word) => word.slice(1, 3)).sort()).toEqual([
    "hc",
    "hl",
    "hm",
    "hr",
    `l${EVERYONE[0]}`,
    `u${ANNA[0]}`,
  ]);
});

test("places are ordered by time, and fit in a number", () => {
  expect(placeOf(START_MS, 1, 1)).toBeLessThan(placeOf(START_MS + 1, 0, 0));
  expect(Number.isSafeInteger(placeOf(2 ** 60, 2 ** 17, 2 ** 36))).toBe(true);
  expect(placeOf(-5, 0, 0)).toBe(0);
});
