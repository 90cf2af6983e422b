// Made from src/lanmsg/client/vouchers.py by tools/make_typescript.py: change it there.

import type { DeviceId } from "../ids";
import * as shapes from "../shapes";

/**
 * The right to be one more device of a user: good once, while `device` is not cut off.
 *
 * `secret` is an Ed25519 private key (32 bytes), `signature` that of `device` over `grant_bytes`.
 */
export interface Grant {
  readonly device: DeviceId;
  readonly secret: Uint8Array;
  readonly signature: Uint8Array;
}
export const Grant: shapes.Struct<Grant> = shapes.struct<Grant>({
  device: shapes.bytes({ min: 16, max: 16 }),
  secret: shapes.bytes({ min: 32, max: 32 }),
  signature: shapes.bytes({ max: 64 }),
});
