/**
 * What a message looks like after what people did to it: a fold over its amendments, never a mutation.
 * Mirrors `client/amendments.py`.
 *
 * Pure, and the same on every device: the amendments come in order of their seq, ours that wait last, and each
 * is held to its rule. What a rule does not allow changes nothing.
 */

import type { UserId } from "$client/model";
import type { Amending, Edit, Pin, Reaction } from "$wire/content";

import { MAX_EMOJI_PER_MESSAGE } from "$wire/limits";

/** Stands for the seq of what waits in our outbox: behind everything that has one. */
export const WAITING_SEQ = Number.MAX_SAFE_INTEGER;

/** Who may do more to a message than its author: what a conversation's kind and roles say. */
export interface Powers {
  /** Tell whether this user may delete what others wrote, as of a seq. */
  mayDelete(user: UserId, seq: number): boolean;
  /** Tell whether this user may pin and unpin, as of a seq. */
  mayPin(user: UserId, seq: number): boolean;
}

/** Nobody is more than others, as in direct chats, groups and among everyone: nobody deletes, everybody pins. */
export const EQUAL_POWERS: Powers = { mayDelete: () => false, mayPin: () => true };

/**
 * A message as it was written. `text` is null where there is none to edit: the message is unreadable, or its text
 * was erased. `isFirst` and `isFirstOfAuthor`: no earlier message of the log (of the same author) has its id.
 */
export interface Original {
  readonly user: UserId | null;
  readonly seq: number;
  readonly text: string | null;
  readonly isFirst: boolean;
  readonly isFirstOfAuthor: boolean;
}

/** What `user` did to a message at `seq`. */
export interface Amendment {
  readonly user: UserId;
  readonly seq: number;
  readonly atMs: number;
  readonly content: Amending;
}

/** An emoji, and who has put it to a message, in the order they did; never empty. */
export interface EmojiPeople {
  readonly emoji: string;
  readonly users: readonly UserId[];
}

/** A message as it looks now. `reactions` come in the order of their first use. */
export interface Amended {
  readonly text: string | null;
  readonly editedAtMs: number;
  readonly isDeleted: boolean;
  readonly deletedBy: UserId | null;
  readonly reactions: readonly EmojiPeople[];
  readonly isPinned: boolean;
}

/** Return how a message looks that nobody has changed. */
export function unamended(text: string | null): Amended {
  return { text, editedAtMs: 0, isDeleted: false, deletedBy: null, reactions: [], isPinned: false };
}

/** Return how a message looks after these amendments, which come in order of their seq. */
export function fold(original: Original, amendments: readonly Amendment[], powers: Powers): Amended {
  let shown = unamended(original.text);
  for (const amendment of amendments) shown = amended(original, shown, amendment, powers);
  return shown;
}

/**
 * Return how a message looks after one more; the very same object if it does not count.
 *
 * What is deleted stays as it is. An amendment names a message that its author had seen, so one that stands
 * before it in the log does not count.
 */
export function amended(original: Original, shown: Amended, amendment: Amendment, powers: Powers): Amended {
  if (shown.isDeleted || amendment.seq <= original.seq) return shown;
  const { content } = amendment;
  switch (content.type) {
    case "edit":
      return edited(original, shown, amendment, content);
    case "delete":
      return deleted(original, shown, amendment, powers);
    case "reaction":
      return reacted(original, shown, amendment, content);
    case "pin":
      return pinned(original, shown, amendment, content, powers);
  }
}

// --- the rules ---

/** Only the author, from any device; the last one wins. */
function edited(original: Original, shown: Amended, by: Amendment, content: Edit): Amended {
  const isAuthor = original.isFirstOfAuthor && by.user === original.user;
  if (!isAuthor || shown.text === null) return shown;
  return { ...shown, text: content.text, editedAtMs: by.atMs };
}

/** The author, or who had the power when it was written. Nothing is left of what it looked like. */
function deleted(original: Original, shown: Amended, by: Amendment, powers: Powers): Amended {
  const isAllowed = powers.mayDelete(by.user, by.seq)
    ? original.isFirst
    : original.isFirstOfAuthor && by.user === original.user;
  return isAllowed ? { ...unamended(null), isDeleted: true, deletedBy: by.user } : shown;
}

/** One per person and emoji; an emoji too many is ignored. */
function reacted(original: Original, shown: Amended, by: Amendment, content: Reaction): Amended {
  if (!original.isFirst) return shown;
  const users = shown.reactions.find((each) => each.emoji === content.emoji)?.users ?? [];
  if (users.includes(by.user) !== content.isRemoved) return shown;
  if (content.isRemoved) {
    return withUsers(
      shown,
      content.emoji,
      users.filter((user) => user !== by.user),
    );
  }
  if (!users.length && shown.reactions.length >= MAX_EMOJI_PER_MESSAGE) return shown;
  return withUsers(shown, content.emoji, [...users, by.user]);
}

function withUsers(shown: Amended, emoji: string, users: readonly UserId[]): Amended {
  const people = new Map(shown.reactions.map((each) => [each.emoji, each.users]));
  people.set(emoji, users);
  const reactions = [...people].map(([each, who]) => ({ emoji: each, users: who }));
  return { ...shown, reactions: reactions.filter((each) => each.users.length) };
}

function pinned(original: Original, shown: Amended, by: Amendment, content: Pin, powers: Powers): Amended {
  if (!original.isFirst || !powers.mayPin(by.user, by.seq)) return shown;
  if (shown.isPinned !== content.isRemoved) return shown;
  return { ...shown, isPinned: !content.isRemoved };
}
