/**
 * Messages in the database: their places, and every way to find one.
 *
 * A message's place is its log's number, then 36 bits for its seq, so that a log's messages lie in order. How
 * many messages there are in how many logs is therefore to be seen without the key, and no more.
 */

import type { Database, Write } from "$client/store/database";
import type { StoreCipher } from "$client/store/encryption";
import {
  MAX_SEQ,
  type After,
  type Before,
  type LogId,
  type StoredMessage,
  type Unreadables,
} from "$client/store/interface";
import { recordBytes, recordOf } from "$client/store/record-shapes";
import { ContentKind, SHOWN_KINDS } from "$wire/content";

const PLACES_PER_LOG = MAX_SEQ + 1;
const BIGGEST_PAGE = 5000;

/** A message as it lies in the database: sealed, and the tags of what it is found by. */
interface MessageRow {
  readonly sealed: Uint8Array;
  readonly id: Uint8Array;
  readonly target?: Uint8Array;
  readonly kind?: Uint8Array;
  readonly session?: Uint8Array;
  readonly reason?: Uint8Array;
  readonly missing?: Uint8Array;
}

type Index = Exclude<keyof MessageRow, "sealed">;

/** Reads and writes messages. `numbers` are those of the logs, each once it is stored. */
export class MessageRows {
  readonly #database: Database;
  readonly #cipher: StoreCipher;
  readonly #numbers: ReadonlyMap<LogId, number>;

  constructor(database: Database, cipher: StoreCipher, numbers: ReadonlyMap<LogId, number>) {
    this.#database = database;
    this.#cipher = cipher;
    this.#numbers = numbers;
  }

  // --- writing ----------------------------------------------------------------------------------

