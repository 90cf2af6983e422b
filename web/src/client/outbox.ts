/**
 * Sending: from a typed text to a place in the log, whatever happens on the way. Mirrors `client/outbox.py`.
 *
 *     queued --seal--> sealed, in flight --own entry comes back--> gone
 *       ^                   | stale_view, throttled, out_of_order
 *       +-------------------+          (any other refusal: failed, kept to be shown)
 *
 * A sealed message is stored with its exact bytes before the first send and is sent again, unchanged, after every
 * silence: the hub takes a message id once. A refused one stored nothing, so it is sealed anew, in order: the hub
 * takes a device's counters one after the other, which keeps the order even when the first of several in flight
 * is refused.
 */

import type { Clock } from "$client/clock";
import type { Effects } from "$client/effects";
import type { KeyClaims } from "$client/key-claims";
import type { MessageKeys } from "$client/message-keys";
import { type Conversation, conversationKey, type ConversationKey, type MessageId } from "$client/model";
import { Openings } from "$client/openings";
import { OutboxBook } from "$client/outbox-book";
import { isSaidByItself } from "$client/outbox-rows";
import { Queue } from "$client/outbox-queue";
import { carriedBy } from "$client/sealed";
import type { Sealer } from "$client/sealer";
import { type ClientState, type Log } from "$client/state";
import type { OutboxRow } from "$client/store/records";
import { EMPTY_BYTES } from "$wire/bytes";
import type { Refused } from "$wire/frames";
import { toHex } from "$wire/hex";
import { type Rate, TokenBucket } from "$wire/token-bucket";

/** Sealed messages of one conversation that wait for the hub's answer. */
export const MAX_IN_FLIGHT = 64;
/** The hub counts our messages otherwise than we do, by a lie or a mistake: the next login settles it. */
const MISCOUNTED_RETRY_S = 5;
/** Until the hub has said how fast we may send, we send nothing; its first word is a full bucket. */
const ANY_BURST = 1_000_000;
/** Of the hub's burst: the rest is for what the network presses together, and for messages to devices. */
const OWN_SHARE = 0.9;
/** Refusals after which the same message is sealed anew. */
const RETRY = new Set(["stale_view", "out_of_order", "throttled", "unknown_log"]);

/** What an outbox works with. */
export interface OutboxParts {
  readonly state: ClientState;
  readonly effects: Effects;
  readonly keys: MessageKeys;
  readonly sealer: Sealer;
  readonly claims: KeyClaims;
  readonly clock: Clock;
  readonly newRequest: () => number;
  /** Called with a row's new state. */
  readonly changed: (row: OutboxRow) => void;
  readonly pumpLater: (delayS: number) => void;
}

/** Every message of ours that the hub may not have. */
export class Outbox {
  readonly #parts: OutboxParts;
  readonly #state: ClientState;
  readonly #effects: Effects;
  readonly #openings: Openings;
  readonly #queues = new Map<ConversationKey, Queue>();
  readonly book: OutboxBook;
  #nextPosition = 1;
  readonly #acknowledged = new Set<MessageId>();
  readonly #pace = new TokenBucket({ perSecond: 0, burst: ANY_BURST }, 0);

  constructor(parts: OutboxParts) {
    this.#parts = parts;
    this.#state = parts.state;
    this.#effects = parts.effects;
    this.#openings = new Openings(parts.effects, parts.newRequest);
    this.book = new OutboxBook(parts.effects);
  }

  /** Take over what the store holds, in order. */
  load(rows: readonly OutboxRow[]): void {
    for (const row of rows) {
      this.book.note(row);
      this.#nextPosition = row.position + 1;
      if (row.failed) continue;
      const queue = this.#queueOf(row.conversation);
      queue.put(row);
      if (row.frames.length) queue.carried.set(row.messageId, carriedBy(row.frames));
    }
  }

  // --- asking ---

