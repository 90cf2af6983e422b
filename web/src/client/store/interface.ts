/**
 * What a client keeps on disk, and how: small typed changes, many of them in one transaction.
 * Mirrors `src/lanmsg/client/store/interface.py`.
 *
 * The engine keeps its state in memory and is its only author; the store is told what changed. A change is
 * durable when the promise of `commit` is fulfilled, and only then may anybody be told about it (an `ack`,
 * a frame, an event). What the engine needs in the middle of reading a message (sessions, counters) is in
 * memory and read at once; messages are on the disk only, and reading them gives promises.
 */

import type { DeviceId, MessageId } from "$client/model";
import type {
  DeleteOutboundSession,
  DeleteOutboxRow,
  DeletePairing,
  ExpirySpan,
  InboundSession,
  LogId,
  OlmSession,
  OutboundSession,
  OutboxRow,
  Profile,
  SessionKey,
  StoredGap,
  StoredLog,
  StoredMembers,
  StoredMessage,
  StoredPairing,
  StoredPerson,
  StoredReceipt,
  StoredStatement,
  StoredTopic,
  StoredUnread,
  StoredValue,
  UnreadCount,
} from "$client/store/records";

import { LanmsgError } from "$wire/errors";

export type * from "$client/store/records";

/** The disk or the database failed, or the key does not open it; the text says what to do. */
export class StoreFailed extends LanmsgError {
  override readonly name = "StoreFailed";
}

/** Another tab has this store now; the text says what to do. */
export class StoreTaken extends LanmsgError {
  override readonly name = "StoreTaken";
}

/**
 * Each record is its own change: it is added, or replaces the one with the same key (see each record).
 * Of the sessions with a device the `MAX_OLM_SESSIONS` most used are left at the end of a commit.
 */
export type Change =
  | Profile
  | StoredLog
  | StoredStatement
  | StoredPerson
  | OlmSession
  | OutboundSession
  | InboundSession
  | StoredMessage
  | OutboxRow
  | StoredReceipt
  | StoredValue
  | StoredUnread
  | StoredMembers
  | StoredTopic
  | StoredGap
  | StoredPairing
  | DeletePairing
  | DeleteOutboxRow
  | DeleteOutboundSession
  | ExpirySpan;

/** Takes changes that are committed at the end of the present step. */
export interface Saver {
  /** Store these, in order. */
  save(...changes: readonly Change[]): void;
}

/** Sessions kept for one peer device: two appear when both sides start at once; more mean repairs. */
export const MAX_OLM_SESSIONS = 5;
/** The highest seq of a message: its place in the store is its log's number, then 36 bits for the seq. */
export const MAX_SEQ = 2 ** 36 - 1;

/** Everything the engine starts from; messages and sessions are read when needed. */
export interface StoredState {
  readonly profile: Profile | null;
  readonly logs: readonly StoredLog[];
  readonly statements: readonly StoredStatement[];
  readonly people: readonly StoredPerson[];
  readonly outbox: readonly OutboxRow[];
  readonly outbound: readonly OutboundSession[];
  readonly receipts: readonly StoredReceipt[];
  readonly values: readonly StoredValue[];
  readonly unread: readonly StoredUnread[];
  readonly members: readonly StoredMembers[];
  readonly topics: readonly StoredTopic[];
  readonly gaps: readonly StoredGap[];
  readonly pairings: readonly StoredPairing[];
}

/** The newest messages before a place. */
export interface Before {
  /** Only those with a lower seq; null: the newest. */
  readonly before: number | null;
  readonly limit: number;
}

/** The oldest messages after a place. */
export interface After {
  /** Only those with a higher seq. */
  readonly after: number;
  readonly limit: number;
}

/** The part of a log in which unread messages are counted: `after` < seq <= `upTo`, some devices' apart. */
export interface UnreadPart {
  readonly after: number;
  readonly upTo: number;
  readonly butFrom: Iterable<DeviceId>;
}

/** Which unreadable messages; what is left out stands for any. */
export interface Unreadables {
  /** A session's id (64 hex digits). */
  readonly session?: string;
  /** An `UnreadableReason`. */
  readonly reason?: string;
}

