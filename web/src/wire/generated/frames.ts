// Made from src/lanmsg/wire/frames.py by tools/make_typescript.py: change it there.

import type { DatabaseId, DeviceId, HubId, LogId, MessageId, Seq, UserId } from "../ids";
import * as shapes from "../shapes";
import { Admin, AdminAnswer, Notice, RatesChanged } from "./admin-frames";
import { Entry, View } from "./entries";
import { Head, MembersItem, PersonPresence, Receipt, Share } from "./frame-parts";
import { CreateInvite, InviteCreated, PairingStored, PairingTaken, StorePairing, TakePairing } from "./joining-frames";
import { ClaimKeys, ClaimedKeys, PublishKeys, Stock } from "./key-frames";
import { DeviceStatement, PublishedKey, UserStatement } from "./statements";

export const FIRST_SKIPPABLE_TAG = 64;

/** The client's first frame: the version it chose from the challenge, and its nonce. */
export interface Hello {
  readonly type: "hello";
  readonly version: Seq;
  readonly nonce: Uint8Array;
  readonly software: string;
}
export const Hello: shapes.Tagged<Hello> = shapes.tagged<Hello>("hello", 1, {
  version: shapes.seq,
  nonce: shapes.bytes({ min: 32, max: 32 }),
  software: shapes.or(shapes.text({ max: 256 }), ""),
});

/**
 * Claim a handle and bind the first device to it; sent between `hello` and `login`.
 *
 * `invite` is the secret of an invite link (16 bytes), empty without one. The device's first keys come
 * along, so that nobody ever meets a device they cannot encrypt for. Answered by `enrolled` or `refused`;
 * repeating it for the same keys is answered the same way.
 */
export interface Enrol {
  readonly type: "enrol";
  readonly user: UserStatement;
  readonly device: DeviceStatement;
  readonly fallbackKey: PublishedKey;
  readonly oneTimeKeys: readonly PublishedKey[];
  readonly invite: Uint8Array;
}
export const Enrol: shapes.Tagged<Enrol> = shapes.tagged<Enrol>("enrol", 2, {
  user: UserStatement,
  device: DeviceStatement,
  fallbackKey: PublishedKey,
  oneTimeKeys: shapes.or(shapes.list(PublishedKey, { max: 500 }), []),
  invite: shapes.or(shapes.bytes({ max: 64 }), new Uint8Array(0)),
});

/** Prove to be a device: `signature` over `statements.login_bytes`. */
export interface Login {
  readonly type: "login";
  readonly device: DeviceId;
  readonly signature: Uint8Array;
}
export const Login: shapes.Tagged<Login> = shapes.tagged<Login>("login", 3, {
  device: shapes.bytes({ min: 16, max: 16 }),
  signature: shapes.bytes({ max: 64 }),
});

/**
 * Add an entry to a log. `body` is an encoded `MessageBody` or `OlmBody`, by `kind`.
 *
 * The hub writes the shares into the inboxes in the same transaction, before the entry. Answered by
 * `appended` once that is on disk, or `refused`; after silence the same bytes are sent again.
 */
export interface Append {
  readonly type: "append";
  readonly messageId: MessageId;
  readonly log: LogId;
  readonly kind: Seq;
  readonly body: Uint8Array;
  readonly shares: readonly Share[];
}
export const Append: shapes.Tagged<Append> = shapes.tagged<Append>("append", 4, {
  messageId: shapes.bytes({ min: 16, max: 16 }),
  log: shapes.bytes({ min: 16, max: 16 }),
  kind: shapes.seq,
  body: shapes.bytes({ max: 81920 }),
  shares: shapes.or(shapes.list(Share, { max: 4096 }), []),
});

/** Ask for entries with seq > `after`, oldest first; the hub answers with one page. */
export interface Fetch {
  readonly type: "fetch";
  readonly log: LogId;
  readonly after: Seq;
}
export const Fetch: shapes.Tagged<Fetch> = shapes.tagged<Fetch>("fetch", 5, {
  log: shapes.bytes({ min: 16, max: 16 }),
  after: shapes.seq,
});

/** Everything up to `seq` is in this device's own store: the cursor and the delivery receipt. */
export interface Ack {
  readonly type: "ack";
  readonly log: LogId;
  readonly seq: Seq;
}
export const Ack: shapes.Tagged<Ack> = shapes.tagged<Ack>("ack", 6, {
  log: shapes.bytes({ min: 16, max: 16 }),
  seq: shapes.seq,
});

