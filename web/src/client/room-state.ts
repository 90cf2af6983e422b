/** One room as this client knows it: who is in it now, and who was when each entry was written. */

import type { Powers } from "$client/amendments";
import type { MemberRole, UserId } from "$client/model";
import type { LogId } from "$client/store/records";
import { EMPTY_BYTES } from "$wire/bytes";
import { toHex } from "$wire/hex";
import { ZERO_HASH } from "$wire/ids";
import type { Room } from "$wire/room-record";
import {
  applyMembers,
  type JudgedMembers,
  type Membership,
  membershipAtFirst,
  readersOf,
  roleOf,
} from "$wire/rooms";
import { isReader, type MemberChange, type MembersStatement, Role } from "$wire/statements";

const SHOWN_ROLES: Readonly<Record<Role, MemberRole>> = {
  [Role.NONE]: "outsider",
  [Role.MEMBER]: "member",
  [Role.MODERATOR]: "moderator",
  [Role.BANNED]: "banned",
};

/** A role that somebody has from an entry on. */
interface RoleFrom {
  readonly seq: number;
  readonly role: Role;
}

/** A room's record in the directory, its members, and how they came to be. Changed by `members` only. */
export class RoomState {
  readonly log: LogId;
  readonly room: Room;
  membership: Membership;
  /** Of the MEMBERS entries that count, ascending. */
  readonly seqs: number[] = [];
  /** Of the same. */
  readonly #hashes: Uint8Array[] = [];
  readonly #roles = new Map<UserId, RoleFrom[]>();
  /** What the hub has told us of `membership.seq`, while we are not in the room. */
  toldSeq = 0;
  #toldHash: Uint8Array = ZERO_HASH;
  /** Who let each of the present members in. */
  readonly letInBy = new Map<UserId, UserId>();

  constructor(log: LogId, room: Room) {
    this.log = log;
    this.room = room;
    this.membership = membershipAtFirst(room);
  }

  /** Take a MEMBERS entry that was found to be allowed. */
  apply(entry: JudgedMembers, by: UserId): void {
    const { seq } = entry;
    this.membership = applyMembers(this.membership, entry);
    this.seqs.push(seq);
    this.#hashes.push(entry.hash);
    for (const change of entry.statement.changes) {
      const user = toHex(change.user);
      const roles = this.#roles.get(user) ?? [];
      roles.push({ seq, role: change.role });
      this.#roles.set(user, roles);
      this.letInBy.set(user, by);
    }
  }

  /** Note what the hub says is the newest MEMBERS entry. */
  told(seq: number, hash: Uint8Array): void {
    if (seq <= this.toldSeq) return;
    this.toldSeq = seq;
    this.#toldHash = hash;
  }

  /**
   * Return what follows the newest MEMBERS entry, unsigned.
   *
   * Outsiders do not read the room and follow what the hub has told them. If that is false, their entry fits no room
   * but the hub's own story, and counts with nobody else.
   */
  nextStatement(changes: readonly MemberChange[], directorySeq: number): MembersStatement {
    const known = this.membership;
    const isTold = this.toldSeq > known.seq;
    return {
      view: { membershipSeq: isTold ? this.toldSeq : known.seq, directorySeq },
      membershipHash: isTold ? this.#toldHash : known.hash,
      changes,
      signature: EMPTY_BYTES,
    };
  }

  /** Return what somebody was just before the entry at `seq`, ownership apart. */
  roleAt(user: UserId, seq: number): Role {
    const earlier = this.#roles.get(user)?.findLast((each) => each.seq < seq);
    if (earlier) return earlier.role;
    return user === toHex(this.room.creator) ? Role.MEMBER : Role.NONE;
  }

  /** Return the newest MEMBERS entry before the entry at `seq`; 0 if there is none. */
  membershipSeqAt(seq: number): number {
    return this.seqs[this.#entriesBefore(seq) - 1] ?? 0;
  }

  /** Return the hash of that entry; zeros if there is none. */
  membershipHashAt(seq: number): Uint8Array {
    return this.#hashes[this.#entriesBefore(seq) - 1] ?? ZERO_HASH;
  }

  #entriesBefore(seq: number): number {
    let [low, high] = [0, this.seqs.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.seqs[middle] ?? 0) < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Return what somebody is in the room now, ownership apart. */
  role(user: UserId): Role {
    return roleOf(this.membership.roles, user);
  }

  /** Say what somebody with this role is, owners as such. */
  shownAs(user: UserId, role: Role): MemberRole {
    const isOwner = this.room.statement.owners.some((owner) => toHex(owner) === user);
    return isReader(role) && isOwner ? "owner" : SHOWN_ROLES[role];
  }

  /** Say what somebody is in the room now. */
  shownRole(user: UserId): MemberRole {
    return this.shownAs(user, this.role(user));
  }

  /** Whether somebody leads the room now: owners and moderators. */
  leadsNow(user: UserId): boolean {
    return ["moderator", "owner"].includes(this.shownRole(user));
  }

  /** Whether somebody is in the room now. */
  isReader(user: UserId): boolean {
    return isReader(this.role(user));
  }

  /** Who is in the room now. */
  get readers(): readonly UserId[] {
    return readersOf(this.membership.roles);
  }

  /** Return whom a newcomer asks for help: who let them in, owners, moderators, then the oldest. */
  helpers(user: UserId): UserId[] {
    const owners = new Set(this.room.statement.owners.map(toHex));
    const inviter = this.letInBy.get(user);
    const rank = (each: UserId): readonly number[] => [
      Number(each !== inviter),
      Number(!owners.has(each)),
      Number(this.role(each) !== Role.MODERATOR),
      this.#roles.get(each)?.at(-1)?.seq ?? 0,
    ];
    return [...this.readers].sort((one, other) => compare(rank(one), rank(other)));
  }

  /** Return the entry that let a present member in; 0 for who was there from the start. */
  cameInAt(user: UserId): number {
    const roles = this.#roles.get(user) ?? [];
    const lastOut = roles.findLastIndex((each) => !isReader(each.role));
    return roles[lastOut + 1]?.seq ?? 0;
  }

  /** Whether somebody who wrote the entry at `seq` led the room then: owners and moderators. */
  leads(user: UserId, seq: number, directorySeq: number): boolean {
    const record = this.room.at(directorySeq);
    const isOwner = record?.owners.some((owner) => toHex(owner) === user) ?? false;
    const role = this.roleAt(user, seq);
    return role === Role.MODERATOR || (isOwner && isReader(role));
  }
}

function compare(one: readonly number[], other: readonly number[]): number {
  const place = one.findIndex((value, index) => value !== other[index]);
  return place < 0 ? 0 : (one[place] ?? 0) - (other[place] ?? 0);
}

/**
 * Who may do more to the messages of a room than their authors: moderators and owners.
 *
 * Whoever was an owner in any version of the record counts as one: where the log of the room and that of the
 * directory touch can't be seen from here, and what was once deleted must stay so on all devices.
 */
export function roomPowers(room: RoomState): Powers {
  const leads = (user: UserId, seq: number): boolean =>
    room.roleAt(user, seq) === Role.MODERATOR ||
    room.room.versions.some((version) => version.statement.owners.some((owner) => toHex(owner) === user));
  return { mayDelete: leads, mayPin: leads };
}
