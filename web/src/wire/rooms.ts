/**
 * Who is in a room, and who may change that: one table (`generated/room-rules.ts`), for the hub and for every client.
 *
 * A room's members follow from its creator, named in the directory, and the MEMBERS entries of its log. A client that
 * finds an entry that these rules forbid ignores it, and knows that the hub took what it must refuse. Every
 * judgement depends on nothing but the log and the directory as of the entry's own view.
 */
import { equalBytes } from "./bytes";
import type { Directory } from "./directory";
import { Refusal, RemoteError } from "./errors";
import { RULES, Standing, When, Whom, type Deed } from "./generated/room-rules";
import { toHex, type DeviceKey, type UserKey } from "./hex";
import { ZERO_HASH, type DeviceId, type LogId, type MessageId } from "./ids";
import { MAX_ROOM_MEMBERS } from "./limits";
import type { Room } from "./room-record";
import {
  isReader,
  membersSignedBytes,
  mustFit,
  Role,
  type MemberChange,
  type MembersStatement,
  type RoomStatement,
} from "./statements";

export * from "./generated/room-rules";

/** What everybody is in a room; who never was in it is left out. */
export type Roles = ReadonlyMap<UserKey, Role>;

/** Who is in a room after some entries of its log: a fold over its MEMBERS entries, in their order. */
export interface Membership {
  readonly roles: Roles;
  /** The newest MEMBERS entry, 0 if there is none; and its hash. */
  readonly seq: number;
  readonly hash: Uint8Array;
  /** The version of the room's record by which that entry was judged. */
  readonly version: number;
}

/** Returns who is in a room whose log is empty: its creator. */
export function membershipAtFirst(room: Room): Membership {
  return { roles: new Map([[toHex(room.creator), Role.MEMBER]]), seq: 0, hash: ZERO_HASH, version: 1 };
}

/** Returns what somebody is in the room, ownership apart. */
export function roleOf(roles: Roles, user: UserKey): Role {
  return roles.get(user) ?? Role.NONE;
}

/** Returns who is in the room: they read, and may write. */
export function readersOf(roles: Roles): readonly UserKey[] {
  return Array.from(roles).flatMap(([user, role]) => (isReader(role) ? [user] : []));
}

/** A MEMBERS entry that `checkMembers` has let through, with its place and the record it was judged by. */
export interface JudgedMembers {
  readonly seq: number;
  readonly hash: Uint8Array;
  readonly statement: MembersStatement;
  readonly record: RoomStatement;
}

/** Returns who is in the room after the next MEMBERS entry. */
export function applyMembers(membership: Membership, entry: JudgedMembers): Membership {
  const roles = rolesAfter(membership.roles, entry.statement.changes);
  return { roles, seq: entry.seq, hash: entry.hash, version: entry.record.version };
}

function rolesAfter(roles: Roles, changes: readonly MemberChange[]): Roles {
  return new Map([...roles, ...changes.map(({ user, role }): [UserKey, Role] => [toHex(user), role])]);
}

/** Returns what somebody is in a room with this record and these roles. */
export function standingOf(record: RoomStatement, roles: Roles, user: UserKey): Standing {
  if (record.owners.some((owner) => toHex(owner) === user)) return Standing.OWNER;
  return STANDINGS[roleOf(roles, user)];
}

const STANDINGS: Readonly<Record<Role, Standing>> = {
  [Role.NONE]: Standing.OUTSIDER,
  [Role.MEMBER]: Standing.MEMBER,
  [Role.MODERATOR]: Standing.MODERATOR,
  [Role.BANNED]: Standing.BANNED,
};

// --- judging an entry ----------------------------------------------------------------------------

/** Where a MEMBERS entry stands: the room's log, and the entry's own message id and sender. */
export interface MembersPlace {
  readonly log: LogId;
  readonly messageId: MessageId;
  readonly sender: DeviceId;
}

/**
 * Holds a MEMBERS entry to every rule, after the entries before it; returns the record it was judged by.
 *
 * The directory must have reached the statement's view. Throws RemoteError (BAD_SIGNATURE, UNKNOWN_DEVICE, or
 * MALFORMED for a view that can't be or users named twice); Refusal: STALE_VIEW if it does not follow the MEMBERS
 * entry before it, or was made by an older record of the room than that; NOT_ALLOWED, ARCHIVED, FULL or UNKNOWN_USER if
 * it may not be.
 */
export function checkMembers(
  directory: Directory,
  room: Room,
  membership: Membership,
  statement: MembersStatement,
  place: MembersPlace,
): RoomStatement {
  const { membershipSeq, directorySeq } = statement.view;
  const record = room.at(directorySeq);
  if (!record || directorySeq > directory.seq) {
    throw new RemoteError("malformed", "the room is not in the directory that the sender saw");
  }
  const actor = checkSender(directory, statement, place);
  const follows = membershipSeq === membership.seq && equalBytes(statement.membershipHash, membership.hash);
  if (!follows || record.version < membership.version) {
    throw new Refusal("stale_view", "the members changed meanwhile: look again");
  }
  checkPeople(directory, statement);
  checkChanges(record, membership.roles, actor, statement.changes);
  return record;
}

