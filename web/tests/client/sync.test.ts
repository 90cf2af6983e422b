import { beforeAll, beforeEach, expect, test } from "vitest";
import { OlmCrypto } from "$client/crypto/olm";
import { loadOlm } from "$client/crypto/olm-module";
import { Effects } from "$client/effects";
import { Gaps } from "$client/gaps";
import { RoomMembers } from "$client/members";
import { MessageKeys } from "$client/message-keys";
import { ClientState, type Log } from "$client/state";
import { EVERYONE } from "$client/model";
import { PROFILE, storedMessage } from "$client/store/conformance-records";
import { MemoryStore } from "$client/store/memory";
import { Sync } from "$client/sync";
import { decodeClientFrame, FrameSplitter } from "$wire/codec";
import { chain, type Entry, EntryKind, LogKind } from "$wire/entries";
import { RemoteError } from "$wire/errors";
import type { ClientFrame, Entries, Head } from "$wire/frames";
import { fromHex } from "$wire/hex";
import { ZERO_HASH } from "$wire/ids";
import { GAP_BUFFER_ENTRIES, MAX_FRAME_BYTES } from "$wire/limits";
import { randomBytes } from "./random";
import { compiledOlm } from "../olm";

let crypto: OlmCrypto;
let state: ClientState;
let effects: Effects;
let sync: Sync;
let store: MemoryStore;
let gaps: Gaps;
let taken: number[];
let caughtUp: number;
let rewound: Log[];

beforeAll(async () => {
  crypto = new OlmCrypto(await loadOlm(randomBytes, compiledOlm()));
});

beforeEach(() => {
  const account = crypto.newAccount();
  state = new ClientState({ ...PROFILE, identitySecret: randomBytes(32) }, account, () => true);
  effects = new Effects();
  [taken, caughtUp, rewound] = [[], 0, []];
  store = new MemoryStore();
  gaps = new Gaps(state, effects, store, []);
  const keys = new MessageKeys({ effects, store, crypto, outbound: [] });
  const members = new RoomMembers(state, effects, keys, gaps, () => undefined);
  sync = new Sync(state, effects, {
    members,
    gaps,
    takeRun: (_, run) => {
      taken.push(...run.map((each) => each.seq));
      return Promise.resolve();
    },
    caughtUp: () => (caughtUp += 1),
    flush: () => undefined,
    highestCounter: (log) => log.stored.counter,
    ownCounter: (log) => store.counters(log.id).get(state.device) ?? 0,
    rewind: (log) => rewound.push(log),
  });
  sync.start(1);
});

const entries: readonly Entry[] = Array.from({ length: 700 }, (_, place) => ({
  kind: EntryKind.MESSAGE,
  sender: new Uint8Array(16).fill(1),
  messageId: new Uint8Array(16).fill(place % 251),
  atMs: 1000 + place,
  body: new Uint8Array([place % 256]),
}));

/** The log of everyone, as an honest hub has it. */
function everyone(): { readonly id: Uint8Array; readonly hashes: readonly Uint8Array[] } {
  const id = fromHex(state.everyoneLog);
  return { id, hashes: [ZERO_HASH, ...chain(id, 1, ZERO_HASH, entries).map((each) => each.hash)] };
}

function head(seq: number, changes: Partial<Head> = {}): Head {
  const { id, hashes } = everyone();
  const [kind, base, counter, users] = [LogKind.EVERYONE, 0, 0, []];
  const hash = hashes[seq] ?? ZERO_HASH;
  const pruned = { prunedSeq: 0, prunedHash: ZERO_HASH };
  return { log: id, kind, base, baseHash: ZERO_HASH, seq, hash, counter, users, ...pruned, ...changes };
}

function heads(...list: readonly Head[]): void {
  sync.takeHeads({ type: "heads", heads: list });
}

function run(first: number, last: number, changes: Partial<Entries> = {}): Entries {
  const { id, hashes } = everyone();
  const items = entries.slice(first - 1, last);
  const previous = hashes[first - 1] ?? ZERO_HASH;
  return { type: "entries", log: id, firstSeq: first, previous, head: last, items, ...changes };
}

/** What was sent since the last look, in short. */
function sent(): string[] {
  const splitter = new FrameSplitter(MAX_FRAME_BYTES);
  const frames = effects
    .take()
    .frames.flatMap((data) => splitter.feed(data).map((each) => decodeClientFrame(each)));
  return frames.map((frame) => shortOf(frame));
}

