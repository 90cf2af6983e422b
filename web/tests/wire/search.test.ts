import { codePoints } from "$wire/bytes";
import { dayOf } from "$wire/days";
import { parseQuery, QueryError, type SearchQuery } from "$wire/search-query";
import { hasPhrase, indexWords, marksOf, phraseOf, wordsIn, type Phrase } from "$wire/search-words";
import { describe, expect, test } from "vitest";
import { effortMs, HOSTILE_EFFORT_MS } from "./effort";
import { vectors } from "./vectors";

interface Vectors {
  texts: { text: string; words: unknown[][] }[];
  marks: { text: string; query: string; marks: number[][] }[];
  queries: { text: string; query: Record<string, unknown> }[];
  refused: string[];
}
const VECTORS = vectors<Vectors>("search");

/** The vectors count code points. */
const place = (text: string, unit: number) => codePoints(text.slice(0, unit));

test.each(VECTORS.texts)("the words of $text", ({ text, words }) => {
  const found = wordsIn(text).map((word) => [
    word.word,
    place(text, word.start),
    place(text, word.end),
    word.firstSize,
    place(text, word.firstEnd),
    word.endsRun,
  ]);
  expect(found).toEqual(words);
  expect(indexWords(text)).toEqual(words.map(([word]) => word));
});

test.each(VECTORS.marks)("$query is marked in $text", ({ text, query, marks }) => {
  const phrase = phraseOf(query, true)!;
  expect(hasPhrase(phrase, indexWords(text))).toBe(true);
  const found = marksOf(text, [phrase], 5).map(({ start, end }) => [place(text, start), place(text, end)]);
  expect(found).toEqual(marks);
});

const phrases = (of: readonly Phrase[]) => of.map(({ words, isPrefix }) => [words, isPrefix]);
const day = (of: SearchQuery["after"]) =>
  of &&
  [String(of.year).padStart(4, "0"), ...[of.month, of.day].map((part) => String(part).padStart(2, "0"))].join(
    "-",
  );

test.each(VECTORS.queries)("$text asks for $query", ({ text, query }) => {
  const found = parseQuery(text);
  expect({
    wanted: phrases(found.wanted),
    unwanted: phrases(found.unwanted),
    senders: found.senders,
    unwanted_senders: found.unwantedSenders,
    conversations: found.conversations,
    unwanted_conversations: found.unwantedConversations,
    has: found.has,
    has_not: found.hasNot,
    after: day(found.after),
    before: day(found.before),
  }).toEqual(query);
});

test.each(VECTORS.refused)("refused: %j", (text) => {
  expect(() => parseQuery(text)).toThrow(QueryError);
});

describe("a day", () => {
  test.each([
    [2024, 2, 29],
    [99, 1, 1],
    [1, 1, 1],
    [9999, 12, 31],
  ])("%d-%d-%d is in the calendar", (year, month, of) => {
    expect(dayOf(year, month, of)).toEqual({ year, month, day: of });
  });

  test.each([
    [2026, 2, 29],
    [2026, 13, 1],
    [2026, 0, 1],
    [2026, 4, 31],
    [0, 1, 1],
    [2026, 1, 0],
  ])("%d-%d-%d is not", (year, month, of) => {
    expect(dayOf(year, month, of)).toBeNull();
  });
});

test("a text of 64 KB is cut into words in no time worth the attack", () => {
  const texts = ["é".repeat(32_000), "東".repeat(21_000), "a é ".repeat(13_000), "\u0301".repeat(32_000)];
  expect(effortMs(() => texts.map(wordsIn))).toBeLessThan(HOSTILE_EFFORT_MS);
});
