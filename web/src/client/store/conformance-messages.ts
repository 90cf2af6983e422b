/** What every store must do with messages; part of `conformance`. */

import { assertSame, type Checks } from "$client/store/conformance-tools";
import {
  amendment,
  ANNA,
  BEN,
  CHRIS,
  DIRECT,
  DIRECTORY,
  EVERYONE,
  messageId,
  SESSION,
  START_MS,
  storedLog,
  storedMessage,
  unreadableMessage,
} from "$client/store/conformance-records";
import type { ExpirySpan, Store, StoredMessage, UnreadCount } from "$client/store/interface";
import { ContentKind } from "$wire/content";

const seqs = (messages: readonly StoredMessage[]): number[] => messages.map((message) => message.seq);

export const MESSAGE_CHECKS: Checks = {
  async "messages are read in pages"(store) {
    const places = [1, 2, 3, 5, 8, 13];
    const others = [DIRECTORY, DIRECT].flatMap((log) => [1, 4, 100].map((seq) => storedMessage(log, seq)));
    const messages = places.toReversed().map((seq) => storedMessage(EVERYONE, seq));
    await store.commit([
      storedLog(DIRECTORY),
      ...messages,
      storedLog(EVERYONE),
      storedLog(DIRECT),
      ...others,
    ]);
    const newest = async (before: number | null, limit: number): Promise<number[]> =>
      seqs(await store.messages(EVERYONE, { before, limit }));
    const oldest = async (after: number, limit: number): Promise<number[]> =>
      seqs(await store.messagesAfter(EVERYONE, { after, limit }));
    assertSame(await newest(null, 3), [5, 8, 13]);
    assertSame(await newest(13, 2), [5, 8]);
    assertSame([await newest(2, 50), await newest(2, 1)], [[1], [1]]);
    assertSame([await newest(1, 50), await newest(null, 0), await newest(0, 9)], [[], [], []]);
    assertSame(await newest(2 ** 50, 50), places);
    assertSame([await newest(null, 50), await oldest(0, 50)], [places, places]);
    assertSame(await oldest(3, 2), [5, 8]);
    assertSame([await oldest(13, 50), await oldest(2 ** 50, 9), await oldest(0, 0)], [[], [], []]);
  },

  async "a page goes back over long gaps and what is not shown"(store) {
    const shown = [1, 2, 70_000, 70_001].map((seq) => storedMessage(EVERYONE, seq));
    const target = messageId(EVERYONE, 1);
    const others = Array.from({ length: 90 }, (_, place) => amendment(EVERYONE, 70_002 + place, target));
    await store.commit([storedLog(EVERYONE), ...shown, ...others]);
    assertSame(await store.messages(EVERYONE, { before: null, limit: 3 }), shown.slice(1));
    assertSame(await store.messages(EVERYONE, { before: 70_000, limit: 9 }), shown.slice(0, 2));
  },

  async "a message is found by place and by id"(store) {
    const messages = Array.from({ length: 49 }, (_, place) => storedMessage(EVERYONE, place + 1));
    await store.commit([storedLog(EVERYONE), ...messages]);
    assertSame(await store.message(EVERYONE, 7), messages[6]);
    assertSame(await store.findMessage(messageId(EVERYONE, 7)), messages[6]);
    assertSame(await store.entryHash(EVERYONE, 7), messages[6]?.hash);
    for (const seq of [-1, 0, 50, 2 ** 36 + 1]) {
      assertSame(await store.message(EVERYONE, seq), null);
      assertSame(await store.entryHash(EVERYONE, seq), null);
    }
    assertSame(await store.findMessage(messageId(EVERYONE, 50)), null);
  },

  async "what changes messages is not shown among them"(store) {
    const target = messageId(EVERYONE, 1);
    const shown = [storedMessage(EVERYONE, 1), unreadableMessage(EVERYONE, 4, "missing_key")];
    const others = [2, 3, 5].map((seq) => amendment(EVERYONE, seq, target));
    await store.commit([storedLog(EVERYONE), ...others, ...shown]);
    assertSame(await store.messages(EVERYONE, { before: null, limit: 2 }), shown);
    assertSame(await store.messages(EVERYONE, { before: 4, limit: 1 }), shown.slice(0, 1));
    assertSame(seqs(await store.messagesAfter(EVERYONE, { after: 0, limit: 9 })), [1, 2, 3, 4, 5]);
  },

  async "amendments and replies are found by their targets"(store) {
    const [one, two] = [messageId(EVERYONE, 1), messageId(EVERYONE, 2)];
    const second = amendment(EVERYONE, 3, two);
    const amendments = [amendment(EVERYONE, 8, one), second, amendment(EVERYONE, 5, one)];
    const replies = [9, 4, 6].map((seq) => amendment(EVERYONE, seq, one, ContentKind.TEXT));
    await store.commit([storedLog(EVERYONE), storedLog(DIRECT), ...amendments, ...replies]);
    await store.commit([storedMessage(EVERYONE, 1), amendment(DIRECT, 1, one)]);
    assertSame(seqs(await store.amendments(EVERYONE, [one, two, one])), [3, 5, 8]);
    assertSame(await store.amendments(EVERYONE, [two]), [second]);
    assertSame(seqs(await store.replies(EVERYONE, [one, two], 2)), [4, 6]);
    assertSame([await store.amendments(EVERYONE, []), await store.amendments(EVERYONE, [""])], [[], []]);
    assertSame([await store.replies(EVERYONE, [""], 9), await store.replies(DIRECT, [one], 9)], [[], []]);
    await store.commit([{ ...second, target: one }]);
    assertSame(await store.amendments(EVERYONE, [two]), []);
    assertSame(seqs(await store.amendments(EVERYONE, [one])), [3, 5, 8]);
  },

  async "thousands of targets are asked for at once"(store) {
    const targets = Array.from({ length: 3000 }, (_, seq) => messageId(EVERYONE, seq + 1));
    const found = [2999, 700, 0].map((place) => amendment(EVERYONE, 5000 - place, targets[place] ?? ""));
    await store.commit([storedLog(EVERYONE), ...found]);
    assertSame(await store.amendments(EVERYONE, targets), found);
    assertSame(await store.replies(EVERYONE, targets, 5), []);
  },

  async "messages of a kind are found"(store) {
    const target = messageId(EVERYONE, 1);
    const pins = [2, 4, 7].map((seq) => amendment(EVERYONE, seq, target, ContentKind.PIN));
    const topic = amendment(EVERYONE, 5, "", ContentKind.TOPIC);
    const elsewhere = amendment(DIRECT, 1, "", ContentKind.TOPIC);
    await store.commit([storedLog(EVERYONE), storedLog(DIRECT), ...pins, topic, elsewhere]);
    assertSame(await store.ofKind(EVERYONE, ContentKind.PIN, 2), pins.slice(1));
    assertSame(await store.ofKind(EVERYONE, ContentKind.TOPIC, 9), [topic]);
    assertSame(await store.ofKind(EVERYONE, ContentKind.LIFETIME, 9), []);
    assertSame(await store.ofKind(DIRECTORY, ContentKind.PIN, 9), []);
    assertSame(await store.ofKind(EVERYONE, ContentKind.PIN, 0), []);
  },

  async "two devices may take the same message id"(store) {
    const first = storedMessage(EVERYONE, 2);
    const second = { ...storedMessage(DIRECT, 1), messageId: first.messageId, sender: BEN };
    await store.commit([storedLog(EVERYONE), storedLog(DIRECT), second, first]);
    assertSame(await store.hasMessage(ANNA, first.messageId), true);
    assertSame(await store.hasMessage(BEN, first.messageId), true);
    assertSame(await store.hasMessage(CHRIS, first.messageId), false);
    assertSame(await store.findMessage(first.messageId), first);
    assertSame(await store.findInLog(DIRECT, first.messageId), [second]);
    const twin = { ...storedMessage(EVERYONE, 1), messageId: first.messageId, sender: BEN };
    await store.commit([twin]);
    assertSame(await store.findInLog(EVERYONE, first.messageId), [twin, first]);
    assertSame(await store.findInLog(DIRECTORY, first.messageId), []);
  },

  async "a replaced message is no longer found by its old id"(store) {
    const old = storedMessage(EVERYONE, 1);
    const fresh = { ...old, messageId: messageId(EVERYONE, 2), sender: BEN };
    await store.commit([storedLog(EVERYONE), old]);
    await store.commit([fresh]);
    assertSame(await store.findMessage(old.messageId), null);
    assertSame(await store.hasMessage(ANNA, old.messageId), false);
    assertSame(await store.hasMessage(BEN, fresh.messageId), true);
  },

  async "unreadable messages are found until they can be read"(store) {
    const other = "9".repeat(64);
    const third = unreadableMessage(DIRECT, 3, "missing_key");
    const first = unreadableMessage(DIRECT, 1, "missing_key");
    const elsewhere = unreadableMessage(EVERYONE, 9, "missing_key", other);
    const bad = unreadableMessage(EVERYONE, 2, "bad_ciphertext");
    const logs = [storedLog(EVERYONE), storedLog(DIRECT)];
    await store.commit([...logs, third, first, elsewhere, bad, storedMessage(EVERYONE, 1)]);
    assertSame(await store.unreadable({}), [bad, elsewhere, first, third]);
    assertSame(await store.unreadable({ session: SESSION }), [bad, first, third]);
    assertSame(await store.unreadable({ reason: "missing_key" }), [elsewhere, first, third]);
    assertSame(await store.unreadable({ session: SESSION, reason: "bad_ciphertext" }), [bad]);
    await store.commit([storedMessage(EVERYONE, 2)]);
    assertSame(await store.unreadable({ session: SESSION }), [first, third]);
    assertSame(await store.unreadable({ reason: "bad_ciphertext" }), []);
  },

  async "missing sessions are those of one log, newest first"(store) {
    const [old, fresh, other] = ["0", "9", "c"].map((digit) => digit.repeat(64)) as [string, string, string];
    await store.commit([storedLog(EVERYONE), storedLog(DIRECT)]);
    await store.commit([
      unreadableMessage(EVERYONE, 1, "missing_key", fresh),
      unreadableMessage(EVERYONE, 2, "missing_key", old),
      unreadableMessage(EVERYONE, 3, "missing_key", fresh),
      unreadableMessage(EVERYONE, 4, "bad_ciphertext", other),
      unreadableMessage(DIRECT, 5, "missing_key", other),
      storedMessage(EVERYONE, 6),
    ]);
    assertSame(await store.missingSessions(EVERYONE, "missing_key", 9), [fresh + ANNA, old + ANNA]);
    assertSame(await store.missingSessions(EVERYONE, "missing_key", 1), [fresh + ANNA]);
    assertSame(await store.missingSessions(DIRECTORY, "missing_key", 9), []);
  },

  async "counters are the highest ever stored"(store) {
    const counted = (seq: number, sender: string, counter: number): StoredMessage =>
      storedMessage(EVERYONE, seq, { sender, counter });
    await store.commit([storedLog(EVERYONE), storedLog(DIRECT), storedMessage(DIRECT, 1, { counter: 99 })]);
    await store.commit([counted(1, ANNA, 4), counted(2, ANNA, 3), counted(3, BEN, 8), counted(4, ANNA, 1)]);
    await store.commit([counted(1, ANNA, 2)]);
    assertSame([...store.counters(EVERYONE)].sort(), [
      [ANNA, 4],
      [BEN, 8],
    ]);
    assertSame([...store.counters(DIRECT)], [[ANNA, 99]]);
  },

  async "texts expire by the span that was noted last"(store) {
    const texts = [1, 2, 3, 4].map((seq) => storedMessage(EVERYONE, seq));
    const others = [amendment(EVERYONE, 5, messageId(EVERYONE, 1)), storedMessage(DIRECT, 3)];
    const span = (after: number, upTo: number, lifetimeS: number): ExpirySpan => ({
      type: "expiry_span",
      log: EVERYONE,
      after,
      upTo,
      lifetimeS,
    });
    await store.commit([storedLog(EVERYONE), storedLog(DIRECT), span(1, 9, 60), ...texts, ...others]);
    assertSame(await store.nextExpiryMs(), START_MS + 2 + 60_000);
    const everyMs = START_MS + 4 + 60_000;
    assertSame(seqs(await store.expiring(everyMs, 9)), [2, 3, 4]);
    assertSame(seqs(await store.expiring(everyMs, 2)), [2, 3]);
    assertSame(await store.expiring(START_MS + 2 + 59_999, 9), []);
    await store.commit([span(2, 3, 0), span(3, 4, 1)]);
    assertSame(await store.nextExpiryMs(), START_MS + 4 + 1000);
    assertSame(seqs(await store.expiring(everyMs, 9)), [4, 2]);
    const expired = { ...storedMessage(EVERYONE, 2), kind: ContentKind.EXPIRED, content: new Uint8Array() };
    await store.commit([expired, span(1, 4, 0)]);
    assertSame([await store.nextExpiryMs(), await store.expiring(everyMs, 9)], [null, []]);
    assertSame(seqs(await store.messages(EVERYONE, { before: 5, limit: 9 })), [1, 3, 4]);
  },

  async "unread messages are counted"(store) {
    const nine = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    const messages = nine.map((seq) => storedMessage(EVERYONE, seq, { sender: seq % 3 ? ANNA : BEN }));
    const others = [1, 5, 100].map((seq) => storedMessage(DIRECT, seq));
    await store.commit([storedLog(DIRECT), storedLog(EVERYONE), ...messages, ...others]);
    const count = (after: number, upTo: number, ...butFrom: string[]): Promise<UnreadCount> =>
      store.countUnread(EVERYONE, { after, upTo, butFrom });
    assertSame(await count(0, 9), { count: 9, firstSeq: 1 });
    assertSame(
      [await count(-1, 2 ** 50), await count(4, 8)],
      [
        { count: 9, firstSeq: 1 },
        { count: 4, firstSeq: 5 },
      ],
    );
    assertSame(await count(0, 9, BEN), { count: 6, firstSeq: 1 });
    assertSame(await count(2, 9, ANNA), { count: 3, firstSeq: 3 });
    const none = { count: 0, firstSeq: 0 };
    assertSame([await count(0, 9, ANNA, BEN), await count(9, 9), await count(9, 3)], [none, none, none]);
    assertSame(await store.countUnread(DIRECTORY, { after: 0, upTo: 9, butFrom: [] }), none);
  },

  async "what changes a message, was deleted, or will never be read does not count"(store) {
    const edit = amendment(EVERYONE, 1, messageId(EVERYONE, 2), ContentKind.EDIT);
    const deleted = { ...storedMessage(EVERYONE, 3), content: new Uint8Array() };
    await store.commit([storedLog(EVERYONE), edit, storedMessage(EVERYONE, 2), deleted]);
    await assertUnread(store, EVERYONE, { count: 1, firstSeq: 2 });
    const reasons = ["missing_key", "before_you_joined", "misplaced", "bad_signature", "unknown_content"];
    const messages = reasons.map((reason, place) => unreadableMessage(DIRECT, place + 1, reason));
    await store.commit([storedLog(DIRECT), ...messages]);
    await assertUnread(store, DIRECT, { count: 2, firstSeq: 1 });
  },
};

async function assertUnread(store: Store, log: string, expected: UnreadCount): Promise<void> {
  assertSame(await store.countUnread(log, { after: 0, upTo: 9, butFrom: [] }), expected);
}