function shortOf(frame: ClientFrame | null): string {
  if (frame?.type === "fetch") return `fetch ${frame.after}`;
  return frame?.type === "ack" ? `ack ${frame.seq}` : (frame?.type ?? "");
}

function alarms(): string[] {
  return effects.events.flatMap((event) => (event.type === "alarm" ? [event.kind] : []));
}

test("what is missing is fetched in pages, each asked for before the one before is taken", async () => {
  heads(head(5));
  expect(sent()).toEqual(["fetch 0"]);
  await sync.takeEntries(run(1, 3, { head: 5 }));
  expect(sent()).toEqual(["fetch 3", "ack 3"]);
  expect(caughtUp).toBe(0);
  await sync.takeEntries(run(4, 5));
  expect([taken, sent(), caughtUp]).toEqual([[1, 2, 3, 4, 5], ["ack 5"], 1]);
});

test("a live entry beyond a gap waits for it, and each entry is taken once", async () => {
  heads(head(2));
  await sync.takeEntries(run(1, 2));
  await sync.takeEntries(run(5, 6));
  expect(taken).toEqual([1, 2]);
  await sync.takeEntries(run(2, 4)); // overlaps what we have
  expect(taken).toEqual([1, 2, 3, 4, 5, 6]);
  await sync.takeEntries(run(1, 6));
  expect(taken).toHaveLength(6);
});

test("too many that wait are not kept, but fetched again", async () => {
  heads(head(1));
  await sync.takeEntries(run(1, 1));
  await sync.takeEntries(run(3, 3 + GAP_BUFFER_ENTRIES, { head: 700 }));
  expect(state.logs.get(state.everyoneLog)?.buffered.size).toBe(0);
  expect(sent()).toContain("fetch 1");
});

test("the cursor is stored behind the entries that it has passed", async () => {
  heads(head(1));
  effects.take();
  await sync.takeEntries(run(1, 1));
  const [change] = effects.changes;
  expect(change).toMatchObject({ type: "stored_log", seq: 1, hash: everyone().hashes[1] });
});

test("a hub that changes its story is found out, and nothing more is taken", async () => {
  heads(head(2));
  await sync.takeEntries(run(1, 2));
  await sync.takeEntries(run(3, 3, { previous: new Uint8Array(32).fill(9) }));
  expect([alarms(), taken]).toEqual([["forked_log"], [1, 2]]);
  await sync.takeEntries(run(3, 3));
  expect(taken).toEqual([1, 2]);
});

test("another entry in the place of one that we have is another story", async () => {
  heads(head(2));
  await sync.takeEntries(run(1, 2));
  await sync.takeEntries({ ...run(2, 3), items: entries.slice(100, 102) });
  expect(alarms()).toEqual(["forked_log"]);
});

test("a hub that has fewer entries, or another hash, than we have is told of", async () => {
  heads(head(3));
  await sync.takeEntries(run(1, 3));
  sync.start(1);
  heads(head(2));
  expect(alarms()).toEqual(["hub_rolled_back"]);
});

test("no log is passed off as another", () => {
  const direct = head(1, { kind: LogKind.DIRECT, users: [fromHex(state.user), new Uint8Array(16)] });
  for (const false_ of [direct, head(1, { kind: LogKind.INBOX }), head(1, { kind: LogKind.DIRECTORY })]) {
    expect(() => {
      heads(false_);
    }).toThrow(RemoteError);
  }
  const ours = head(0, {
    log: fromHex(state.accountLog),
    kind: LogKind.ACCOUNT,
    users: [fromHex(state.user)],
  });
  heads(ours, head(0, { kind: 99 })); // a kind of a newer hub is passed over
  expect([...state.logs.keys()]).toEqual([state.accountLog]);
});

test("who has sent more than they remember has an old store, and uses no key of it again", () => {
  heads(head(0));
  heads(head(0, { counter: 4 }));
  expect([rewound.length, alarms()]).toEqual([1, ["store_rolled_back"]]);
  expect(state.logs.get(state.everyoneLog)?.stored.counter).toBe(4);
});

test("conversations wait for the directory, and for the inbox with their keys", async () => {
  sync.start(2);
  const inbox = head(1, { log: fromHex(state.inbox), kind: LogKind.INBOX });
  heads(inbox, head(2));
  expect(sent()).toEqual(["fetch 0"]); // of the inbox alone
  await sync.takeEntries(run(1, 2));
  expect(taken).toEqual([]);
  const log = fromHex(state.inbox);
  await sync.takeEntries({ ...run(1, 1), log });
  expect(sent()).toEqual(["ack 1", "fetch 0"]);
});

