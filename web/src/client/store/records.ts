/**
 * What a client keeps: records, each with the key under which it is stored once.
 * Mirrors the records of `src/lanmsg/client/store/{interface,records,sessions,pairings}.py`.
 *
 * Ids are lower-case hex, everything else that is bytes is `Uint8Array`. A record is never changed: what
 * replaces it is another one with the same key.
 */

import type { Conversation, DeviceId, HexId, MessageId, Trust, UserId } from "$client/model";

/** A log's id (32 hex digits). */
export type LogId = HexId;
/** A receiving session and the device it is of: its id and the device's, joined (96 hex digits). */
export type SessionKey = string;

/**
 * Who we are at this hub; there is one. Stored before the first byte of an enrolment is sent.
 *
 * `identitySecret` is the user's Ed25519 private key (32 bytes), `account` the pickled Olm account.
 * `handle` is empty until the hub has accepted one. `deviceSeq` is the directory seq of our device
 * statement, 0 until it was read. `database` is the hub's database id. `voucher` is the encoded
 * `Voucher` of another device that has let this one in, else empty. `wantedHandle` is the name to ask the hub for, where
 * it follows from what was: that of the other device, or ours before the hub was set up anew; else empty.
 */
export interface Profile {
  readonly type: "profile";
  readonly hubIdentityKey: Uint8Array;
  readonly hubTitle: string;
  readonly database: HexId;
  readonly identitySecret: Uint8Array;
  readonly account: string;
  readonly handle: string;
  readonly deviceName: string;
  readonly deviceSeq: number;
  readonly voucher: Uint8Array;
  readonly wantedHandle: string;
  /** When our fallback key is to be replaced, by our own clock (Unix ms). */
  readonly newFallbackMs: number;
}

/**
 * A log as far as we have it without a gap: cursor and hash, and what encryption needs of it. Key: `log`.
 *
 * `kind` is a `LogKind`. `counter` is the highest message counter of ours that the hub has accepted.
 * `users` are the people of a direct chat or a group, `room` is the room's id (empty for what is no room).
 */
export interface StoredLog {
  readonly type: "stored_log";
  readonly log: LogId;
  readonly kind: number;
  readonly base: number;
  readonly seq: number;
  readonly hash: Uint8Array;
  readonly counter: number;
  readonly users: readonly UserId[];
  readonly room: HexId;
}

/** A directory entry; `isValid` if it passed every check and counts. `atMs` is the hub's clock. Key: `seq`. */
export interface StoredStatement {
  readonly type: "stored_statement";
  readonly seq: number;
  readonly hash: Uint8Array;
  /** An `EntryKind`. */
  readonly kind: number;
  readonly body: Uint8Array;
  readonly isValid: boolean;
  readonly atMs: number;
}

/** What we hold about a name, across databases of the same hub. Key: `handle`. */
export interface StoredPerson {
  readonly type: "stored_person";
  readonly handle: string;
  readonly identityKey: Uint8Array;
  readonly trust: Trust;
}

/** A pickled Olm session with a device. `used` orders them: the highest is used to encrypt. */
export interface OlmSession {
  readonly type: "olm_session";
  readonly device: DeviceId;
  readonly sessionId: string;
  readonly pickle: string;
  readonly used: number;
}

/** A share that is made but not accepted yet: for whom, and the encoded `OlmBody`. */
export interface PendingShare {
  readonly device: DeviceId;
  readonly body: Uint8Array;
}

/** Our sending session of a log. `sharedWith` has the devices whose inbox holds the key for certain. Key: `log`. */
export interface OutboundSession {
  readonly type: "outbound_session";
  readonly log: LogId;
  readonly pickle: string;
  readonly createdAtMs: number;
  readonly messages: number;
  readonly sharedWith: readonly DeviceId[];
  readonly pending: readonly PendingShare[];
}

/** A receiving session: whose it is, where it belongs, and its pickle. Key: `session`. */
export interface InboundSession {
  readonly type: "inbound_session";
  readonly session: SessionKey;
  readonly log: LogId;
  readonly device: DeviceId;
  readonly pickle: string;
}

/**
 * A MESSAGE entry of ours or others. Key: `log` and `seq`.
 *
 * `content` is the encoded content, empty while unreadable; then `raw` is the entry's body, kept until it
 * can be read. `index` is the position in the sending session (-1 unknown), `session` its id (empty
 * unknown); both let us answer key requests. `reason` is an `UnreadableReason` or empty. `kind` is the
 * content's `ContentKind`, UNREADABLE while it can't be read. `target` is the message that the content
 * changes or answers, empty for none. What was deleted has an empty content, and keeps its kind and target.
 */
