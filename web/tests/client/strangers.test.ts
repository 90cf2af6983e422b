/** What a hub says of people and devices that the directory does not name: nothing, and within bounds. */

import { beforeAll, beforeEach, expect, test } from "vitest";
import { OlmCrypto } from "$client/crypto/olm";
import { loadOlm } from "$client/crypto/olm-module";
import { Deliveries, MAX_EARLY_RECEIPTS } from "$client/deliveries";
import { Effects } from "$client/effects";
import { Log } from "$client/log";
import { MessageKeys } from "$client/message-keys";
import { People } from "$client/people";
import { ClientState } from "$client/state";
import { PROFILE, storedMessage } from "$client/store/conformance-records";
import { MemoryStore } from "$client/store/memory";
import { encode } from "$wire/codec";
import { ContentKind, encodeContent } from "$wire/content";
import { EntryKind, LogKind } from "$wire/entries";
import { fromHex, toHex } from "$wire/hex";
import { deviceId, userId, ZERO_HASH } from "$wire/ids";
import { MAX_USERS } from "$wire/limits";
import { DeviceStatement, UserStatement } from "$wire/statements";
import { randomBytes } from "./random";
import { compiledOlm } from "../olm";

const MANY = 12_000;
const IDENTITY_KEY = new Uint8Array(32).fill(7);
const BOB = userId(IDENTITY_KEY);
const SIGNATURE = new Uint8Array(64);
const KEYS = { signingKey: new Uint8Array(32).fill(8), agreementKey: new Uint8Array(32).fill(9) };
const BOBS_DEVICE = deviceId(KEYS.signingKey, KEYS.agreementKey);
const CLAIM: UserStatement = { handle: "bob", identityKey: IDENTITY_KEY, signature: SIGNATURE };
const BINDING: DeviceStatement = {
  user: BOB,
  ...KEYS,
  deviceName: "",
  signature: SIGNATURE,
  voucher: null,
};

let crypto: OlmCrypto;
let state: ClientState;
let effects: Effects;
let people: People;
let deliveries: Deliveries;
let announced: number;

beforeAll(async () => {
  crypto = new OlmCrypto(await loadOlm(randomBytes, compiledOlm()));
});

beforeEach(() => {
  state = new ClientState({ ...PROFILE, identitySecret: randomBytes(32) }, crypto.newAccount(), () => true);
  effects = new Effects();
  announced = 0;
  const keys = new MessageKeys({ effects, store: new MemoryStore(), crypto, outbound: [] });
  people = new People(state, effects, keys, {
    statusChanged: () => undefined,
    roomChanged: () => undefined,
    ownDeviceAdded: () => undefined,
    hasVerified: () => undefined,
    verifiedKey: () => null,
    trustGained: () => undefined,
  });
  deliveries = new Deliveries({
    state,
    effects,
    messages: { before: () => Promise.resolve((announced += 1) && []) } as never,
    outbox: null as never,
    clock: null as never,
    conversations: { ofMany: () => Promise.resolve([]) } as never,
    newMessageId: () => "",
    callLater: null as never,
    isWanted: () => true,
  });
});

function bobJoins(): void {
  const body = encode(UserStatement, CLAIM);
  people.takeEntry(1, ZERO_HASH, entryOf(EntryKind.USER, body));
  people.takeEntry(2, ZERO_HASH, entryOf(EntryKind.DEVICE, encode(DeviceStatement, BINDING)));
}

function entryOf(kind: number, body: Uint8Array) {
  return { kind, sender: new Uint8Array(16), messageId: new Uint8Array(16), atMs: 1, body };
}

/** A conversation of ours with these people (nobody: everyone), with one entry. */
function logOf(kind: number, users: readonly string[]): Log {
  const id = kind === LogKind.EVERYONE ? state.everyoneLog : "d".repeat(32);
  const stored = { type: "stored_log", log: id, kind, base: 0, seq: 1, hash: ZERO_HASH, counter: 0 } as const;
  const log = new Log({ ...stored, users, room: "" });
  state.logs.set(id, log);
  return log;
}

