/** The messages that wait for one conversation. Mirrors `client/outbox_queue.py`. */

import type { Conversation, MessageId } from "$client/model";
import type { Carried } from "$client/sealed";
import type { OutboxRow } from "$client/store/records";

/** The messages of one conversation, oldest first. */
export class Queue {
  readonly conversation: Conversation;
  readonly rows = new Map<MessageId, OutboxRow>();
  /** Those that are not sealed, by position; sorted when the oldest is asked for. */
  #unsealed: OutboxRow[] = [];
  #isSorted = true;
  /** Messages that were sealed once and have to be again. */
  readonly refused = new Set<MessageId>();
  readonly inFlight = new Map<MessageId, OutboxRow>();
  /** Of those in flight: what has yet to be sent again on this connection. */
  readonly unsent: OutboxRow[] = [];
  /** The shares each sealed message carries, until it is answered. */
  readonly carried = new Map<MessageId, Carried>();
  needsDirectorySeq = 0;
  needsMembershipSeq = 0;
  notBeforeS = 0;
  isOpening = false;

  constructor(conversation: Conversation) {
    this.conversation = conversation;
  }

  /** Add a message, or replace it with its new state. */
  put(row: OutboxRow): void {
    this.rows.set(row.messageId, row);
    if (row.frames.length) return;
    this.#isSorted = this.#isSorted && (this.#unsealed.at(-1)?.position ?? 0) <= row.position;
    this.#unsealed.push(row);
  }

  /** Take a message out. */
  remove(messageId: MessageId): void {
    this.rows.delete(messageId);
    this.inFlight.delete(messageId);
    this.refused.delete(messageId);
  }

  /** The connection is another one, or none: nothing is in flight on it. */
  isLost(): void {
    this.inFlight.clear();
    this.needsDirectorySeq = this.needsMembershipSeq = 0;
    this.unsent.length = 0;
  }

  /** Count what is sealed as in flight, to be sent again in the order of its counters. */
  sendAgain(): void {
    const sealed = [...this.rows.values()].filter((row) => row.frames.length);
    for (const row of sealed.sort((one, other) => one.counter - other.counter)) {
      if (this.inFlight.has(row.messageId)) continue;
      this.inFlight.set(row.messageId, row);
      this.unsent.push(row);
    }
  }

  /** Return the first that has yet to be sent again: not what is in the log by now, or was refused. */
  nextUnsent(): OutboxRow | null {
    const place = this.unsent.findIndex((row) => this.inFlight.get(row.messageId) === row);
    this.unsent.splice(0, place < 0 ? this.unsent.length : place);
    return this.unsent[0] ?? null;
  }

  /** Tell whether nothing that was written before a message, taken out of flight, was in its way. */
  wasFirstInFlight(row: OutboxRow): boolean {
    return !this.refused.size && [...this.inFlight.values()].every((each) => row.counter < each.counter);
  }

  /** Return the oldest message that is not sealed. */
  nextUnsealed(): OutboxRow | null {
    if (!this.#isSorted) this.#unsealed.sort((one, other) => one.position - other.position);
    this.#isSorted = true;
    const place = this.#unsealed.findIndex((each) => this.rows.get(each.messageId)?.frames.length === 0);
    this.#unsealed.splice(0, place < 0 ? this.#unsealed.length : place); // gone, or sealed
    const next = this.#unsealed[0];
    return next ? (this.rows.get(next.messageId) ?? null) : null;
  }
}
