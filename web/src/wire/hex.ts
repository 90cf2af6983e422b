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
  if (text.length % 2 || /[^0-9a-fA-F]/.test(text)) throw new LocalError("these are no hexadecimal digits");
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; at++) bytes[at] = parseInt(text.slice(2 * at, 2 * at + 2), 16);
  return bytes;
}
