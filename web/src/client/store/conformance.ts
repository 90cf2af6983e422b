/**
 * What every store must do: checks that run on each implementation, in tests and in the browser itself.
 *
 *     for (const name of Object.keys(CHECKS)) await checkStore(name, (store) => MyStore.open(store));
 */

import { MESSAGE_CHECKS } from "$client/store/conformance-messages";
import {
  amendment,
  ANNA,
  BEN,
  DIRECT,
  DIRECTORY,
  EVERYONE,
  filled,
  messageId,
  outboxRow,
  PROFILE,
  SESSION,
  storedLog,
  storedMessage,
  TO_ANN,
} from "$client/store/conformance-records";
import { assertRejects, assertSame, type Checks } from "$client/store/conformance-tools";
import {
  MAX_OLM_SESSIONS,
  type Change,
  type OlmSession,
  type OutboundSession,
  type OutboxRow,
  type Store,
  type StoredGap,
  type StoredMembers,
  type StoredPairing,
  type StoredReceipt,
  type StoredStatement,
  type StoredTopic,
  type StoredUnread,
  type StoredValue,
} from "$client/store/interface";
import { ContentKind } from "$wire/content";
import { EntryKind, LogKind } from "$wire/entries";

/** Open the store of this name. A name that was opened and closed before gives the same store again. */
export type OpenStore = (name: string) => Promise<Store>;

const NO_BYTES = new Uint8Array();
const SESSION_OF_ANNA = SESSION + ANNA;

function statement(seq: number): StoredStatement {
  const body = NO_BYTES;
  return {
    type: "stored_statement",
    seq,
    hash: filled(seq),
    kind: EntryKind.USER,
    body,
    isValid: true,
    atMs: 0,
  };
}

function olmSession(device: string, sessionId: string, used: number): OlmSession {
  return { type: "olm_session", device, sessionId, pickle: "pickle", used };
}

function outboundSession(log: string): OutboundSession {
  const pending = [{ device: BEN, body: filled(6) }];
  const sharedWith = [ANNA, BEN];
  return {
    type: "outbound_session",
    log,
    pickle: "pickle",
    createdAtMs: 17,
    messages: 3,
    sharedWith,
    pending,
  };
}

function members(log: string, seq: number): StoredMembers {
  const hash = filled(log.charCodeAt(0));
  return { type: "stored_members", log, seq, hash, sender: ANNA, atMs: 17, body: NO_BYTES, isValid: false };
}

function value(key: string, isWaiting = true): StoredValue {
  return { type: "stored_value", key, change: filled(3), since: 0, isWaiting };
}

function unread(log: string, count: number): StoredUnread {
  return { type: "stored_unread", log, readSeq: 3, countedSeq: 5, count, firstSeq: 4, mentions: [4, 5] };
}