/** Make sure that the conversation with `peer` exists; answered by `heads` with its head. */
export interface OpenDirect {
  readonly type: "open_direct";
  readonly peer: UserId;
}
export const OpenDirect: shapes.Tagged<OpenDirect> = shapes.tagged<OpenDirect>("open_direct", 9, {
  peer: shapes.bytes({ min: 16, max: 16 }),
});

/**
 * More shares for the append with this message id, which must follow: when one frame is too small.
 *
 * Held by the hub for this connection only, `MAX_SHARES` at most, and used or dropped as a whole.
 */
export interface Shares {
  readonly type: "shares";
  readonly messageId: MessageId;
  readonly shares: readonly Share[];
}
export const Shares: shapes.Tagged<Shares> = shapes.tagged<Shares>("shares", 11, {
  messageId: shapes.bytes({ min: 16, max: 16 }),
  shares: shapes.list(Share, { max: 4096 }),
});

/**
 * Make sure that the group of exactly these people exists, the sender among them.
 *
 * Each once, in any order. Answered by `heads` with its head, or by `refused` with `request`.
 */
export interface OpenGroup {
  readonly type: "open_group";
  readonly request: Seq;
  readonly users: readonly UserId[];
}
export const OpenGroup: shapes.Tagged<OpenGroup> = shapes.tagged<OpenGroup>("open_group", 12, {
  request: shapes.seq,
  users: shapes.list(shapes.bytes({ min: 16, max: 16 }), { min: 3, max: 20 }),
});

/**
 * Ask for the MEMBERS entry at `seq` of a room and those before it; answered by `members`.
 *
 * Where the log is pruned, the newest one at or before `seq` is meant: only such entries are left there. Who
 * came to a room later may read them all, though nothing else from before they came: they must know for whom
 * they encrypt.
 */
export interface FetchMembers {
  readonly type: "fetch_members";
  readonly log: LogId;
  readonly seq: Seq;
}
export const FetchMembers: shapes.Tagged<FetchMembers> = shapes.tagged<FetchMembers>("fetch_members", 13, {
  log: shapes.bytes({ min: 16, max: 16 }),
  seq: shapes.seq,
});

/** Ask for a `pong`; also proof of life. */
export interface Ping {
  readonly type: "ping";
  readonly token: Seq;
}
export const Ping: shapes.Tagged<Ping> = shapes.tagged<Ping>("ping", 64, {
  token: shapes.or(shapes.seq, 0),
});

/**
 * Say whether this device's person is there: `status` is a `Status`. Never answered.
 *
 * Good for this connection. `note` is the reason, if there is one: an encoded `SignalBody` for the log of
 * everyone, which the hub can't read and shows along with the status.
 */
export interface SetStatus {
  readonly type: "set_status";
  readonly status: Seq;
  readonly note: Uint8Array;
}
export const SetStatus: shapes.Tagged<SetStatus> = shapes.tagged<SetStatus>("set_status", 68, {
  status: shapes.seq,
  note: shapes.or(shapes.bytes({ max: 1024 }), new Uint8Array(0)),
});

/**
 * Something about now, for whoever reads `log` and is here: an encoded `SignalBody`.
 *
 * The hub passes the same frame on to the other readers and keeps nothing of it. It drops signals rather
 * than let them wait, and never answers one.
 */
export interface Signal {
  readonly type: "signal";
  readonly log: LogId;
  readonly body: Uint8Array;
}
export const Signal: shapes.Tagged<Signal> = shapes.tagged<Signal>("signal", 69, {
  log: shapes.bytes({ min: 16, max: 16 }),
  body: shapes.bytes({ max: 1024 }),
});

/**
 * The hub speaks first, so that a client can check the pin before it sends a byte.
 *
 * `signature` is the identity key's over `statements.hub_certificate_bytes` of `certificate_hash`: the hub's
 * word for which certificate it has. A client that can see the certificate of its connection measures the
 * hash itself and takes no word for it.
 */
export interface Challenge {
  readonly type: "challenge";
  readonly version: Seq;
  readonly oldestVersion: Seq;
  readonly identityKey: Uint8Array;
  readonly signature: Uint8Array;
  readonly certificateHash: Uint8Array;
  readonly nonce: Uint8Array;
  readonly database: DatabaseId;
  readonly title: string;
  readonly inviteOnly: boolean;
  readonly software: string;
}
export const Challenge: shapes.Tagged<Challenge> = shapes.tagged<Challenge>("challenge", 32, {
  version: shapes.seq,
  oldestVersion: shapes.seq,
  identityKey: shapes.bytes({ min: 32, max: 32 }),
  signature: shapes.bytes({ max: 64 }),
  certificateHash: shapes.bytes({ min: 32, max: 32 }),
  nonce: shapes.bytes({ min: 32, max: 32 }),
  database: shapes.bytes({ min: 16, max: 16 }),
  title: shapes.or(shapes.text({ max: 256 }), ""),
  inviteOnly: shapes.or(shapes.bool, false),
  software: shapes.or(shapes.text({ max: 256 }), ""),
});

