/**
 * This device's inbox: keys that others share with us, and what devices say to each other. Mirrors `client/inbox.py`.
 *
 * What does not fit is dropped without a word: a device that is missed by a message asks for its key (`key-requests`),
 * and nobody else is harmed.
 */

import { CannotDecrypt, type Crypto, type ReceivingSession } from "$client/crypto/interface";
import type { MessageKeys } from "$client/message-keys";
import type { DeviceId } from "$client/model";
import type { PeerSessions } from "$client/peer-sessions";
import type { ClientState } from "$client/state";
import { decodeDevicePlaintext, type DeviceContent, type SessionShare } from "$wire/device-messages";
import { decodeOlmBody, type Entry, EntryKind } from "$wire/entries";
import { RemoteError } from "$wire/errors";
import { fromHex, toHex } from "$wire/hex";

const KINDS: readonly number[] = [EntryKind.SHARE, EntryKind.DEVICE_MESSAGE];

type ContentOf<T extends DeviceContent["type"]> = Extract<DeviceContent, { readonly type: T }>;
/** Takes a content: the device it is from, it, and the hub's time (ms). */
export type InboxHandler<C> = (device: DeviceId, content: C, atMs: number) => void | Promise<void>;

/** What an inbox works with. */
export interface InboxParts {
  readonly state: ClientState;
  readonly crypto: Crypto;
  readonly keys: MessageKeys;
  readonly sessions: PeerSessions;
  /** Called with the id (hex) of a receiving session that is new or better. */
  readonly gotKey: (session: string) => Promise<void>;
}

/** Takes inbox entries. Who takes device messages of another kind says so with `on`. */
export class Inbox {
  readonly #parts: InboxParts;
  readonly #handlers = new Map<string, InboxHandler<DeviceContent>>();

  constructor(parts: InboxParts) {
    this.#parts = parts;
    this.on("session_share", (device, share) => this.#takeShare(device, share));
  }

  /**
   * Give what comes of this kind to a handler.
   *
   * The device is or was somebody's; whether it may say such a thing is for the handler to decide.
   */
  on<T extends DeviceContent["type"]>(type: T, handler: InboxHandler<ContentOf<T>>): void {
    this.#handlers.set(type, handler as InboxHandler<DeviceContent>);
  }

  /** Take a share or a device message. */
  async takeEntry(entry: Entry): Promise<void> {
    const content = KINDS.includes(entry.kind) ? this.#opened(entry) : null;
    if (content) await this.#handlers.get(content.type)?.(toHex(entry.sender), content, entry.atMs);
  }

  #opened(entry: Entry): DeviceContent | null {
    const { state, sessions } = this.#parts;
    const sender = state.directory.everDevice(toHex(entry.sender));
    if (!sender) return null;
    const place = {
      database: fromHex(state.database),
      sender: entry.sender,
      recipient: fromHex(state.device),
    };
    try {
      return decodeDevicePlaintext(sessions.decrypt(sender, decodeOlmBody(entry.body)), place);
    } catch (error) {
      if (error instanceof CannotDecrypt || error instanceof RemoteError) return null;
      throw error;
    }
  }

  async #takeShare(device: DeviceId, share: SessionShare): Promise<void> {
    const session = this.#session(share.key);
    if (!session) return;
    const id = toHex(session.id);
    if (this.#parts.keys.addReceiving(session, toHex(share.log), device)) await this.#parts.gotKey(id);
  }

  #session(key: Uint8Array): ReceivingSession | null {
    try {
      return this.#parts.crypto.receivingSessionFromKey(key);
    } catch (error) {
      if (error instanceof CannotDecrypt) return null;
      throw error;
    }
  }
}
