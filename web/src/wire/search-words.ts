/**
 * The words of a text as search compares them: without case and accents, in every script.
 *
 * A word is a run of letters and digits. Scripts that put no spaces between words (Chinese, Japanese, Thai …) or
 * endings right behind them (Korean) are cut into overlapping pairs of characters: 東京都 becomes 東京 京都 都. So any
 * run of characters finds the texts it stands in, and a word of two is one look-up.
 */
import { BREAK, fold, isAlone, isMark } from "./search-folding";
import { CHARACTER, PARTS } from "./search-scripts";

/** Characters of a word; a longer one counts as several, side by side. */
export const MAX_WORD = 64;
/** Begins what is indexed beside the words of a text. No word has it: private use is no letter. */
export const FACT = "\ue000";
/** Changes when the words of a text may have changed: an index of another version is made anew. */
export const WORDS_VERSION = "1";

/** Words side by side; with `isPrefix` the last one may go on. */
export interface Phrase {
  readonly words: readonly string[];
  readonly isPrefix: boolean;
}

/**
 * A word, and where it stands in the text: in UTF-16 units, ends exclusive.
 *
 * Of a pair, the first character is `firstSize` code points of `word` and ends at `firstEnd`; of all others they are the
 * whole word. `endsRun`: the last character of a run of pairs, alone.
 */
export interface Word {
  readonly word: string;
  readonly start: number;
  readonly end: number;
  readonly firstSize: number;
  readonly firstEnd: number;
  readonly endsRun: boolean;
}

/** A place in a text, in UTF-16 units, its end exclusive. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/** Returns the words of a text, in order. */
export function indexWords(text: string): readonly string[] {
  if (isAscii(text)) return Array.from(text.toLowerCase().match(ASCII_WORD) ?? []);
  return wordsIn(text).map(({ word }) => word);
}

/** Returns the words of a text with their places, in order. */
export function wordsIn(text: string): readonly Word[] {
  if (isAscii(text)) {
    const found = Array.from(text.toLowerCase().matchAll(ASCII_WORD));
    return found.map(({ 0: word, index }) => wholeWord(word, index, index + word.length));
  }
  return Array.from(text.matchAll(PARTS)).flatMap(({ 0: part, 1: run, index }) =>
    run === undefined ? spacedWords(part, index) : pairs(run, index),
  );
}

/** Returns what a piece of a query looks for; null if it has no word. `isOpen`: it is still being typed. */
export function phraseOf(text: string, isOpen = false): Phrase | null {
  const found = wordsIn(text);
  const words = found.map(({ word }) => word);
  const last = found.at(-1);
  if (!last?.endsRun) return words.length ? { words, isPrefix: isOpen } : null;
  // The last character of a run stands alone only where the run ends; here it may go on in the text.
  if (found.at(-2)?.end === last.end) return { words: words.slice(0, -1), isPrefix: isOpen };
  return { words, isPrefix: true };
}

// --- comparing -----------------------------------------------------------------------------------

/** Tells whether a phrase stands among the words of a text. */
export function hasPhrase(phrase: Phrase, words: readonly string[]): boolean {
  return words.some((_, place) => standsAt(phrase, words, place));
}

/**
 * Returns where phrases stand in a text: in order, apart, the first `limit`.
 *
 * A word that the phrase only begins is marked whole; of a pair, what was asked for.
 */
export function marksOf(text: string, phrases: readonly Phrase[], limit: number): readonly Place[] {
  const found = wordsIn(text);
  const words = found.map(({ word }) => word);
  const marks = phrases.flatMap((phrase) =>
    found.flatMap((_, place) => (standsAt(phrase, words, place) ? markAt(phrase, found, place) : [])),
  );
  const sorted = marks.sort((one, other) => one.start - other.start || one.end - other.end);
  return joined(sorted, text).slice(0, limit);
}

function standsAt(phrase: Phrase, words: readonly string[], place: number): boolean {
  const size = phrase.words.length - 1;
  const last = phrase.words[size] ?? "";
  const found = words[place + size];
  if (found === undefined) return false;
  const isFound = phrase.isPrefix ? found.startsWith(last) : found === last;
  return isFound && phrase.words.slice(0, size).every((word, at) => words[place + at] === word);
}

function markAt(phrase: Phrase, found: readonly Word[], place: number): readonly Place[] {
  const first = found[place];
  const last = found[place + phrase.words.length - 1];
  if (!first || !last) return [];
  const isInFirst = Array.from(phrase.words.at(-1) ?? "").length <= last.firstSize;
  return [{ start: first.start, end: isInFirst ? last.firstEnd : last.end }];
}

/** Joins marks that touch, and ends none inside of what is drawn as one character. */
function joined(marks: readonly Place[], text: string): readonly Place[] {
  const places: Place[] = [];
  for (const mark of marks) {
    const end = behindMarks(text, mark.end);
    const before = places.at(-1);
    if (before && mark.start <= before.end) {
      places[places.length - 1] = { start: before.start, end: Math.max(before.end, end) };
    } else places.push({ start: mark.start, end });
  }
  return places;
}

function behindMarks(text: string, from: number): number {
  let end = from;
  for (;;) {
    const char = characterAt(text, end);
    if (!char || !isMark(char)) return end;
    end += char.length;
  }
}

function characterAt(text: string, at: number): string {
  const code = text.codePointAt(at);
  return code === undefined ? "" : String.fromCodePoint(code);
}

// --- cutting -------------------------------------------------------------------------------------

const ASCII = /^[\0-\x7f]*$/;
const ASCII_WORD = new RegExp(`[a-z0-9]{1,${MAX_WORD}}`, "g");

function isAscii(text: string): boolean {
  return ASCII.test(text);
}

function wholeWord(word: string, start: number, end: number): Word {
  return { word, start, end, firstSize: Array.from(word).length, firstEnd: end, endsRun: false };
}

interface FoldedCharacter {
  readonly folded: string;
  readonly end: number;
}

/** Cuts a run of characters into pairs; the last character follows alone. */
function pairs(run: string, start: number): readonly Word[] {
  const characters = Array.from(run.matchAll(CHARACTER)).flatMap(({ 0: text, index }): FoldedCharacter[] => {
    const folded = fold(text);
    // what is not (yet) a letter is left out
    return folded === "" || folded === BREAK ? [] : [{ folded, end: start + index + text.length }];
  });
  return characters.map((first, place) => {
    const second = characters[place + 1];
    const word = first.folded + (second?.folded ?? "");
    return {
      word,
      start: characters[place - 1]?.end ?? start,
      end: second?.end ?? first.end,
      firstSize: Array.from(first.folded).length,
      firstEnd: first.end,
      endsRun: second === undefined,
    };
  });
}

/** Cuts what has spaces between its words; an emoji is a word of its own. */
function spacedWords(part: string, start: number): readonly Word[] {
  const words: Word[] = [];
  let word = "";
  let wordStart = start;
  let wordEnd = start;
  const finish = () => {
    if (word) words.push(wholeWord(word, wordStart, wordEnd));
    word = "";
  };
  let place = start;
  for (const character of part) {
    const folded = fold(character);
    const end = place + character.length;
    const stands = isAlone(character, folded);
    if (stands || Array.from(word + folded).length > MAX_WORD) finish();
    if (stands && folded && folded !== BREAK) words.push(wholeWord(folded, place, end));
    if (!stands && folded) {
      if (!word) wordStart = place;
      word += folded;
      wordEnd = end;
    }
    place = end;
  }
  finish();
  return words;
}
