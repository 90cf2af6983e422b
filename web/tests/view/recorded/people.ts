/** The people, rooms and conversations that view tests and the pictures of screens are about. */

import type { Conversation, MemberRole, PersonInfo, PersonStatus, RoomInfo, Trust } from "$client/model";

export const NOW_MS = Date.UTC(2026, 10, 23, 13, 5);
const MINUTE = 60_000;

/** Return an id of 16 bytes made from a number. */
export function idOf(number: number): string {
  return number.toString(16).padStart(32, "0");
}

function person(
  number: number,
  handle: string,
  status: PersonStatus,
  trust: Trust,
  awayReason = "",
): PersonInfo {
  return {
    user: idOf(number),
    handle,
    isMe: handle === "mara",
    isOnline: status !== "offline",
    lastSeenMs: status === "offline" ? NOW_MS - 190 * MINUTE : 0,
    devices: 1 + (number % 3),
    fingerprint: "7f3a 19c2 5e80 b4d1  0a6e 92f7 c35b 4d18",
    trust,
    status,
    sinceMs: 0,
    awayReason,
  };
}

export const PEOPLE: readonly PersonInfo[] = [
  person(1, "mara", "online", "verified"),
  person(2, "ben", "online", "verified"),
  person(3, "chidi", "idle", "first_seen"),
  person(4, "lena", "away", "first_seen", "at the dentist until three"),
  person(5, "олег", "offline", "first_seen"),
  person(6, "سارة", "online", "first_seen"),
  person(7, "小林", "do_not_disturb", "first_seen"),
  person(8, "viktor", "online", "changed"),
];

export function direct(handle: string): Conversation {
  const found = PEOPLE.find((one) => one.handle === handle);
  if (found === undefined) throw new Error(`nobody is called ${handle}`);
  return { kind: "direct", key: found.user };
}

function room(number: number, name: string, role: MemberRole, topic: string, members: number): RoomInfo {
  return {
    conversation: { kind: "room", key: idOf(0xa00 + number) },
    name,
    role,
    isMine: role !== "outsider",
    isOpen: true,
    keepsHistory: number === 1,
    isArchived: false,
    owners: ["mara"],
    members,
    topic,
  };
}

export const ROOMS: readonly RoomInfo[] = [
  room(1, "kitchen", "owner", "Soup on Fridays, and who washes up", 5),
  room(2, "build", "member", "main is frozen until the release", 4),
  room(3, "garden", "outsider", "", 0),
];

export const GROUP: Conversation = { kind: "group", key: idOf(1) + idOf(2) + idOf(3) };
