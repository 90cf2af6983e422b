/**
 * What this device says to others over their inboxes, on its way. Mirrors `client/device_outbox.py`.
 *
 * `send` is for what is asked anew on each connection, `deliver` for what the hub must get: the same bytes are sent
 * again after every loss until it says that it has them. Neither outlives the page.
 */

import type { Effects } from "$client/effects";
import type { KeyClaims } from "$client/key-claims";
import type { CallLater } from "$client/later";
import type { DeviceId, MessageId } from "$client/model";
import type { PeerSessions } from "$client/peer-sessions";
import type { ClientState } from "$client/state";
import { encode } from "$wire/codec";
import { type DeviceContent, encodeDevicePlaintext } from "$wire/device-messages";
import { EntryKind, OlmBody } from "$wire/entries";
import type { Append, Refused } from "$wire/frames";
import { fromHex, toHex } from "$wire/hex";
import { inboxLog } from "$wire/ids";

/** Messages under way; beyond it the oldest is given up: who is missed by it asks again or stops waiting. */
export const MAX_KEPT = 5000;
/** How long to wait at least when the hub is too busy. */
const RETRY_S = 1;

/** A message that the hub must get; `append` is made once there is a session to encrypt it on. */
interface Kept {
  readonly device: DeviceId;
  readonly content: DeviceContent;
  append: Append | null;
}

/** What a device outbox works with. */
export interface DeviceOutboxParts {
  readonly state: ClientState;
  readonly effects: Effects;
  readonly sessions: PeerSessions;
  readonly claims: KeyClaims;
  readonly newMessageId: () => MessageId;
  readonly callLater: CallLater;
}

/** Sends device messages, each as soon as there is a session with its device. */
export class DeviceOutbox {
  readonly #parts: DeviceOutboxParts;
  readonly #state: ClientState;
  #unsent: { readonly device: DeviceId; readonly content: DeviceContent }[] = [];
  readonly #kept = new Map<MessageId, Kept>();

  constructor(parts: DeviceOutboxParts) {
    this.#parts = parts;
    this.#state = parts.state;
  }

  /** Send a message on this connection; lost with it. */
  readonly send = (device: DeviceId, content: DeviceContent): void => {
    if (this.#canEncryptFor(device)) {
      this.#parts.effects.send(this.#append(device, content, this.#parts.newMessageId()));
    } else if (this.#isThere(device)) {
      this.#unsent.push({ device, content });
    }
  };

  /** Send a message, over as many connections as it takes. */
  readonly deliver = (device: DeviceId, content: DeviceContent): void => {
    const [oldest] = this.#kept.keys();
    if (this.#kept.size >= MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest);
    const messageId = this.#parts.newMessageId();
    this.#kept.set(messageId, { device, content, append: null });
    this.#go(messageId);
  };

  #isThere(device: DeviceId): boolean {
    return this.#state.directory.device(device) !== null;
  }

  /** Tell whether there is a session with a device, asking for a key of it if not. */
  #canEncryptFor(device: DeviceId): boolean {
    const { sessions, claims } = this.#parts;
    if (!sessions.has(device) && this.#isThere(device)) claims.ensure([device]);
    return sessions.has(device);
  }

  #append(device: DeviceId, content: DeviceContent, messageId: MessageId): Append {
    const [database, recipient] = [fromHex(this.#state.database), fromHex(device)];
    const plaintext = { database, sender: fromHex(this.#state.device), recipient, content };
    const body = this.#parts.sessions.encrypt(device, encodeDevicePlaintext(plaintext));
    return {
      type: "append",
      messageId: fromHex(messageId),
      log: inboxLog(database, recipient),
      kind: EntryKind.DEVICE_MESSAGE,
      body: encode(OlmBody, body),
      shares: [],
    };
  }

  /** Send a kept message, if we are online and it is still wanted. */
  #go(messageId: MessageId): void {
    const kept = this.#kept.get(messageId);
    if (!kept || !this.#state.isOnline) return;
    if (!kept.append && this.#canEncryptFor(kept.device)) {
      kept.append = this.#append(kept.device, kept.content, messageId);
    }
    if (kept.append) this.#parts.effects.send(kept.append);
  }

  // --- the connection ---

  /** A new connection: what `send` has not sent is asked for anew. */
  reset(): void {
    this.#unsent = [];
  }

  /** All heads are here: send what is kept, in order. */
  resend(): void {
    for (const messageId of [...this.#kept.keys()]) this.#go(messageId);
  }

  /** Keys were claimed, or may be again: send what waited for them. */
  sessionsStarted(): void {
    const unsent = this.#unsent;
    this.#unsent = [];
    for (const { device, content } of unsent)
      if (this.#parts.sessions.has(device)) this.send(device, content);
    for (const [messageId, kept] of [...this.#kept]) if (!kept.append) this.#go(messageId);
  }

  /** The hub has it. */
  appended(messageId: MessageId): void {
    this.#kept.delete(messageId);
  }

  /** Try again if that can help, else give it up; false if it was none of ours. */
  refused(frame: Refused): boolean {
    const messageId = toHex(frame.messageId);
    if (!this.#kept.has(messageId)) return false;
    if (frame.code === "throttled") {
      this.#parts.callLater(Math.max(RETRY_S, frame.retryAfterMs / 1000), () => {
        this.#go(messageId);
      });
    } else {
      this.#kept.delete(messageId);
    }
    return true;
  }
}
