/**
 * The past of a person on a second device of theirs: the device that let it in hands over the keys. Mirrors
 * `client/own_history.py`.
 *
 * The new device has every old entry of its person's conversations and can't read it. It names the sessions it
 * lacks, those of the newest messages first, and its helper answers with the keys it has. Each step starts from what
 * is unreadable still, so it goes on by itself after a crash or a lost link. A device gets keys only from the one that
 * let it in, and only for the token it was let in with: who has stolen an identity, and no more, gets nothing of the
 * past.
 */

import type { Timer } from "$client/clock";
import { CannotDecrypt, type Crypto, type ReceivingSession } from "$client/crypto/interface";
import type { DeviceOutbox } from "$client/device-outbox";
import type { Effects } from "$client/effects";
import type { Inbox } from "$client/inbox";
import type { Later } from "$client/later";
import type { MessageKeys } from "$client/message-keys";
import type { DeviceId } from "$client/model";
import type { ClientState } from "$client/state";
import type { Store } from "$client/store/interface";
import type { LogId, SessionKey, StoredPairing } from "$client/store/records";
import type { PastKey, PastKeys, PastRequest } from "$wire/device-messages";
import { fromHex, toHex } from "$wire/hex";
import { KEY_BYTES } from "$wire/ids";
import { PAST_KEYS_AT_ONCE } from "$wire/limits";

const FIRST_RETRY_S = 30;
/** A helper that does not answer is asked again, less and less often: it may be switched off. */
const LONGEST_RETRY_S = 3600;
const EVERYTHING = 1_000_000;
const SESSION_DIGITS = 2 * KEY_BYTES;

/** What own history works with. */
export interface OwnHistoryParts {
  readonly state: ClientState;
  readonly effects: Effects;
  readonly store: Store;
  readonly keys: MessageKeys;
  readonly crypto: Crypto;
  readonly outbox: DeviceOutbox;
  readonly later: Later;
  /** Gets the id of a session that can be read now. */
  readonly gotKey: (session: string) => Promise<void>;
}

/** Asks for the past, or hands it over. */
export class OwnHistory {
  readonly #parts: OwnHistoryParts;
  readonly #state: ClientState;
  #asked: PastRequest | null = null;
  #timer: Timer | null = null;
  /** What was asked for already: the helper does not have what is missing still. */
  readonly #lacking = new Set<SessionKey>();

  constructor(parts: OwnHistoryParts) {
    this.#parts = parts;
    this.#state = parts.state;
  }

