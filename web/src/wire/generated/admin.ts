// Made from src/lanmsg/wire/admin.py by tools/make_typescript.py: change it there.

import type { DeviceId, RoomId, Seq } from "../ids";
import * as shapes from "../shapes";

/** How is the hub? Answered by `HubStatus`. */
export interface GetStatus {
  readonly type: "get_status";
}
export const GetStatus: shapes.Tagged<GetStatus> = shapes.tagged<GetStatus>("get_status", 1, {
});

/** Who is enrolled, in that order, but for the first `after`? Answered by a `UserPage`. */
export interface GetUsers {
  readonly type: "get_users";
  readonly after: Seq;
}
export const GetUsers: shapes.Tagged<GetUsers> = shapes.tagged<GetUsers>("get_users", 2, {
  after: shapes.or(shapes.seq, 0),
});

/** Which devices has somebody that are not cut off? Answered by a `DeviceList`. */
export interface GetDevices {
  readonly type: "get_devices";
  readonly handle: string;
}
export const GetDevices: shapes.Tagged<GetDevices> = shapes.tagged<GetDevices>("get_devices", 3, {
  handle: shapes.text({ max: 256 }),
});

/** Which rooms are there, the oldest first, but for the first `after`? Answered by a `RoomPage`. */
export interface GetRooms {
  readonly type: "get_rooms";
  readonly after: Seq;
}
export const GetRooms: shapes.Tagged<GetRooms> = shapes.tagged<GetRooms>("get_rooms", 4, {
  after: shapes.or(shapes.seq, 0),
});

/** What takes how much room? Answered by `DiskUse`. */
export interface GetDiskUse {
  readonly type: "get_disk_use";
}
export const GetDiskUse: shapes.Tagged<GetDiskUse> = shapes.tagged<GetDiskUse>("get_disk_use", 5, {
});

/** From now on newcomers need an invite, or need none. */
export interface SetInviteOnly {
  readonly type: "set_invite_only";
  readonly isOn: boolean;
}
export const SetInviteOnly: shapes.Tagged<SetInviteOnly> = shapes.tagged<SetInviteOnly>("set_invite_only", 6, {
  isOn: shapes.bool,
});

/** Close the connections of somebody and let them in no more. Not for admins. */
export interface Ban {
  readonly type: "ban";
  readonly handle: string;
}
export const Ban: shapes.Tagged<Ban> = shapes.tagged<Ban>("ban", 7, {
  handle: shapes.text({ max: 256 }),
});

/** Let somebody in again. */
export interface Unban {
  readonly type: "unban";
  readonly handle: string;
}
export const Unban: shapes.Tagged<Unban> = shapes.tagged<Unban>("unban", 8, {
  handle: shapes.text({ max: 256 }),
});

/**
 * Close the connections of somebody; they may come back.
 *
 * `device` is the id of one device, or how it begins; empty: all of theirs.
 */
export interface Kick {
  readonly type: "kick";
  readonly handle: string;
  readonly device: Uint8Array;
}
export const Kick: shapes.Tagged<Kick> = shapes.tagged<Kick>("kick", 9, {
  handle: shapes.text({ max: 256 }),
  device: shapes.or(shapes.bytes({ max: 16 }), new Uint8Array(0)),
});

/** How many messages a second a device may send in the long run (0: no limit), and how many at once. */
export interface SetRates {
  readonly type: "set_rates";
  readonly messagesPerSecond: number;
  readonly messagesBurst: number;
}
export const SetRates: shapes.Tagged<SetRates> = shapes.tagged<SetRates>("set_rates", 10, {
  messagesPerSecond: shapes.floatBetween(0, 100000),
  messagesBurst: shapes.floatBetween(0, 100000),
});

/** Remove messages older than so many days, and the oldest beyond so many bytes; 0: no limit. */
export interface SetRetention {
  readonly type: "set_retention";
  readonly keepDays: Seq;
  readonly keepBytes: Seq;
}
export const SetRetention: shapes.Tagged<SetRetention> = shapes.tagged<SetRetention>("set_retention", 11, {
  keepDays: shapes.seq,
  keepBytes: shapes.seq,
});