const STATE_CHECKS: Checks = {
  async "a new store is empty"(store) {
    const state = await store.load();
    assertSame(state.profile, null);
    assertSame(Object.values(state).flat().filter(Boolean), []);
    assertSame(store.olmSessions(ANNA), []);
    assertSame(store.inboundSession(SESSION_OF_ANNA), null);
    assertSame(await store.messages(EVERYONE, { before: null, limit: 10 }), []);
    assertSame(await store.messagesAfter(EVERYONE, { after: 0, limit: 10 }), []);
    assertSame(await store.message(EVERYONE, 1), null);
    assertSame(await store.amendments(EVERYONE, [messageId(EVERYONE, 1)]), []);
    assertSame(await store.ofKind(EVERYONE, ContentKind.PIN, 10), []);
    assertSame(await store.findMessage(messageId(EVERYONE, 1)), null);
    assertSame(await store.hasMessage(ANNA, messageId(EVERYONE, 1)), false);
    assertSame(await store.unreadable({}), []);
    assertSame([...store.counters(EVERYONE)], []);
    assertSame(await store.entryHash(EVERYONE, 1), null);
    assertSame([await store.nextExpiryMs(), await store.expiring(2 ** 50, 9)], [null, []]);
  },

  async "an empty commit changes nothing"(store) {
    await store.commit([]);
    assertSame((await store.load()).profile, null);
  },

  async "every record comes back as it was"(store) {
    const log = { ...storedLog(EVERYONE, 5), base: 2, hash: filled(4), counter: 3, room: "f".repeat(32) };
    const person = {
      type: "stored_person",
      handle: "änna",
      identityKey: filled(5),
      trust: "verified",
    } as const;
    const inbound = {
      type: "inbound_session",
      session: SESSION_OF_ANNA,
      log: EVERYONE,
      device: ANNA,
      pickle: "pickle",
    } as const;
    const row: OutboxRow = {
      ...outboxRow(1, 1),
      conversation: TO_ANN,
      frames: filled(7),
      failed: "too large",
    };
    const receipt = { type: "stored_receipt", log: EVERYONE, device: ANNA, seq: 5, readSeq: 4 } as const;
    const topic: StoredTopic = { type: "stored_topic", log: EVERYONE, seq: 4, sender: BEN, text: "tea" };
    const gap = (log: string, afterSeq: number): StoredGap => ({
      type: "stored_gap",
      log,
      afterSeq,
      upToSeq: afterSeq + 5,
      count: 4,
    });
    const gaps = [gap(DIRECT, 9), gap(EVERYONE, 3), gap(EVERYONE, 20)];
    const token = "e".repeat(32);
    const pairing: StoredPairing = { type: "stored_pairing", token, device: ANNA, isHelper: true };
    const olm = olmSession(ANNA, "id", -9);
    await store.commit([PROFILE, log, statement(4), person, olm, outboundSession(EVERYONE), inbound, row]);
    await store.commit([receipt, members(EVERYONE, 3), topic, pairing, value("aa"), unread(EVERYONE, 2)]);
    await store.commit(gaps.toReversed());
    assertSame(await store.load(), {
      profile: PROFILE,
      logs: [log],
      statements: [statement(4)],
      people: [person],
      outbox: [row],
      outbound: [outboundSession(EVERYONE)],
      receipts: [receipt],
      values: [value("aa")],
      unread: [unread(EVERYONE, 2)],
      members: [members(EVERYONE, 3)],
      gaps,
      topics: [topic],
      pairings: [pairing],
    });
    assertSame(store.olmSessions(ANNA), [olm]);
    assertSame(store.inboundSession(SESSION_OF_ANNA), inbound);
  },

  async "a record replaces the one with its key"(store) {
    const receipt = (seq: number): StoredReceipt => ({
      type: "stored_receipt",
      log: EVERYONE,
      device: ANNA,
      seq,
      readSeq: 0,
    });
    const profile = { ...PROFILE, handle: "anna", deviceSeq: 3 };
    const ben = {
      type: "stored_person",
      handle: "ben",
      identityKey: filled(9),
      trust: "first_seen",
    } as const;
    await store.commit([PROFILE, storedLog(EVERYONE, 1), receipt(3), ben, unread(EVERYONE, 9)]);
    const changed = { ...ben, trust: "changed" } as const;
    await store.commit([profile, storedLog(EVERYONE, 2), receipt(4), changed, unread(EVERYONE, 1)]);
    const state = await store.load();
    assertSame([state.profile, state.logs], [profile, [storedLog(EVERYONE, 2)]]);
    assertSame([state.receipts, state.people], [[receipt(4)], [changed]]);
    assertSame(state.unread, [unread(EVERYONE, 1)]);
  },

  async "of two changes in one commit the later wins"(store) {
    const early = storedMessage(EVERYONE, 1);
    const late = { ...early, content: filled(1) };
    const person = {
      type: "stored_person",
      handle: "a",
      identityKey: filled(9),
      trust: "first_seen",
    } as const;
    const changed = { ...person, trust: "changed" } as const;
    await store.commit([early, person, storedLog(EVERYONE), late, changed]);
    assertSame(await store.message(EVERYONE, 1), late);
    assertSame((await store.load()).people, [changed]);
  },

  async "deletions keep their place in the order"(store) {
    const [kept, gone] = [outboxRow(1, 1), outboxRow(2, 2)];
    const deletion = { type: "delete_outbox_row", messageId: gone.messageId } as const;
    const forget = { type: "delete_outbound_session", log: EVERYONE } as const;
    const session = outboundSession(EVERYONE);
    const first = { type: "delete_outbox_row", messageId: kept.messageId } as const;
    await store.commit([gone, forget, session, first, kept]);
    assertSame([(await store.load()).outbox, (await store.load()).outbound], [[kept, gone], [session]]);
    await store.commit([gone, deletion, session, forget]);
    assertSame([(await store.load()).outbox, (await store.load()).outbound], [[kept], []]);
    await store.commit([deletion, forget]);
  },

  async "a pairing is replaced and forgotten"(store) {
    const token = "e".repeat(32);
    const pairing: StoredPairing = { type: "stored_pairing", token, device: "", isHelper: true };
    await store.commit([PROFILE, pairing, { type: "delete_pairing", token: "f".repeat(32) }]);
    await store.commit([{ ...pairing, device: ANNA }]);
    assertSame((await store.load()).pairings, [{ ...pairing, device: ANNA }]);
    await store.commit([{ type: "delete_pairing", token }]);
    assertSame((await store.load()).pairings, []);
  },

  async "the state comes in order"(store) {
    await store.commit([storedLog(EVERYONE), storedLog(DIRECT), value("ff"), value("00")]);
    await store.commit([statement(3), statement(1), statement(20), outboxRow(1, 9), outboxRow(9, 1)]);
    await store.commit([storedLog(DIRECTORY, 0, LogKind.DIRECTORY), storedLog(EVERYONE, 1), value("77")]);
    await store.commit([value("00", false), members(EVERYONE, 20), members(EVERYONE, 3), members(DIRECT, 7)]);
    const state = await store.load();
    assertSame(
      state.logs.map((each) => each.log),
      [EVERYONE, DIRECT, DIRECTORY],
    );
    assertSame(
      state.statements.map((each) => each.seq),
      [1, 3, 20],
    );
    assertSame(
      state.outbox.map((each) => each.position),
      [1, 9],
    );
    assertSame(state.values, [value("ff"), value("00", false), value("77")]);
    assertSame(state.members, [members(DIRECT, 7), members(EVERYONE, 3), members(EVERYONE, 20)]);
  },

  async "statements have their hashes in the directory log, MEMBERS entries in theirs"(store) {
    await store.commit([statement(3)]);
    assertSame(await store.entryHash(DIRECTORY, 3), null);
    await store.commit([
      storedLog(DIRECTORY, 0, LogKind.DIRECTORY),
      storedLog(EVERYONE),
      members(EVERYONE, 2),
    ]);
    assertSame(await store.entryHash(DIRECTORY, 3), filled(3));
    assertSame([await store.entryHash(DIRECTORY, 2), await store.entryHash(EVERYONE, 3)], [null, null]);
    assertSame(await store.entryHash(EVERYONE, 2), members(EVERYONE, 2).hash);
  },

  async "the most used sessions are kept"(store) {
    const sessions = Array.from({ length: MAX_OLM_SESSIONS + 3 }, (_, used) =>
      olmSession(ANNA, `${used}`, used),
    );
    await store.commit([...sessions, olmSession(BEN, "0", 0)]);
    assertSame(store.olmSessions(ANNA), sessions.slice(3).reverse());
    assertSame(store.olmSessions(BEN), [olmSession(BEN, "0", 0)]);
    const changed = olmSession(ANNA, "3", 100);
    await store.commit([changed, olmSession(ANNA, "unused", -1)]);
    assertSame(store.olmSessions(ANNA), [changed, ...sessions.slice(4).reverse()]);
  },

  async "a message without a place is refused and the store goes on"(store) {
    const bad: Change[][] = [
      [PROFILE, storedMessage(EVERYONE, 1)],
      [PROFILE, storedLog(EVERYONE), storedMessage(EVERYONE, 0)],
      [PROFILE, storedLog(EVERYONE), storedMessage(EVERYONE, 2 ** 36)],
    ];
    for (const changes of bad) {
      await assertRejects(() => store.commit(changes), "LocalError");
      const state = await store.load();
      assertSame([state.profile, state.logs], [null, []]);
    }
    await store.commit([storedLog(DIRECT), storedMessage(DIRECT, 1)]);
    assertSame(await store.message(DIRECT, 1), storedMessage(DIRECT, 1));
    assertSame(await store.message(EVERYONE, 1), null);
  },

  async "what a caller changes is its own"(store) {
    await store.commit([storedLog(EVERYONE), storedMessage(EVERYONE, 1)]);
    store.counters(EVERYONE).clear();
    assertSame([...store.counters(EVERYONE)], [[ANNA, 1]]);
  },

  async "what is read during a commit is before it or after it"(store) {
    await store.commit([storedLog(EVERYONE), amendment(EVERYONE, 1, "")]);
    const both = [storedMessage(EVERYONE, 2), storedMessage(EVERYONE, 3)];
    const [, found] = await Promise.all([
      store.commit(both),
      store.messages(EVERYONE, { before: null, limit: 9 }),
    ]);
    if (found.length) assertSame(found, both);
    assertSame(await store.messages(EVERYONE, { before: null, limit: 9 }), both);
  },
};

