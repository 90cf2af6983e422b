/**
 * Signals: sealed for those who have our session's key already, opened only if all of it is right. Mirrors
 * `client/signals.py`.
 *
 * A signal never makes anybody share or claim a key: who can't read it does without. What does not fit is dropped
 * without a word; nobody waits for a signal.
 */

import type { Clock } from "$client/clock";
import { CannotDecrypt, type Crypto } from "$client/crypto/interface";
import { decryptSignal, encryptSignal, signalKey } from "$client/crypto/signal-cipher";
import type { MessageKeys } from "$client/message-keys";
import type { DeviceId, UserId } from "$client/model";
import type { ClientState, Log } from "$client/state";
import type { LogId } from "$client/store/records";
import type { RandomBytes } from "$client/surroundings";
import { EMPTY_BYTES } from "$wire/bytes";
import { encode } from "$wire/codec";
import type { Person } from "$wire/directory";
import { RemoteError } from "$wire/errors";
import { fromHex, toHex } from "$wire/hex";
import {
  decodeSignalBody,
  sealSignal,
  associatedBytes,
  SignalBody,
  type SignalContent,
  signalSignedBytes,
  unsealSignal,
} from "$wire/signals";

const NONCE_BYTES = 12;

/** A signal of a device of a member, made at `madeAtMs` by the hub's clock (Unix ms). */
export interface Opened {
  readonly device: DeviceId;
  readonly user: UserId;
  readonly madeAtMs: number;
  readonly content: SignalContent;
}

/** What signals work with. */
export interface SignalsParts {
  readonly state: ClientState;
  readonly keys: MessageKeys;
  readonly crypto: Crypto;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
}

/** Seals and opens signals. */
export class Signals {
  readonly #parts: SignalsParts;
  readonly #state: ClientState;
  #lastMadeAtMs = 0;

  constructor(parts: SignalsParts) {
    this.#parts = parts;
    this.#state = parts.state;
  }

  /** Return the hub's clock, as far as we know it. */
  hubNowMs(): number {
    return this.#parts.clock.nowMs() + this.#state.clockOffsetMs;
  }

  // --- sealing ---

  /** Tell whether somebody could read a signal there now, and nobody who reads no longer. */
  hasReaders(log: LogId): boolean {
    return this.#sessionFor(log) !== null;
  }

  /**
   * Return an encoded body; null if nobody could read it, or somebody who reads no longer could. Throws LocalError
   * if the content is too large.
   */
  seal(log: LogId, content: SignalContent): Uint8Array | null {
    const session = this.#sessionFor(log);
    if (!session) return null;
    const own = this.#parts.keys.receiving(session.id, this.#state.device);
    const exported = own?.session.export(session.index) ?? null;
    if (!exported) return null;
    const plaintext = sealSignal({ madeAtMs: this.#nextMadeAtMs(), content });
    const bare: SignalBody = {
      sender: fromHex(this.#state.device),
      session: fromHex(session.id),
      index: session.index,
      nonce: this.#parts.randomBytes(NONCE_BYTES),
      ciphertext: EMPTY_BYTES,
      signature: EMPTY_BYTES,
    };
    return encode(SignalBody, this.#encrypted(fromHex(log), bare, signalKey(exported), plaintext));
  }

  /**
   * Return our sending session's id and place, if some readers have it, and readers alone.
   *
   * It may be worn out: that rule bounds what a stolen key opens of messages.
   */
  #sessionFor(id: LogId): { readonly id: string; readonly index: number } | null {
    const [sending, log] = [this.#parts.keys.sending(id), this.#state.logs.get(id)];
    if (!sending?.sharedWith.size || !log) return null;
    const readers = this.#state.readers(this.#state.conversationOf(log));
    const followers = [...sending.sharedWith, ...sending.pending.keys()];
    if (!followers.every((device) => readers.has(device))) return null;
    return { id: toHex(sending.session.id), index: sending.session.index };
  }

  #nextMadeAtMs(): number {
    this.#lastMadeAtMs = Math.max(this.#lastMadeAtMs + 1, this.hubNowMs());
    return this.#lastMadeAtMs;
  }

  #encrypted(log: Uint8Array, bare: SignalBody, key: Uint8Array, plaintext: Uint8Array): SignalBody {
    const associated = associatedBytes(log, bare);
    const body = { ...bare, ciphertext: encryptSignal(key, bare.nonce, plaintext, associated) };
    return { ...body, signature: this.#state.account.sign(signalSignedBytes(log, body)) };
  }

  // --- opening ---

  /** Return what a signal says; null unless a member's device made it, for this conversation. */
  open(log: Uint8Array, data: Uint8Array): Opened | null {
    try {
      const body = decodeSignalBody(data);
      const person = this.#author(log, body);
      if (!person) return null;
      const { madeAtMs, content } = unsealSignal(this.#decrypt(log, body));
      return { device: toHex(body.sender), user: toHex(person.user), madeAtMs, content };
    } catch (error) {
      if (error instanceof RemoteError || error instanceof CannotDecrypt) return null;
      throw error;
    }
  }

  #author(log: Uint8Array, body: SignalBody): Person | null {
    const known = this.#state.logs.get(toHex(log));
    const statement = this.#state.directory.device(toHex(body.sender));
    const person = this.#state.directory.owner(toHex(body.sender));
    if (!statement || !person || !known?.isConversation || !this.#isReader(known, person)) return null;
    if (!this.#parts.crypto.verify(statement.signingKey, body.signature, signalSignedBytes(log, body)))
      return null;
    return person;
  }

  #isReader(log: Log, person: Person): boolean {
    const conversation = this.#state.conversationOf(log);
    const isTrusted = this.#state.trustOf(person) !== "changed";
    return isTrusted && this.#state.isMember(conversation, toHex(person.user));
  }

  #decrypt(log: Uint8Array, body: SignalBody): Uint8Array {
    const receiving = this.#parts.keys.receiving(toHex(body.session), toHex(body.sender));
    const isOfLog = receiving !== null && receiving.log === toHex(log);
    const exported = isOfLog ? receiving.session.export(body.index) : null;
    if (!exported) throw new CannotDecrypt("no key for this signal");
    return decryptSignal(signalKey(exported), body.nonce, body.ciphertext, associatedBytes(log, body));
  }
}