export interface StoredMessage {
  readonly type: "stored_message";
  readonly log: LogId;
  readonly seq: number;
  readonly hash: Uint8Array;
  readonly messageId: MessageId;
  readonly sender: DeviceId;
  readonly counter: number;
  readonly atMs: number;
  readonly directorySeq: number;
  readonly session: string;
  readonly index: number;
  readonly content: Uint8Array;
  readonly reason: string;
  readonly raw: Uint8Array;
  readonly kind: number;
  readonly target: string;
}

/**
 * A message of ours that the hub may not have yet, in the order it was written (`position`). Key: `messageId`.
 *
 * `frames` are the exact bytes to send (again), empty until they are sealed; `counter` is the one inside
 * them. `failed` is the hub's final word, empty while there is hope.
 */
export interface OutboxRow {
  readonly type: "outbox_row";
  readonly position: number;
  readonly conversation: Conversation;
  readonly messageId: MessageId;
  readonly content: Uint8Array;
  readonly queuedAtMs: number;
  readonly frames: Uint8Array;
  readonly counter: number;
  readonly failed: string;
}

/** How far a device has a conversation in its own store, and its person has read it. Key: `log` and `device`. */
export interface StoredReceipt {
  readonly type: "stored_receipt";
  readonly log: LogId;
  readonly device: DeviceId;
  readonly seq: number;
  readonly readSeq: number;
}

/**
 * Something that is the same on all our devices: a `key` (hex), and the encoded `Change` of `$wire/account`.
 *
 * `since` is the seq of the account log at which it was said, 0 while ours has not come back from there.
 * `isWaiting`: our other devices have yet to be told. Key: `key`.
 */
export interface StoredValue {
  readonly type: "stored_value";
  readonly key: string;
  readonly change: Uint8Array;
  readonly since: number;
  readonly isWaiting: boolean;
}

/**
 * What is unread of a conversation. Key: `log`.
 *
 * Messages up to `readSeq` are read; of those after it, up to `countedSeq`, `count` count, the first at
 * `firstSeq` (0: none). `mentions` are the seqs of those that name us, ascending.
 */
export interface StoredUnread {
  readonly type: "stored_unread";
  readonly log: LogId;
  readonly readSeq: number;
  readonly countedSeq: number;
  readonly count: number;
  readonly firstSeq: number;
  readonly mentions: readonly number[];
}

/** A MEMBERS entry of a room: who let whom in or out; `isValid` if it was allowed. Key: `log` and `seq`. */
export interface StoredMembers {
  readonly type: "stored_members";
  readonly log: LogId;
  readonly seq: number;
  readonly hash: Uint8Array;
  readonly sender: DeviceId;
  readonly atMs: number;
  readonly body: Uint8Array;
  readonly isValid: boolean;
}

/** The newest topic of a room or group: the entry it stands in, and who set it. Key: `log`. */
export interface StoredTopic {
  readonly type: "stored_topic";
  readonly log: LogId;
  readonly seq: number;
  readonly sender: DeviceId;
  readonly text: string;
}

/**
 * Messages of a log that the hub had removed before we got them. Key: `log` and `afterSeq`.
 *
 * `count` of those with `afterSeq` < seq <= `upToSeq`; the rest are changes of members, which we have.
 */
export interface StoredGap {
  readonly type: "stored_gap";
  readonly log: LogId;
  readonly afterSeq: number;
  readonly upToSeq: number;
  readonly count: number;
}

/**
 * A second device that was let in: what proves it (`token`, hex), and who is on the other side. Key: `token`.
 *
 * `isHelper`: this device let `device` in and hands keys of the past to it; `device` is empty until it
 * came. Otherwise `device` let this one in, and the past has not come over yet.
 */
export interface StoredPairing {
  readonly type: "stored_pairing";
  readonly token: string;
  readonly device: DeviceId;
  readonly isHelper: boolean;
}

/** Remove a message from the outbox: it came back from the hub, or was withdrawn. */
export interface DeleteOutboxRow {
  readonly type: "delete_outbox_row";
  readonly messageId: MessageId;
}

/** Forget our sending session of a log: it will never be used again. */
export interface DeleteOutboundSession {
  readonly type: "delete_outbound_session";
  readonly log: LogId;
}

/** Forget a pairing: it has done what it was for, or was never used. */
export interface DeletePairing {
  readonly type: "delete_pairing";
  readonly token: string;
}

/**
 * Texts of a log with `after` < seq <= `upTo` expire so many seconds after the hub's clock of each. Those that
 * are stored by the end of the commit; 0 seconds: they never do. Key: `log` and seq of each text in it.
 */
export interface ExpirySpan {
  readonly type: "expiry_span";
  readonly log: LogId;
  readonly after: number;
  readonly upTo: number;
  readonly lifetimeS: number;
}

/** How many messages of a part of a log count as unread, and the first one's seq (0: none). */
export interface UnreadCount {
  readonly count: number;
  readonly firstSeq: number;
}
