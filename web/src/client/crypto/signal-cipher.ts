/**
 * How signals are encrypted: ChaCha20-Poly1305 (RFC 8439) under a key derived by HKDF-SHA256 (RFC 5869).
 * Mirrors `src/lanmsg/client/crypto/signal_cipher.py`.
 *
 * The key comes from a place in a sending session that every reader can export; its ratchet does not move.
 * Nonces are random, never counted: a store that was put back can't use one again (decision 9).
 */

import { CannotDecrypt } from "$client/crypto/interface";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8 } from "$wire/bytes";
import { SIGNAL_KEY } from "$wire/labels";

const KEY_BYTES = 32;

/** Derive the key (32 bytes) from `ReceivingSession.export` at the signal's index. */
export function signalKey(exported: Uint8Array): Uint8Array {
  return hkdf(sha256, exported, undefined, utf8(SIGNAL_KEY), KEY_BYTES);
}

/** Encrypt under a nonce of 12 bytes; 16 bytes longer than the plaintext. `associated` is what it is bound to. */
export function encryptSignal(
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  associated: Uint8Array,
): Uint8Array {
  return chacha20poly1305(key, nonce, associated).encrypt(plaintext);
}

/** Decrypt. Throws `CannotDecrypt`. */
export function decryptSignal(
  key: Uint8Array,
  nonce: Uint8Array,
  ciphertext: Uint8Array,
  associated: Uint8Array,
): Uint8Array {
  try {
    return chacha20poly1305(key, nonce, associated).decrypt(ciphertext);
  } catch {
    throw new CannotDecrypt("the signal is altered, or not for us");
  }
}
