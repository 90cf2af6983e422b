/** A log on this side: how far we have it, and what of it is under way. */

import type { DeviceId } from "$client/model";
import type { LogId, StoredLog } from "$client/store/records";
import { LogKind } from "$wire/entries";
import type { Entries } from "$wire/frames";

const CONVERSATIONS: readonly number[] = [LogKind.EVERYONE, LogKind.DIRECT, LogKind.GROUP, LogKind.ROOM];

/** Up to where the hub has removed the messages of a log, and the hash there. */
export interface Pruned {
  readonly seq: number;
  readonly hash: Uint8Array;
}

/**
 * A log on this side: `stored` is what we have, `head` where the hub says it stands. Changed by `sync` (cursor,
 * head, buffered) and by `outbox` (counter).
 */
export class Log {
  stored: StoredLog;
  /** Its id. */
  readonly id: LogId;
  head: number;
  /** Of our inbox: how far the hub says that we had it. What is older may be gone there. */
  acknowledged = 0;
  isFetching = false;
  /** The hub told two stories about it; nothing more is taken. */
  isStopped = false;
  readonly buffered = new Map<number, Entries>();
  /** The highest message counter of each device, once it was read from the store. */
  counters: Map<DeviceId, number> | null = null;
  /** Of a room, and on this connection: who was in it when we came has yet to be learned. */
  needsMembers = false;
  /** Of a room, and on this connection: the hub has removed messages that we lack (see `gaps`). */
  pruned: Pruned | null = null;

  constructor(stored: StoredLog) {
    this.stored = stored;
    this.id = stored.log;
    this.head = stored.seq;
  }

  /** Whether the hub has entries we do not have. */
  get isBehind(): boolean {
    return (this.stored.seq < this.head || this.needsMembers) && !this.isStopped;
  }

  /** Whether people talk in it. */
  get isConversation(): boolean {
    return CONVERSATIONS.includes(this.stored.kind);
  }
}