/** Returns who made an entry, after a look at its signature. */
function checkSender(directory: Directory, statement: MembersStatement, place: MembersPlace): UserKey {
  const sender = toHex(place.sender);
  const device = directory.everDevice(sender);
  const actor = directory.owner(sender);
  if (!device || !actor || !wasHere(directory, sender, statement.view.directorySeq)) {
    throw new RemoteError("unknown_device", "the sender was not in the directory that it saw");
  }
  const signed = membersSignedBytes(place.log, place.messageId, statement);
  mustFit(directory.needs.verify, device.signingKey, statement.signature, signed);
  return actor.key;
}

function wasHere(directory: Directory, device: DeviceKey, directorySeq: number): boolean {
  const revokedSeq = directory.revokedSeq(device) ?? Infinity;
  return directory.deviceSeq(device) <= directorySeq && directorySeq < revokedSeq;
}

function checkPeople(directory: Directory, statement: MembersStatement): void {
  for (const { user } of statement.changes) {
    const person = directory.person(toHex(user));
    if (!person || person.seq > statement.view.directorySeq) {
      throw new Refusal("unknown_user", "somebody who is to come in or out is nobody here");
    }
  }
}

// --- judging changes -----------------------------------------------------------------------------

/**
 * Checks what one person wants to change at once, each against the roles as they are.
 *
 * Throws RemoteError (MALFORMED) if somebody is named twice; Refusal: NOT_ALLOWED (the text says who may), ARCHIVED, or
 * FULL.
 */
export function checkChanges(
  record: RoomStatement,
  roles: Roles,
  actor: UserKey,
  changes: readonly MemberChange[],
): void {
  if (new Set(changes.map(({ user }) => toHex(user))).size < changes.length) {
    throw new RemoteError("malformed", "a person's role is changed twice at once");
  }
  for (const change of changes) checkChange(record, roles, actor, change);
  const size = readersOf(rolesAfter(roles, changes)).length;
  if (size > MAX_ROOM_MEMBERS && size > readersOf(roles).length) {
    throw new Refusal("full", `a room has ${MAX_ROOM_MEMBERS} members at most`);
  }
}

function checkChange(record: RoomStatement, roles: Roles, actor: UserKey, change: MemberChange): void {
  const user = toHex(change.user);
  const before = roleOf(roles, user);
  const standing = standingOf(record, roles, actor);
  const whom = whomOf(record, actor, user);
  const when = whenAllowed(standing, whom, before, change.role);
  if (!when) throw new Refusal("not_allowed", whyNot(standing, whom, before, change.role));
  if (when !== When.ALWAYS && record.isArchived) {
    throw new Refusal("archived", "the room is archived: an owner may open it again");
  }
  if (when === When.IF_OPEN && !record.isOpen) {
    throw new Refusal("not_allowed", "the room is not open to everybody: a member may invite you");
  }
}

/** Returns when somebody with this standing may change such a role so; null for never. */
export function whenAllowed(standing: Standing, whom: Whom, before: Role, after: Role): When | null {
  const rule = RULES.find(
    (each) => each.actor === standing && each.whom === whom && each.before === before && each.after === after,
  );
  return rule?.when ?? null;
}

function whomOf(record: RoomStatement, actor: UserKey, user: UserKey): Whom {
  if (user === actor) return Whom.SELF;
  return record.owners.some((owner) => toHex(owner) === user) ? Whom.OWNER : Whom.OTHER;
}

const DONE: Readonly<Record<Deed, string>> = {
  join: "joins a room",
  leave: "leaves a room",
  invite: "invites people",
  remove: "removes people",
  ban: "bans people",
  pardon: "lets banned people come back",
  set_role: "makes moderators, or members of them",
};

function whyNot(standing: Standing, whom: Whom, before: Role, after: Role): string {
  if (before === after) return "this changes nothing: look again at who is in the room";
  if (whom === Whom.SELF && standing === Standing.BANNED) {
    return "you are banned from this room: a moderator or an owner may let you in";
  }
  const allowed = Object.values(Standing)
    .reverse()
    .filter((each) => whenAllowed(each, whom, before, after));
  if (allowed.length) {
    return `only ${allowed.join(" or ")} of the room ${DONE[deedOf(whom, before, after)]}`;
  }
  return whom === Whom.OWNER
    ? "an owner's place in the room is their own affair: ask them"
    : "nobody may do that to themselves: ask an owner";
}

/** Returns what a change is called; for a role that stays as it is, there is no name. */
export function deedOf(whom: Whom, before: Role, after: Role): Deed {
  const isSelf = whom === Whom.SELF;
  if (after === Role.BANNED) return "ban";
  if (before === Role.BANNED) return "pardon";
  if (before === Role.NONE && after === Role.MEMBER) return isSelf ? "join" : "invite";
  if (after === Role.NONE) return isSelf ? "leave" : "remove";
  return "set_role";
}
