// Made from src/lanmsg/client/device_messages.py by tools/make_typescript.py: change it there.

import type { DatabaseId, DeviceId, LogId, Seq, TransactionId } from "../ids";
import * as shapes from "../shapes";

/** The key of a sending session, from its present index on. */
export interface SessionShare {
  readonly type: "session_share";
  readonly log: LogId;
  readonly key: Uint8Array;
}
export const SessionShare: shapes.Tagged<SessionShare> = shapes.tagged<SessionShare>("session_share", 1, {
  log: shapes.bytes({ min: 16, max: 16 }),
  key: shapes.bytes(),
});

/** The sender may read entry `seq` of `log` but has no key for its session. */
export interface KeyRequest {
  readonly type: "key_request";
  readonly log: LogId;
  readonly seq: Seq;
  readonly session: Uint8Array;
}
export const KeyRequest: shapes.Tagged<KeyRequest> = shapes.tagged<KeyRequest>("key_request", 2, {
  log: shapes.bytes({ min: 16, max: 16 }),
  seq: shapes.seq,
  session: shapes.bytes({ min: 32, max: 32 }),
});

/** The exported key of a session, from the requested entry's index on. */
export interface KeyAnswer {
  readonly type: "key_answer";
  readonly log: LogId;
  readonly key: Uint8Array;
}
export const KeyAnswer: shapes.Tagged<KeyAnswer> = shapes.tagged<KeyAnswer>("key_answer", 3, {
  log: shapes.bytes({ min: 16, max: 16 }),
  key: shapes.bytes(),
});

/**
 * The sender came to a room that keeps its history, and lacks these sessions of the time before.
 *
 * Each is named by its id and the device that sent with it, joined.
 */
export interface HistoryRequest {
  readonly type: "history_request";
  readonly log: LogId;
  readonly sessions: readonly Uint8Array[];
}
export const HistoryRequest: shapes.Tagged<HistoryRequest> = shapes.tagged<HistoryRequest>("history_request", 10, {
  log: shapes.bytes({ min: 16, max: 16 }),
  sessions: shapes.list(shapes.bytes({ min: 48, max: 48 }), { max: 256 }),
});

/** The exported key of a session that `device` sent with. */
export interface HistoryKey {
  readonly device: DeviceId;
  readonly key: Uint8Array;
}
export const HistoryKey: shapes.Struct<HistoryKey> = shapes.struct<HistoryKey>({
  device: shapes.bytes({ min: 16, max: 16 }),
  key: shapes.bytes(),
});

/** What the sender has of the sessions it was asked for, each from the oldest index it knows. */
export interface HistoryAnswer {
  readonly type: "history_answer";
  readonly log: LogId;
  readonly keys: readonly HistoryKey[];
}
export const HistoryAnswer: shapes.Tagged<HistoryAnswer> = shapes.tagged<HistoryAnswer>("history_answer", 11, {
  log: shapes.bytes({ min: 16, max: 16 }),
  keys: shapes.list(HistoryKey, { max: 256 }),
});

/** Let us compare our identity keys now. `transaction` names all that follows; made at random. */
export interface VerificationRequest {
  readonly type: "verification_request";
  readonly transaction: TransactionId;
}
export const VerificationRequest: shapes.Tagged<VerificationRequest> = shapes.tagged<VerificationRequest>("verification_request", 16, {
  transaction: shapes.bytes({ min: 16, max: 16 }),
});

/** Yes; and this is the hash of the key I shall show, before I have seen yours. */
export interface VerificationAccept {
  readonly type: "verification_accept";
  readonly transaction: TransactionId;
  readonly commitment: Uint8Array;
}
export const VerificationAccept: shapes.Tagged<VerificationAccept> = shapes.tagged<VerificationAccept>("verification_accept", 17, {
  transaction: shapes.bytes({ min: 16, max: 16 }),
  commitment: shapes.bytes({ min: 32, max: 32 }),
});

/** My key for this comparison (Curve25519, used once). */
export interface VerificationKey {
  readonly type: "verification_key";
  readonly transaction: TransactionId;
  readonly key: Uint8Array;
}
export const VerificationKey: shapes.Tagged<VerificationKey> = shapes.tagged<VerificationKey>("verification_key", 18, {
  transaction: shapes.bytes({ min: 16, max: 16 }),
  key: shapes.bytes({ min: 32, max: 32 }),
});