test("an empty page ends the asking, whatever the hub says of the log", async () => {
  heads(head(5));
  sent();
  await sync.takeEntries(run(1, 0, { items: [], head: 500 }));
  expect([sent(), caughtUp]).toEqual([[], 1]);
});

/** A head of everyone's log that says up to where the hub has removed messages. */
function pruned(seq: number, prunedSeq: number, changes: Partial<Head> = {}): Head {
  return head(seq, { prunedSeq, prunedHash: everyone().hashes[prunedSeq] ?? ZERO_HASH, ...changes });
}

test("what the hub has removed is passed over, told once, and never asked for", async () => {
  const gap = { afterSeq: 0, upToSeq: 3, count: 3 };
  heads(pruned(5, 3));
  expect(effects.events).toMatchObject([{ type: "gap_found", conversationName: "everyone", gap }]);
  expect(sent()).toEqual(["fetch 3"]);
  await sync.takeEntries(run(4, 5));
  expect([taken, alarms(), gaps.of(EVERYONE)]).toEqual([[4, 5], [], [gap]]);
  sync.start(1);
  heads(pruned(5, 3));
  expect(sent()).toEqual(["ack 5"]);
  expect(gaps.of(EVERYONE)).toEqual([gap]);
});

test("a gap and the cursor behind it are stored together", async () => {
  heads(head(1));
  await sync.takeEntries(run(1, 1));
  effects.take();
  heads(pruned(9, 8));
  expect(effects.changes).toMatchObject([
    { type: "stored_log", seq: 8, hash: everyone().hashes[8] },
    { type: "stored_gap", log: state.everyoneLog, afterSeq: 1, upToSeq: 8, count: 7 },
  ]);
});

test("what follows a gap must fit the hash that the hub has given there", async () => {
  heads(pruned(5, 3));
  await sync.takeEntries(run(4, 5, { previous: new Uint8Array(32).fill(9) }));
  expect([taken, alarms()]).toEqual([[], ["forked_log"]]);
});

test("another hash than ours at the end of what is gone is another story", async () => {
  const prunedHash = new Uint8Array(32).fill(9);
  heads(head(3));
  await sync.takeEntries(run(1, 3));
  sync.start(1);
  heads(pruned(5, 3, { prunedHash }));
  expect(alarms()).toEqual(["forked_log"]);
  expect(gaps.of(EVERYONE)).toEqual([]);
});

test("another hash further back than our cursor is another story, too", async () => {
  const message = { ...storedMessage(state.everyoneLog, 2), hash: everyone().hashes[2] ?? ZERO_HASH };
  heads(head(3));
  await store.commit([...effects.take().changes, message]);
  await sync.takeEntries(run(1, 3));
  heads(pruned(3, 2));
  await sync.checkPruned();
  expect(alarms()).toEqual([]);
  heads(pruned(3, 2, { prunedHash: new Uint8Array(32).fill(9) }));
  await sync.checkPruned();
  expect([alarms(), state.logs.get(state.everyoneLog)?.isStopped]).toEqual([["forked_log"], true]);
});

test("a log that is all gone ends with the hash of its head", () => {
  heads(pruned(3, 3, { prunedHash: new Uint8Array(32).fill(9) }));
  expect([alarms(), gaps.of(EVERYONE)]).toEqual([["forked_log"], []]);
});

test("no hub removes more than there is, or anything of a log of ours alone", () => {
  const inbox = { log: fromHex(state.inbox), kind: LogKind.INBOX };
  for (const false_ of [pruned(3, 4), pruned(5, 3, inbox)]) {
    expect(() => {
      heads(false_);
    }).toThrow("the hub has removed what no hub removes");
  }
});

test("a counter that the hub once named too high does not silence us for good", () => {
  heads(head(0, { counter: 40 }));
  sync.start(1);
  heads(head(0, { counter: 3 }));
  expect(state.logs.get(state.everyoneLog)?.stored.counter).toBe(3);
  heads(head(0, { counter: 2 })); // not at a login: it may be older than what was acknowledged
  expect(state.logs.get(state.everyoneLog)?.stored.counter).toBe(3);
});
