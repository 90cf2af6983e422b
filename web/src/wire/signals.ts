/**
 * Signals: what is said of now, encrypted, kept nowhere, and of no use when it comes late.
 *
 * A signal is encrypted with a key of its own, derived from the sender's session for that conversation; it takes
 * no place in the session's ratchet (`docs/decisions/0009-signal-keys.md`).
 */
import { decodeAs, encode } from "./codec";
import { SignalBody, SignalPlaintext } from "./generated/signals";
import type { LogId } from "./ids";
import { labelledBytes, SIGNAL } from "./labels";
import { SIGNAL_PADDING_STEPS } from "./limits";
import { pad, unpad, type Padding } from "./padding";

export * from "./generated/signals";

const PADDING: Padding = { steps: SIGNAL_PADDING_STEPS, lengthBytes: 2, what: "signal" };

/** Returns what a signal's ciphertext is bound to, besides its key: this conversation and this device. */
export function associatedBytes(log: LogId, body: Omit<SignalBody, "ciphertext" | "signature">): Uint8Array {
  return labelledBytes(SIGNAL, log, body.sender, body.session, body.index, body.nonce);
}

/** Returns what the sending device signs. */
export function signalSignedBytes(log: LogId, body: Omit<SignalBody, "signature">): Uint8Array {
  return labelledBytes(SIGNAL, log, body.sender, body.session, body.index, body.nonce, body.ciphertext);
}

/** Encodes and pads. Throws LocalError if it is larger than the last step, or no valid text. */
export function sealSignal(plaintext: SignalPlaintext): Uint8Array<ArrayBuffer> {
  return pad(encode(SignalPlaintext, plaintext), PADDING);
}

/** Takes off the padding and decodes. Throws RemoteError (MALFORMED), also for a kind that is not known. */
export function unsealSignal(padded: Uint8Array): SignalPlaintext {
  return decodeAs(SignalPlaintext, unpad(padded, PADDING), "a signal");
}

/** Decodes what the hub passed on. Throws RemoteError (MALFORMED). */
export function decodeSignalBody(bytes: Uint8Array): SignalBody {
  return decodeAs(SignalBody, bytes, "a signal's body");
}
