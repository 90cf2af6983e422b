// Made from src/lanmsg/wire/account.py by tools/make_typescript.py: change it there.

import type { Seq, UserId } from "../ids";
import * as shapes from "../shapes";

export const ACCOUNT_KIND = 36;

/** A conversation is read up to `seq`. `kind` is the `LogKind` of its log. */
export interface ReadMark {
  readonly type: "read_mark";
  readonly kind: Seq;
  readonly key: Uint8Array;
  readonly seq: Seq;
}
export const ReadMark: shapes.Tagged<ReadMark> = shapes.tagged<ReadMark>("read_mark", 32, {
  kind: shapes.seq,
  key: shapes.bytes({ max: 512 }),
  seq: shapes.seq,
});

/** A choice by its name; an empty value is the default (`docs/protocol.md` §9.3 lists the names). */
export interface Preference {
  readonly type: "preference";
  readonly name: string;
  readonly value: string;
}
export const Preference: shapes.Tagged<Preference> = shapes.tagged<Preference>("preference", 33, {
  name: shapes.text({ max: 1200 }),
  value: shapes.text({ max: 1024 }),
});

/** What waits to be finished in a conversation; empty: nothing. `kind` is the `LogKind` of its log. */
export interface Draft {
  readonly type: "draft";
  readonly kind: Seq;
  readonly key: Uint8Array;
  readonly text: string;
}
export const Draft: shapes.Tagged<Draft> = shapes.tagged<Draft>("draft", 34, {
  kind: shapes.seq,
  key: shapes.bytes({ max: 512 }),
  text: shapes.text({ max: 65536 }),
});

/** This identity key was compared with the person. */
export interface Verified {
  readonly type: "verified";
  readonly user: UserId;
  readonly identityKey: Uint8Array;
}
export const Verified: shapes.Tagged<Verified> = shapes.tagged<Verified>("verified", 35, {
  user: shapes.bytes({ min: 16, max: 16 }),
  identityKey: shapes.bytes({ min: 32, max: 32 }),
});

/** Texts behind `seq` live so many seconds; 0: for ever. */
export interface LifetimeSince {
  readonly seq: Seq;
  readonly seconds: Seq;
}
export const LifetimeSince: shapes.Struct<LifetimeSince> = shapes.struct<LifetimeSince>({
  seq: shapes.seq,
  seconds: shapes.seq,
});

/**
 * What was set in a conversation, for a device that came when the hub had removed the entries.
 *
 * `lifetimes` are the newest changes, oldest first; the entry at `topic_seq` has set the topic (0: none
 * has). `kind` is the `LogKind` of its log.
 */
export interface ConversationSettings {
  readonly type: "conversation_settings";
  readonly kind: Seq;
  readonly key: Uint8Array;
  readonly lifetimes: readonly LifetimeSince[];
  readonly topicSeq: Seq;
  readonly topic: string;
}
export const ConversationSettings: shapes.Tagged<ConversationSettings> = shapes.tagged<ConversationSettings>("conversation_settings", 37, {
  kind: shapes.seq,
  key: shapes.bytes({ max: 512 }),
  lifetimes: shapes.list(LifetimeSince, { max: 20 }),
  topicSeq: shapes.seq,
  topic: shapes.text({ max: 256 }),
});

export type Change =
  | ReadMark
  | Preference
  | Draft
  | Verified
  | ConversationSettings;
export const Change: shapes.Union<Change> = shapes.union<Change>([
  ReadMark,
  Preference,
  Draft,
  Verified,
  ConversationSettings,
]);

/**
 * A change. `since` is 0 when it is new: it counts from the entry it stands in.
 *
 * For a device that came later, and can't read older entries, what holds is said again: then `since` is the
 * seq of the entry that said it first, and whatever was written after that one outranks it.
 */
export interface Item {
  readonly change: Change;
  readonly since: Seq;
}
export const Item: shapes.Struct<Item> = shapes.struct<Item>({
  change: Change,
  since: shapes.or(shapes.seq, 0),
});

/**
 * The content of a message of an account log: at least one encoded `Item`, in order.
 *
 * Each is encoded by itself, so that one that is made by a newer version does not hide the others.
 */
export interface AccountChanges {
  readonly type: "account_changes";
  readonly items: readonly Uint8Array[];
}
export const AccountChanges: shapes.Tagged<AccountChanges> = shapes.tagged<AccountChanges>("account_changes", 36, {
  items: shapes.list(shapes.bytes(), { min: 1, max: 500 }),
});
