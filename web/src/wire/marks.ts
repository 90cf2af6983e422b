/**
 * How a typed line names a message: `^` the newest, `^3` the third newest, `^soup` the newest with that word.
 *
 * A face that can point needs none of it, but understands it.
 */
import { SPACE, stripEnd } from "./spaces";

export const MAX_COUNT = 999;

const MARK = new RegExp(`^(\\^+)([^${SPACE}]*)(?:[${SPACE}]+|$)`);

/** Names a message, counting back from the newest: of all, or of those with `word` in them. */
export interface Mark {
  readonly count: number;
  readonly word: string;
}

/** A mark, if there is one, and what else there is. */
export interface MarkAndText {
  readonly mark: Mark | null;
  readonly text: string;
}

/**
 * Returns the mark that a text begins with, and the text behind it; without one, null and the text.
 *
 * `^` and `^1` count 1, `^^` and `^2` count 2. What follows a `^` and is no number is the word.
 */
export function splitMark(text: string): MarkAndText {
  const [whole, carets, word] = MARK.exec(text) ?? [];
  if (whole === undefined || carets === undefined || word === undefined) return { mark: null, text };
  const rest = text.slice(whole.length);
  if (!word) return { mark: { count: Math.min(carets.length, MAX_COUNT), word: "" }, text: rest };
  const number = carets.length === 1 && /^[0-9]+$/.test(word) ? Number(word.slice(0, 9)) : 0;
  const mark =
    number > 0 && number <= MAX_COUNT ? { count: number, word: "" } : { count: carets.length, word };
  return { mark, text: rest };
}

/** Returns the mark that is the last word of a text, and the text before it. */
export function splitMarkAtEnd(text: string): MarkAndText {
  const plain = stripEnd(text);
  const space = plain.lastIndexOf(" ");
  const { mark, text: rest } = splitMark(plain.slice(space + 1));
  if (!mark || rest) return { mark: null, text };
  return { mark, text: stripEnd(plain.slice(0, Math.max(space, 0))) };
}
