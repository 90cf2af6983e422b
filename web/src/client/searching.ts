/**
 * Finds messages, newest first: `client/searching.py` and `client/indexer.py` in one, without an index on the disk.
 *
 * Hits come newest first, not by rank: of what people said, the latest is what they look for, and an order that
 * stays the same while they type is easy to read. The logs are read side by side from their ends, so a common word
 * is found at once, and a rare one once all was read; after that everything is in memory.
 */

import type { Message, SearchHit, TextMark, UserId } from "$client/model";
import { isMatch, matchOf, type Names, type SearchMatch } from "$client/search-match";
import { SearchedLog, type LogReader, type Searched } from "$client/searched-log";
import type { Change, LogId, Store, StoredMessage } from "$client/store/interface";
import { SHOWN_KINDS } from "$wire/content";
import { codePoints } from "$wire/bytes";
import { MAX_MARKS } from "$wire/limits";
import type { SearchQuery } from "$wire/search-query";
import { marksOf, type Phrase } from "$wire/search-words";

const LOOKED_AFTER = 20;

/** What searching works with. */
export interface SearchingParts extends LogReader {
  readonly store: Pick<Store, "messages" | "messagesAfter">;
  /** The conversations there are, in the order in which their logs were first stored. */
  logs(): Iterable<LogId>;
  /** Messages of a log as faces show them. */
  show(log: LogId, messages: readonly StoredMessage[]): Promise<readonly Message[]>;
  /** Whose messages are not shown. */
  ignored(): Iterable<UserId>;
  isIgnored(device: string): boolean;
}

/** Which hits: the newest `limit` in places below `before`. */
export interface HitPage {
  readonly limit: number;
  readonly before: number | null;
}

/** Answers queries. */
export class Searching {
  readonly #parts: SearchingParts;
  readonly #logs = new Map<LogId, SearchedLog>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: SearchingParts) {
    this.#parts = parts;
  }

  /** Note what a step stores, before it is stored. */
  note(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.type === "stored_message") this.#logs.get(change.log)?.note(change);
    }
  }

  /** Return the newest hits of a page, newest first. Rejects with `UnknownPerson`. */
  async search(query: SearchQuery, names: Names, page: HitPage): Promise<SearchHit[]> {
    const match = matchOf(query, names, { butBy: this.#parts.ignored(), before: page.before });
    // One after the other: two that read a log on would read it twice.
    const hits = this.#last.then(() => this.#search(match, query.wanted, page.limit));
    this.#last = hits.catch(() => undefined);
    return hits;
  }

  async #search(match: SearchMatch, wanted: readonly Phrase[], limit: number): Promise<SearchHit[]> {
    const hits: SearchHit[] = [];
    for (const found of await this.#found(match, limit)) {
      const hit = await this.#hit(found, wanted);
      if (hit) hits.push(hit);
    }
    return hits;
  }

  // --- finding ----------------------------------------------------------------------------------

  /** Go through the logs side by side, the newest message of all first, until enough is found. */
  async #found(match: SearchMatch, limit: number): Promise<Searched[]> {
    const cursors = await this.#cursors(match);
    const found: Searched[] = [];
    while (found.length < limit) {
      const newest = newestOf(cursors);
      if (!newest?.message) break;
      const { message } = newest;
      const isNear = message.place >= match.since && message.place < match.until;
      if (isNear && isMatch(match, message.words)) found.push(message);
      newest.place += 1;
      newest.message = await newest.log.at(newest.place);
    }
    return found.sort((one, other) => other.place - one.place);
  }

  async #cursors({ logs }: SearchMatch): Promise<Cursor[]> {
    const wanted = [...this.#searched()].filter(([id]) => logs?.has(id) ?? true);
    return Promise.all(
      wanted.map(async ([, log]) => {
        await log.refresh();
        return { log, place: 0, message: await log.at(0) };
      }),
    );
  }

  #searched(): ReadonlyMap<LogId, SearchedLog> {
    let number = 0;
    for (const id of this.#parts.logs()) {
      number += 1;
      if (!this.#logs.has(id)) this.#logs.set(id, new SearchedLog(id, number, this.#parts));
    }
    return this.#logs;
  }

  // --- showing ----------------------------------------------------------------------------------

  async #hit({ log, seq, place }: Searched, wanted: readonly Phrase[]): Promise<SearchHit | null> {
    const stored = await this.#parts.before(log, seq + 1, 1);
    const [message] = await this.#parts.show(
      log,
      stored.filter((each) => each.seq === seq),
    );
    if (!message) return null; // deleted a moment ago
    const { store } = this.#parts;
    const following = await store.messagesAfter(log, { after: seq, limit: LOOKED_AFTER });
    const after = following.filter((each) => SHOWN_KINDS.has(each.kind)).slice(0, 1);
    return {
      place,
      message,
      before: await this.#neighbour(log, await store.messages(log, { before: seq, limit: 1 })),
      after: await this.#neighbour(log, after),
      marks: marksIn(message.text, wanted),
    };
  }

  /** Show a neighbour; of ignored people none. */
  async #neighbour(log: LogId, stored: readonly StoredMessage[]): Promise<Message | null> {
    const shown = stored.filter(({ sender }) => !this.#parts.isIgnored(sender));
    return (await this.#parts.show(log, shown))[0] ?? null;
  }
}

/** How far a log was gone through. */
interface Cursor {
  readonly log: SearchedLog;
  place: number;
  message: Searched | null;
}

function newestOf(cursors: readonly Cursor[]): Cursor | undefined {
  let newest: Cursor | undefined;
  for (const cursor of cursors) {
    if (cursor.message && cursor.message.place > (newest?.message?.place ?? -1)) newest = cursor;
  }
  return newest;
}

/** Return where phrases stand in a text, in code points. */
function marksIn(text: string, wanted: readonly Phrase[]): TextMark[] {
  return marksOf(text, wanted, MAX_MARKS).map(({ start, end }) => ({
    start: codePoints(text.slice(0, start)),
    end: codePoints(text.slice(0, end)),
  }));
}