/**
 * One client's database at one hub.
 *
 * Reads see whole commits: all of each one that was fulfilled before the read began, nothing of one that
 * fails. After the first `StoreFailed` or `StoreTaken` every call throws it again, for a disk that failed
 * once is not to be trusted; after `close` every call but `close` throws `LocalError`. Calls that give a
 * promise reject instead. Log order is the order in which logs were first stored, then seq.
 */
export interface Store {
  /**
   * Return the state as of the last commit.
   *
   * Logs come in the order in which they were first stored, statements by seq, the outbox by position,
   * values in the order in which their keys were first stored; MEMBERS entries by log and seq, gaps by log and place, the
   * rest by key.
   */
  load(): Promise<StoredState>;

  /**
   * Apply changes in order, in one transaction that is on disk when the promise is fulfilled. One call at
   * a time; `$client/committer` sees to that.
   *
   * A message's log must be stored before it or in the same commit.
   *
   * Rejects with `StoreFailed` (all of it or nothing is stored: that shows when the store is opened again),
   * `StoreTaken` (another tab has opened the store: nothing is stored), `LocalError` (there is no place for
   * a message: its log is unknown, or its seq is not from 1 up to `MAX_SEQ`; nothing is stored, and the
   * store goes on).
   */
  commit(changes: readonly Change[]): Promise<void>;

  /** Return the sessions with a device, most used first. */
  olmSessions(device: DeviceId): readonly OlmSession[];

  /** Find a receiving session. */
  inboundSession(session: SessionKey): InboundSession | null;

  /** Return the highest message counter that was ever stored for each sending device of a log; a copy. */
  counters(log: LogId): Map<DeviceId, number>;

  /** Return the newest messages before a place that are shown, oldest first. */
  messages(log: LogId, part: Before): Promise<readonly StoredMessage[]>;

  /** Return the oldest messages after a place, oldest first, shown or not. */
  messagesAfter(log: LogId, part: After): Promise<readonly StoredMessage[]>;

  /** Return the message at a place. */
  message(log: LogId, seq: number): Promise<StoredMessage | null>;

  /** Find a message by its id; the first in log order, if several devices took the same. */
  findMessage(messageId: MessageId): Promise<StoredMessage | null>;

  /** Return all messages of a log with this id, by seq: each device may have taken it once. */
  findInLog(log: LogId, messageId: MessageId): Promise<readonly StoredMessage[]>;

  /** Return what is not shown and has one of these targets, by seq. */
  amendments(log: LogId, targets: Iterable<string>): Promise<readonly StoredMessage[]>;

  /** Return the oldest `limit` messages that are shown and have one of these targets, by seq. */
  replies(log: LogId, targets: Iterable<string>, limit: number): Promise<readonly StoredMessage[]>;

  /** Return the newest `limit` messages of a kind, oldest first; for kinds above REACTION. */
  ofKind(log: LogId, kind: number, limit: number): Promise<readonly StoredMessage[]>;

  /** Tell whether this message is stored: what arrives again is a replay. */
  hasMessage(sender: DeviceId, messageId: MessageId): Promise<boolean>;

  /** Return the unreadable messages of this session and with this reason, in log order. */
  unreadable(which: Unreadables): Promise<readonly StoredMessage[]>;

  /**
   * Count the messages of a part of a log that people see.
   *
   * What was deleted does not count. What can't be read counts while its key may come, for somebody wrote
   * it: see `COUNTED_REASONS`.
   */
  countUnread(log: LogId, part: UnreadPart): Promise<UnreadCount>;

  /**
   * Return what names the keys of a log's messages that are unreadable for this reason.
   *
   * Each once, those of the newest messages first, at most `limit`.
   */
  missingSessions(log: LogId, reason: string, limit: number): Promise<readonly SessionKey[]>;

  /**
   * Return the hash of the message, MEMBERS entry or (in the directory log) statement at a place.
   *
   * Null if it is not stored, or the log is not.
   */
  entryHash(log: LogId, seq: number): Promise<Uint8Array | null>;

  /** Return at most `limit` texts that expire at this time or earlier, the earliest first. */
  expiring(untilMs: number, limit: number): Promise<readonly StoredMessage[]>;

  /** Return when the next text expires (the hub's clock, Unix ms); null: none does. */
  nextExpiryMs(): Promise<number | null>;

  /** Close the database; may be called twice, but not during a `commit`. */
  close(): void;
}
