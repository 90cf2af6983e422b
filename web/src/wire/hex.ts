/** Bytes as hexadecimal digits: the form in which ids are keys of maps and stand in the store. */
import { LocalError } from "./errors";

/** The hexadecimal form (lower case) of a log's id; the others likewise. */
export type LogKey = string;
export type UserKey = string;
export type DeviceKey = string;
export type MessageKey = string;
export type RoomKey = string;

const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Returns two lower-case digits for each byte. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += DIGITS[byte] ?? "";
  return text;
}

/** Returns the bytes that digits stand for, in either case. Throws LocalError. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length >> 1);
  let isHex = text.length % 2 === 0;
  for (let at = 0; at < bytes.length; at++) {
    const high = valueOf(text.charCodeAt(2 * at));
    const low = valueOf(text.charCodeAt(2 * at + 1));
    isHex &&= high >= 0 && low >= 0;
    bytes[at] = high * 16 + low;
  }
  if (!isHex) throw new LocalError("these are no hexadecimal digits");
  return bytes;
}

/** What each character's code stands for as a digit; -1 for what is none. */
const VALUES = new Int8Array(128).fill(-1);
for (const [value, digit] of Array.from("0123456789abcdef").entries()) {
  VALUES[digit.charCodeAt(0)] = value;
  VALUES[digit.toUpperCase().charCodeAt(0)] = value;
}

function valueOf(unit: number): number {
  return VALUES[unit] ?? -1;
}
