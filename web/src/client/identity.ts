/** The user's identity key: what owns a handle and binds devices to it. Mirrors `client/identity.py`. */

import { ed25519 } from "@noble/curves/ed25519.js";
import type { Account } from "$client/crypto/interface";
import { userId, type DeviceId, type UserId } from "$wire/ids";
import {
  deviceSignedBytes,
  type DeviceStatement,
  revokeSignedBytes,
  type RevokeStatement,
  userSignedBytes,
  type UserStatement,
} from "$wire/statements";
import type { Voucher } from "$wire/vouchers";

const SECRET_BYTES = 32;
const NO_SIGNATURE = new Uint8Array(0);

/** An Ed25519 key pair (RFC 8032) and the statements it signs. `secret` is 32 bytes. */
export class Identity {
  readonly secret: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly user: UserId;

  constructor(secret: Uint8Array) {
    this.secret = secret;
    this.publicKey = ed25519.getPublicKey(secret);
    this.user = userId(this.publicKey);
  }

  /** Make a new one. */
  static create(randomBytes: (count: number) => Uint8Array): Identity {
    return new Identity(randomBytes(SECRET_BYTES));
  }

  /** Sign that a handle is ours. */
  claim(handle: string): UserStatement {
    const bare = { handle, identityKey: this.publicKey, signature: NO_SIGNATURE };
    return { ...bare, signature: this.#sign(userSignedBytes(bare)) };
  }

  /** Sign that a device is ours. All but the first need the `voucher` of one that is present. */
  bind(account: Account, deviceName: string, voucher: Voucher | null): DeviceStatement {
    const { signingKey, agreementKey } = account;
    const bare = { user: this.user, signingKey, agreementKey, deviceName, signature: NO_SIGNATURE, voucher };
    return { ...bare, signature: this.#sign(deviceSignedBytes(bare)) };
  }

  /** Sign that a device is ours no more; `by` is the one that says so, `account` has its keys. */
  revoke(device: DeviceId, by: DeviceId, account: Account): RevokeStatement {
    const bare = { user: this.user, device, by, signature: NO_SIGNATURE, bySignature: NO_SIGNATURE };
    const signed = revokeSignedBytes(bare);
    return { ...bare, signature: this.#sign(signed), bySignature: account.sign(signed) };
  }

  #sign(data: Uint8Array): Uint8Array {
    return ed25519.sign(data, this.secret);
  }
}
