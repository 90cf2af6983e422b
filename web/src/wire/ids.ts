/**
 * Ids, and how each is derived from what it names (`docs/protocol.md` §2.3).
 *
 * All are raw bytes here; `toHex` makes them keys of maps. Ids of keys are hashes of these keys, so nobody can be
 * given another one's id; ids of logs follow from the hub's database and the people in them.
 */
import { compareBytes, equalBytes } from "./bytes";
import * as labels from "./labels";
import { labelledHash } from "./labels";

/** 16 bytes; the hash of the hub's Ed25519 identity key. */
export type HubId = Uint8Array;
/** 16 random bytes, made when a hub's database is created. A new one voids every cursor. */
export type DatabaseId = Uint8Array;
/** 16 bytes; the hash of a user's Ed25519 identity key. */
export type UserId = Uint8Array;
/** 16 bytes; the hash of a device's two public keys. */
export type DeviceId = Uint8Array;
/** 16 bytes. */
export type LogId = Uint8Array;
/** 16 random bytes, made once by the sending device and never remade. */
export type MessageId = Uint8Array;
/** 16 random bytes, made by the device that creates the room. */
export type RoomId = Uint8Array;
/** 16 random bytes that name one verification and all of its steps. */
export type TransactionId = Uint8Array;
/** A seq, a counter or a time in ms: never negative, and below 2**53. */
export type Seq = number;

export const ID_BYTES = 16;
export const HASH_BYTES = 32;
export const KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;
/** The hash before the first entry of every log. */
export const ZERO_HASH: Uint8Array = new Uint8Array(HASH_BYTES);

/** Names the hub that owns this Ed25519 public key (32 bytes). */
export function hubId(identityKey: Uint8Array): HubId {
  return derived(labels.HUB_ID, identityKey);
}

/** Names the user who owns this Ed25519 public key (32 bytes). */
export function userId(identityKey: Uint8Array): UserId {
  return derived(labels.USER_ID, identityKey);
}

/** Names the device with this Ed25519 and this Curve25519 public key (32 bytes each). */
export function deviceId(signingKey: Uint8Array, agreementKey: Uint8Array): DeviceId {
  return derived(labels.DEVICE_ID, signingKey, agreementKey);
}

/** Names the one log of who exists. */
export function directoryLog(database: DatabaseId): LogId {
  return derived(labels.DIRECTORY_LOG, database);
}

/** Names the conversation of all enrolled users. */
export function everyoneLog(database: DatabaseId): LogId {
  return derived(labels.EVERYONE_LOG, database);
}

/** Names the conversation of two users, in either order; of one user with oneself too. */
export function directLog(database: DatabaseId, one: UserId, other: UserId): LogId {
  return derived(labels.DIRECT_LOG, database, ...[one, other].sort(compareBytes));
}

/** Names the conversation of a small group: of these users, in any order, each counted once. */
export function groupLog(database: DatabaseId, users: Iterable<UserId>): LogId {
  const sorted = [...users].sort(compareBytes);
  const each = sorted.filter((user, place) => !place || !equalBytes(user, sorted[place - 1] ?? user));
  return derived(labels.GROUP_LOG, database, ...each);
}

/** Names the conversation of a room. */
export function roomLog(database: DatabaseId, room: RoomId): LogId {
  return derived(labels.ROOM_LOG, database, room);
}

/** Names the log that this device alone reads. */
export function inboxLog(database: DatabaseId, device: DeviceId): LogId {
  return derived(labels.INBOX_LOG, database, device);
}

/** Names the log that this user's devices alone read and write. */
export function accountLog(database: DatabaseId, user: UserId): LogId {
  return derived(labels.ACCOUNT_LOG, database, user);
}

function derived(label: string, ...fields: readonly Uint8Array[]): Uint8Array {
  return labelledHash(label, ...fields).slice(0, ID_BYTES);
}