/** Show a text to everybody, now and at each login; empty: to nobody any more. */
export interface SetNotice {
  readonly type: "set_notice";
  readonly text: string;
}
export const SetNotice: shapes.Tagged<SetNotice> = shapes.tagged<SetNotice>("set_notice", 12, {
  text: shapes.text({ max: 500 }),
});

/** Make somebody an admin. */
export interface Grant {
  readonly type: "grant";
  readonly handle: string;
}
export const Grant: shapes.Tagged<Grant> = shapes.tagged<Grant>("grant", 13, {
  handle: shapes.text({ max: 256 }),
});

/** Let somebody be an admin no more. Not for the last one. */
export interface Ungrant {
  readonly type: "ungrant";
  readonly handle: string;
}
export const Ungrant: shapes.Tagged<Ungrant> = shapes.tagged<Ungrant>("ungrant", 14, {
  handle: shapes.text({ max: 256 }),
});

export type AdminCommand =
  | GetStatus
  | GetUsers
  | GetDevices
  | GetRooms
  | GetDiskUse
  | SetInviteOnly
  | Ban
  | Unban
  | Kick
  | SetRates
  | SetRetention
  | SetNotice
  | Grant
  | Ungrant;
export const AdminCommand: shapes.Union<AdminCommand> = shapes.union<AdminCommand>([
  GetStatus,
  GetUsers,
  GetDevices,
  GetRooms,
  GetDiskUse,
  SetInviteOnly,
  Ban,
  Unban,
  Kick,
  SetRates,
  SetRetention,
  SetNotice,
  Grant,
  Ungrant,
]);

/** It is done and, where it is to last, on disk. `count`: connections that were closed for it. */
export interface AdminDone {
  readonly type: "admin_done";
  readonly count: Seq;
}
export const AdminDone: shapes.Tagged<AdminDone> = shapes.tagged<AdminDone>("admin_done", 1, {
  count: shapes.or(shapes.seq, 0),
});

/** How the hub is. `admins` may name people who have not enrolled yet. */
export interface HubStatus {
  readonly type: "hub_status";
  readonly title: string;
  readonly software: string;
  readonly uptimeS: Seq;
  readonly users: Seq;
  readonly onlineUsers: Seq;
  readonly connections: Seq;
  readonly rooms: Seq;
  readonly banned: Seq;
  readonly admins: readonly string[];
  readonly isInviteOnly: boolean;
  readonly messagesPerSecond: number;
  readonly messagesBurst: number;
  readonly keepDays: Seq;
  readonly keepBytes: Seq;
  readonly notice: string;
}
export const HubStatus: shapes.Tagged<HubStatus> = shapes.tagged<HubStatus>("hub_status", 2, {
  title: shapes.text({ max: 256 }),
  software: shapes.text({ max: 256 }),
  uptimeS: shapes.seq,
  users: shapes.seq,
  onlineUsers: shapes.seq,
  connections: shapes.seq,
  rooms: shapes.seq,
  banned: shapes.seq,
  admins: shapes.list(shapes.text({ max: 256 }), { max: 20 }),
  isInviteOnly: shapes.bool,
  messagesPerSecond: shapes.floatBetween(0, 100000),
  messagesBurst: shapes.floatBetween(0, 100000),
  keepDays: shapes.seq,
  keepBytes: shapes.seq,
  notice: shapes.text({ max: 500 }),
});

/**
 * A user. `messages` is what the hub ever took from them, edits, reactions and receipts too.
 *
 * `last_seen_ms` (Unix ms, the hub's clock) is when their last connection ended, 0: never seen.
 */
export interface UserRow {
  readonly handle: string;
  readonly devices: Seq;
  readonly isOnline: boolean;
  readonly lastSeenMs: Seq;
  readonly isBanned: boolean;
  readonly isAdmin: boolean;
  readonly messages: Seq;
}
export const UserRow: shapes.Struct<UserRow> = shapes.struct<UserRow>({
  handle: shapes.text({ max: 256 }),
  devices: shapes.seq,
  isOnline: shapes.bool,
  lastSeenMs: shapes.seq,
  isBanned: shapes.bool,
  isAdmin: shapes.bool,
  messages: shapes.seq,
});

