// Made from src/lanmsg/wire/content.py by tools/make_typescript.py: change it there.

import type { DatabaseId, LogId, MessageId, Seq } from "../ids";
import * as shapes from "../shapes";

export const CONTENT_VERSION = 1;

/** The newest entry of a log that the sender had verified: lies of the hub meet here. */
export interface Seen {
  readonly seq: Seq;
  readonly hash: Uint8Array;
}
export const Seen: shapes.Struct<Seen> = shapes.struct<Seen>({
  seq: shapes.seq,
  hash: shapes.bytes({ min: 32, max: 32 }),
});

/**
 * What is encrypted, before padding.
 *
 * `content` is an encoded `Content`, kept raw so that a client can store a kind it does not know.
 * `members_seen` is, in a room, the hash of the MEMBERS entry at `view.membership_seq` (zeros: none yet),
 * and empty elsewhere.
 */
export interface Plaintext {
  readonly version: Seq;
  readonly database: DatabaseId;
  readonly log: LogId;
  readonly messageId: MessageId;
  readonly counter: Seq;
  readonly sentAtMs: Seq;
  readonly seen: Seen;
  readonly directorySeen: Seen;
  readonly content: Uint8Array;
  readonly membersSeen: Uint8Array;
}
export const Plaintext: shapes.Struct<Plaintext> = shapes.struct<Plaintext>({
  version: shapes.seq,
  database: shapes.bytes({ min: 16, max: 16 }),
  log: shapes.bytes({ min: 16, max: 16 }),
  messageId: shapes.bytes({ min: 16, max: 16 }),
  counter: shapes.seq,
  sentAtMs: shapes.seq,
  seen: Seen,
  directorySeen: Seen,
  content: shapes.bytes(),
  membersSeen: shapes.or(shapes.bytes({ max: 32 }), new Uint8Array(0)),
});

/** The first item of an encoded content. */
export const ContentKind = {
  UNREADABLE: 0,
  TEXT: 1,
  EDIT: 2,
  DELETE: 3,
  REACTION: 4,
  PIN: 5,
  TOPIC: 6,
  LIFETIME: 7,
  READ_UP_TO: 8,
  EXPIRED: -1,
} as const;
export type ContentKind = (typeof ContentKind)[keyof typeof ContentKind];

/** A line or more of text; `is_action` for `/me`, `reply_to` names the message answered, or is empty. */
export interface Text {
  readonly type: "text";
  readonly text: string;
  readonly isAction: boolean;
  readonly replyTo: Uint8Array;
}
export const Text: shapes.Tagged<Text> = shapes.tagged<Text>("text", 1, {
  text: shapes.text(),
  isAction: shapes.or(shapes.bool, false),
  replyTo: shapes.or(shapes.bytes(), new Uint8Array(0)),
});

/** A new text for a message of the same author. */
export interface Edit {
  readonly type: "edit";
  readonly target: MessageId;
  readonly text: string;
}
export const Edit: shapes.Tagged<Edit> = shapes.tagged<Edit>("edit", 2, {
  target: shapes.bytes({ min: 16, max: 16 }),
  text: shapes.text(),
});

/** A message is to be seen no more: its author says so, or who moderates the room. */
export interface Delete {
  readonly type: "delete";
  readonly target: MessageId;
}
export const Delete: shapes.Tagged<Delete> = shapes.tagged<Delete>("delete", 3, {
  target: shapes.bytes({ min: 16, max: 16 }),
});

/** An emoji put to a message, or taken back. */
export interface Reaction {
  readonly type: "reaction";
  readonly target: MessageId;
  readonly emoji: string;
  readonly isRemoved: boolean;
}
export const Reaction: shapes.Tagged<Reaction> = shapes.tagged<Reaction>("reaction", 4, {
  target: shapes.bytes({ min: 16, max: 16 }),
  emoji: shapes.text(),
  isRemoved: shapes.or(shapes.bool, false),
});

/** A message is to be found easily, or no more. */
export interface Pin {
  readonly type: "pin";
  readonly target: MessageId;
  readonly isRemoved: boolean;
}
export const Pin: shapes.Tagged<Pin> = shapes.tagged<Pin>("pin", 5, {
  target: shapes.bytes({ min: 16, max: 16 }),
  isRemoved: shapes.or(shapes.bool, false),
});

/**
 * What a room or group is about from here on, one line; empty for nothing in particular.
 *
 * In a room `since` repeats what the entry there has set, for newcomers who do not have it; 0: this sets it.
 */
export interface Topic {
  readonly type: "topic";
  readonly text: string;
  readonly since: Seq;
}
export const Topic: shapes.Tagged<Topic> = shapes.tagged<Topic>("topic", 6, {
  text: shapes.text(),
  since: shapes.or(shapes.seq, 0),
});

/**
 * Messages from here on disappear after so many seconds; 0: they stay.
 *
 * In a room `since` repeats what the entry there has set, for newcomers who do not have it; 0: this sets it.
 */
export interface Lifetime {
  readonly type: "lifetime";
  readonly seconds: Seq;
  readonly since: Seq;
}
export const Lifetime: shapes.Tagged<Lifetime> = shapes.tagged<Lifetime>("lifetime", 7, {
  seconds: shapes.seq,
  since: shapes.or(shapes.seq, 0),
});

/** A read receipt: its sender has read this conversation up to the entry `seq`. */
export interface ReadUpTo {
  readonly type: "read_up_to";
  readonly seq: Seq;
}
export const ReadUpTo: shapes.Tagged<ReadUpTo> = shapes.tagged<ReadUpTo>("read_up_to", 8, {
  seq: shapes.seq,
});

export type Content =
  | Text
  | Edit
  | Delete
  | Reaction
  | Pin
  | Topic
  | Lifetime
  | ReadUpTo;
export const Content: shapes.Union<Content> = shapes.union<Content>([
  Text,
  Edit,
  Delete,
  Reaction,
  Pin,
  Topic,
  Lifetime,
  ReadUpTo,
]);

export type Amending =
  | Edit
  | Delete
  | Reaction
  | Pin;
export const Amending: shapes.Union<Amending> = shapes.union<Amending>([
  Edit,
  Delete,
  Reaction,
  Pin,
]);
