/**
 * Every row of the outbox by its id and by what it changes; and, for a moment, those that have left it. Mirrors
 * `client/outbox_book.py`.
 */

import type { Effects } from "$client/effects";
import { type Conversation, conversationKey, type MessageId } from "$client/model";
import { amendedBy } from "$client/outbox-rows";
import type { OutboxRow } from "$client/store/records";

/** Finds rows. A row whose entry has come is found until that entry can be read from the store. */
export class OutboxBook {
  readonly #effects: Effects;
  readonly #rows = new Map<MessageId, OutboxRow>();
  readonly #returning = new Map<MessageId, OutboxRow>();
  readonly #amendments = new Map<MessageId, Set<MessageId>>(); // by the message they change

  constructor(effects: Effects) {
    this.#effects = effects;
  }

  // --- asking ---

  /** Return what waits to change this message, in the order it was written. */
  amendmentsOf(target: MessageId): OutboxRow[] {
    const rows = [...(this.#amendments.get(target) ?? [])].map((id) => this.#rows.get(id));
    return rows.filter((row) => row !== undefined);
  }

  /** Return the same behind those that are about to be stored. */
  shownAmendmentsOf(target: MessageId): OutboxRow[] {
    const returning = [...this.#returning.values()].filter((row) => amendedBy(row) === target);
    return [...returning, ...this.amendmentsOf(target)];
  }

  /** Find a message, waiting or failed. */
  row(messageId: MessageId): OutboxRow | null {
    return this.#rows.get(messageId) ?? null;
  }

  /** Find a message that the store does not have yet: waiting, failed, or about to be stored. */
  shownRow(messageId: MessageId): OutboxRow | null {
    return this.#rows.get(messageId) ?? this.#returning.get(messageId) ?? null;
  }

  /** Return a conversation's messages, waiting and failed, in the order they were written. */
  rowsOf(conversation: Conversation): OutboxRow[] {
    return rowsIn(this.#rows, conversation);
  }

  /** Return the same behind those that are about to be stored; some of these may just have been. */
  shownRowsOf(conversation: Conversation): OutboxRow[] {
    return [...rowsIn(this.#returning, conversation), ...this.rowsOf(conversation)];
  }

  /** Tell whether its entry has come, and can't be read from the store yet. */
  isReturning(messageId: MessageId): boolean {
    return this.#returning.has(messageId);
  }

  /** Return those with messages, waiting or failed. */
  conversations(): Conversation[] {
    return [...this.#rows.values()].map((row) => row.conversation);
  }

  // --- changing ---

  /** Take a row in, or its new state. */
  note(row: OutboxRow): void {
    this.#rows.set(row.messageId, row);
    const target = amendedBy(row);
    if (target === null) return;
    const rows = this.#amendments.get(target) ?? new Set();
    rows.add(row.messageId);
    this.#amendments.set(target, rows);
  }

  /** Take a row out. */
  forget(row: OutboxRow): void {
    this.#rows.delete(row.messageId);
    const target = amendedBy(row);
    const rows = target === null ? undefined : this.#amendments.get(target);
    rows?.delete(row.messageId);
    if (target !== null && rows?.size === 0) this.#amendments.delete(target);
  }

  /** Take a row out whose entry is stored with this step. */
  returned(row: OutboxRow): void {
    this.forget(row);
    this.#returning.set(row.messageId, row);
    this.#effects.then(() => this.#returning.delete(row.messageId));
  }
}

function rowsIn(rows: ReadonlyMap<MessageId, OutboxRow>, conversation: Conversation): OutboxRow[] {
  const key = conversationKey(conversation);
  return [...rows.values()].filter((row) => conversationKey(row.conversation) === key);
}
