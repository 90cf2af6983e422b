/**
 * Four words from a hub's identity key, for two people to compare; and keys in full, to read aloud.
 *
 * 44 bits are few, so each guess is made dear by scrypt; `lanmsg/wire/check_words.py` says how dear.
 */
import { scryptAsync } from "@noble/hashes/scrypt.js";
import { utf8 } from "./bytes";
import { toHex } from "./hex";
import { KEY_BYTES } from "./ids";
import { CHECK_WORDS } from "./labels";

const SCRYPT_N = 2 ** 14;
const SCRYPT_R = 8;
const SCRYPT_P = 1;
const WORD_COUNT = 4;
const BITS_PER_WORD = 11;
const STRETCHED_BYTES = 6;
const GROUP = 4;

/**
 * Returns the four words of an Ed25519 public key (32 bytes), without blocking the page for long.
 *
 * The first 44 bits of scrypt(password = key, salt = label CHECK_WORDS), 11 bits per word, most significant first,
 * from the English list of BIP-39 (RFC 7914; `docs/vectors/check_words.json`). The list is loaded when needed.
 */
export async function checkWords(identityKey: Uint8Array): Promise<readonly string[]> {
  if (identityKey.length !== KEY_BYTES) throw new TypeError("no identity key");
  const { CHECK_WORD_LIST } = await import("./generated/check-word-list");
  const parameters = { N: SCRYPT_N, r: SCRYPT_R, p: SCRYPT_P, dkLen: STRETCHED_BYTES };
  const stretched = await scryptAsync(identityKey, utf8(CHECK_WORDS), parameters);
  const words = CHECK_WORD_LIST.split(" ");
  return Array.from({ length: WORD_COUNT }, (_, place) => words[bitsAt(stretched, place)] ?? "");
}

/** Returns a key of 32 bytes in full as 16 groups of 4 hexadecimal digits. */
export function fingerprint(key: Uint8Array): string {
  if (key.length !== KEY_BYTES) throw new TypeError("no key");
  const digits = toHex(key);
  return Array.from({ length: digits.length / GROUP }, (_, place) =>
    digits.slice(GROUP * place, GROUP * (place + 1)),
  ).join(" ");
}

/** Returns word number `place` of 48 bits, of which a number holds all without loss. */
function bitsAt(stretched: Uint8Array, place: number): number {
  const bits = stretched.reduce((value, byte) => value * 256 + byte, 0);
  const below = 8 * STRETCHED_BYTES - BITS_PER_WORD * (place + 1);
  return Math.floor(bits / 2 ** below) % 2 ** BITS_PER_WORD;
}
