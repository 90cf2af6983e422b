/**
 * What a client shows: conversations, messages, people. Plain values; faces draw them.
 * Mirrors `src/lanmsg/client/model.py`.
 *
 * Ids are lower-case hex strings here, so that they are keys of maps as they stand. Times are Unix ms.
 * Texts of others are as they came: a face passes them through `$wire/safe-text` before a screen.
 */

/** What sort of conversation it is. `account` is what our own devices tell each other; never shown. */
export type ConversationKind = "direct" | "everyone" | "account" | "group" | "room";

/** An id of 16 bytes as 32 lower-case hex digits. */
export type HexId = string;
export type MessageId = HexId;
export type UserId = HexId;
export type DeviceId = HexId;
export type RoomId = HexId;

/**
 * Whom a message reaches. `key` (hex) names one of its kind: of a direct one the other person's id, of a
 * group the sorted ids of its people one behind the other (ourselves among them), of a room the room's id;
 * empty for everyone.
 */
export interface Conversation {
  readonly kind: ConversationKind;
  readonly key: string;
}

/** A conversation as one text (`kind/key`), for keys of maps. The same as in names of preferences. */
export type ConversationKey = string;

export const EVERYONE: Conversation = { kind: "everyone", key: "" };

/** Return a conversation as one text. */
export function conversationKey(conversation: Conversation): ConversationKey {
  return `${conversation.kind}/${conversation.key}`;
}

/** Return the conversation that `conversationKey` has made this text of; null if it is none. */
export function parseConversationKey(text: ConversationKey): Conversation | null {
  const found = /^(direct|everyone|account|group|room)\/((?:[0-9a-f]{2})*)$/.exec(text);
  return found === null ? null : { kind: found[1] as ConversationKind, key: found[2] ?? "" };
}

/** Tell whether two conversations are the same one. */
export function isSameConversation(one: Conversation, other: Conversation): boolean {
  return one.kind === other.kind && one.key === other.key;
}

/**
 * How far a message has come. Ours: `waiting` (on our disk only), `sent` (on the hub's), `delivered` (in the
 * store of another person's device), `read` (`Message.readBy` names who), `failed` (refused for good,
 * `Message.reason` says why). Of others: `received`, `unreadable` (`Message.reason` is an
 * `UnreadableReason`).
 */
export type MessageState = "waiting" | "sent" | "delivered" | "read" | "failed" | "received" | "unreadable";

/** Why an entry can't be read; see `UnreadableReason` of the Python client. There is no `unknown`. */
export type UnreadableReason =
  | "before_you_joined"
  | "missing_key"
  | "unknown_sender"
  | "bad_signature"
  | "bad_ciphertext"
  | "misplaced"
  | "unknown_content";

/** An emoji at a message, and the handles of those who put it there, in the order they did. */
export interface MessageReaction {
  readonly emoji: string;
  readonly people: readonly string[];
  readonly hasOurs: boolean;
}

/** One message of a conversation, as it looks now. */
export interface Message {
  readonly conversation: Conversation;
  /** `everyone`, `@bob`, `@kitchen`, `@ann,@bob`. */
  readonly conversationName: string;
  readonly id: MessageId;
  /** Its place in the conversation; 0 while it waits. */
  readonly seq: number;
  readonly sender: string;
  readonly senderDevice: DeviceId;
  /** Whether it is ours, written on this device or another. */
  readonly isOwn: boolean;
  /** The text of the last edit; empty when it was deleted. */
  readonly text: string;
  /** The hub's clock; our own while it waits. */
  readonly sentAtMs: number;
  readonly state: MessageState;
  readonly isAction: boolean;
  readonly replyTo: MessageId | null;
  readonly reason: string;
  /** How many people have it; not devices. */
  readonly deliveredTo: number;
  /** The handles of the others who have read up to here or further, and say so; in chats of few people. */
  readonly readBy: readonly string[];
  /** When its text last changed, 0: never. */
  readonly editedAtMs: number;
  readonly isDeleted: boolean;
  /** The handle of who deleted it. */
  readonly deletedBy: string;
  /** In the order of their first use. */
  readonly reactions: readonly MessageReaction[];
  readonly isPinned: boolean;
  /** Handles named in the text as `@name`; `here` and `all` as such. */
  readonly mentions: readonly string[];
  /** Somebody else's text names us, or everybody. */
  readonly mentionsMe: boolean;
}