/** The name and the device are in the directory, on disk. */
export interface Enrolled {
  readonly type: "enrolled";
  readonly handle: string;
}
export const Enrolled: shapes.Tagged<Enrolled> = shapes.tagged<Enrolled>("enrolled", 33, {
  handle: shapes.text(),
});

/**
 * Logged in. `heads` frames with the logs this device reads follow, then live entries.
 *
 * `stock` counts the one-time keys the hub holds for this device; `log_count` says how many heads will come,
 * so the client knows when its list is whole. A client that keeps to the rates (0: no limit) is never
 * throttled. `notice` is what who runs the hub has to say to everybody.
 */
export interface Welcome {
  readonly type: "welcome";
  readonly hub: HubId;
  readonly user: UserId;
  readonly handle: string;
  readonly nowMs: Seq;
  readonly stock: Seq;
  readonly logCount: Seq;
  readonly hasFallbackKey: boolean;
  readonly messagesPerSecond: number;
  readonly messagesBurst: number;
  readonly notice: string;
}
export const Welcome: shapes.Tagged<Welcome> = shapes.tagged<Welcome>("welcome", 34, {
  hub: shapes.bytes({ min: 16, max: 16 }),
  user: shapes.bytes({ min: 16, max: 16 }),
  handle: shapes.text(),
  nowMs: shapes.seq,
  stock: shapes.seq,
  logCount: shapes.seq,
  hasFallbackKey: shapes.or(shapes.bool, false),
  messagesPerSecond: shapes.or(shapes.float, 0.0),
  messagesBurst: shapes.or(shapes.float, 0.0),
  notice: shapes.or(shapes.text({ max: 500 }), ""),
});

/**
 * A run of one log: encoded entries with seqs `first_seq`, `first_seq` + 1 and so on.
 *
 * `previous` is the hash of the entry before the first. `head` is the log's newest seq when this was sent,
 * so a page knows whether another follows.
 */
export interface Entries {
  readonly type: "entries";
  readonly log: LogId;
  readonly firstSeq: Seq;
  readonly previous: Uint8Array;
  readonly head: Seq;
  readonly items: readonly Entry[];
}
export const Entries: shapes.Tagged<Entries> = shapes.tagged<Entries>("entries", 35, {
  log: shapes.bytes({ min: 16, max: 16 }),
  firstSeq: shapes.seq,
  previous: shapes.bytes({ min: 32, max: 32 }),
  head: shapes.seq,
  items: shapes.list(Entry),
});

/** An append of this device is on disk at this place. */
export interface Appended {
  readonly type: "appended";
  readonly messageId: MessageId;
  readonly log: LogId;
  readonly seq: Seq;
  readonly hash: Uint8Array;
}
export const Appended: shapes.Tagged<Appended> = shapes.tagged<Appended>("appended", 36, {
  messageId: shapes.bytes({ min: 16, max: 16 }),
  log: shapes.bytes({ min: 16, max: 16 }),
  seq: shapes.seq,
  hash: shapes.bytes({ min: 32, max: 32 }),
});

/**
 * A request was refused and nothing of it stored.
 *
 * `message_id` names the append; it is empty for the other requests, which are named by `request` (0:
 * `enrol`, `login`, `open_direct` and the fetches). `text` says what to do. `stale_view` carries the seqs to
 * catch up to; of a room also `membership_hash`, the hash of the entry at `view.membership_seq`.
 */
export interface Refused {
  readonly type: "refused";
  readonly code: string;
  readonly text: string;
  readonly messageId: Uint8Array;
  readonly request: Seq;
  readonly retryAfterMs: Seq;
  readonly view: View | null;
  readonly membershipHash: Uint8Array;
}
export const Refused: shapes.Tagged<Refused> = shapes.tagged<Refused>("refused", 37, {
  code: shapes.text(),
  text: shapes.text({ max: 4096 }),
  messageId: shapes.or(shapes.bytes({ max: 16 }), new Uint8Array(0)),
  request: shapes.or(shapes.seq, 0),
  retryAfterMs: shapes.or(shapes.seq, 0),
  view: shapes.or(shapes.nullable(View), null),
  membershipHash: shapes.or(shapes.bytes({ min: 32, max: 32 }), new Uint8Array(32)),
});