/** My person says that all seven are the same; `mac` is over my identity key. */
export interface VerificationMac {
  readonly type: "verification_mac";
  readonly transaction: TransactionId;
  readonly mac: Uint8Array;
}
export const VerificationMac: shapes.Tagged<VerificationMac> = shapes.tagged<VerificationMac>("verification_mac", 19, {
  transaction: shapes.bytes({ min: 16, max: 16 }),
  mac: shapes.bytes({ min: 32, max: 32 }),
});

/** It is over. `reason` is a `CancelReason`; one that is not known counts as called off. */
export interface VerificationCancel {
  readonly type: "verification_cancel";
  readonly transaction: TransactionId;
  readonly reason: string;
}
export const VerificationCancel: shapes.Tagged<VerificationCancel> = shapes.tagged<VerificationCancel>("verification_cancel", 20, {
  transaction: shapes.bytes({ min: 16, max: 16 }),
  reason: shapes.text({ max: 32 }),
});

/**
 * You let me in (`token` proves it): send me the keys of these sessions of a log of ours.
 *
 * Each is a session's id and the device that sends on it, joined.
 */
export interface PastRequest {
  readonly type: "past_request";
  readonly token: Uint8Array;
  readonly log: LogId;
  readonly sessions: readonly Uint8Array[];
}
export const PastRequest: shapes.Tagged<PastRequest> = shapes.tagged<PastRequest>("past_request", 24, {
  token: shapes.bytes({ min: 16, max: 16 }),
  log: shapes.bytes({ min: 16, max: 16 }),
  sessions: shapes.list(shapes.bytes({ min: 48, max: 48 }), { max: 12 }),
});

/** The exported key of a session of `device`, from the oldest index on that its giver has. */
export interface PastKey {
  readonly device: DeviceId;
  readonly key: Uint8Array;
}
export const PastKey: shapes.Struct<PastKey> = shapes.struct<PastKey>({
  device: shapes.bytes({ min: 16, max: 16 }),
  key: shapes.bytes({ max: 512 }),
});

/** The answer: what there is of what was asked for, perhaps nothing. */
export interface PastKeys {
  readonly type: "past_keys";
  readonly log: LogId;
  readonly keys: readonly PastKey[];
}
export const PastKeys: shapes.Tagged<PastKeys> = shapes.tagged<PastKeys>("past_keys", 25, {
  log: shapes.bytes({ min: 16, max: 16 }),
  keys: shapes.list(PastKey, { max: 12 }),
});

export type VerificationStep =
  | VerificationRequest
  | VerificationAccept
  | VerificationKey
  | VerificationMac
  | VerificationCancel;
export const VerificationStep: shapes.Union<VerificationStep> = shapes.union<VerificationStep>([
  VerificationRequest,
  VerificationAccept,
  VerificationKey,
  VerificationMac,
  VerificationCancel,
]);

export type DeviceContent =
  | SessionShare
  | KeyRequest
  | KeyAnswer
  | HistoryRequest
  | HistoryAnswer
  | PastRequest
  | PastKeys
  | VerificationRequest
  | VerificationAccept
  | VerificationKey
  | VerificationMac
  | VerificationCancel;
export const DeviceContent: shapes.Union<DeviceContent> = shapes.union<DeviceContent>([
  SessionShare,
  KeyRequest,
  KeyAnswer,
  HistoryRequest,
  HistoryAnswer,
  PastRequest,
  PastKeys,
  VerificationRequest,
  VerificationAccept,
  VerificationKey,
  VerificationMac,
  VerificationCancel,
]);

/** What an Olm message between devices holds. */
export interface DevicePlaintext {
  readonly database: DatabaseId;
  readonly sender: DeviceId;
  readonly recipient: DeviceId;
  readonly content: DeviceContent;
}
export const DevicePlaintext: shapes.Struct<DevicePlaintext> = shapes.struct<DevicePlaintext>({
  database: shapes.bytes({ min: 16, max: 16 }),
  sender: shapes.bytes({ min: 16, max: 16 }),
  recipient: shapes.bytes({ min: 16, max: 16 }),
  content: DeviceContent,
});