/** Some users; there are `total`. */
export interface UserPage {
  readonly type: "user_page";
  readonly rows: readonly UserRow[];
  readonly total: Seq;
}
export const UserPage: shapes.Tagged<UserPage> = shapes.tagged<UserPage>("user_page", 3, {
  rows: shapes.list(UserRow, { max: 100 }),
  total: shapes.seq,
});

/** A device. `address` is where it is connected from, empty when it is not; so long: `connected_s`. */
export interface DeviceRow {
  readonly device: DeviceId;
  readonly name: string;
  readonly address: string;
  readonly connectedS: Seq;
}
export const DeviceRow: shapes.Struct<DeviceRow> = shapes.struct<DeviceRow>({
  device: shapes.bytes({ min: 16, max: 16 }),
  name: shapes.text({ max: 256 }),
  address: shapes.text({ max: 256 }),
  connectedS: shapes.seq,
});

/** All devices of somebody that are not cut off. */
export interface DeviceList {
  readonly type: "device_list";
  readonly rows: readonly DeviceRow[];
}
export const DeviceList: shapes.Tagged<DeviceList> = shapes.tagged<DeviceList>("device_list", 4, {
  rows: shapes.list(DeviceRow, { max: 20 }),
});

/** A room. `entries` were ever written to its log, `size_bytes` of them are there now, encrypted. */
export interface RoomRow {
  readonly room: RoomId;
  readonly name: string;
  readonly isOpen: boolean;
  readonly isArchived: boolean;
  readonly members: Seq;
  readonly entries: Seq;
  readonly sizeBytes: Seq;
}
export const RoomRow: shapes.Struct<RoomRow> = shapes.struct<RoomRow>({
  room: shapes.bytes({ min: 16, max: 16 }),
  name: shapes.text({ max: 256 }),
  isOpen: shapes.bool,
  isArchived: shapes.bool,
  members: shapes.seq,
  entries: shapes.seq,
  sizeBytes: shapes.seq,
});

/** Some rooms; there are `total`. */
export interface RoomPage {
  readonly type: "room_page";
  readonly rows: readonly RoomRow[];
  readonly total: Seq;
}
export const RoomPage: shapes.Tagged<RoomPage> = shapes.tagged<RoomPage>("room_page", 5, {
  rows: shapes.list(RoomRow, { max: 100 }),
  total: shapes.seq,
});

/** What the logs of one `LogKind` hold: `size_bytes` of bodies, without the database's own overhead. */
export interface KindRow {
  readonly kind: Seq;
  readonly logs: Seq;
  readonly entries: Seq;
  readonly sizeBytes: Seq;
}
export const KindRow: shapes.Struct<KindRow> = shapes.struct<KindRow>({
  kind: shapes.seq,
  logs: shapes.seq,
  entries: shapes.seq,
  sizeBytes: shapes.seq,
});

/** The hub's disk, in bytes: its files, how much in them is free for reuse, and what the disk has left. */
export interface DiskUse {
  readonly type: "disk_use";
  readonly databaseBytes: Seq;
  readonly journalBytes: Seq;
  readonly reusableBytes: Seq;
  readonly diskFreeBytes: Seq;
  readonly kinds: readonly KindRow[];
}
export const DiskUse: shapes.Tagged<DiskUse> = shapes.tagged<DiskUse>("disk_use", 6, {
  databaseBytes: shapes.seq,
  journalBytes: shapes.seq,
  reusableBytes: shapes.seq,
  diskFreeBytes: shapes.seq,
  kinds: shapes.list(KindRow, { max: 64 }),
});

export type AdminResult =
  | AdminDone
  | HubStatus
  | UserPage
  | DeviceList
  | RoomPage
  | DiskUse;
export const AdminResult: shapes.Union<AdminResult> = shapes.union<AdminResult>([
  AdminDone,
  HubStatus,
  UserPage,
  DeviceList,
  RoomPage,
  DiskUse,
]);
