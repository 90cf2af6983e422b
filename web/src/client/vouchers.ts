/**
 * Letting another device of ours in: what the present one grants, and what the new one makes of it. Mirrors
 * `client/vouchers.py`.
 *
 * The present device signs a key that it makes for one newcomer; the newcomer signs its own statement with that key,
 * once (`docs/protocol.md` §11.1).
 */

import { ed25519 } from "@noble/curves/ed25519.js";
import type { ClientState } from "$client/state";
import type { RandomBytes } from "$client/surroundings";
import { fromHex } from "$wire/hex";
import { type DeviceStatement, grantBytes, vouchedBytes } from "$wire/statements";
import type { Grant, Voucher } from "$wire/vouchers";

const SECRET_BYTES = 32;

/** Let one more device of ours in. */
export function makeGrant(state: ClientState, randomBytes: RandomBytes): Grant {
  const secret = randomBytes(SECRET_BYTES);
  const signature = state.account.sign(grantBytes(fromHex(state.user), ed25519.getPublicKey(secret)));
  return { device: fromHex(state.device), secret, signature };
}

/** Return the voucher that goes into the new device's statement. Forget the grant then. */
export function useGrant(grant: Grant, statement: DeviceStatement): Voucher {
  return {
    device: grant.device,
    key: ed25519.getPublicKey(grant.secret),
    grant: grant.signature,
    signature: ed25519.sign(vouchedBytes(statement), grant.secret),
  };
}