  /** Return what must be written for a message of the log with this number. */
  write(message: StoredMessage, number: number): Write {
    return { table: "messages", key: placeOf(number, message.seq), value: this.#row(message) };
  }

  #row(message: StoredMessage): MessageRow {
    const { log, target, kind, reason, session } = message;
    return {
      sealed: this.#cipher.seal(recordBytes(message)),
      id: this.#tag("id", message.messageId),
      ...(target && { target: this.#tag("target", `${log} ${target}`) }),
      ...(kind > ContentKind.REACTION && { kind: this.#tag("kind", `${log} ${kind}`) }),
      ...(reason && { reason: this.#tag("reason", reason) }),
      ...(reason && session && { session: this.#tag("session", session) }),
      ...(reason && session && { missing: this.#tag("missing", `${log} ${reason}`) }),
    };
  }

  #tag(index: Index, name: string): Uint8Array<ArrayBuffer> {
    return this.#cipher.tag(`message ${index}`, name) as Uint8Array<ArrayBuffer>;
  }

  #open(row: unknown): StoredMessage {
    return recordOf(this.#cipher.open((row as MessageRow).sealed)) as StoredMessage;
  }

  // --- by place -----------------------------------------------------------------------------------

  /** See `Store.messages`. */
  async newest(log: LogId, { before, limit }: Before): Promise<StoredMessage[]> {
    const number = this.#number(log);
    let found: StoredMessage[] = [];
    let end = Math.max(Math.min(before ?? PLACES_PER_LOG, PLACES_PER_LOG), 0);
    for (let size = limit; number && found.length < limit; size = Math.min(2 * size, BIGGEST_PAGE)) {
      const last = await this.#lastBefore(number, end);
      if (last === null) break;
      const page = await this.#between(number, last - size, last + 1);
      found = [...page.filter(isShown), ...found];
      end = last - size + 1;
    }
    return limit > 0 ? found.slice(-limit) : [];
  }

  /** Return the highest seq below another; null if there is none. Logs may have gaps, and long ones. */
  async #lastBefore(number: number, seq: number): Promise<number | null> {
    if (seq <= 1) return null;
    const range = IDBKeyRange.bound(placeOf(number, 0), placeOf(number, seq), true, true);
    const cursor = await this.#database.read("messages", (store) => store.openKeyCursor(range, "prev"));
    return cursor ? (cursor.primaryKey as number) % PLACES_PER_LOG : null;
  }

  /** Return the messages with `after` < seq < `before`, oldest first. */
  async #between(number: number, after: number, before: number, limit?: number): Promise<StoredMessage[]> {
    const [first, end] = [Math.max(after, 0), Math.min(before, PLACES_PER_LOG)];
    if (end - first < 2 || limit === 0) return [];
    const range = IDBKeyRange.bound(placeOf(number, first), placeOf(number, end), true, true);
    return (await this.#database.read("messages", (store) => store.getAll(range, limit))).map((row) =>
      this.#open(row),
    );
  }

  /** See `Store.messagesAfter`. */
  async oldest(log: LogId, { after, limit }: After): Promise<StoredMessage[]> {
    const number = this.#number(log);
    return number ? this.#between(number, after, PLACES_PER_LOG, limit) : [];
  }

  /** See `Store.message`. */
  async at(log: LogId, seq: number): Promise<StoredMessage | null> {
    const number = this.#number(log);
    return number ? ((await this.#between(number, seq - 1, seq + 1))[0] ?? null) : null;
  }

  /** Return all with `after` < seq <= `upTo`, oldest first, page by page. */
  async *part(log: LogId, after: number, upTo: number): AsyncGenerator<readonly StoredMessage[]> {
    const number = this.#number(log);
    for (let start = after; number;) {
      const page = await this.#between(number, start, upTo + 1, BIGGEST_PAGE);
      yield page;
      if (page.length < BIGGEST_PAGE) return;
      start = page.at(-1)?.seq ?? upTo;
    }
  }

  /** Return the messages at these places (`placeOf`), in their order; what is not there is left out. */
  async atPlaces(places: readonly number[]): Promise<StoredMessage[]> {
    const asks = places.map((each) => (store: IDBObjectStore) => store.get(each) as IDBRequest<unknown>);
    const rows = await this.#database.readMany("messages", asks);
    return rows.filter((row) => row !== undefined).map((row) => this.#open(row));
  }

  // --- by what they are -----------------------------------------------------------------------------

  /** Return all messages with this id, in log order. */
  async withId(messageId: string): Promise<StoredMessage[]> {
    const found = await this.#tagged("id", [messageId]);
    return found.filter((message) => message.messageId === messageId);
  }

  /** Return the messages of a log with one of these targets, by seq. */
  async withTargets(log: LogId, targets: Iterable<string>): Promise<StoredMessage[]> {
    const wanted = new Set([...targets].filter(Boolean));
    const names = [...wanted].map((target) => `${log} ${target}`);
    return this.#tagged("target", names);
  }

  /** See `Store.ofKind`. */
  async ofKind(log: LogId, kind: number, limit: number): Promise<StoredMessage[]> {
    const found = await this.#tagged("kind", [`${log} ${kind}`]);
    return limit > 0 ? found.slice(-limit) : [];
  }

  /** See `Store.unreadable`. */
  async unreadable({ session, reason }: Unreadables): Promise<StoredMessage[]> {
    const found =
      session === undefined
        ? await this.#tagged("reason", reason === undefined ? null : [reason])
        : await this.#tagged("session", [session]);
    return found.filter((message) => reason === undefined || message.reason === reason);
  }

  /** Return the messages of a log that are unreadable for this reason and name a session, by seq. */
  async missing(log: LogId, reason: string): Promise<StoredMessage[]> {
    return this.#tagged("missing", [`${log} ${reason}`]);
  }

  /** Return the messages with one of these names (null: any) in an index, in log order. */
  async #tagged(index: Index, names: readonly string[] | null): Promise<StoredMessage[]> {
    const tags = names === null ? [undefined] : names.map((name) => this.#tag(index, name));
    const asks = tags.map((tag) => (store: IDBObjectStore) => store.index(index).getAll(tag));
    const rows = (await this.#database.readMany("messages", asks)).flat();
    const messages = rows.map((row) => this.#open(row));
    return messages.sort((one, other) => this.#placeIn(one) - this.#placeIn(other));
  }

  #placeIn(message: StoredMessage): number {
    return placeOf(this.#number(message.log) ?? 0, message.seq);
  }

  #number(log: LogId): number | undefined {
    return this.#numbers.get(log);
  }
}

/** Whether people see it as a message of its own: a text, or what can't be read. */
export function isShown(message: StoredMessage): boolean {
  return SHOWN_KINDS.has(message.kind);
}

/** The place of a message in the database, by its log's number. */
export function placeOf(number: number, seq: number): number {
  return number * PLACES_PER_LOG + seq;
}
