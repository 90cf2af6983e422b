// Made from src/lanmsg/client/pairing.py by tools/make_typescript.py: change it there.

import type { DatabaseId } from "../ids";
import * as shapes from "../shapes";
import { Grant } from "./client-vouchers";

/** What a new device needs to become one of ours. The device of the `grant` left it. */
export interface Parcel {
  readonly hubIdentityKey: Uint8Array;
  readonly database: DatabaseId;
  readonly handle: string;
  readonly identitySecret: Uint8Array;
  readonly grant: Grant;
  readonly token: Uint8Array;
}
export const Parcel: shapes.Struct<Parcel> = shapes.struct<Parcel>({
  hubIdentityKey: shapes.bytes({ min: 32, max: 32 }),
  database: shapes.bytes({ min: 16, max: 16 }),
  handle: shapes.text({ max: 256 }),
  identitySecret: shapes.bytes({ min: 32, max: 32 }),
  grant: Grant,
  token: shapes.bytes({ min: 16, max: 16 }),
});
