/** Characters as search compares them: no case, no accents, compatible forms made one. */
import { foldCase } from "./fold-case";

/** Stands for what is between words. */
export const BREAK = " ";

/** Letters that Unicode does not take apart, and that people type without their strokes. */
const PLAIN: Readonly<Record<string, string>> = {
  "\u0131": "i",
  ø: "o",
  đ: "d",
  ð: "d",
  ħ: "h",
  ł: "l",
  æ: "ae",
  œ: "oe",
  þ: "th",
};

/** Left out of words. The vowel signs of India and its neighbours are marks too, but spell the word. */
const ACCENT_RANGES =
  "\\u0300-\\u036f\\u1ab0-\\u1aff\\u1dc0-\\u1dff\\u20d0-\\u20ff\\ufe00-\\ufe0f\\ufe20-\\ufe2f\\u{e0100}-\\u{e01ef}" +
  "\\u0591-\\u05bd\\u05bf\\u05c1\\u05c2\\u05c4\\u05c5\\u05c7" + // Hebrew points
  "\\u0610-\\u061a\\u0640\\u064b-\\u065f\\u0670\\u06d6-\\u06dc\\u06df-\\u06e8\\u06ea-\\u06ed" + // Arabic vowels, tatweel
  "\\u{1f3fb}-\\u{1f3ff}"; // skin tones
/* eslint-disable no-misleading-character-class -- parts of characters are meant */
const ACCENTS = new RegExp(`[${ACCENT_RANGES}]`, "gu");
const STARTS_WITH_ACCENT = new RegExp(`^[${ACCENT_RANGES}]`, "u");
/* eslint-enable no-misleading-character-class */
const LEFT_OUT = /[^\p{L}\p{N}\p{Mn}\p{Mc}\p{So}]/gu;
const UNSEEN_START = /^[\p{Cf}\p{Mn}\p{Me}]/u;
const ALPHANUMERIC = /^[\p{L}\p{N}]+$/u;
const SYMBOL = /^\p{So}$/u;
const MARK = /^[\p{Mn}\p{Mc}\p{Me}]/u;

const remembered = new Map<string, string>();
const MOST_REMEMBERED = 16_384;

/** Returns what stands for a character (or syllable) in a word; nothing, or `BREAK` between words. */
export function fold(character: string): string {
  const known = remembered.get(character);
  if (known !== undefined) return known;
  if (remembered.size >= MOST_REMEMBERED) remembered.clear();
  const folded = foldAnew(character);
  remembered.set(character, folded);
  return folded;
}

function foldAnew(character: string): string {
  const plain = Array.from(foldCase(character).normalize("NFKD"), (each) => PLAIN[each] ?? each).join("");
  const kept = plain.replace(ACCENTS, "").replace(LEFT_OUT, "");
  if (kept) return kept;
  return STARTS_WITH_ACCENT.test(character) || UNSEEN_START.test(character) ? "" : BREAK;
}

/** Tells whether a character is a word of its own, as emoji are, or stands between words. */
export function isAlone(character: string, folded: string): boolean {
  return folded === BREAK || (!ALPHANUMERIC.test(folded) && SYMBOL.test(character));
}

/** Tells whether a character is drawn with the one before it. */
export function isMark(character: string): boolean {
  return character > "\u02ff" && MARK.test(character);
}