/** Every promise of `Store`, each with its check. */
export const CHECKS: Checks = { ...STATE_CHECKS, ...MESSAGE_CHECKS };

/**
 * Check one promise on a new store, that a restart changes nothing, and that a closed store refuses.
 *
 * Throws `Error` if a promise is broken.
 */
export async function checkStore(name: string, openStore: OpenStore): Promise<void> {
  const store = await openStore(name);
  await CHECKS[name]?.(store);
  const state = await store.load();
  const nextExpiryMs = await store.nextExpiryMs();
  const kept = readAtOnce(store);
  store.close();
  store.close();
  await assertClosed(store);
  const again = await openStore(name);
  assertSame(await again.load(), state);
  assertSame(readAtOnce(again), kept);
  assertSame(await again.nextExpiryMs(), nextExpiryMs);
  again.close();
}

function readAtOnce(store: Store): unknown {
  const counters = [...store.counters(EVERYONE)].sort();
  return [store.olmSessions(ANNA), store.inboundSession(SESSION_OF_ANNA), counters];
}

async function assertClosed(store: Store): Promise<void> {
  const calls: (() => unknown)[] = [
    () => store.load(),
    () => store.commit([PROFILE]),
    () => store.commit([]),
    () => store.olmSessions(ANNA),
    () => store.counters(EVERYONE),
    () => store.messages(EVERYONE, { before: null, limit: 1 }),
    () => store.findMessage(messageId(EVERYONE, 1)),
    () => store.countUnread(EVERYONE, { after: 0, upTo: 1, butFrom: [] }),
    () => store.nextExpiryMs(),
  ];
  for (const call of calls) await assertRejects(call, "LocalError");
}