function receipts(log: Log, ...devices: readonly Uint8Array[]): Promise<void> {
  const list = devices.map((device) => ({ device, seq: 1 }));
  return deliveries.takeReceipts({ type: "receipts", log: fromHex(log.id), receipts: list });
}

function strangers(): Uint8Array[] {
  return Array.from(
    { length: MANY },
    (_, place) => new Uint8Array([place & 255, place >> 8, ...new Uint8Array(14)]),
  );
}

function isHere(...users: readonly Uint8Array[]): void {
  const [lastSeenMs, status, sinceMs, note] = [0, 0, 0, new Uint8Array()];
  const list = users.map((user) => ({ user, online: true, lastSeenMs, status, sinceMs, note }));
  people.takePresence({ type: "presence", people: list });
}

test("receipts of strangers are not kept", async () => {
  bobJoins();
  for (const [kind, users] of [
    [LogKind.EVERYONE, []],
    [LogKind.DIRECT, [state.user, toHex(BOB)]],
  ] as const) {
    effects.take();
    const log = logOf(kind, users);
    await receipts(log, ...strangers());
    expect([state.receipts.get(log.id)?.size ?? 0, effects.take().changes, announced]).toEqual([0, [], 0]);
  }
});

test("receipts of people who do not read a chat are not kept", async () => {
  bobJoins();
  const log = logOf(LogKind.DIRECT, [state.user, "ca".repeat(16)]);
  await receipts(log, BOBS_DEVICE);
  expect(state.receipts.get(log.id)?.size ?? 0).toBe(0);
});

test("a receipt that comes before its device is in the directory counts then, once", async () => {
  const log = logOf(LogKind.DIRECT, [state.user, toHex(BOB)]);
  await receipts(log, BOBS_DEVICE);
  expect(state.receipts.get(log.id)?.size ?? 0).toBe(0);
  bobJoins();
  await deliveries.readersChanged();
  await deliveries.readersChanged();
  expect([...(state.receipts.get(log.id) ?? [])]).toEqual([[toHex(BOBS_DEVICE), 1]]);
  expect(announced).toBe(1);
});

test("of receipts that come too early only the newest are remembered", async () => {
  const log = logOf(LogKind.DIRECT, [state.user, toHex(BOB)]);
  await receipts(log, BOBS_DEVICE, ...strangers().slice(0, MAX_EARLY_RECEIPTS));
  bobJoins();
  await deliveries.readersChanged();
  expect(state.receipts.get(log.id)?.size ?? 0).toBe(0);
});

test("presence of strangers is neither told nor kept", () => {
  people.isLive = true;
  isHere(...strangers());
  expect([state.presence.size, effects.take().events]).toEqual([0, []]);
});

test("presence that comes before its person is told when they are known", () => {
  people.isLive = true;
  isHere(BOB);
  bobJoins();
  const told = effects.take().events.map((event) => event.type);
  expect([state.presence.get(toHex(BOB))?.online, told]).toEqual([
    true,
    ["person_joined", "presence_changed"],
  ]);
});

test("of presence that comes too early only the newest is remembered, and of this connection", () => {
  isHere(BOB, ...strangers().slice(0, MAX_USERS));
  bobJoins();
  expect(state.presence.size).toBe(0);
});

test("presence that came too early is forgotten with its connection", () => {
  isHere(BOB);
  people.loggedIn();
  bobJoins();
  expect(state.presence.size).toBe(0);
});

test("nobody is said to have read everyone", async () => {
  bobJoins();
  const log = logOf(LogKind.EVERYONE, []);
  const content = encodeContent({ type: "read_up_to", seq: 1 });
  const message = {
    ...storedMessage(log.id, 2),
    sender: toHex(BOBS_DEVICE),
    content,
    kind: ContentKind.READ_UP_TO,
  };
  await deliveries.reads.take(log, [message]);
  expect([state.reads.size, announced]).toEqual([0, 0]);
});
