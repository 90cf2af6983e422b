/**
 * The words of one log's messages, newest first, as far back as anybody has searched.
 *
 * There is no index on the disk: a page reads its messages once, and keeps their words for as long as it is
 * open. What changes a message makes it be read again.
 */

import type { MessageId, UserId } from "$client/model";
import { placeOf } from "$client/search-match";
import { termsOf } from "$client/search-terms";
import { MAX_SEQ, type LogId, type StoredMessage } from "$client/store/interface";
import { SHOWN_KINDS } from "$wire/content";

/** Messages read at once. */
const PAGE = 200;

/** Reads a log as it is now, what is about to be stored included. */
export interface LogReader {
  /** The newest `limit` messages before a place that people see, oldest first. */
  before(log: LogId, seq: number, limit: number): Promise<readonly StoredMessage[]>;
  /** How messages of a log look now: their texts, null for none. */
  texts(log: LogId, messages: readonly StoredMessage[]): Promise<readonly (string | null)[]>;
  /** Whose device it is or was; null for a stranger's. */
  authorOf(device: string): UserId | null;
  /** Whether something that we did to a message waits for the hub: how it looks is then not kept. */
  isChanging(message: MessageId): boolean;
}

/** A message with its words. */
export interface Searched {
  readonly log: LogId;
  readonly seq: number;
  readonly messageId: MessageId;
  readonly place: number;
  readonly words: readonly string[];
}

/** One log. `number` is its place in the order of logs. */
export class SearchedLog {
  readonly #log: LogId;
  readonly #number: number;
  readonly #reader: LogReader;
  /** Newest first, without gaps. */
  #messages: Searched[] = [];
  #isComplete = false;
  #hasNews = true;
  readonly #changed = new Set<number>();
  /** The seqs of those that were read, by their ids. */
  readonly #places = new Map<MessageId, Set<number>>();
  readonly #known = new Map<string, string>();

  constructor(log: LogId, number: number, reader: LogReader) {
    this.#log = log;
    this.#number = number;
    this.#reader = reader;
  }

  /** Note that a message of this log is about to be stored. */
  note({ seq, kind, target }: StoredMessage): void {
    if (seq > this.#newestSeq()) this.#hasNews = true;
    else this.#changed.add(seq);
    if (SHOWN_KINDS.has(kind)) return;
    for (const changed of this.#places.get(target) ?? []) this.#changed.add(changed);
  }

  #newestSeq(): number {
    return this.#messages[0]?.seq ?? 0;
  }

  /** Return the message at a place of the order, newest first, reading on where needed; null behind the last. */
  async at(place: number): Promise<Searched | null> {
    while (place >= this.#messages.length && !this.#isComplete) await this.#readOn();
    const found = this.#messages[place];
    if (!found) return null;
    // What is about to change is read at each search, and once more when it has: nothing need be stored by then.
    if (this.#reader.isChanging(found.messageId)) this.#changed.add(found.seq);
    // What changes while a search goes on is read again, and kept by the next `refresh`.
    return this.#changed.has(found.seq) ? ((await this.#read(found.seq)) ?? found) : found;
  }

  async #readOn(): Promise<void> {
    const page = await this.#reader.before(this.#log, this.#messages.at(-1)?.seq ?? MAX_SEQ + 1, PAGE);
    this.#isComplete ||= page.length < PAGE;
    this.#messages.push(...(await this.#searched(page)).reverse());
  }

  /** Take in what has come and changed since the last time; before each search. */
  async refresh(): Promise<void> {
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const seq of changed) await this.#refreshOne(seq);
    if (!this.#hasNews) return;
    this.#hasNews = false;
    if (this.#messages.length) await this.#readNews();
    else this.#isComplete = false;
  }

  async #refreshOne(seq: number): Promise<void> {
    const place = this.#messages.findIndex((each) => each.seq <= seq);
    if (place < 0) return; // older than all that was read
    const isKnown = this.#messages[place]?.seq === seq;
    const found = await this.#read(seq);
    if (isKnown || found) this.#messages.splice(place, Number(isKnown), ...(found ? [found] : []));
  }

  async #read(seq: number): Promise<Searched | null> {
    const page = (await this.#reader.before(this.#log, seq + 1, 1)).filter((each) => each.seq === seq);
    return (await this.#searched(page))[0] ?? null;
  }

  /** Read what is newer than all that was read, page by page from the newest. */
  async #readNews(): Promise<void> {
    const newest = this.#newestSeq();
    const news: Searched[] = [];
    for (let before = MAX_SEQ + 1; ;) {
      const page = await this.#reader.before(this.#log, before, PAGE);
      const fresh = page.filter(({ seq }) => seq > newest);
      news.push(...(await this.#searched(fresh)).reverse());
      if (fresh.length < PAGE) break;
      before = fresh[0]?.seq ?? 0;
    }
    this.#messages = [...news, ...this.#messages];
  }

  async #searched(messages: readonly StoredMessage[]): Promise<Searched[]> {
    const texts = await this.#reader.texts(this.#log, messages);
    return messages.map((message, place) => {
      const { log, seq, messageId, atMs, sender, target } = message;
      const written = { log, author: this.#reader.authorOf(sender), isReply: target !== "" };
      this.#places.set(messageId, (this.#places.get(messageId) ?? new Set<number>()).add(seq));
      const words = termsOf(texts[place] ?? "", written).map((word) => this.#once(word));
      return { log, seq, messageId, place: placeOf(atMs, this.#number, seq), words };
    });
  }

  /** Return the one copy of a word that is kept: most words come again and again. */
  #once(word: string): string {
    const known = this.#known.get(word);
    if (known !== undefined) return known;
    this.#known.set(word, word);
    return word;
  }
}
