// Made from src/lanmsg/wire/entries.py by tools/make_typescript.py: change it there.

import type { DeviceId, MessageId, Seq } from "../ids";
import * as shapes from "../shapes";

/** What a log is for, which decides who reads it. */
export const LogKind = {
  DIRECTORY: 1,
  EVERYONE: 2,
  DIRECT: 3,
  INBOX: 4,
  GROUP: 5,
  ROOM: 6,
  ACCOUNT: 7,
} as const;
export type LogKind = (typeof LogKind)[keyof typeof LogKind];

/** What an entry's body is; each log kind takes some of them (`ALLOWED_KINDS`). */
export const EntryKind = {
  USER: 1,
  DEVICE: 2,
  REVOKE: 3,
  ROOM: 4,
  MESSAGE: 10,
  MEMBERS: 11,
  SHARE: 20,
  DEVICE_MESSAGE: 21,
} as const;
export type EntryKind = (typeof EntryKind)[keyof typeof EntryKind];

/**
 * One entry without its place; its log and seq follow from the run it stands in.
 *
 * `sender` and `message_id` are 16 bytes each, `at_ms` is the hub's clock in Unix milliseconds and
 * decoration only: order is `seq`.
 */
export interface Entry {
  readonly kind: Seq;
  readonly sender: DeviceId;
  readonly messageId: MessageId;
  readonly atMs: Seq;
  readonly body: Uint8Array;
}
export const Entry: shapes.Struct<Entry> = shapes.struct<Entry>({
  kind: shapes.seq,
  sender: shapes.bytes({ min: 16, max: 16 }),
  messageId: shapes.bytes({ min: 16, max: 16 }),
  atMs: shapes.seq,
  body: shapes.bytes(),
});

/** The state a sender computed its readers from: two seqs, compared by the hub on append. */
export interface View {
  readonly membershipSeq: Seq;
  readonly directorySeq: Seq;
}
export const View: shapes.Struct<View> = shapes.struct<View>({
  membershipSeq: shapes.seq,
  directorySeq: shapes.seq,
});

/**
 * The body of a MESSAGE entry: what the hub may see of a message.
 *
 * `counter` numbers this device's messages in this conversation 1, 2, 3 …; the hub takes them in that order
 * only. `session` is the sending session's Ed25519 public key (32 bytes), `ciphertext` one Megolm message,
 * `signature` the device's over `message_signed_bytes` (64 bytes).
 */
export interface MessageBody {
  readonly view: View;
  readonly counter: Seq;
  readonly session: Uint8Array;
  readonly ciphertext: Uint8Array;
  readonly signature: Uint8Array;
}
export const MessageBody: shapes.Struct<MessageBody> = shapes.struct<MessageBody>({
  view: View,
  counter: shapes.seq,
  session: shapes.bytes({ min: 32, max: 32 }),
  ciphertext: shapes.bytes(),
  signature: shapes.bytes({ max: 64 }),
});

/** The body of SHARE and DEVICE_MESSAGE entries: one Olm message (type 0 pre-key, 1 normal). */
export interface OlmBody {
  readonly messageType: Seq;
  readonly ciphertext: Uint8Array;
}
export const OlmBody: shapes.Struct<OlmBody> = shapes.struct<OlmBody>({
  messageType: shapes.seq,
  ciphertext: shapes.bytes(),
});
