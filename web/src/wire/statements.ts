/**
 * Signed statements: the bodies of the directory's entries, and keys that devices publish.
 *
 * The hub stores statements and cannot make them. Whoever reads one checks it here, so a statement that
 * decodes is still nothing until `verify` returned.
 */
import { utf8 } from "./bytes";
import { RemoteError } from "./errors";
import {
  Role,
  type DeviceStatement,
  type MembersStatement,
  type RevokeStatement,
  type RoomStatement,
  type UserStatement,
} from "./generated/statements";
import { deviceId, userId, type DeviceId, type HubId, type LogId, type MessageId, type UserId } from "./ids";
import * as labels from "./labels";
import { labelledBytes } from "./labels";

export * from "./generated/statements";

/** Tells whether who has this role is in the room: reads, and may write. */
export function isReader(role: Role): boolean {
  return role === Role.MEMBER || role === Role.MODERATOR;
}

/** Returns the user whom a statement names. */
export function userOf(statement: UserStatement): UserId {
  return userId(statement.identityKey);
}

/** Returns the device that a statement binds to its user. */
export function deviceOf(statement: DeviceStatement): DeviceId {
  return deviceId(statement.signingKey, statement.agreementKey);
}

// --- what is signed ------------------------------------------------------------------------------

/** Returns what the identity key signs to claim a handle. */
export function userSignedBytes(statement: UserStatement): Uint8Array {
  return labelledBytes(labels.USER_STATEMENT, utf8(statement.handle), statement.identityKey);
}

/** Returns what the identity key signs to bind a device. */
export function deviceSignedBytes(statement: DeviceStatement): Uint8Array {
  return deviceBytes(labels.DEVICE_STATEMENT, statement);
}

/** Returns what the key of the voucher signs. */
export function vouchedBytes(statement: DeviceStatement): Uint8Array {
  return deviceBytes(labels.DEVICE_VOUCHER, statement);
}

function deviceBytes(label: string, statement: DeviceStatement): Uint8Array {
  const { user, signingKey, agreementKey, deviceName } = statement;
  return labelledBytes(label, user, signingKey, agreementKey, utf8(deviceName));
}

/** Returns what a device signs to let in one that proves to have this key (32 bytes). */
export function grantBytes(user: UserId, key: Uint8Array): Uint8Array {
  return labelledBytes(labels.DEVICE_GRANT, user, key);
}

/** Returns what the identity key and the device `by` sign to revoke a device. */
export function revokeSignedBytes(statement: RevokeStatement): Uint8Array {
  return labelledBytes(labels.REVOKE_STATEMENT, statement.user, statement.device, statement.by);
}

/** Returns what `statement.device` signs of a version of a room's record. */
export function roomSignedBytes(statement: RoomStatement): Uint8Array {
  return labelledBytes(
    labels.ROOM_STATEMENT,
    statement.room,
    statement.version,
    utf8(statement.name),
    Number(statement.isOpen),
    Number(statement.keepsHistory),
    Number(statement.isArchived),
    statement.device,
    ...statement.owners,
  );
}

/** Returns what a device signs of comings and goings: it fits one room, one database and one message id. */
export function membersSignedBytes(
  log: LogId,
  messageId: MessageId,
  statement: MembersStatement,
): Uint8Array {
  return labelledBytes(
    labels.MEMBERS_STATEMENT,
    log,
    messageId,
    statement.view.membershipSeq,
    statement.view.directorySeq,
    statement.membershipHash,
    ...statement.changes.flatMap((change) => [change.user, change.role]),
  );
}

/** Returns what a device signs when it publishes a key under `ONE_TIME_KEY` or `FALLBACK_KEY`. */
export function publishedKeyBytes(label: string, device: DeviceId, key: Uint8Array): Uint8Array {
  return labelledBytes(label, device, key);
}

/** What a login is for; `certificateHash` as `docs/protocol.md` §5.4 says, 32 bytes; nonces of 32 bytes. */
export interface LoginPlace {
  readonly hub: HubId;
  readonly certificateHash: Uint8Array;
  readonly hubNonce: Uint8Array;
  readonly clientNonce: Uint8Array;
  readonly device: DeviceId;
  readonly version: number;
}

/** Returns what a device signs to log in: it fits this hub, this TLS certificate, this moment. */
export function loginBytes(place: LoginPlace): Uint8Array {
  return labelledBytes(
    labels.LOGIN,
    place.hub,
    place.certificateHash,
    place.hubNonce,
    place.clientNonce,
    place.device,
    place.version,
  );
}

/** Returns what a hub's identity key signs to own a TLS certificate (SHA-256 of its DER form). */
export function hubCertificateBytes(certificateHash: Uint8Array): Uint8Array {
  return labelledBytes(labels.HUB_CERTIFICATE, certificateHash);
}

// --- checking ------------------------------------------------------------------------------------

/**
 * Tells whether an Ed25519 signature fits (RFC 8032 §5.1.7); false too if key or signature have a wrong length. As
 * OpenSSL at the hub, it asks nothing of the key but to be a point: what the hub let in must not be refused here.
 */
export type Verify = (key: Uint8Array, signature: Uint8Array, message: Uint8Array) => boolean;

/** Throws RemoteError (BAD_SIGNATURE) unless the signature fits. */
export function mustFit(verify: Verify, key: Uint8Array, signature: Uint8Array, message: Uint8Array): void {
  if (!verify(key, signature, message)) throw new RemoteError("bad_signature", "a signature does not fit");
}
