/** Entries: the one thing every log is made of, their hash chain, and the bodies they carry. */
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8 } from "./bytes";
import { decodeAs } from "./codec";
import { Entry, MessageBody, OlmBody } from "./generated/entries";
import type { LogId, MessageId } from "./ids";
import { ENTRY, labelledBytes, MESSAGE } from "./labels";

export * from "./generated/entries";
export { ALLOWED_KINDS } from "./generated/kinds";

/** An entry with its place in a log: its seq, and the hash that chains it to the one before. */
export interface ChainedEntry {
  readonly seq: number;
  readonly hash: Uint8Array;
  readonly entry: Entry;
}

/**
 * Returns the 32 bytes that chain an entry to the one before it (`docs/protocol.md` §3.2).
 *
 * Equal to `labelledHash(ENTRY, log, seq, previous, kind, sender, messageId, atMs, body)`, written out because
 * it is computed for every entry.
 */
export function entryHash(log: LogId, seq: number, previous: Uint8Array, entry: Entry): Uint8Array {
  const bytes = new Uint8Array(SIZE_WITHOUT_BODY + entry.body.length);
  const view = new DataView(bytes.buffer);
  bytes.set(LABEL, 4);
  view.setUint32(0, LABEL.length);
  let at = 4 + LABEL.length;
  const putBytes = (field: Uint8Array) => {
    view.setUint32(at, field.length);
    bytes.set(field, at + 4);
    at += 4 + field.length;
  };
  const putInteger = (value: number) => {
    view.setUint32(at, 8);
    view.setUint32(at + 4, Math.floor(value / 2 ** 32));
    view.setUint32(at + 8, value >>> 0);
    at += 12;
  };
  putBytes(log);
  putInteger(seq);
  putBytes(previous);
  putInteger(entry.kind);
  putBytes(entry.sender);
  putBytes(entry.messageId);
  putInteger(entry.atMs);
  putBytes(entry.body);
  return sha256(bytes);
}

const LABEL = utf8(ENTRY);
/** The label, three ids, a hash, three integers and a body, each behind its length. */
const SIZE_WITHOUT_BODY = 4 + LABEL.length + 3 * (4 + 16) + (4 + 32) + 3 * (4 + 8) + 4;

/** Places a run of a log: entries with seqs from `firstSeq` on, behind the one with hash `previous`. */
export function chain(
  log: LogId,
  firstSeq: number,
  previous: Uint8Array,
  entries: readonly Entry[],
): readonly ChainedEntry[] {
  let last = previous;
  return entries.map((entry, place) => {
    last = entryHash(log, firstSeq + place, last, entry);
    return { seq: firstSeq + place, hash: last, entry };
  });
}

/** Returns what the sending device signs, so that a body fits one place only. */
export function messageSignedBytes(log: LogId, messageId: MessageId, body: MessageBody): Uint8Array {
  return labelledBytes(
    MESSAGE,
    log,
    messageId,
    body.view.membershipSeq,
    body.view.directorySeq,
    body.counter,
    body.session,
    body.ciphertext,
  );
}

/** Decodes an encoded entry, as a store may keep it. Throws RemoteError (MALFORMED). */
export function decodeEntry(bytes: Uint8Array): Entry {
  return decodeAs(Entry, bytes, "an entry");
}

/** Decodes the body of a MESSAGE entry. Throws RemoteError (MALFORMED). */
export function decodeMessageBody(bytes: Uint8Array): MessageBody {
  return decodeAs(MessageBody, bytes, "a message body");
}

/** Decodes the body of a SHARE or DEVICE_MESSAGE entry. Throws RemoteError (MALFORMED). */
export function decodeOlmBody(bytes: Uint8Array): OlmBody {
  return decodeAs(OlmBody, bytes, "an inbox body");
}
