/**
 * What encryption must do for us, so that another protocol can take its place one day.
 * Mirrors `src/lanmsg/client/crypto/interface.py`.
 *
 * Objects hold secret state that moves on with every call; whoever changes one saves its `pickle`
 * before anything made with it leaves the machine. Pickles are kept in the encrypted store.
 *
 * **Who frees.** Objects live in memory that no garbage collector sees. Whoever is given one owns it and
 * calls `free` once, when nothing will use it again: `PeerSessions`, `MessageKeys` and the client's state
 * own what they keep; what a function makes for itself, it frees before it returns.
 */

import type { OlmBody } from "$wire/entries";
import { LanmsgError } from "$wire/errors";

/** The ciphertext does not fit this session: altered, replayed, or not for us. */
export class CannotDecrypt extends LanmsgError {
  override readonly name = "CannotDecrypt";
}

/** A message's plaintext and its position in the sending session. */
export interface Decrypted {
  readonly plaintext: Uint8Array;
  readonly index: number;
}

/** Something that has to be freed by its owner. */
export interface Owned {
  /** Wipe it and give its memory back; nothing may be called after that. */
  free(): void;
}

/** A channel between this device and one other (Olm, a double ratchet). */
export interface PeerSession extends Owned {
  /** The same on both ends. */
  readonly id: string;
  /** Serialise the state. */
  pickle(): string;
  /** Encrypt for the other device. */
  encrypt(plaintext: Uint8Array): OlmBody;
  /** Decrypt what the other device sent. Throws `CannotDecrypt`; then nothing has changed. */
  decrypt(body: OlmBody): Uint8Array;
  /** Tell whether a pre-key message belongs to this session; false for any other. Throws `CannotDecrypt`. */
  matches(body: OlmBody): boolean;
}

/** A session that another device has started, and what it first said. */
export interface Opened {
  readonly session: PeerSession;
  readonly plaintext: Uint8Array;
  /** Whether it was started with a fallback key: the present one, or the one before it. */
  readonly usedFallback: boolean;
}

/** A device's own keys. */
export interface Account extends Owned {
  /** Ed25519, 32 bytes. */
  readonly signingKey: Uint8Array;
  /** Curve25519, 32 bytes. */
  readonly agreementKey: Uint8Array;
  /** Serialise the state. */
  pickle(): string;
  /** Sign with the signing key (64 bytes). */
  sign(message: Uint8Array): Uint8Array;
  /** Return at least `count` one-time keys (50 at most) not marked as published, making what is missing. */
  unpublishedKeys(count: number): Uint8Array[];
  /**
   * Return the fallback key not marked as published, making one if there is none. The one before it goes on to open
   * sessions until the next is made.
   */
  fallbackKey(): Uint8Array;
  /** All keys returned so far are at the hub; never return them again. */
  markPublished(): void;
  /** Start a session with a device. Throws `CannotDecrypt` for a key that is none. */
  openOutbound(agreementKey: Uint8Array, oneTimeKey: Uint8Array): PeerSession;
  /**
   * Take up a session another device has started, with its first plaintext.
   *
   * The one-time key it used is forgotten, but only when this succeeds. Throws `CannotDecrypt`.
   */
  openInbound(agreementKey: Uint8Array, body: OlmBody): Opened;
}

/** Our ratchet for one conversation (Megolm, outbound). */
export interface SendingSession extends Owned {
  /** The session's Ed25519 public key, 32 bytes: it signs what it encrypts. */
  readonly id: Uint8Array;
  /** The position of the next message, from 0. */
  readonly index: number;
  /** Serialise the state. */
  pickle(): string;
  /** Return what opens messages from `index` on, for one reader's ears. */
  key(): Uint8Array;
  /** Encrypt the next message. */
  encrypt(plaintext: Uint8Array): Uint8Array;
}

/** Somebody's ratchet for one conversation, as a reader holds it (Megolm, inbound). */
export interface ReceivingSession extends Owned {
  /** As `SendingSession.id`. */
  readonly id: Uint8Array;
  /** The oldest position it can open. */
  readonly firstIndex: number;
  /** Serialise the state. */
  pickle(): string;
  /** Decrypt a message, any number of times and in any order. Throws `CannotDecrypt`. */
  decrypt(ciphertext: Uint8Array): Decrypted;
  /** Return what opens messages from `index` on; null if that is older than we can open. */
  export(index: number): Uint8Array | null;
}

/** A signature (Ed25519) that is to be checked. */
export interface Signed {
  readonly key: Uint8Array;
  readonly signature: Uint8Array;
  readonly message: Uint8Array;
}

/** A ciphertext of Megolm, and the place of its session in `Work.sessions`; -1: there is none for it. */
export interface Sealed {
  readonly session: number;
  readonly ciphertext: Uint8Array;
}

/** Signatures that are to be checked, and ciphertexts that are to be opened with these sessions (pickles). */
export interface Work {
  readonly signed: readonly Signed[];
  readonly sessions: readonly string[];
  readonly sealed: readonly Sealed[];
}

/** Of each signature whether it fits, of each ciphertext what it holds (null: it was not opened), in their order. */
export interface WorkDone {
  readonly fits: readonly boolean[];
  readonly opened: readonly (Decrypted | null)[];
}

/** Makes and restores all of the above; the caller owns what it is given. */
export interface Crypto {
  /** Tell whether a device with this Ed25519 key has signed the message. */
  verify(signingKey: Uint8Array, signature: Uint8Array, message: Uint8Array): boolean;
  /** Make a device's keys. */
  newAccount(): Account;
  /** Restore a device's keys. */
  account(pickle: string): Account;
  /** Restore a session with a device. */
  peerSession(pickle: string): PeerSession;
  /** Start a ratchet. */
  newSendingSession(): SendingSession;
  /** Restore one. */
  sendingSession(pickle: string): SendingSession;
  /** Restore one. */
  receivingSession(pickle: string): ReceivingSession;
  /** Take a key from a share. Throws `CannotDecrypt` if it is none. */
  receivingSessionFromKey(key: Uint8Array): ReceivingSession;
  /** Take an exported key. Throws `CannotDecrypt` if it is none. */
  receivingSessionFromExport(key: Uint8Array): ReceivingSession;
}