  /** Take requests and keys from here. */
  listenTo(inbox: Inbox): void {
    inbox.on("past_request", (device, request) => {
      this.#takeRequest(device, request);
    });
    inbox.on("past_keys", (device, answer) => this.#takeKeys(device, answer));
  }

  // --- the new device ---

  get #pairing(): StoredPairing | null {
    return [...this.#state.pairings.values()].find((each) => !each.isHelper) ?? null;
  }

  /** Whether this device was let in and has not got all of the past yet. */
  get isComing(): boolean {
    return this.#pairing !== null;
  }

  /** The backlog is stored: ask for the keys of what can't be read, unless that is under way. */
  async resume(): Promise<void> {
    if (!this.#pairing || this.#asked) return;
    await this.#goOn();
  }

  /** Ask for the next sessions; without any it is over. */
  async #ask(): Promise<void> {
    this.#stopTimer();
    const pairing = this.#pairing;
    if (!pairing) return;
    for (const log of this.#logs()) {
      const missing = await this.#missing(log, PAST_KEYS_AT_ONCE + this.#lacking.size);
      const sessions = missing.slice(0, PAST_KEYS_AT_ONCE).map(fromHex);
      if (!sessions.length) continue;
      this.#asked = { type: "past_request", token: fromHex(pairing.token), log: fromHex(log), sessions };
      this.#send(FIRST_RETRY_S);
      return;
    }
    this.#asked = null;
    this.#state.pairings.delete(pairing.token);
    this.#parts.effects.save({ type: "delete_pairing", token: pairing.token });
  }

  #logs(): LogId[] {
    return [...this.#state.logs.values()].filter((log) => log.isConversation).map((log) => log.id);
  }

  async #missing(log: LogId, limit: number): Promise<SessionKey[]> {
    const found = await this.#parts.store.missingSessions(log, "before_you_joined", limit);
    return found.filter((each) => !this.#lacking.has(each));
  }

  #send(retryS: number): void {
    const pairing = this.#pairing;
    if (!pairing || !this.#asked) return;
    this.#parts.outbox.deliver(pairing.device, this.#asked);
    this.#timer = this.#parts.later.callLater(retryS, () => {
      this.#send(Math.min(2 * retryS, LONGEST_RETRY_S));
    });
  }

  #stopTimer(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  async #takeKeys(device: DeviceId, answer: PastKeys): Promise<void> {
    const [pairing, asked] = [this.#pairing, this.#asked];
    if (!pairing || !asked || device !== pairing.device || toHex(answer.log) !== toHex(asked.log)) return;
    const wanted = new Set(asked.sessions.map(toHex));
    for (const key of answer.keys) await this.#takeKey(toHex(asked.log), wanted, key);
    for (const session of wanted) this.#lacking.add(session);
    this.#asked = null;
    this.#stopTimer();
    this.#parts.later.whenStored(() => this.#goOn());
  }

  async #takeKey(log: LogId, wanted: ReadonlySet<SessionKey>, key: PastKey): Promise<void> {
    const session = this.#opened(key);
    if (!session) return;
    const [id, device] = [toHex(session.id), toHex(key.device)];
    if (!wanted.has(id + device)) session.free();
    else if (this.#parts.keys.addReceiving(session, log, device)) await this.#parts.gotKey(id);
  }

  #opened(key: PastKey): ReceivingSession | null {
    try {
      return this.#parts.crypto.receivingSessionFromExport(key.key);
    } catch (error) {
      if (error instanceof CannotDecrypt) return null;
      throw error;
    }
  }

  async #goOn(): Promise<void> {
    await this.#tellProgress();
    await this.#ask();
  }

  async #tellProgress(): Promise<void> {
    let left = 0;
    for (const log of this.#logs()) left += (await this.#missing(log, EVERYTHING)).length;
    const done = this.#lacking.size;
    this.#parts.effects.emit({ type: "history_progress", done, total: done + left });
  }

  // --- the helper ---

  /** A parcel with this token is on its way; the ones that nobody took are void. */
  expect(token: string): void {
    for (const pairing of [...this.#state.pairings.values()]) {
      if (!pairing.isHelper || pairing.device) continue;
      this.#state.pairings.delete(pairing.token);
      this.#parts.effects.save({ type: "delete_pairing", token: pairing.token });
    }
    this.#save({ type: "stored_pairing", token, device: "", isHelper: true });
  }

  #save(pairing: StoredPairing): void {
    this.#state.pairings.set(pairing.token, pairing);
    this.#parts.effects.save(pairing);
  }

  /** Hand over what we have, to the device of ours that we let in and to no other. */
  #takeRequest(device: DeviceId, request: PastRequest): void {
    const pairing = this.#state.pairings.get(toHex(request.token));
    const isOurs = this.#state.person(this.#state.user)?.devices.has(device) ?? false;
    if (!pairing?.isHelper || !isOurs || (pairing.device && pairing.device !== device)) return;
    if (!pairing.device) this.#save({ ...pairing, device });
    const keys = request.sessions.map((each) => this.#exported(toHex(request.log), toHex(each)));
    const found = keys.filter((key) => key !== null);
    this.#parts.outbox.deliver(device, { type: "past_keys", log: request.log, keys: found });
  }

  #exported(log: LogId, sessionKey: SessionKey): PastKey | null {
    const [session, device] = [sessionKey.slice(0, SESSION_DIGITS), sessionKey.slice(SESSION_DIGITS)];
    const receiving = this.#parts.keys.receiving(session, device);
    if (receiving?.log !== log) return null;
    const key = receiving.session.export(receiving.session.firstIndex);
    return key ? { device: fromHex(device), key } : null;
  }
}
