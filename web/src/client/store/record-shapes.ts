/**
 * Records as bytes: each a list of its fields behind the number of its kind, as on the wire. A newer program
 * may add fields at the end, with what they are where they are missing (`or`).
 */

import type { Conversation, ConversationKind, Trust } from "$client/model";
import type {
  InboundSession,
  OlmSession,
  OutboundSession,
  OutboxRow,
  PendingShare,
  Profile,
  StoredGap,
  StoredLog,
  StoredMembers,
  StoredMessage,
  StoredPairing,
  StoredPerson,
  StoredReceipt,
  StoredStatement,
  StoredTopic,
  StoredUnread,
  StoredValue,
} from "$client/store/records";
import { StoreFailed } from "$client/store/interface";
import { decodeAs, encode } from "$wire/codec";
import { fromHex, toHex } from "$wire/hex";
import { bool, bytes, int, list, seq, struct, tagged, text, union, type Shape } from "$wire/shapes";

/** Any record that is kept. */
export type StoredRecord =
  | Profile
  | StoredLog
  | StoredStatement
  | StoredPerson
  | OlmSession
  | OutboundSession
  | InboundSession
  | StoredMessage
  | OutboxRow
  | StoredReceipt
  | StoredValue
  | StoredUnread
  | StoredMembers
  | StoredTopic
  | StoredPairing
  | StoredGap;

/** An id, or several in a row: hex here, bytes there. */
const hex: Shape<string> = {
  read: (from) => toHex(from.bytes({})),
  write: (to, value) => {
    to.bytes(fromHex(value));
  },
};
const data = bytes();
const words = text();

/** One of a few words; what is stored is ours, so no other comes back. */
function word<T extends string>(): Shape<T> {
  return words as unknown as Shape<T>;
}

const conversation = struct<Conversation>({ kind: word<ConversationKind>(), key: hex });
const pendingShare = struct<PendingShare>({ device: hex, body: data });

const profile = tagged<Profile>("profile", 1, {
  hubIdentityKey: data,
  hubTitle: words,
  database: hex,
  identitySecret: data,
  account: words,
  handle: words,
  deviceName: words,
  deviceSeq: seq,
  voucher: data,
  wantedHandle: words,
  newFallbackMs: seq,
});
const storedLog = tagged<StoredLog>("stored_log", 2, {
  log: hex,
  kind: seq,
  base: seq,
  seq,
  hash: data,
  counter: seq,
  users: list(hex),
  room: hex,
});
const storedStatement = tagged<StoredStatement>("stored_statement", 3, {
  seq,
  hash: data,
  kind: seq,
  body: data,
  isValid: bool,
  atMs: seq,
});
const storedPerson = tagged<StoredPerson>("stored_person", 4, {
  handle: words,
  identityKey: data,
  trust: word<Trust>(),
});
const olmSession = tagged<OlmSession>("olm_session", 5, {
  device: hex,
  sessionId: words,
  pickle: words,
  used: int,
});
const outboundSession = tagged<OutboundSession>("outbound_session", 6, {
  log: hex,
  pickle: words,
  createdAtMs: seq,
  messages: seq,
  sharedWith: list(hex),
  pending: list(pendingShare),
});
const inboundSession = tagged<InboundSession>("inbound_session", 7, {
  session: hex,
  log: hex,
  device: hex,
  pickle: words,
});
const storedMessage = tagged<StoredMessage>("stored_message", 8, {
  log: hex,
  seq,
  hash: data,
  messageId: hex,
  sender: hex,
  counter: seq,
  atMs: seq,
  directorySeq: seq,
  session: hex,
  index: int,
  content: data,
  reason: words,
  raw: data,
  kind: int,
  target: hex,
});
const outboxRow = tagged<OutboxRow>("outbox_row", 9, {
  position: seq,
  conversation,
  messageId: hex,
  content: data,
  queuedAtMs: seq,
  frames: data,
  counter: seq,
  failed: words,
});
const storedReceipt = tagged<StoredReceipt>("stored_receipt", 10, {
  log: hex,
  device: hex,
  seq,
  readSeq: seq,
});
const storedValue = tagged<StoredValue>("stored_value", 11, {
  key: hex,
  change: data,
  since: seq,
  isWaiting: bool,
});
const storedUnread = tagged<StoredUnread>("stored_unread", 12, {
  log: hex,
  readSeq: seq,
  countedSeq: seq,
  count: seq,
  firstSeq: seq,
  mentions: list(seq),
});
const storedMembers = tagged<StoredMembers>("stored_members", 13, {
  log: hex,
  seq,
  hash: data,
  sender: hex,
  atMs: seq,
  body: data,
  isValid: bool,
});
const storedTopic = tagged<StoredTopic>("stored_topic", 14, { log: hex, seq, sender: hex, text: words });
const storedPairing = tagged<StoredPairing>("stored_pairing", 15, {
  token: hex,
  device: hex,
  isHelper: bool,
});
const storedGap = tagged<StoredGap>("stored_gap", 16, { log: hex, afterSeq: seq, upToSeq: seq, count: seq });

const RECORDS = union<StoredRecord>([
  profile,
  storedLog,
  storedStatement,
  storedPerson,
  olmSession,
  outboundSession,
  inboundSession,
  storedMessage,
  outboxRow,
  storedReceipt,
  storedValue,
  storedUnread,
  storedMembers,
  storedTopic,
  storedPairing,
  storedGap,
]);

/** A record of the engine's state, and where in the order of first storing it stands (logs, values; else 0). */
export interface StateRow {
  readonly order: number;
  readonly record: StoredRecord;
}
const STATE_ROW = struct<StateRow>({ order: seq, record: RECORDS });

/** How far a device has counted in a log. */
export interface Counter {
  readonly device: string;
  readonly counter: number;
}
const COUNTER = struct<Counter>({ device: hex, counter: seq });

/** When a text expires. */
const EXPIRY = struct<{ readonly atMs: number }>({ atMs: seq });

/** Return when a text expires as bytes. */
export function expiryBytes(atMs: number): Uint8Array {
  return encode(EXPIRY, { atMs });
}

/** As `recordOf`, for when a text expires. */
export function expiryOf(stored: Uint8Array): number {
  return decoded(EXPIRY, stored).atMs;
}

/** Return a record as bytes. */
export function recordBytes(record: StoredRecord): Uint8Array {
  return encode(RECORDS, record);
}

/** Return the record that these bytes are. Throws `StoreFailed` if they are none: the disk is damaged. */
export function recordOf(stored: Uint8Array): StoredRecord {
  return decoded(RECORDS, stored);
}

/** As `recordBytes`, with its place in the order. */
export function stateBytes(row: StateRow): Uint8Array {
  return encode(STATE_ROW, row);
}

/** As `recordOf`, with its place in the order. */
export function stateOf(stored: Uint8Array): StateRow {
  return decoded(STATE_ROW, stored);
}

/** Return a counter as bytes. */
export function counterBytes(counter: Counter): Uint8Array {
  return encode(COUNTER, counter);
}

/** As `recordOf`, for a counter. */
export function counterOf(stored: Uint8Array): Counter {
  return decoded(COUNTER, stored);
}

function decoded<T>(shape: Shape<T>, stored: Uint8Array): T {
  try {
    return decodeAs(shape, stored, "a record");
  } catch (error) {
    throw new StoreFailed("this browser's copy of your messages is damaged", { cause: error });
  }
}
