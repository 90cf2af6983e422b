// Made from src/lanmsg/wire/rooms.py by tools/make_typescript.py: change it there.

import { Role } from "./statements";

/** What somebody is in a room when they want to change something. Owners are named in the directory. */
export const Standing = {
  OWNER: "an owner",
  MODERATOR: "a moderator",
  MEMBER: "a member",
  OUTSIDER: "an outsider",
  BANNED: "somebody banned",
} as const;
export type Standing = (typeof Standing)[keyof typeof Standing];

/** Whose role is to change. An owner's is their own affair. */
export const Whom = {
  SELF: "themselves",
  OTHER: "somebody else, not an owner",
  OWNER: "another owner",
} as const;
export type Whom = (typeof Whom)[keyof typeof Whom];

/** In which rooms a rule holds. */
export const When = {
  ALWAYS: "always",
  UNLESS_ARCHIVED: "unless archived",
  IF_OPEN: "if open, unless archived",
} as const;
export type When = (typeof When)[keyof typeof When];

/** What a change is called. */
export type Deed =
  | "join"
  | "leave"
  | "invite"
  | "remove"
  | "ban"
  | "pardon"
  | "set_role";

/** Who with this standing may change whose role from what to what. */
export interface Rule {
  readonly actor: Standing;
  readonly whom: Whom;
  readonly before: Role;
  readonly after: Role;
  readonly when: When;
}

/** All that may be done; what is not here may not. A role that stays as it is, is no change. */
export const RULES: readonly Rule[] = [
  { actor: Standing.OUTSIDER, whom: Whom.SELF, before: Role.NONE, after: Role.MEMBER, when: When.IF_OPEN },
  { actor: Standing.MEMBER, whom: Whom.SELF, before: Role.MEMBER, after: Role.NONE, when: When.ALWAYS },
  { actor: Standing.MODERATOR, whom: Whom.SELF, before: Role.MODERATOR, after: Role.NONE, when: When.ALWAYS },
  { actor: Standing.MEMBER, whom: Whom.OTHER, before: Role.NONE, after: Role.MEMBER, when: When.UNLESS_ARCHIVED },
  { actor: Standing.MEMBER, whom: Whom.OWNER, before: Role.NONE, after: Role.MEMBER, when: When.UNLESS_ARCHIVED },
  { actor: Standing.MODERATOR, whom: Whom.OTHER, before: Role.NONE, after: Role.MEMBER, when: When.UNLESS_ARCHIVED },
  { actor: Standing.MODERATOR, whom: Whom.OWNER, before: Role.NONE, after: Role.MEMBER, when: When.UNLESS_ARCHIVED },
  { actor: Standing.MODERATOR, whom: Whom.OTHER, before: Role.BANNED, after: Role.MEMBER, when: When.UNLESS_ARCHIVED },
  { actor: Standing.MODERATOR, whom: Whom.OTHER, before: Role.MEMBER, after: Role.NONE, when: When.ALWAYS },
  { actor: Standing.MODERATOR, whom: Whom.OTHER, before: Role.MEMBER, after: Role.BANNED, when: When.ALWAYS },
  { actor: Standing.MODERATOR, whom: Whom.OTHER, before: Role.NONE, after: Role.BANNED, when: When.ALWAYS },
  { actor: Standing.MODERATOR, whom: Whom.OTHER, before: Role.BANNED, after: Role.NONE, when: When.ALWAYS },
  { actor: Standing.OWNER, whom: Whom.OTHER, before: Role.NONE, after: Role.MEMBER, when: When.ALWAYS },
  { actor: Standing.OWNER, whom: Whom.OTHER, before: Role.NONE, after: Role.MODERATOR, when: When.ALWAYS },
  { actor: Standing.OWNER, whom: Whom.OTHER, before: Role.NONE, after: Role.BANNED, when: When.ALWAYS },
  { actor: Standing.OWNER, whom: Whom.OTHER, before: Role.MEMBER, after: Role.NONE, when: When.ALWAYS },
  { actor: Standing.OWNER, whom: Whom.OTHER, before: Role.MEMBER, after: Role.MODERATOR, when: When.ALWAYS },
  { actor: Standing.OWNER, whom: Whom.OTHER, before: Role.MEMBER, after: Role.BANNED, when: When.ALWAYS },
  { actor: Standing.OWNER, whom: Whom.OTHER, before: Role.MODERATOR, after: Role.NONE, when: When.ALWAYS },
  { actor: Standing.OWNER, whom: Whom.OTHER, before: Role.MODERATOR, after: Role.MEMBER, when: When.ALWAYS },
  { actor: Standing.OWNER, whom: Whom.OTHER, before: Role.MODERATOR, after: Role.BANNED, when: When.ALWAYS },
  { actor: Standing.OWNER, whom: Whom.OTHER, before: Role.BANNED, after: Role.NONE, when: When.ALWAYS },
  { actor: Standing.OWNER, whom: Whom.OTHER, before: Role.BANNED, after: Role.MEMBER, when: When.ALWAYS },
  { actor: Standing.OWNER, whom: Whom.OTHER, before: Role.BANNED, after: Role.MODERATOR, when: When.ALWAYS },
  { actor: Standing.OWNER, whom: Whom.OWNER, before: Role.NONE, after: Role.MEMBER, when: When.ALWAYS },
  { actor: Standing.OWNER, whom: Whom.OWNER, before: Role.BANNED, after: Role.MEMBER, when: When.ALWAYS },
  { actor: Standing.OWNER, whom: Whom.SELF, before: Role.NONE, after: Role.MEMBER, when: When.ALWAYS },
  { actor: Standing.OWNER, whom: Whom.SELF, before: Role.BANNED, after: Role.MEMBER, when: When.ALWAYS },
  { actor: Standing.OWNER, whom: Whom.SELF, before: Role.MODERATOR, after: Role.MEMBER, when: When.ALWAYS },
  { actor: Standing.OWNER, whom: Whom.SELF, before: Role.MEMBER, after: Role.NONE, when: When.ALWAYS },
  { actor: Standing.OWNER, whom: Whom.SELF, before: Role.MODERATOR, after: Role.NONE, when: When.ALWAYS },
];
