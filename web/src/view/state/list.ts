/** The list of conversations: what stands in it, in which order, with which marks. Pure. */

import {
  conversationKey,
  type Conversation,
  type ConversationKey,
  type PersonInfo,
  type RoomInfo,
  type Unread,
} from "$client/model";
import { isMuted, levelOf, type Preferences } from "$client/preferences";

/** One conversation as it is listed. */
export interface ListItem {
  readonly key: ConversationKey;
  readonly conversation: Conversation;
  /** A handle, a room's name, handles joined by commas; empty for everyone. */
  readonly name: string;
  readonly unread: number;
  /** Whether what is unread names us, or is for us: shown stronger. */
  readonly isCalling: boolean;
  readonly hasDraft: boolean;
  readonly isMuted: boolean;
  /** The other person of a direct one. */
  readonly person: PersonInfo | null;
  readonly room: RoomInfo | null;
}

/** The list in its parts. */
export interface ConversationList {
  readonly everyone: ListItem;
  readonly rooms: readonly ListItem[];
  /** Direct ones and groups. */
  readonly people: readonly ListItem[];
}

/** What a list is made from. */
export interface ListFacts {
  readonly conversations: readonly Conversation[];
  readonly rooms: readonly RoomInfo[];
  readonly byUser: ReadonlyMap<string, PersonInfo>;
  readonly unread: ReadonlyMap<ConversationKey, Unread>;
  readonly drafts: ReadonlySet<ConversationKey>;
  readonly preferences: Preferences;
  readonly nowMs: number;
  readonly nameOf: (conversation: Conversation) => string;
}

/** Return the list: everyone, our rooms by name, then people and groups by name. */
export function listOfConversations(facts: ListFacts): ConversationList {
  const ours = facts.rooms.filter((room) => room.isMine).map((room) => room.conversation);
  const left = facts.conversations.filter(
    (one) => one.kind === "room" && !ours.some((our) => our.key === one.key),
  );
  const others = facts.conversations.filter((one) => one.kind === "direct" || one.kind === "group");
  return {
    everyone: itemOf({ kind: "everyone", key: "" }, facts),
    rooms: sorted([...ours, ...left].map((one) => itemOf(one, facts))),
    people: sorted(others.map((one) => itemOf(one, facts))),
  };
}

/** Return the items of a list in the order they are drawn, for keys that go through them. */
export function inOrder(list: ConversationList): readonly ListItem[] {
  return [list.everyone, ...list.rooms, ...list.people];
}

/** Return the item `step` places from the open one, round and round; of those that `isWanted`. */
export function neighbour(
  items: readonly ListItem[],
  open: ConversationKey | null,
  step: 1 | -1,
  isWanted: (item: ListItem) => boolean = () => true,
): ListItem | null {
  const start = items.findIndex((item) => item.key === open);
  for (let count = 1; count <= items.length; count += 1) {
    const index = (start + step * count + items.length * 2) % items.length;
    const item = items[start === -1 && step === -1 ? (index + 1) % items.length : index];
    if (item !== undefined && item.key !== open && isWanted(item)) return item;
  }
  return null;
}

/** Return where something is to be looked at first: what calls us, then what is merely unread. */
export function nextActive(items: readonly ListItem[], open: ConversationKey | null): ListItem | null {
  return (
    neighbour(items, open, 1, (item) => item.isCalling) ??
    neighbour(items, open, 1, (item) => item.unread > 0 && !item.isMuted)
  );
}

function itemOf(conversation: Conversation, facts: ListFacts): ListItem {
  const key = conversationKey(conversation);
  const unread = facts.unread.get(key);
  const muted = isMuted(facts.preferences, conversation, facts.nowMs);
  const level = muted ? "nothing" : levelOf(facts.preferences, conversation);
  const count = unread?.count ?? 0;
  return {
    key,
    conversation,
    name: conversation.kind === "everyone" ? "" : facts.nameOf(conversation).replaceAll("@", ""),
    unread: count,
    isCalling: level === "all" ? count > 0 : level === "mentions" && (unread?.mentions ?? 0) > 0,
    hasDraft: facts.drafts.has(key),
    isMuted: muted,
    person: conversation.kind === "direct" ? (facts.byUser.get(conversation.key) ?? null) : null,
    room: facts.rooms.find((room) => room.conversation.key === conversation.key) ?? null,
  };
}

function sorted(items: readonly ListItem[]): readonly ListItem[] {
  return [...items].sort((one, other) => one.name.localeCompare(other.name));
}
