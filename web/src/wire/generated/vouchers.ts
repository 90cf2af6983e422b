// Made from src/lanmsg/wire/vouchers.py by tools/make_typescript.py: change it there.

import type { DeviceId } from "../ids";
import * as shapes from "../shapes";

/**
 * `device` has let another one in: part of that one's statement.
 *
 * `key` is the public key (32 bytes) that `device` made for one newcomer, `grant` its own signature over
 * `grant_bytes`, `signature` that of `key` over `DeviceStatement.vouched_bytes` (64 bytes each).
 */
export interface Voucher {
  readonly device: DeviceId;
  readonly key: Uint8Array;
  readonly grant: Uint8Array;
  readonly signature: Uint8Array;
}
export const Voucher: shapes.Struct<Voucher> = shapes.struct<Voucher>({
  device: shapes.bytes({ min: 16, max: 16 }),
  key: shapes.bytes({ min: 32, max: 32 }),
  grant: shapes.bytes({ max: 64 }),
  signature: shapes.bytes({ max: 64 }),
});
