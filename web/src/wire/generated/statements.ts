// Made from src/lanmsg/wire/statements.py by tools/make_typescript.py: change it there.

import type { DeviceId, RoomId, Seq, UserId } from "../ids";
import * as shapes from "../shapes";
import { View } from "./entries";
import { Voucher } from "./vouchers";

/** This handle is mine: signed by the identity key it names (32 bytes). */
export interface UserStatement {
  readonly handle: string;
  readonly identityKey: Uint8Array;
  readonly signature: Uint8Array;
}
export const UserStatement: shapes.Struct<UserStatement> = shapes.struct<UserStatement>({
  handle: shapes.text({ max: 256 }),
  identityKey: shapes.bytes({ min: 32, max: 32 }),
  signature: shapes.or(shapes.bytes({ max: 64 }), new Uint8Array(0)),
});

/**
 * This device is mine: signed by the identity key of `user`.
 *
 * `signing_key` (Ed25519) and `agreement_key` (Curve25519) are the device's, 32 bytes each. All but the
 * first device of a user need the `voucher` of one that is present (`docs/protocol.md` §11.1).
 */
export interface DeviceStatement {
  readonly user: UserId;
  readonly signingKey: Uint8Array;
  readonly agreementKey: Uint8Array;
  readonly deviceName: string;
  readonly signature: Uint8Array;
  readonly voucher: Voucher | null;
}
export const DeviceStatement: shapes.Struct<DeviceStatement> = shapes.struct<DeviceStatement>({
  user: shapes.bytes({ min: 16, max: 16 }),
  signingKey: shapes.bytes({ min: 32, max: 32 }),
  agreementKey: shapes.bytes({ min: 32, max: 32 }),
  deviceName: shapes.text({ max: 256 }),
  signature: shapes.or(shapes.bytes({ max: 64 }), new Uint8Array(0)),
  voucher: shapes.or(shapes.nullable(Voucher), null),
});

/**
 * This device is no longer mine: final.
 *
 * Signed twice, by the identity key of `user` and by `by`, a device of theirs that is present.
 */
export interface RevokeStatement {
  readonly user: UserId;
  readonly device: DeviceId;
  readonly by: DeviceId;
  readonly signature: Uint8Array;
  readonly bySignature: Uint8Array;
}
export const RevokeStatement: shapes.Struct<RevokeStatement> = shapes.struct<RevokeStatement>({
  user: shapes.bytes({ min: 16, max: 16 }),
  device: shapes.bytes({ min: 16, max: 16 }),
  by: shapes.bytes({ min: 16, max: 16 }),
  signature: shapes.or(shapes.bytes({ max: 64 }), new Uint8Array(0)),
  bySignature: shapes.or(shapes.bytes({ max: 64 }), new Uint8Array(0)),
});

/**
 * The whole record of a room, replaced by its next version.
 *
 * `version` counts 1, 2, 3 …; `device` signs. In an open room (`is_open`) anybody enrolled becomes a member
 * by themselves. With `keeps_history` new members get what was said before they came. Nothing is said in an
 * archived room any more. `owners` are 1 to 8 users, each once.
 */
export interface RoomStatement {
  readonly room: RoomId;
  readonly version: Seq;
  readonly name: string;
  readonly isOpen: boolean;
  readonly keepsHistory: boolean;
  readonly isArchived: boolean;
  readonly owners: readonly UserId[];
  readonly device: DeviceId;
  readonly signature: Uint8Array;
}
export const RoomStatement: shapes.Struct<RoomStatement> = shapes.struct<RoomStatement>({
  room: shapes.bytes({ min: 16, max: 16 }),
  version: shapes.seq,
  name: shapes.text({ max: 256 }),
  isOpen: shapes.bool,
  keepsHistory: shapes.bool,
  isArchived: shapes.bool,
  owners: shapes.list(shapes.bytes({ min: 16, max: 16 }), { min: 1, max: 8 }),
  device: shapes.bytes({ min: 16, max: 16 }),
  signature: shapes.or(shapes.bytes({ max: 64 }), new Uint8Array(0)),
});

/** What somebody is in a room, by the newest MEMBERS entry about them. */
export const Role = {
  NONE: 0,
  MEMBER: 1,
  MODERATOR: 2,
  BANNED: 3,
} as const;
export type Role = (typeof Role)[keyof typeof Role];

/** This user has this `Role` from here on. */
export interface MemberChange {
  readonly user: UserId;
  readonly role: Role;
}
export const MemberChange: shapes.Struct<MemberChange> = shapes.struct<MemberChange>({
  user: shapes.bytes({ min: 16, max: 16 }),
  role: shapes.enumeration(Role),
});

/**
 * The body of a MEMBERS entry: who comes and goes, signed by the device that appends it.
 *
 * `view.membership_seq` is the seq of the MEMBERS entry before it (0: there is none), `membership_hash` the
 * hash of that entry (zeros), and `view.directory_seq` where the sender's copy of the directory stood. So
 * these entries are a chain of their own, which is checked without any other entry.
 */
export interface MembersStatement {
  readonly view: View;
  readonly membershipHash: Uint8Array;
  readonly changes: readonly MemberChange[];
  readonly signature: Uint8Array;
}
export const MembersStatement: shapes.Struct<MembersStatement> = shapes.struct<MembersStatement>({
  view: View,
  membershipHash: shapes.bytes({ min: 32, max: 32 }),
  changes: shapes.list(MemberChange, { min: 1, max: 50 }),
  signature: shapes.or(shapes.bytes({ max: 64 }), new Uint8Array(0)),
});

/** A one-time or fallback key (Curve25519, 32 bytes), signed by its device: no hub can swap it. */
export interface PublishedKey {
  readonly key: Uint8Array;
  readonly signature: Uint8Array;
}
export const PublishedKey: shapes.Struct<PublishedKey> = shapes.struct<PublishedKey>({
  key: shapes.bytes({ min: 32, max: 32 }),
  signature: shapes.bytes({ max: 64 }),
});
