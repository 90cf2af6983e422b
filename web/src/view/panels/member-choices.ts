/** What we may do to a member of a room, by what both are. The hub and all devices check it again. Pure. */

import type { MemberInfo, MemberRole, RoomInfo } from "$client/model";
import type { TextKey } from "$view/i18n/texts.svelte";

/** A choice: another role, or out (`ban`: for good). */
export type MemberChoice =
  | { readonly type: "role"; readonly role: MemberRole; readonly text: TextKey }
  | { readonly type: "remove"; readonly ban: boolean; readonly text: TextKey };

/** Return the choices we have; none: nothing may be done. */
export function memberChoices(room: RoomInfo, member: MemberInfo): readonly MemberChoice[] {
  const isOwner = room.role === "owner";
  if (member.isMe || room.isArchived || (!isOwner && room.role !== "moderator")) return [];
  if (member.role === "banned") return [{ type: "role", role: "outsider", text: "member.unban" }];
  if (member.role === "owner" || (!isOwner && member.role !== "member")) return [];
  return [...(isOwner ? roleChoices(member.role) : []), ...REMOVALS];
}

const REMOVALS: readonly MemberChoice[] = [
  { type: "remove", ban: false, text: "member.remove" },
  { type: "remove", ban: true, text: "member.ban" },
];

function roleChoices(role: MemberRole): readonly MemberChoice[] {
  const toggled: MemberChoice =
    role === "moderator"
      ? { type: "role", role: "member", text: "member.toMember" }
      : { type: "role", role: "moderator", text: "member.toModerator" };
  return [toggled, { type: "role", role: "owner", text: "member.toOwner" }];
}