  /** How many messages wait for the hub, of those that somebody wrote. */
  get waiting(): number {
    const rows = [...this.#queues.values()].flatMap((queue) => [...queue.rows.values()]);
    return rows.filter((row) => !this.#acknowledged.has(row.messageId) && !isSaidByItself(row)).length;
  }

  /** Tell whether the hub has said that it has a message, whose entry can't be read yet. */
  isAcknowledged(messageId: MessageId): boolean {
    return this.#acknowledged.has(messageId) || this.book.isReturning(messageId);
  }

  /** Return the highest counter we may have used in a log, answered or not. */
  highestCounter(log: Log): number {
    const queue = this.#queues.get(conversationKey(this.#state.conversationOf(log)));
    const sealed = [...(queue?.rows.values() ?? [])].filter((row) => row.frames.length);
    return Math.max(log.stored.counter, ...sealed.map((row) => row.counter));
  }

  #queueOf(conversation: Conversation): Queue {
    const key = conversationKey(conversation);
    let queue = this.#queues.get(key);
    if (!queue) {
      queue = new Queue(conversation);
      this.#queues.set(key, queue);
    }
    return queue;
  }

  // --- verbs ---

  /** Queue a message; it is sealed and sent as soon as it can be. */
  add(conversation: Conversation, messageId: MessageId, content: Uint8Array): OutboxRow {
    const row: OutboxRow = {
      type: "outbox_row",
      position: this.#nextPosition,
      conversation,
      messageId,
      content,
      queuedAtMs: this.#parts.clock.nowMs(),
      frames: EMPTY_BYTES,
      counter: 0,
      failed: "",
    };
    this.#nextPosition += 1;
    this.book.note(row);
    this.#queueOf(conversation).put(row);
    this.#effects.save(row);
    this.pump();
    return row;
  }

  /** Replace the content of a message that was never sealed; null if it may have been sent. */
  rewrite(messageId: MessageId, content: Uint8Array): OutboxRow | null {
    const row = this.book.row(messageId);
    if (!row || row.frames.length || row.failed) return null;
    const rewritten = { ...row, content };
    this.#replace(this.#queueOf(row.conversation), rewritten);
    return rewritten;
  }

  /** Take back a message that was never sealed, or has failed; false if it may arrive. */
  withdraw(messageId: MessageId): boolean {
    const row = this.book.row(messageId);
    if (!row || row.frames.length) return false;
    this.#forget(row);
    return true;
  }

  #forget(row: OutboxRow): void {
    this.book.forget(row);
    this.#gone(row);
  }

