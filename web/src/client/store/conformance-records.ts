/** Records with obvious values, for the checks of `conformance` and for tests of stores. */

import type { Conversation } from "$client/model";
import type { LogId, OutboxRow, Profile, StoredLog, StoredMessage } from "$client/store/records";
import { ContentKind } from "$wire/content";
import { LogKind } from "$wire/entries";
import { toHex } from "$wire/hex";

const id = (digit: string): string => digit.repeat(32);

export const DIRECTORY = id("d");
export const EVERYONE = id("e");
export const DIRECT = id("a");
export const ANNA = id("1");
export const BEN = id("2");
export const CHRIS = id("3");
/** `storedMessage` gives message 1 this time and one ms, and so on. */
export const START_MS = 1_700_000_000_000;
/** A session's id. */
export const SESSION = id("5").repeat(2);
export const TO_EVERYONE: Conversation = { kind: "everyone", key: "" };
export const TO_ANN: Conversation = { kind: "direct", key: id("b") };

export const PROFILE: Profile = {
  type: "profile",
  hubIdentityKey: filled(1),
  hubTitle: "Attic",
  database: id("c"),
  identitySecret: filled(2),
  account: "pickle",
  handle: "",
  deviceName: "laptop",
  deviceSeq: 0,
  voucher: new TextEncoder().encode("by another device"),
  wantedHandle: "anna",
  newFallbackMs: 1_800_000_000_000,
};

/** 32 bytes, all the same. */
export function filled(byte: number): Uint8Array {
  return new Uint8Array(32).fill(byte);
}

/** Return a log that stands at `seq`. */
export function storedLog(log: LogId, seq = 0, kind: number = LogKind.EVERYONE): StoredLog {
  const users = [id("7"), id("8")];
  return { type: "stored_log", log, kind, base: 0, seq, hash: filled(0), counter: 0, users, room: "" };
}

/** Return a readable message whose id and hash follow from log and seq. */
export function storedMessage(
  log: LogId,
  seq: number,
  { sender = ANNA, counter = 1 }: { readonly sender?: string; readonly counter?: number } = {},
): StoredMessage {
  return {
    type: "stored_message",
    log,
    seq,
    hash: filled(seq & 255),
    messageId: messageId(log, seq),
    sender,
    counter,
    atMs: START_MS + seq,
    directorySeq: 7,
    session: SESSION,
    index: 0,
    content: new TextEncoder().encode("hello"),
    reason: "",
    raw: new Uint8Array(),
    kind: ContentKind.TEXT,
    target: "",
  };
}

/** Return the id that `storedMessage` gives to the message at this place. */
export function messageId(log: LogId, seq: number): string {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(seq));
  return log.slice(0, 16) + toHex(bytes);
}

/** Return a message that could not be read. */
export function unreadableMessage(log: LogId, seq: number, reason: string, session = SESSION): StoredMessage {
  return {
    ...storedMessage(log, seq),
    content: new Uint8Array(),
    raw: new TextEncoder().encode("raw"),
    index: -1,
    reason,
    session,
    kind: ContentKind.UNREADABLE,
  };
}

/** Return a message that changes another one. */
export function amendment(
  log: LogId,
  seq: number,
  target: string,
  kind: number = ContentKind.REACTION,
): StoredMessage {
  return { ...storedMessage(log, seq), kind, target };
}

/** Return a waiting message. */
export function outboxRow(number: number, position: number): OutboxRow {
  return {
    type: "outbox_row",
    position,
    conversation: TO_EVERYONE,
    messageId: id(String(number)),
    content: new TextEncoder().encode("text"),
    queuedAtMs: 1,
    frames: new Uint8Array(),
    counter: 0,
    failed: "",
  };
}
