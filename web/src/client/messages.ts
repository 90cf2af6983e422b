/**
 * Every message of the logs as this side knows it: what is stored, and over it what is about to be.
 *
 * A commit takes a while, and what arrives meanwhile must be judged by all that came before it. What is unwritten
 * is noted before the store is read: a commit may end between the two.
 */

import type { Effects } from "$client/effects";
import type { MessageId } from "$client/model";
import type { Store } from "$client/store/interface";
import type { LogId, StoredMessage } from "$client/store/records";
import { SHOWN_KINDS } from "$wire/content";

/** Whether people see it as a message of its own: a text, or what can't be read. */
export function isShown(message: StoredMessage): boolean {
  return SHOWN_KINDS.has(message.kind);
}

/** Saves messages, and finds them from the moment they are saved. */
export class Messages {
  readonly #store: Store;
  readonly #effects: Effects;
  readonly #unwritten = new Map<LogId, Map<number, StoredMessage>>();

  constructor(store: Store, effects: Effects) {
    this.#store = store;
    this.#effects = effects;
  }

  /** Store messages, or replace those at the same places. */
  save(messages: readonly StoredMessage[]): void {
    this.#effects.save(...messages);
    for (const message of messages) {
      const places = this.#unwritten.get(message.log) ?? new Map<number, StoredMessage>();
      places.set(message.seq, message);
      this.#unwritten.set(message.log, places);
    }
    this.#effects.then(() => {
      this.#written(messages);
    });
  }

  /** They are in the store; what replaced one of them meanwhile is still on its way. */
  #written(messages: readonly StoredMessage[]): void {
    for (const message of messages) {
      const places = this.#unwritten.get(message.log);
      if (places?.get(message.seq) === message) places.delete(message.seq);
    }
  }

  /** Return what is, or is about to be, in the place of a stored message. */
  latest(message: StoredMessage): StoredMessage {
    return this.#unwritten.get(message.log)?.get(message.seq) ?? message;
  }

  // --- finding ---

  /** Return all messages of a log with this id, by seq. */
  withId(log: LogId, messageId: MessageId): Promise<StoredMessage[]> {
    const isWanted = (each: StoredMessage): boolean => each.messageId === messageId;
    return this.#over(log, isWanted, () => this.#store.findInLog(log, messageId));
  }

  /** Return the newest `limit` shown messages before a place, oldest first. */
  async before(log: LogId, seq: number, limit: number): Promise<StoredMessage[]> {
    const isWanted = (each: StoredMessage): boolean => each.seq < seq && isShown(each);
    const found = await this.#over(log, isWanted, () => this.#store.messages(log, { before: seq, limit }));
    return found.slice(-limit);
  }

  /** Return what is not shown and has one of these targets, by seq. */
  async amendments(log: LogId, targets: Iterable<MessageId>): Promise<StoredMessage[]> {
    const wanted = new Set(targets);
    wanted.delete("");
    const isWanted = (each: StoredMessage): boolean => wanted.has(each.target) && !isShown(each);
    return this.#over(log, isWanted, () => (wanted.size ? this.#store.amendments(log, wanted) : []));
  }

  /** Lay what is unwritten over what is stored. */
  async #over(
    log: LogId,
    isWanted: (message: StoredMessage) => boolean,
    read: () => readonly StoredMessage[] | Promise<readonly StoredMessage[]>,
  ): Promise<StoredMessage[]> {
    const unwritten = [...(this.#unwritten.get(log)?.values() ?? [])];
    const found = new Map((await read()).map((each) => [each.seq, each]));
    for (const each of unwritten) if (found.has(each.seq) || isWanted(each)) found.set(each.seq, each);
    return [...found.values()].filter(isWanted).sort((one, other) => one.seq - other.seq);
  }
}
