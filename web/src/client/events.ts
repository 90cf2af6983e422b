/**
 * Everything a client tells its face. One interface an event; `docs/client-library.md` lists them.
 * Mirrors `src/lanmsg/client/events.py`: `type` is the name of the Python class in snake_case.
 */

import type {
  CancelReason,
  Conversation,
  DeviceInfo,
  Gap,
  MemberRole,
  Message,
  MessageId,
  PersonStatus,
  RoomInfo,
  Unread,
} from "$client/model";

/** Logged in. `isNewHub`: this is the first time, so compare the check words. */
export interface Connected {
  readonly type: "connected";
  readonly hubTitle: string;
  readonly address: string;
  readonly handle: string;
  readonly isNewHub: boolean;
}

/** Everything the hub had for us when we connected is in our store. */
export interface Synced {
  readonly type: "synced";
}

/** The hub is gone; we try again after `retryInS` seconds, by ourselves. `waiting` messages of ours wait. */
export interface Disconnected {
  readonly type: "disconnected";
  readonly reason: string;
  readonly retryInS: number;
  readonly waiting: number;
}

/**
 * Why a client stopped, beside the codes of the wire: the store failed, another tab has taken over, the hub
 * is another one than before.
 */
export type StopCode = "store_failed" | "taken_over" | "hub_identity_changed" | (string & {});

/** The client can't go on; `text` says what happened and what to do. No more events follow. */
export interface Stopped {
  readonly type: "stopped";
  readonly code: StopCode;
  readonly text: string;
}

/**
 * A message was stored: somebody's, or our own that has come back from the hub. In the order of the
 * conversation, without a gap. `isBacklog`: it was written before we came.
 */
export interface MessageAdded {
  readonly type: "message_added";
  readonly message: Message;
  readonly isBacklog: boolean;
}

/**
 * What became of a message: `state` (its way; or a change of ours stands in the log now), `readable` (its key
 * has come: it counts as new, unless it is of the backlog), or what somebody did.
 */
export type ChangeKind = "state" | "readable" | "edited" | "deleted" | "reaction" | "pin";

/** A message looks different: draw it anew. No change is news to be notified of. */
export interface MessageChanged {
  readonly type: "message_changed";
  readonly message: Message;
  readonly change: ChangeKind;
  /** The handle of who edited, deleted, reacted or pinned; empty for the others. */
  readonly by: string;
  /** What they reacted with. */
  readonly emoji: string;
  /** They took a reaction or a pin back. */
  readonly isRemoved: boolean;
  readonly isBacklog: boolean;
}

/** The hub refused an edit, deletion, reaction or pin of ours for good; `message` is shown without it. */
export interface ChangeFailed {
  readonly type: "change_failed";
  readonly message: Message;
  readonly text: string;
}

/**
 * A topic or lifetime that we set does not hold; `text` says why. The hub refused it for good, or we might set it no
 * more when it came to its place in the conversation.
 */
export interface SettingFailed {
  readonly type: "setting_failed";
  readonly conversation: Conversation;
  readonly conversationName: string;
  readonly setting: "topic" | "lifetime";
  readonly text: string;
}

/** A message is no more: ours was taken back, or an unreadable one turned out to be a change of another. */
export interface MessageWithdrawn {
  readonly type: "message_withdrawn";
  readonly id: MessageId;
}

/** The time of a message is over (`LifetimeChanged`): take it from the screen. It is in no store any more. */
export interface MessageExpired {
  readonly type: "message_expired";
  readonly conversation: Conversation;
  readonly conversationName: string;
  readonly id: MessageId;
  readonly seq: number;
}

/** Somebody enrolled for the first time. */
export interface PersonJoined {
  readonly type: "person_joined";
  readonly handle: string;
}

/** Somebody came or went. */
export interface PresenceChanged {
  readonly type: "presence_changed";
  readonly handle: string;
  readonly isOnline: boolean;
  readonly lastSeenMs: number;
}

/** Somebody who is here became idle, away, not to be disturbed, or is back. */
export interface StatusChanged {
  readonly type: "status_changed";
  readonly handle: string;
  readonly status: PersonStatus;
  readonly reason: string;
  readonly sinceMs: number;
}

/** Somebody else is typing in a conversation, or no more. */
export interface Typing {
  readonly type: "typing";
  readonly conversation: Conversation;
  readonly handle: string;
  readonly isTyping: boolean;
}

/** More or less of a conversation is unread than before. */
export interface UnreadChanged {
  readonly type: "unread_changed";
  readonly conversation: Conversation;
  readonly unread: Unread;
}

/** A draft changed, here or on another device of ours; empty: there is none any more. */
export interface DraftChanged {
  readonly type: "draft_changed";
  readonly conversation: Conversation;
  readonly text: string;
}