/** Messages in the order of a conversation. `nextAfter` asks for what follows; null: nothing does. */
export interface MessagePage {
  readonly messages: readonly Message[];
  readonly nextAfter: number | null;
}

/** A place of a text: start and end in code points. */
export interface TextMark {
  readonly start: number;
  readonly end: number;
}

/**
 * A message that a query has found, with the messages next to it in its conversation. `place` orders hits,
 * newer ones are higher: `search(…, { before: place })` goes on behind this one.
 */
export interface SearchHit {
  readonly place: number;
  readonly message: Message;
  readonly before: Message | null;
  readonly after: Message | null;
  /** The places of `message.text` that were asked for, in order and apart. */
  readonly marks: readonly TextMark[];
}

/** What is new in a conversation: `mentions` of the `count` messages name us. */
export interface Unread {
  readonly count: number;
  readonly mentions: number;
  /** The seq of the oldest one, 0 if there is none. */
  readonly firstUnreadSeq: number;
}

/**
 * What we know of a person's identity key: taken on first use, compared with the person, or not the key this
 * name had before (nothing is sent until `Client.trust`).
 */
export type Trust = "first_seen" | "verified" | "changed";

/** Why a verification has ended without a result. */
export type CancelReason =
  | "called_off"
  | "different"
  | "timeout"
  | "answered_elsewhere"
  | "busy"
  | "started_anew"
  | "unknown"
  | "false_step";

/** What a verification waits for: our person's yes or no, the other side, our person's comparing. */
export type VerificationStage = "asked" | "waiting" | "comparing";

/** A verification under way. `emoji` and their English `names` are empty before they are known. */
export interface VerificationInfo {
  readonly handle: string;
  readonly stage: VerificationStage;
  readonly emoji: readonly string[];
  readonly names: readonly string[];
}

/** Whether somebody is there, as the most present of their devices says. */
export type PersonStatus = "online" | "idle" | "away" | "do_not_disturb" | "offline";

/** A device of ours. `shortId` is the start of its id, for people to tell devices apart. */
export interface DeviceInfo {
  readonly device: DeviceId;
  readonly shortId: string;
  /** Empty if it has none. */
  readonly name: string;
  /** The hub's clock; 0: not known. */
  readonly addedAtMs: number;
  readonly isThis: boolean;
}

/** What lets a second device in, once: `code` is for typing, `link` for a QR code. */
export interface DeviceCode {
  readonly code: string;
  readonly link: string;
  /** The hub's clock. */
  readonly endsAtMs: number;
}

/** Somebody who is enrolled at the hub. */
export interface PersonInfo {
  readonly user: UserId;
  readonly handle: string;
  readonly isMe: boolean;
  readonly isOnline: boolean;
  /** When their last connection ended; 0: never seen. */
  readonly lastSeenMs: number;
  readonly devices: number;
  readonly fingerprint: string;
  readonly trust: Trust;
  readonly status: PersonStatus;
  /** When they became idle, away or not to be disturbed; 0: they are not. */
  readonly sinceMs: number;
  /** Their text; empty if there is none or we can't read it. */
  readonly awayReason: string;
}

/** What somebody is in a room. `outsider`: never came, left, or was taken out. */
export type MemberRole = "outsider" | "banned" | "member" | "moderator" | "owner";

/** Somebody who reads a room or group (or, banned, may not). */
export interface MemberInfo {
  readonly handle: string;
  readonly role: MemberRole;
  readonly isMe: boolean;
  readonly isOnline: boolean;
  readonly lastSeenMs: number;
}

/**
 * Messages that the hub had removed before this device got them.
 *
 * At most `count` (edits and the like are among them), between those with seq `afterSeq` and before, and those
 * behind `upToSeq`.
 */
export interface Gap {
  readonly afterSeq: number;
  readonly upToSeq: number;
  readonly count: number;
}

/** A room of the hub, ours or not. `members` and `topic` are known to members only (0, empty). */
export interface RoomInfo {
  readonly conversation: Conversation;
  readonly name: string;
  /** Our own. */
  readonly role: MemberRole;
  /** Whether we are in it. */
  readonly isMine: boolean;
  readonly isOpen: boolean;
  readonly keepsHistory: boolean;
  readonly isArchived: boolean;
  readonly owners: readonly string[];
  readonly members: number;
  readonly topic: string;
}
