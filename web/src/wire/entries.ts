/** Entries: the one thing every log is made of, their hash chain, and the bodies they carry. */
import { sha256 } from "@noble/hashes/sha2.js";
import { decodeAs } from "./codec";
import { fieldSize, FieldWriter, INTEGER_SIZE } from "./field-writer";
import { Entry, MessageBody, OlmBody } from "./generated/entries";
import { HASH_BYTES, ID_BYTES, KEY_BYTES, type LogId, type MessageId } from "./ids";
import { ENTRY, MESSAGE } from "./labels";

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
  const size = ENTRY_FIELDS + entry.body.length;
  const { bytes } = new FieldWriter(ENTRY, size)
    .field(log)
    .integer(seq)
    .field(previous)
    .integer(entry.kind)
    .field(entry.sender)
    .field(entry.messageId)
    .integer(entry.atMs)
    .field(entry.body);
  return sha256(bytes);
}

/** Three ids, a hash, three integers, and the length of a body. */
const ENTRY_FIELDS = 3 * fieldSize(ID_BYTES) + fieldSize(HASH_BYTES) + 3 * INTEGER_SIZE + fieldSize(0);

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

/**
 * Returns what the sending device signs, so that a body fits one place only.
 *
 * Equal to `labelledBytes(MESSAGE, log, messageId, membershipSeq, directorySeq, counter, session, ciphertext)`.
 */
export function messageSignedBytes(log: LogId, messageId: MessageId, body: MessageBody): Uint8Array {
  const size = MESSAGE_FIELDS + body.ciphertext.length;
  return new FieldWriter(MESSAGE, size)
    .field(log)
    .field(messageId)
    .integer(body.view.membershipSeq)
    .integer(body.view.directorySeq)
    .integer(body.counter)
    .field(body.session)
    .field(body.ciphertext).bytes;
}

/** Two ids, three integers, a key, and the length of a ciphertext. */
const MESSAGE_FIELDS = 2 * fieldSize(ID_BYTES) + 3 * INTEGER_SIZE + fieldSize(KEY_BYTES) + fieldSize(0);

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
