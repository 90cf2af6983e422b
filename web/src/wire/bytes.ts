/** Bytes: joined, compared, and made of text. */
import { LocalError } from "./errors";

export const EMPTY_BYTES: Uint8Array<ArrayBuffer> = new Uint8Array(0);

/** Returns parts in a row. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Tells whether both have the same bytes. Not in constant time: for ids and hashes, which are public. */
export function equalBytes(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false;
  return true;
}

/** Orders bytes as numbers, the first first, a beginning before what goes on: for `sort`. */
export function compareBytes(one: Uint8Array, other: Uint8Array): number {
  const shorter = Math.min(one.length, other.length);
  for (let at = 0; at < shorter; at++) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0);
    if (difference) return difference;
  }
  return one.length - other.length;
}

const encoder = new TextEncoder();
const LONE_SURROGATE = /\p{Surrogate}/u; // with the u flag, halves of pairs do not match
/** Shorter text is mostly ours, in ASCII: a label, a digit string. The browser's encoder is slow to start. */
const SHORT = 100;

/** Returns text as UTF-8. Throws LocalError for text with half a surrogate pair, which no bytes stand for. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return (text.length < SHORT && ascii(text)) || encoded(text);
}

/** Returns the bytes of ASCII text; null for any other. */
function ascii(text: string): Uint8Array<ArrayBuffer> | null {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < bytes.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit > 0x7f) return null;
    bytes[at] = unit;
  }
  return bytes;
}

function encoded(text: string): Uint8Array<ArrayBuffer> {
  if (LONE_SURROGATE.test(text))
    throw new LocalError("the text is not valid: it has half of a character in it");
  return encoder.encode(text);
}

/** Returns how many code points (not UTF-16 units) a text has. */
export function codePoints(text: string): number {
  let count = text.length;
  for (let at = 0; at < text.length - 1; at++) {
    if (isHigh(text.charCodeAt(at)) && isLow(text.charCodeAt(at + 1))) {
      count--;
      at++;
    }
  }
  return count;
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}
