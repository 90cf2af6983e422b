/** What a search looks for, and where: `SearchMatch` of `client/store/search_index.py`, without the index. */

import type { UserId } from "$client/model";
import { byAuthor, having, inLog } from "$client/search-terms";
import type { LogId } from "$client/store/records";
import type { Day } from "$wire/days";
import type { SearchQuery } from "$wire/search-query";
import { hasPhrase, type Phrase } from "$wire/search-words";

const TIES = 2 ** 11;
const LATEST_MS = 2 ** 42 - 1; // in the year 2109: with the ties it fits in the 53 bits of a number

/**
 * Return where a message stands among those of all conversations: newer ones are higher.
 *
 * By the hub's clock, for no other order spans conversations; messages of one millisecond are told apart by
 * log and seq, two of different logs one in two thousand times not.
 */
export function placeOf(atMs: number, logNumber: number, seq: number): number {
  return Math.min(Math.max(atMs, 0), LATEST_MS) * TIES + ((logNumber * 37 + seq) % TIES);
}

/**
 * What to find: one phrase of each group of `allOf`, and none of `noneOf`, in places from `since` up to, not
 * including, `until`. `logs` are those to look in; null: all.
 */
export interface SearchMatch {
  readonly allOf: readonly (readonly Phrase[])[];
  readonly noneOf: readonly Phrase[];
  readonly since: number;
  readonly until: number;
  readonly logs: ReadonlySet<LogId> | null;
}

/** Looks up the names of a query: a person's, and a conversation's log. Both throw `UnknownPerson`. */
export interface Names {
  user(name: string): UserId;
  log(name: string): LogId;
}

/** Tell whether these words are what a match asks for, places apart. */
export function isMatch({ allOf, noneOf }: SearchMatch, words: readonly string[]): boolean {
  if (noneOf.some((phrase) => hasPhrase(phrase, words))) return false;
  return allOf.every((group) => group.some((phrase) => hasPhrase(phrase, words)));
}

/** Return what a query asks for, in places below `before`, by nobody of `butBy`. Throws `UnknownPerson`. */
export function matchOf(
  query: SearchQuery,
  names: Names,
  { butBy, before }: { readonly butBy: Iterable<UserId>; readonly before: number | null },
): SearchMatch {
  const senders = query.senders.map((name) => byAuthor(names.user(name)));
  const logs = query.conversations.map((name) => names.log(name));
  const groups = [
    ...query.wanted.map((phrase) => [phrase]),
    senders,
    ...query.has.map((has) => [having(has)]),
  ];
  return {
    allOf: groups.filter((group) => group.length),
    noneOf: [
      ...query.unwanted,
      ...[...butBy].map(byAuthor),
      ...query.unwantedSenders.map((name) => byAuthor(names.user(name))),
      ...query.unwantedConversations.map((name) => inLog(names.log(name))),
      ...query.hasNot.map(having),
    ],
    since: query.after ? firstPlace(query.after) : 0,
    until: Math.min(before ?? Infinity, query.before ? firstPlace(query.before) : Infinity),
    logs: logs.length ? new Set(logs) : null,
  };
}

/** Return the place where a day of this machine's calendar begins. */
function firstPlace({ year, month, day }: Day): number {
  const begin = new Date(2000, month - 1, day);
  begin.setFullYear(year, month - 1, day); // the constructor takes years below 100 for those of the 1900s
  return placeOf(begin.getTime(), 0, 0);
}
