// Made from src/lanmsg/wire/frame_parts.py by tools/make_typescript.py: change it there.

import type { DeviceId, LogId, Seq, UserId } from "../ids";
import * as shapes from "../shapes";
import { Entry } from "./entries";
import { PublishedKey } from "./statements";

/** A session key for one device: an encoded `OlmBody` for its inbox. */
export interface Share {
  readonly device: DeviceId;
  readonly body: Uint8Array;
}
export const Share: shapes.Struct<Share> = shapes.struct<Share>({
  device: shapes.bytes({ min: 16, max: 16 }),
  body: shapes.bytes({ max: 2048 }),
});

/**
 * Where a log stands, as far as this device may read it.
 *
 * Entries up to `base` are not for this device; `base_hash` is the hash of entry `base`, where its chain
 * starts. `counter` is the highest this device has used in this log (of its inbox: the highest seq it has
 * acknowledged), `users` are the people of a direct chat, a group or an account log. Messages up to
 * `pruned_seq` are gone from the hub; `pruned_hash` is the hash there.
 */
export interface Head {
  readonly log: LogId;
  readonly kind: Seq;
  readonly base: Seq;
  readonly baseHash: Uint8Array;
  readonly seq: Seq;
  readonly hash: Uint8Array;
  readonly counter: Seq;
  readonly users: readonly UserId[];
  readonly prunedSeq: Seq;
  readonly prunedHash: Uint8Array;
}
export const Head: shapes.Struct<Head> = shapes.struct<Head>({
  log: shapes.bytes({ min: 16, max: 16 }),
  kind: shapes.seq,
  base: shapes.seq,
  baseHash: shapes.bytes({ min: 32, max: 32 }),
  seq: shapes.seq,
  hash: shapes.bytes({ min: 32, max: 32 }),
  counter: shapes.or(shapes.seq, 0),
  users: shapes.or(shapes.list(shapes.bytes({ min: 16, max: 16 })), []),
  prunedSeq: shapes.or(shapes.seq, 0),
  prunedHash: shapes.or(shapes.bytes({ min: 32, max: 32 }), new Uint8Array(32)),
});

/**
 * Whether a user has a connection, and when the last one ended (Unix ms; 0: never seen).
 *
 * `status` is the `Status` of the most present of their connections, `since_ms` when it was set (Unix ms; 0
 * for one that is just there), `note` as in `set_status`.
 */
export interface PersonPresence {
  readonly user: UserId;
  readonly online: boolean;
  readonly lastSeenMs: Seq;
  readonly status: Seq;
  readonly sinceMs: Seq;
  readonly note: Uint8Array;
}
export const PersonPresence: shapes.Struct<PersonPresence> = shapes.struct<PersonPresence>({
  user: shapes.bytes({ min: 16, max: 16 }),
  online: shapes.bool,
  lastSeenMs: shapes.or(shapes.seq, 0),
  status: shapes.or(shapes.seq, 0),
  sinceMs: shapes.or(shapes.seq, 0),
  note: shapes.or(shapes.bytes({ max: 1024 }), new Uint8Array(0)),
});

/** This device has everything up to `seq` in its own store. */
export interface Receipt {
  readonly device: DeviceId;
  readonly seq: Seq;
}
export const Receipt: shapes.Struct<Receipt> = shapes.struct<Receipt>({
  device: shapes.bytes({ min: 16, max: 16 }),
  seq: shapes.seq,
});

/** A published key of a device; `key` is None when the hub has none. */
export interface ClaimedKey {
  readonly device: DeviceId;
  readonly key: PublishedKey | null;
  readonly isFallback: boolean;
}
export const ClaimedKey: shapes.Struct<ClaimedKey> = shapes.struct<ClaimedKey>({
  device: shapes.bytes({ min: 16, max: 16 }),
  key: shapes.or(shapes.nullable(PublishedKey), null),
  isFallback: shapes.or(shapes.bool, false),
});

/** A MEMBERS entry with its place; `previous` is the hash of the entry before it. */
export interface MembersItem {
  readonly seq: Seq;
  readonly previous: Uint8Array;
  readonly entry: Entry;
}
export const MembersItem: shapes.Struct<MembersItem> = shapes.struct<MembersItem>({
  seq: shapes.seq,
  previous: shapes.bytes({ min: 32, max: 32 }),
  entry: Entry,
});