/** `Client.preferences` are not what they were. */
export interface PreferencesChanged {
  readonly type: "preferences_changed";
}

/** What is wrong. */
export type AlarmKind =
  | "identity_changed"
  | "forked_log"
  | "hub_rolled_back"
  | "hub_replaced"
  | "store_rolled_back"
  | "false_statement"
  | "forbidden_change";

/** Something a person must know; `text` says what happened, what it means and what to do. */
export interface Alarm {
  readonly type: "alarm";
  readonly kind: AlarmKind;
  readonly text: string;
  readonly conversation: Conversation | null;
}

/** Another device of ours is new. */
export interface DeviceAdded {
  readonly type: "device_added";
  readonly device: DeviceInfo;
}

/** Another device of ours was cut off. */
export interface DeviceRevoked {
  readonly type: "device_revoked";
  readonly device: DeviceInfo;
}

/** The past comes over from the device that let this one in; it is over when both are equal. */
export interface HistoryProgress {
  readonly type: "history_progress";
  readonly done: number;
  readonly total: number;
}

/** Somebody wants to compare identity keys now: `acceptVerification` or `cancelVerification`. */
export interface VerificationRequested {
  readonly type: "verification_requested";
  readonly handle: string;
}

/** Both persons see these seven: `confirmEmoji` if they are the same, else `cancelVerification`. */
export interface VerificationEmoji {
  readonly type: "verification_emoji";
  readonly handle: string;
  readonly emoji: readonly string[];
  /** Their English names, in the same order. */
  readonly names: readonly string[];
}

/** Both persons saw the same. */
export interface VerificationDone {
  readonly type: "verification_done";
  readonly handle: string;
}

/** A verification has ended without a result; `text` says why and what to do. */
export interface VerificationCancelled {
  readonly type: "verification_cancelled";
  readonly handle: string;
  readonly reason: CancelReason;
  readonly byUs: boolean;
  readonly text: string;
}

/**
 * A room was made, renamed, opened, closed, archived, has other owners, or another part for us.
 *
 * `by` is who changed the room itself; empty where only our own part in it is another.
 */
export interface RoomChanged {
  readonly type: "room_changed";
  readonly room: RoomInfo;
  readonly by: string;
}

/** Somebody's part in a room has changed from `before` to `role`. */
export interface MemberChanged {
  readonly handle: string;
  readonly before: MemberRole;
  readonly role: MemberRole;
}

/** Somebody (`by`) has let people in or out of a room, or changed what they may do. */
export interface MembersChanged {
  readonly type: "members_changed";
  readonly conversation: Conversation;
  readonly conversationName: string;
  readonly seq: number;
  readonly by: string;
  readonly changes: readonly MemberChanged[];
  readonly isBacklog: boolean;
}

/** The topic of a room or group is another one; empty: none. */
export interface TopicChanged {
  readonly type: "topic_changed";
  readonly conversation: Conversation;
  readonly conversationName: string;
  readonly by: string;
  readonly topic: string;
  readonly isBacklog: boolean;
}

/** Messages of a conversation that come after this disappear after `seconds`; 0: they stay. */
export interface LifetimeChanged {
  readonly type: "lifetime_changed";
  readonly conversation: Conversation;
  readonly conversationName: string;
  readonly by: string;
  readonly seconds: number;
  readonly isBacklog: boolean;
}

/**
 * The hub had removed messages before this device got them; that is its operator's choice, and no alarm. In the
 * order of the conversation. They never come any more.
 */
export interface GapFound {
  readonly type: "gap_found";
  readonly conversation: Conversation;
  readonly conversationName: string;
  readonly gap: Gap;
}

/**
 * Who runs the hub has something to say to everybody; empty: no more. Told again only when it changes.
 *
 * No person of the hub says it, and it is not encrypted: draw it as neither.
 */
export interface HubNotice {
  readonly type: "hub_notice";
  readonly text: string;
}

/** Every event there is. */
export type ClientEvent =
  | Connected
  | Synced
  | Disconnected
  | Stopped
  | MessageAdded
  | MessageChanged
  | ChangeFailed
  | SettingFailed
  | MessageWithdrawn
  | MessageExpired
  | PersonJoined
  | PresenceChanged
  | StatusChanged
  | Typing
  | UnreadChanged
  | DraftChanged
  | PreferencesChanged
  | Alarm
  | DeviceAdded
  | DeviceRevoked
  | HistoryProgress
  | VerificationRequested
  | VerificationEmoji
  | VerificationDone
  | VerificationCancelled
  | RoomChanged
  | MembersChanged
  | TopicChanged
  | LifetimeChanged
  | GapFound
  | HubNotice;