  #gone(row: OutboxRow): void {
    this.#queueOf(row.conversation).remove(row.messageId);
    this.#acknowledged.delete(row.messageId);
    this.#effects.save({ type: "delete_outbox_row", messageId: row.messageId });
  }

  // --- the connection ---

  /**
   * Send so many messages a second from now on, and nearly so many at once.
   *
   * A new login brings no new burst: the hub counts over all connections of this device.
   */
  readonly setPace = ({ perSecond, burst }: Rate): void => {
    this.#pace.change({ perSecond, burst: burst * OWN_SHARE }, this.#parts.clock.timeS());
    this.pump();
  };

  /** A new connection: whatever was in flight has an unknown fate. */
  loggedIn(): void {
    this.#acknowledged.clear();
    this.#openings.clear();
    for (const queue of this.#queues.values()) {
      queue.isLost();
      queue.isOpening = false;
      queue.notBeforeS = 0;
    }
  }

  /** Nothing can be sent; everything waits. */
  linkLost(): void {
    for (const queue of this.#queues.values()) queue.isLost();
  }

  /** All heads are here: send what is sealed again, the same bytes in the same order, at our pace. */
  resend(): void {
    for (const queue of this.#queues.values()) queue.sendAgain();
    this.pump();
  }

  // --- the pump ---

  /** Seal and send everything that can go now. */
  pump(): void {
    if (!this.#state.isOnline) return;
    for (const queue of [...this.#queues.values()]) if (queue.rows.size) this.#pumpQueue(queue);
  }

  #pumpQueue(queue: Queue): void {
    if (!this.#sendAgain(queue)) return;
    if (!this.#mayWrite(queue.conversation)) {
      const name = this.#state.nameOf(queue.conversation);
      this.#failAll(queue, `you are not in ${name}: it was not sent`);
      return;
    }
    const log = this.#state.logFor(queue.conversation);
    if (!log) {
      this.#openings.open(queue);
      return;
    }
    if (log.isStopped || log.needsMembers || this.#mustWait(queue)) return;
    if (this.#state.untrusted(queue.conversation).length) return; // it was written for somebody else, perhaps
    this.#sealSome(queue, log);
  }

  #sealSome(queue: Queue, log: Log): void {
    for (;;) {
      const row = queue.nextUnsealed();
      if (!row || queue.inFlight.size >= MAX_IN_FLIGHT || !this.#hasKeys(queue.conversation)) return;
      if (!this.#isItsTurn()) return;
      this.#seal(queue, log, row);
    }
  }

  /** Tell whether one more message may be sent now; if not, pump again when it may. */
  #isItsTurn(): boolean {
    const waitS = this.#pace.waitS(this.#parts.clock.timeS());
    if (waitS > 0) this.#parts.pumpLater(waitS);
    return waitS <= 0;
  }

  /** Send what was in flight when the link was lost, before all else; false: some has yet to go. */
  #sendAgain(queue: Queue): boolean {
    for (let row = queue.nextUnsent(); row; row = queue.nextUnsent()) {
      if (!this.#isItsTurn()) return false;
      queue.unsent.shift();
      this.#effects.sendEncoded(row.frames);
    }
    return true;
  }

  /** Tell whether we are in a room; what waits for one that we left, or were taken out of, fails. */
  #mayWrite(conversation: Conversation): boolean {
    if (conversation.kind !== "room") return true;
    const [room, log] = [this.#state.roomFor(conversation), this.#state.logFor(conversation)];
    if (!room || !log) return false;
    return log.needsMembers || log.isBehind || room.isReader(this.#state.user);
  }

  #failAll(queue: Queue, text: string): void {
    for (const row of [...queue.rows.values()])
      if (!queue.inFlight.has(row.messageId)) this.#fail(queue, row, text);
  }

  /** The hub makes no such group, or not now; false if the refusal is of something else. */
  openingRefused(frame: Refused): boolean {
    const queue = this.#openings.refused(frame.request);
    if (!queue) return false;
    if (frame.retryAfterMs) this.#parts.pumpLater(frame.retryAfterMs / 1000);
    else this.#failAll(queue, frame.text || frame.code);
    return true;
  }

  /** After a refusal nothing is sealed until the rest of what was in flight is answered. */
  #mustWait(queue: Queue): boolean {
    const nowS = this.#parts.clock.timeS();
    if (queue.notBeforeS > nowS) {
      this.#parts.pumpLater(queue.notBeforeS - nowS);
      return true;
    }
    if (queue.refused.size && queue.inFlight.size) return true;
    const membershipSeq = this.#state.membershipSeq(this.#state.logOf(queue.conversation));
    return this.#state.directory.seq < queue.needsDirectorySeq || membershipSeq < queue.needsMembershipSeq;
  }

  /** Tell whether every reader can be served, asking for the keys that are missing. */
  #hasKeys(conversation: Conversation): boolean {
    const sending = this.#parts.keys.sending(this.#state.logOf(conversation));
    const readers = [...this.#state.readers(conversation).keys()];
    const isServed = (device: string): boolean =>
      sending !== null && (sending.sharedWith.has(device) || sending.pending.has(device));
    return this.#parts.claims.ensure(readers.filter((device) => !isServed(device)));
  }

  // --- sealing ---

  #seal(queue: Queue, log: Log, row: OutboxRow): void {
    const counter = log.stored.counter + queue.inFlight.size + 1;
    const sealed = this.#parts.sealer.seal(log, row, counter, queue.carried.values());
    queue.carried.set(row.messageId, sealed.carried);
    queue.refused.delete(row.messageId);
    this.#replace(queue, sealed.row);
    this.#launch(queue, sealed.row);
  }

  #replace(queue: Queue, row: OutboxRow): void {
    this.book.note(row);
    queue.put(row);
    this.#effects.save(row);
  }

  #launch(queue: Queue, row: OutboxRow): void {
    queue.inFlight.set(row.messageId, row);
    this.#effects.sendEncoded(row.frames);
  }

  // --- answers ---

  /** The hub says that it has a message on disk; it is kept until its entry has come back. */
  acknowledged(row: OutboxRow, log: Log): void {
    if (!row.frames.length || this.#acknowledged.has(row.messageId)) return;
    this.#acknowledged.add(row.messageId);
    this.#settle(row, log);
    this.#parts.changed(row);
    this.pump();
  }

  /** A message of ours stands in the log: that is the end of its way. False: it did not wait here. */
  returned(messageId: MessageId, log: Log): boolean {
    const row = this.book.row(messageId);
    if (!row) return false;
    this.#settle(row, log);
    this.book.returned(row);
    this.#gone(row);
    this.pump();
    return true;
  }

  /** The shares a message carried are in their inboxes. */
  #settle(row: OutboxRow, log: Log): void {
    const queue = this.#queueOf(row.conversation);
    queue.inFlight.delete(row.messageId);
    const sending = this.#parts.keys.sending(log.id);
    const carried = queue.carried.get(row.messageId);
    queue.carried.delete(row.messageId);
    if (!sending || !carried?.devices.length || carried.session !== toHex(sending.session.id)) return;
    for (const device of carried.devices) if (sending.pending.delete(device)) sending.sharedWith.add(device);
    this.#parts.keys.saveSending(sending);
  }

  /** The hub stored nothing of a message: try again, or give up for good. */
  refused(frame: Refused): void {
    const row = this.book.row(toHex(frame.messageId));
    if (!row?.frames.length) return;
    const queue = this.#queueOf(row.conversation);
    queue.inFlight.delete(row.messageId);
    queue.carried.delete(row.messageId);
    if (RETRY.has(frame.code)) this.#tryAgain(queue, row, frame);
    else this.#fail(queue, row, frame.text || frame.code);
    this.pump();
  }

  #tryAgain(queue: Queue, row: OutboxRow, { code, view, retryAfterMs }: Refused): void {
    const isMiscounted = code === "out_of_order" && queue.wasFirstInFlight(row);
    const waitS = Math.max(retryAfterMs / 1000, isMiscounted ? MISCOUNTED_RETRY_S : 0);
    queue.needsDirectorySeq = Math.max(queue.needsDirectorySeq, view?.directorySeq ?? 0);
    queue.needsMembershipSeq = Math.max(queue.needsMembershipSeq, view?.membershipSeq ?? 0);
    queue.notBeforeS = Math.max(queue.notBeforeS, this.#parts.clock.timeS() + waitS);
    queue.refused.add(row.messageId);
    this.#replace(queue, { ...row, frames: EMPTY_BYTES });
  }

  #fail(queue: Queue, row: OutboxRow, text: string): void {
    const failed = { ...row, frames: EMPTY_BYTES, failed: text };
    this.#replace(queue, failed);
    queue.remove(row.messageId);
    this.#parts.changed(failed);
  }

  /** The hub knows newer messages of ours than this store does: never use its old session. */
  rewind(log: Log): void {
    this.#parts.keys.dropSending(log.id);
    const queue = this.#queueOf(this.#state.conversationOf(log));
    for (const row of [...queue.rows.values()]) {
      if (row.frames.length) this.#replace(queue, { ...row, frames: EMPTY_BYTES });
    }
  }
}
