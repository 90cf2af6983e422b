/** Megolm sessions: ours to send with, everybody's to read with. Mirrors `client/message_keys.py`. */

import type { Crypto, ReceivingSession, SendingSession } from "$client/crypto/interface";
import type { DeviceId } from "$client/model";
import type { LogId, OutboundSession, Saver, SessionKey, Store } from "$client/store/interface";
import { toHex } from "$wire/hex";
import { SESSION_MAX_AGE_MS, SESSION_MAX_MESSAGES } from "$wire/limits";

/** Restored receiving sessions kept in memory; the others are a look-up away. */
export const MAX_CACHED_SESSIONS = 1000;

/** A receiving session with the one device and log it is good for. Borrowed: use it at once, do not keep it. */
export interface Receiving {
  readonly session: ReceivingSession;
  readonly log: LogId;
  readonly device: DeviceId;
}

/** Our sending session of a log; see `OutboundSession` for the fields. */
export class Sending {
  readonly session: SendingSession;
  readonly log: LogId;
  readonly createdAtMs: number;
  messages = 0;
  readonly sharedWith: Set<DeviceId>;
  /** Encoded `OlmBody`s. */
  readonly pending: Map<DeviceId, Uint8Array>;

  constructor(session: SendingSession, log: LogId, createdAtMs: number, stored?: OutboundSession) {
    this.session = session;
    this.log = log;
    this.createdAtMs = createdAtMs;
    this.messages = stored?.messages ?? 0;
    this.sharedWith = new Set(stored?.sharedWith);
    this.pending = new Map(stored?.pending.map(({ device, body }) => [device, body]));
  }

  /** Whether it has served long enough. A clock that went backwards wears it out too. */
  isWornOut(nowMs: number): boolean {
    const ageMs = nowMs - this.createdAtMs;
    return this.messages >= SESSION_MAX_MESSAGES || ageMs < 0 || ageMs >= SESSION_MAX_AGE_MS;
  }

  /** Return what is stored of it. */
  record(): OutboundSession {
    return {
      type: "outbound_session",
      log: this.log,
      pickle: this.session.pickle(),
      createdAtMs: this.createdAtMs,
      messages: this.messages,
      sharedWith: [...this.sharedWith],
      pending: Array.from(this.pending, ([device, body]) => ({ device, body })),
    };
  }
}

/** What message keys work with. `outbound` are the stored sending sessions. */
export interface MessageKeysParts {
  readonly effects: Saver;
  readonly store: Pick<Store, "inboundSession">;
  readonly crypto: Crypto;
  readonly outbound: readonly OutboundSession[];
}

/** Finds, keeps and replaces sessions, and owns them all. */
export class MessageKeys {
  readonly #effects: Saver;
  readonly #store: Pick<Store, "inboundSession">;
  readonly #crypto: Crypto;
  readonly #receiving = new Map<SessionKey, Receiving>();
  readonly #sending = new Map<LogId, Sending>();

  constructor({ effects, store, crypto, outbound }: MessageKeysParts) {
    this.#effects = effects;
    this.#store = store;
    this.#crypto = crypto;
    for (const stored of outbound) {
      const session = crypto.sendingSession(stored.pickle);
      this.#sending.set(stored.log, new Sending(session, stored.log, stored.createdAtMs, stored));
    }
  }

  // --- sending ----------------------------------------------------------------------------------

  /** The logs that we have a sending session of. */
  get sendingLogs(): readonly LogId[] {
    return [...this.#sending.keys()];
  }

  /** Return our sending session of a log; null if there is none. */
  sending(log: LogId): Sending | null {
    return this.#sending.get(log) ?? null;
  }

  /** Start a new one in place of the old; we can read what it will encrypt. */
  newSending(log: LogId, ownDevice: DeviceId, nowMs: number): Sending {
    this.#sending.get(log)?.session.free();
    const session = this.#crypto.newSendingSession();
    const sending = new Sending(session, log, nowMs);
    this.#sending.set(log, sending);
    this.addReceiving(this.#crypto.receivingSessionFromKey(session.key()), log, ownDevice);
    return sending;
  }

  /** Save it after it moved on. */
  saveSending(sending: Sending): void {
    this.#effects.save(sending.record());
  }

  /** Never use our present session of a log again. */
  dropSending(log: LogId): void {
    const sending = this.#sending.get(log);
    if (!sending) return;
    this.#sending.delete(log);
    sending.session.free();
    this.#effects.save({ type: "delete_outbound_session", log });
  }

  // --- receiving --------------------------------------------------------------------------------

  /**
   * Find a receiving session by its id (hex) and the device that handed it out as its own.
   *
   * Whoever can read a session can pass its key off as theirs, so one device's claim never stands in the way
   * of another's.
   */
  receiving(session: string, device: DeviceId): Receiving | null {
    const key = session + device;
    const known = this.#receiving.get(key);
    if (known) return known;
    const stored = this.#store.inboundSession(key);
    if (!stored) return null;
    const { log } = stored;
    const found = { session: this.#crypto.receivingSession(stored.pickle), log, device: stored.device };
    this.#keep(key, found);
    return found;
  }

  #keep(key: SessionKey, receiving: Receiving): void {
    const [oldest] = this.#receiving;
    if (oldest && this.#receiving.size >= MAX_CACHED_SESSIONS) {
      this.#forget(oldest[0]); // it is long since committed, so the store has it
    }
    this.#receiving.set(key, receiving);
  }

  #forget(key: SessionKey): void {
    this.#receiving.get(key)?.session.free();
    this.#receiving.delete(key);
  }

  /**
   * Take over a session. False if the one we have is as good, or belongs to another log: then it is freed.
   */
  addReceiving(session: ReceivingSession, log: LogId, device: DeviceId): boolean {
    const id = toHex(session.id);
    const known = this.receiving(id, device);
    if (known && (known.log !== log || known.session.firstIndex <= session.firstIndex)) {
      session.free();
      return false;
    }
    const key = id + device;
    this.#forget(key);
    this.#keep(key, { session, log, device });
    const pickle = session.pickle();
    this.#effects.save({ type: "inbound_session", session: key, log, device, pickle });
    return true;
  }

  /** Free them all; nothing may be asked of it after that. */
  free(): void {
    for (const { session } of [...this.#receiving.values(), ...this.#sending.values()]) session.free();
    this.#receiving.clear();
    this.#sending.clear();
  }
}
