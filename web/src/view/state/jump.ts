/** What Ctrl+K finds: conversations, people and rooms by a part of their names. Pure. */

import type { Conversation, PersonInfo, RoomInfo } from "$client/model";
import type { ListItem } from "$view/state/list";

/** A place to go to. */
export interface JumpItem {
  readonly key: string;
  readonly name: string;
  readonly kind: Conversation["kind"];
  /** The conversation; null: a room that we are not in. */
  readonly conversation: Conversation | null;
  readonly unread: number;
  readonly isCalling: boolean;
}

/** What is looked through: conversations in the order of the list, then who else is there. */
export interface JumpSources {
  readonly items: readonly ListItem[];
  readonly people: readonly PersonInfo[];
  readonly rooms: readonly RoomInfo[];
  readonly everyone: string;
}

export const MAX_JUMPS = 12;

/** Return what a typed text finds, the best first: what calls, then names that begin so, then the others. */
export function jumpsFor(query: string, sources: JumpSources): readonly JumpItem[] {
  const wanted = query.trim().replace(/^[@#]/, "").toLowerCase();
  const all = allJumps(sources);
  if (wanted === "")
    return [...all].sort((a, b) => Number(b.isCalling) - Number(a.isCalling)).slice(0, MAX_JUMPS);
  const found = all.filter((item) => item.name.toLowerCase().includes(wanted));
  return found.sort((a, b) => place(a, wanted) - place(b, wanted)).slice(0, MAX_JUMPS);
}

function place(item: JumpItem, wanted: string): number {
  const name = item.name.toLowerCase();
  return (name === wanted ? 0 : name.startsWith(wanted) ? 1 : 2) + (item.unread > 0 ? -0.5 : 0);
}

function allJumps(sources: JumpSources): readonly JumpItem[] {
  const listed = sources.items.map((item): JumpItem => ({
    key: item.key,
    name: item.name === "" ? sources.everyone : item.name,
    kind: item.conversation.kind,
    conversation: item.conversation,
    unread: item.unread,
    isCalling: item.isCalling,
  }));
  const known = new Set(listed.map((item) => item.key));
  const people = sources.people
    .filter((person) => !known.has(`direct/${person.user}`))
    .map((person) => itemOf(person.handle, { kind: "direct", key: person.user }));
  const rooms = sources.rooms
    .filter(
      (room) =>
        !room.isMine && room.isOpen && !room.isArchived && !known.has(`room/${room.conversation.key}`),
    )
    .map((room) => ({ ...itemOf(room.name, room.conversation), conversation: null }));
  return [...listed, ...people, ...rooms];
}

function itemOf(name: string, conversation: Conversation): JumpItem {
  const key = `${conversation.kind}/${conversation.key}`;
  return { key, name, kind: conversation.kind, conversation, unread: 0, isCalling: false };
}
