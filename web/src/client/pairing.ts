/**
 * Letting a second device of ours in: the parcel that crosses the hub, sealed under a code. Mirrors
 * `client/pairing.py`.
 *
 * The old device leaves it, the new one takes it, once. It holds the identity that owns our name, so the new device
 * binds its own keys to it; a grant, without which nobody is taken for another device of ours (`vouchers`); and a token
 * with which it may ask the old one for the keys of what was said before (`own-history`).
 */

import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { refusalOf } from "$client/answers";
import type { Meeting } from "$client/meeting";
import { helloTo } from "$client/login";
import { equalBytes } from "$wire/bytes";
import { decodeAs, encode } from "$wire/codec";
import { RemoteError } from "$wire/errors";
import type { Challenge } from "$wire/frames";
import { LOGIN_TIMEOUT_S } from "$wire/limits";
import { type PairingKeys, Parcel } from "$wire/pairing";

const NONCE = new Uint8Array(12); // a key seals one parcel only

/** Encrypt and authenticate (ChaCha20-Poly1305, RFC 8439). */
export function sealParcel(parcel: Parcel, keys: PairingKeys): Uint8Array {
  return chacha20poly1305(keys.key, NONCE, keys.name).encrypt(encode(Parcel, parcel));
}

/**
 * Decrypt, and check that it is for the hub we are at.
 *
 * Throws RemoteError (BAD_SIGNATURE) if it was not made with this code, or is for another hub: whoever answers here is
 * not the hub of our other device.
 */
export function openParcel(sealed: Uint8Array, keys: PairingKeys, challenge: Challenge): Parcel {
  const parcel = decodeAs(Parcel, opened(sealed, keys), "a parcel");
  const isOfThisHub =
    equalBytes(parcel.hubIdentityKey, challenge.identityKey) &&
    equalBytes(parcel.database, challenge.database);
  if (isOfThisHub) return parcel;
  throw new RemoteError(
    "bad_signature",
    "this is not the hub of your other device, though it passed on what that left: somebody sits between. Nothing " +
      "was sent. Open the address that your other device shows",
  );
}

function opened(sealed: Uint8Array, keys: PairingKeys): Uint8Array {
  try {
    return chacha20poly1305(keys.key, NONCE, keys.name).decrypt(sealed);
  } catch {
    throw new RemoteError("bad_signature", "this is not what your other device has left");
  }
}

/**
 * Ask a hub for the parcel of this code, over a link on which nothing was sent.
 *
 * Rejects with Refusal (PAIRING_UNKNOWN: it was taken, has expired, or the code has a typing error), RemoteError (it is
 * not for this hub, or the hub breaks the protocol), LinkLost.
 */
export async function takeParcel(meeting: Meeting, keys: PairingKeys, nonce: Uint8Array): Promise<Parcel> {
  const { hubLink, challenge } = meeting;
  hubLink.send(helloTo(challenge, nonce));
  hubLink.send({ type: "take_pairing", name: keys.name });
  const answer = await hubLink.next(["pairing_taken", "refused"], LOGIN_TIMEOUT_S);
  if (answer.type === "refused") throw refusalOf(answer);
  return openParcel(answer.sealed, keys, challenge);
}
