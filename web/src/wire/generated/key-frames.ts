// Made from src/lanmsg/wire/key_frames.py by tools/make_typescript.py: change it there.

import type { DeviceId, Seq } from "../ids";
import * as shapes from "../shapes";
import { ClaimedKey } from "./frame-parts";
import { PublishedKey } from "./statements";

/** Ask for one published key of each device; answered by `claimed_keys` in the order asked. */
export interface ClaimKeys {
  readonly type: "claim_keys";
  readonly request: Seq;
  readonly devices: readonly DeviceId[];
}
export const ClaimKeys: shapes.Tagged<ClaimKeys> = shapes.tagged<ClaimKeys>("claim_keys", 7, {
  request: shapes.seq,
  devices: shapes.list(shapes.bytes({ min: 16, max: 16 }), { max: 512 }),
});

/**
 * Add one-time keys to this device's stock, and replace its fallback key if one is given.
 *
 * A key that is already there, or was there once, changes nothing. Each is signed by its device; whoever
 * claims it checks that. Answered by `stock`.
 */
export interface PublishKeys {
  readonly type: "publish_keys";
  readonly oneTimeKeys: readonly PublishedKey[];
  readonly fallbackKey: PublishedKey | null;
}
export const PublishKeys: shapes.Tagged<PublishKeys> = shapes.tagged<PublishKeys>("publish_keys", 8, {
  oneTimeKeys: shapes.list(PublishedKey, { max: 500 }),
  fallbackKey: shapes.or(shapes.nullable(PublishedKey), null),
});

/** The answer to `claim_keys`. */
export interface ClaimedKeys {
  readonly type: "claimed_keys";
  readonly request: Seq;
  readonly keys: readonly ClaimedKey[];
}
export const ClaimedKeys: shapes.Tagged<ClaimedKeys> = shapes.tagged<ClaimedKeys>("claimed_keys", 39, {
  request: shapes.seq,
  keys: shapes.list(ClaimedKey),
});

/** How many one-time keys of this device the hub holds: as the answer to `publish_keys`, or low. */
export interface Stock {
  readonly type: "stock";
  readonly count: Seq;
  readonly isAnswer: boolean;
}
export const Stock: shapes.Tagged<Stock> = shapes.tagged<Stock>("stock", 40, {
  count: shapes.seq,
  isAnswer: shapes.or(shapes.bool, false),
});