/** Heads of some logs: after `welcome`, for a log that is new to this device, and when it was behind. */
export interface Heads {
  readonly type: "heads";
  readonly heads: readonly Head[];
}
export const Heads: shapes.Tagged<Heads> = shapes.tagged<Heads>("heads", 38, {
  heads: shapes.list(Head),
});

/** Presence of some users: all of them after `welcome`, the changed ones later. */
export interface Presence {
  readonly type: "presence";
  readonly people: readonly PersonPresence[];
}
export const Presence: shapes.Tagged<Presence> = shapes.tagged<Presence>("presence", 65, {
  people: shapes.list(PersonPresence),
});

/** How far other devices have stored a conversation. */
export interface Receipts {
  readonly type: "receipts";
  readonly log: LogId;
  readonly receipts: readonly Receipt[];
}
export const Receipts: shapes.Tagged<Receipts> = shapes.tagged<Receipts>("receipts", 66, {
  log: shapes.bytes({ min: 16, max: 16 }),
  receipts: shapes.list(Receipt),
});

/**
 * The answer to `fetch_members` with this `seq`: that entry and those before it, newest first.
 *
 * One page at most: each next one is the entry at its `view.membership_seq`, and after the last whose
 * `view.membership_seq` is not 0 the client asks on from there. Empty if no MEMBERS entry is at `seq`.
 */
export interface Members {
  readonly type: "members";
  readonly log: LogId;
  readonly seq: Seq;
  readonly items: readonly MembersItem[];
}
export const Members: shapes.Tagged<Members> = shapes.tagged<Members>("members", 43, {
  log: shapes.bytes({ min: 16, max: 16 }),
  seq: shapes.seq,
  items: shapes.list(MembersItem, { max: 64 }),
});

/** The answer to `ping`. */
export interface Pong {
  readonly type: "pong";
  readonly token: Seq;
}
export const Pong: shapes.Tagged<Pong> = shapes.tagged<Pong>("pong", 67, {
  token: shapes.or(shapes.seq, 0),
});

/** The hub closes this connection; come back after `retry_after_ms` (negative: do not). */
export interface Bye {
  readonly type: "bye";
  readonly code: string;
  readonly text: string;
  readonly retryAfterMs: number;
}
export const Bye: shapes.Tagged<Bye> = shapes.tagged<Bye>("bye", 42, {
  code: shapes.text(),
  text: shapes.text({ max: 4096 }),
  retryAfterMs: shapes.or(shapes.int, 0),
});

export type ClientFrame =
  | Hello
  | Enrol
  | Login
  | Append
  | Shares
  | Fetch
  | Ack
  | ClaimKeys
  | PublishKeys
  | OpenDirect
  | OpenGroup
  | FetchMembers
  | CreateInvite
  | StorePairing
  | TakePairing
  | Admin
  | Ping
  | SetStatus
  | Signal;
export const ClientFrame: shapes.Union<ClientFrame> = shapes.union<ClientFrame>([
  Hello,
  Enrol,
  Login,
  Append,
  Shares,
  Fetch,
  Ack,
  ClaimKeys,
  PublishKeys,
  OpenDirect,
  OpenGroup,
  FetchMembers,
  CreateInvite,
  StorePairing,
  TakePairing,
  Admin,
  Ping,
  SetStatus,
  Signal,
]);

export type HubFrame =
  | Challenge
  | Enrolled
  | Welcome
  | Entries
  | Appended
  | Refused
  | Heads
  | Presence
  | Receipts
  | ClaimedKeys
  | Stock
  | InviteCreated
  | Members
  | PairingStored
  | PairingTaken
  | AdminAnswer
  | Notice
  | RatesChanged
  | Pong
  | Signal
  | Bye;
export const HubFrame: shapes.Union<HubFrame> = shapes.union<HubFrame>([
  Challenge,
  Enrolled,
  Welcome,
  Entries,
  Appended,
  Refused,
  Heads,
  Presence,
  Receipts,
  ClaimedKeys,
  Stock,
  InviteCreated,
  Members,
  PairingStored,
  PairingTaken,
  AdminAnswer,
  Notice,
  RatesChanged,
  Pong,
  Signal,
  Bye,
]);
