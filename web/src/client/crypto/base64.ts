/** Base64 without padding, as Olm writes and reads it: bytes to ASCII bytes and back, no strings between. */

const ALPHABET = new TextEncoder().encode("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
const NO_DIGIT = 64;
const VALUES = new Uint8Array(256).fill(NO_DIGIT);
ALPHABET.forEach((letter, value) => (VALUES[letter] = value));

/** Return the digits of these bytes. */
export function toBase64(data: Uint8Array): Uint8Array {
  const digits = new Uint8Array(Math.ceil((data.length * 4) / 3));
  for (let from = 0, to = 0; from < data.length; from += 3) {
    const bits = ((data[from] ?? 0) << 16) | ((data[from + 1] ?? 0) << 8) | (data[from + 2] ?? 0);
    for (let shift = 18; shift >= 0 && to < digits.length; shift -= 6) {
      digits[to++] = ALPHABET[(bits >> shift) & 63] ?? 0;
    }
  }
  return digits;
}

/**
 * Return the bytes that these digits stand for.
 *
 * Throws `RangeError` for what is no digit; bits left over are ignored, as Olm does.
 */
export function fromBase64(digits: Uint8Array): Uint8Array {
  const data = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let bits = 0;
  let count = 0;
  let to = 0;
  for (const digit of digits) {
    const value = VALUES[digit] ?? NO_DIGIT;
    if (value === NO_DIGIT) throw new RangeError("this is not base64");
    bits = (bits << 6) | value;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    data[to++] = (bits >> count) & 255;
  }
  return data;
}
