/**
 * What a message is found by: its words, and facts about it in the form of words. Mirrors `client/search_terms.py`.
 *
 * A fact begins with a sign that no word of a text has, so nobody can write a text that claims one.
 */

import type { UserId } from "$client/model";
import type { LogId } from "$client/store/records";
import type { Has } from "$wire/search-query";
import { FACT, indexWords, type Phrase } from "$wire/search-words";

const LINK = /(?<![\p{L}\p{N}_])(?:https?:\/\/|www\.)[\p{L}\p{N}_]/iu;
const MENTION = /(?<![\p{L}\p{N}_])@[\p{L}\p{N}_]/u;
/** Of an id in a fact: 64 bits, so that no two meet. */
const ID_DIGITS = 16;

/** Where a text stands, and who wrote it. */
export interface Written {
  readonly log: LogId;
  /** Null if nobody knows. */
  readonly author: UserId | null;
  readonly isReply: boolean;
}

/** Return what finds a message that shows this text; nothing for one that shows none. */
export function termsOf(text: string, { log, author, isReply }: Written): string[] {
  if (!text) return [];
  const facts = [logFact(log), ...has(text).map(hasFact)];
  if (isReply) facts.push(hasFact("reply"));
  if (author !== null) facts.push(authorFact(author));
  return [...indexWords(text), ...facts];
}

/** Return what all messages of a person have. */
export function byAuthor(user: UserId): Phrase {
  return fact(authorFact(user));
}

/** Return what all messages of a conversation have. */
export function inLog(log: LogId): Phrase {
  return fact(logFact(log));
}

/** Return what all messages with such a thing have. */
export function having(what: Has): Phrase {
  return fact(hasFact(what));
}

function fact(word: string): Phrase {
  return { words: [word], isPrefix: false };
}

function authorFact(user: UserId): string {
  return `${FACT}u${user.slice(0, ID_DIGITS)}`;
}

function logFact(log: LogId): string {
  return `${FACT}l${log.slice(0, ID_DIGITS)}`;
}

function hasFact(what: Has): string {
  return `${FACT}h${what}`;
}

function has(text: string): Has[] {
  const found: Has[] = [];
  if (LINK.test(text)) found.push("link");
  if (text.includes("`")) found.push("code");
  if (MENTION.test(text)) found.push("mention");
  return found;
}
