/**
 * The last resort for a message without a key: ask whoever can read it. Mirrors `client/key_requests.py`.
 *
 * It should never be needed. It is asked for once per session and connection, only after the backlog is in, first of
 * the device that sent the message, then of a few others. A key that comes back cannot be forged: the session id the
 * entry is signed with is the key's own public half.
 */

import type { Timer } from "$client/clock";
import { CannotDecrypt, type Crypto, type ReceivingSession } from "$client/crypto/interface";
import type { Inbox } from "$client/inbox";
import type { CallLater } from "$client/later";
import type { MessageKeys } from "$client/message-keys";
import type { DeviceId } from "$client/model";
import type { ClientState } from "$client/state";
import type { Store } from "$client/store/interface";
import type { StoredMessage } from "$client/store/records";
import type { DeviceContent, KeyAnswer, KeyRequest } from "$wire/device-messages";
import { decodeMessageBody } from "$wire/entries";
import { RemoteError } from "$wire/errors";
import { fromHex, toHex } from "$wire/hex";

/** How long the sender's device has to answer before others are asked. */
export const ASK_OTHERS_AFTER_S = 10;
const OTHERS_ASKED = 3;

/** What key requests work with. */
export interface KeyRequestsParts {
  readonly state: ClientState;
  readonly store: Store;
  readonly keys: MessageKeys;
  readonly crypto: Crypto;
  readonly callLater: CallLater;
  /** Delivers to one device, on this connection. */
  readonly send: (device: DeviceId, content: DeviceContent) => void;
  /** Called with the id (hex) of a session that can be read now. */
  readonly gotKey: (session: string) => Promise<void>;
}

/** Asks for keys, and answers those who ask. */
export class KeyRequests {
  readonly #parts: KeyRequestsParts;
  readonly #state: ClientState;
  readonly #asked = new Map<string, Timer>();

  constructor(parts: KeyRequestsParts) {
    this.#parts = parts;
    this.#state = parts.state;
  }

  /** Take requests and answers from here. */
  listenTo(inbox: Inbox): void {
    inbox.on("key_request", (device, request) => this.#takeRequest(device, request));
    inbox.on("key_answer", (_device, answer) => this.#takeAnswer(answer));
  }

  /** A new connection: ask again for what is still missing. */
  reset(): void {
    for (const timer of this.#asked.values()) timer.cancel();
    this.#asked.clear();
  }

  /** Ask for the key of every message that misses one, once per session. */
  async ask(): Promise<void> {
    for (const message of await this.#parts.store.unreadable({ reason: "missing_key" })) this.askFor(message);
  }

  /** Ask for one message's key, unless that was done on this connection. */
  askFor(message: StoredMessage): void {
    if (this.#asked.has(message.session)) return;
    const timer = this.#parts.callLater(ASK_OTHERS_AFTER_S, () => {
      this.#askOthers(message);
    });
    this.#asked.set(message.session, timer);
    // what we sent before our store was rolled back, others have
    if (message.sender !== this.#state.device) this.#request(message.sender, message);
  }

  #request(device: DeviceId, { log, seq, session }: StoredMessage): void {
    this.#parts.send(device, { type: "key_request", log: fromHex(log), seq, session: fromHex(session) });
  }

  #askOthers(message: StoredMessage): void {
    const log = this.#state.logs.get(message.log);
    const isHere = this.#parts.keys.receiving(message.session, message.sender) !== null;
    if (!log || isHere || !this.#state.isOnline) return;
    const readers = [...this.#state.readers(this.#state.conversationOf(log))];
    const online = readers.filter(
      ([device, person]) =>
        device !== message.sender && this.#state.presence.get(toHex(person.user))?.online === true,
    );
    for (const [device] of online.slice(0, OTHERS_ASKED)) this.#request(device, message);
  }

  /**
   * Answer, if the device could read that entry when it was written.
   *
   * Policy is decided here, from the directory and our own copy of the entry, whatever the asker says.
   */
  async #takeRequest(device: DeviceId, request: KeyRequest): Promise<void> {
    const message = await this.#parts.store.message(toHex(request.log), request.seq);
    if (message?.session !== toHex(request.session) || !this.#mayHave(device, message)) return;
    const receiving = this.#parts.keys.receiving(message.session, message.sender);
    const key = receiving?.session.export(message.index);
    if (key) this.#parts.send(device, { type: "key_answer", log: request.log, key });
  }

  #mayHave(device: DeviceId, message: StoredMessage): boolean {
    const log = this.#state.logs.get(message.log);
    if (!log || message.index < 0) return false;
    const deviceSeq = this.#state.directory.deviceSeq(device);
    const person = this.#state.readers(this.#state.conversationOf(log)).get(device);
    if (!person || deviceSeq <= 0 || deviceSeq > message.directorySeq) return false;
    return this.#state.couldRead(log, toHex(person.user), message.seq); // else: came to the room later
  }

  /** Keep a key somebody handed over, if it is one we asked for. */
  async #takeAnswer(answer: KeyAnswer): Promise<void> {
    const session = sessionOf(this.#parts.crypto, answer.key);
    if (!session) return;
    const id = toHex(session.id);
    const log = toHex(answer.log);
    const waiting = await this.#parts.store.unreadable({ session: id, reason: "missing_key" });
    const message = waiting.find((each) => each.log === log && opens(session, each));
    if (!message) session.free();
    else if (this.#parts.keys.addReceiving(session, log, message.sender)) await this.#parts.gotKey(id);
  }
}

/** Return the session of an exported key; null if it is none. */
export function sessionOf(crypto: Crypto, key: Uint8Array): ReceivingSession | null {
  try {
    return crypto.receivingSessionFromExport(key);
  } catch (error) {
    if (error instanceof CannotDecrypt) return null;
    throw error;
  }
}

/**
 * Tell whether a key opens a message. An exported key is not signed; a false one, once kept, would stand in the way
 * of the true one.
 */
export function opens(session: ReceivingSession, message: StoredMessage): boolean {
  try {
    session.decrypt(decodeMessageBody(message.raw).ciphertext);
    return true;
  } catch (error) {
    if (error instanceof CannotDecrypt || error instanceof RemoteError) return false;
    throw error;
  }
}
