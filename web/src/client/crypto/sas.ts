/**
 * The arithmetic of comparing seven emoji: one key agreement, and what both sides derive from it.
 * Mirrors `src/lanmsg/client/crypto/sas.py`.
 *
 * As m.sas.v1 of Matrix, with the labels of this protocol: the one who accepts commits to a key before
 * seeing the other's, so whoever sits between has one try in 2^42 to make the emoji of both sides agree.
 */

import { CannotDecrypt } from "$client/crypto/interface";
import { x25519 } from "@noble/curves/ed25519.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { DatabaseId, DeviceId, HubId, TransactionId, UserId } from "$wire/ids";
import { labelledBytes, labelledHash, SAS_COMMITMENT, SAS_EMOJI, SAS_MAC } from "$wire/labels";

export const SECRET_BYTES = 32;
const EMOJI_COUNT = 7;
const BITS_PER_EMOJI = 6;
const EMOJI_BYTES = 6; // 48 bits, of which the first 42 are used
const MAC_KEY_BYTES = 32;

/** One side: who they are, on which device, and the key they made for this comparison (32 bytes). */
export interface SasParty {
  readonly user: UserId;
  readonly identityKey: Uint8Array;
  readonly device: DeviceId;
  readonly key: Uint8Array;
}

/** Everything both sides must agree on; one difference gives other emoji and other MACs. */
export interface SasTranscript {
  readonly hub: HubId;
  readonly database: DatabaseId;
  readonly transaction: TransactionId;
  readonly requester: SasParty;
  readonly accepter: SasParty;
}

/** Return the info string of HKDF for one purpose. */
export function transcriptInfo(transcript: SasTranscript, label: string, ...more: Uint8Array[]): Uint8Array {
  const sides = [transcript.requester, transcript.accepter].flatMap((party) => [
    party.user,
    party.identityKey,
    party.device,
    party.key,
  ]);
  const { hub, database, transaction } = transcript;
  return labelledBytes(label, hub, database, transaction, ...sides, ...more);
}

/** Return the 32 bytes with which the accepter is bound to a key that is shown later. */
export function commitment(transaction: TransactionId, key: Uint8Array): Uint8Array {
  return labelledHash(SAS_COMMITMENT, transaction, key);
}

/** Return seven numbers from 0 to 63, most significant bits first. */
export function emojiNumbers(shared: Uint8Array, transcript: SasTranscript): number[] {
  const data = derived(shared, transcriptInfo(transcript, SAS_EMOJI), EMOJI_BYTES);
  return Array.from({ length: EMOJI_COUNT }, (_, place) => bitsAt(data, BITS_PER_EMOJI * place));
}

/** Return the six bits that begin at a bit. */
function bitsAt(data: Uint8Array, bit: number): number {
  const byte = Math.floor(bit / 8);
  const two = ((data[byte] ?? 0) << 8) | (data[byte + 1] ?? 0);
  return (two >> (16 - BITS_PER_EMOJI - (bit % 8))) & (2 ** BITS_PER_EMOJI - 1);
}

/** Return what `sender` sends to say that the emoji were the same: 32 bytes over their identity key. */
export function identityMac(shared: Uint8Array, transcript: SasTranscript, sender: SasParty): Uint8Array {
  const key = derived(shared, transcriptInfo(transcript, SAS_MAC, sender.device), MAC_KEY_BYTES);
  return hmac(sha256, key, sender.identityKey);
}

/** Compare two MACs or commitments in a time that does not depend on where they differ. */
export function isSame(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  return one.reduce((difference, byte, place) => difference | (byte ^ (other[place] ?? 0)), 0) === 0;
}

/** A Curve25519 key pair for one comparison. */
export class SasSecret {
  readonly #secret: Uint8Array;
  /** The public half, 32 bytes. */
  readonly key: Uint8Array;

  /** `secret` is 32 random bytes. */
  constructor(secret: Uint8Array) {
    this.#secret = secret;
    this.key = x25519.getPublicKey(secret);
  }

  /**
   * Return what only the two ends can know (32 bytes).
   *
   * Throws `CannotDecrypt` if their key is none: it would give the same secret to everybody (RFC 7748 §6.1).
   */
  agree(theirKey: Uint8Array): Uint8Array {
    try {
      return x25519.getSharedSecret(this.#secret, theirKey);
    } catch {
      throw new CannotDecrypt("this is no key for an agreement");
    }
  }
}

/** HKDF-SHA256 (RFC 5869), no salt. */
function derived(shared: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  return hkdf(sha256, shared, undefined, info, length);
}
