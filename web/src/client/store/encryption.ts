/**
 * How the store is encrypted: XChaCha20-Poly1305 with a random nonce for each record, and a keyed hash in
 * place of every key by which records are found.
 *
 * The store's key lies in the same browser profile (`store/places`), so this keeps nothing from whoever has
 * the profile. It makes forgetting sure: what was deleted stays in the database's files for a while, and
 * all of it is gone with the key. See docs/security.md.
 */

import { StoreFailed } from "$client/store/interface";
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { joinBytes, utf8 } from "$wire/bytes";

/** Makes random bytes. */
export type RandomBytes = (count: number) => Uint8Array;

export const STORE_KEY_BYTES = 32;
const NONCE_BYTES = 24;
/** Tags name records that are kept by them: two with the same one would be one. */
export const TAG_BYTES = 16;

/** Seals and opens records, and hides what they are found by. */
export class StoreCipher {
  readonly #sealing: Uint8Array;
  readonly #tagging: Uint8Array;
  readonly #randomBytes: RandomBytes;

  /** `key` are 32 random bytes. */
  constructor(key: Uint8Array, randomBytes: RandomBytes) {
    this.#sealing = hkdf(sha256, key, undefined, utf8("lanmsg/1 browser store"), 32);
    this.#tagging = hkdf(sha256, key, undefined, utf8("lanmsg/1 browser store tags"), 32);
    this.#randomBytes = randomBytes;
  }

  /** Return the nonce and the ciphertext; 40 bytes longer than the plaintext. */
  seal(plaintext: Uint8Array): Uint8Array {
    const nonce = this.#randomBytes(NONCE_BYTES);
    return joinBytes([nonce, xchacha20poly1305(this.#sealing, nonce).encrypt(plaintext)]);
  }

  /** Return what was sealed. Throws `StoreFailed` if it was altered, or sealed with another key. */
  open(sealed: Uint8Array): Uint8Array {
    try {
      const nonce = sealed.subarray(0, NONCE_BYTES);
      return xchacha20poly1305(this.#sealing, nonce).decrypt(sealed.subarray(NONCE_BYTES));
    } catch (error) {
      throw new StoreFailed("this browser's copy of your messages is damaged, or belongs to another key", {
        cause: error,
      });
    }
  }

  /**
   * Return 16 bytes that stand for a text. `of` says what it is, so that the same text in two places looks
   * different.
   */
  tag(of: string, name: string): Uint8Array {
    // One hash of key and text: what is kept of it is too short to be lengthened.
    return sha256(joinBytes([this.#tagging, utf8(`${of} ${name}`)])).slice(0, TAG_BYTES);
  }
}
