/** What devices do with each other over their inboxes, the keys that come with messages apart. */

import type { Crypto } from "$client/crypto/interface";
import type { DeviceOutbox } from "$client/device-outbox";
import type { Effects } from "$client/effects";
import { HistoryKeys } from "$client/history-keys";
import type { Inbox } from "$client/inbox";
import { KeyRequests } from "$client/key-requests";
import type { Later } from "$client/later";
import type { MessageKeys } from "$client/message-keys";
import { OwnHistory } from "$client/own-history";
import type { People } from "$client/people";
import type { ClientState } from "$client/state";
import type { Store } from "$client/store/interface";
import type { RandomBytes } from "$client/surroundings";
import { Verifications } from "$client/verifications";

/** What is connected. */
export interface BetweenDevicesParts {
  readonly state: ClientState;
  readonly effects: Effects;
  readonly store: Store;
  readonly keys: MessageKeys;
  readonly crypto: Crypto;
  readonly people: People;
  readonly outbox: DeviceOutbox;
  readonly inbox: Inbox;
  readonly later: Later;
  readonly hubNowMs: () => number;
  readonly randomBytes: RandomBytes;
  readonly gotKey: (session: string) => Promise<void>;
}

/** Owns the requests for keys, the verifications, and the past that comes over to a second device. */
export class BetweenDevices {
  readonly keyRequests: KeyRequests;
  readonly historyKeys: HistoryKeys;
  readonly verifications: Verifications;
  readonly ownHistory: OwnHistory;

  constructor(parts: BetweenDevicesParts) {
    const { callLater } = parts.later;
    const { send } = parts.outbox;
    this.keyRequests = new KeyRequests({ ...parts, callLater, send });
    this.historyKeys = new HistoryKeys({ ...parts, send });
    this.verifications = new Verifications({ ...parts, callLater });
    this.ownHistory = new OwnHistory(parts);
    for (const part of [this.keyRequests, this.historyKeys, this.verifications, this.ownHistory]) {
      part.listenTo(parts.inbox);
    }
  }

  /** Whether the device that let this one in has not handed over all of the past yet. */
  get isPastComing(): boolean {
    return this.ownHistory.isComing;
  }

  /** A new connection: ask again for what is still missing. */
  reset(): void {
    this.keyRequests.reset();
    this.historyKeys.reset();
  }

  /** The backlog is stored: ask for the keys of what can't be read. */
  async caughtUp(): Promise<void> {
    await this.keyRequests.ask();
    await this.historyKeys.askAll();
    await this.ownHistory.resume();
  }
}
