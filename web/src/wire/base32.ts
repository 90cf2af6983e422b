/** Base32 (RFC 4648 §6) in lower case and without padding, as join links carry it. */

const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

/** Returns 8 characters for each 5 bytes. */
export function toBase32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let count = 0;
  for (const byte of bytes) {
    bits = ((bits << 8) | byte) & 0xfff;
    for (count += 8; count >= 5; count -= 5) text += ALPHABET[(bits >>> (count - 5)) & 31] ?? "";
  }
  return count ? text + (ALPHABET[(bits << (5 - count)) & 31] ?? "") : text;
}

/** Returns what characters stand for; null if one is of no alphabet, or so many that no bytes have them. */
export function fromBase32(text: string): Uint8Array<ArrayBuffer> | null {
  if ([1, 3, 6].includes(text.length % 8)) return null;
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8));
  let bits = 0;
  let count = 0;
  let at = 0;
  for (const character of text) {
    const value = ALPHABET.indexOf(character);
    if (value < 0) return null;
    bits = ((bits << 5) | value) & 0xfff;
    count += 5;
    if (count >= 8) bytes[at++] = (bits >>> (count -= 8)) & 0xff;
  }
  return bytes;
}
