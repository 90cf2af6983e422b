// Made from src/lanmsg/wire/joining_frames.py by tools/make_typescript.py: change it there.

import type { Seq } from "../ids";
import * as shapes from "../shapes";

/**
 * Let whoever knows the secret enrol, once, before `expires_at_ms` (Unix ms).
 *
 * `secret_hash` is `labelled_hash(INVITE_SECRET, secret)`, so the hub can't use the invite itself.
 */
export interface CreateInvite {
  readonly type: "create_invite";
  readonly request: Seq;
  readonly secretHash: Uint8Array;
  readonly expiresAtMs: Seq;
}
export const CreateInvite: shapes.Tagged<CreateInvite> = shapes.tagged<CreateInvite>("create_invite", 10, {
  request: shapes.seq,
  secretHash: shapes.bytes({ min: 32, max: 32 }),
  expiresAtMs: shapes.seq,
});

/** The answer to `create_invite`. */
export interface InviteCreated {
  readonly type: "invite_created";
  readonly request: Seq;
}
export const InviteCreated: shapes.Tagged<InviteCreated> = shapes.tagged<InviteCreated>("invite_created", 41, {
  request: shapes.seq,
});

/**
 * Keep this for another device of mine, which will ask for it by `name` within ten minutes.
 *
 * Replaces what this device has left before. Answered by `pairing_stored` or `refused`.
 */
export interface StorePairing {
  readonly type: "store_pairing";
  readonly request: Seq;
  readonly name: Uint8Array;
  readonly sealed: Uint8Array;
}
export const StorePairing: shapes.Tagged<StorePairing> = shapes.tagged<StorePairing>("store_pairing", 20, {
  request: shapes.seq,
  name: shapes.bytes({ min: 32, max: 32 }),
  sealed: shapes.bytes({ max: 1024 }),
});

/**
 * Ask for what another device has left under `name`; sent behind `hello` by a device that is nobody yet.
 *
 * Answered by `pairing_taken`, once, or `refused`.
 */
export interface TakePairing {
  readonly type: "take_pairing";
  readonly name: Uint8Array;
}
export const TakePairing: shapes.Tagged<TakePairing> = shapes.tagged<TakePairing>("take_pairing", 21, {
  name: shapes.bytes({ min: 32, max: 32 }),
});

/** The answer to `store_pairing`. */
export interface PairingStored {
  readonly type: "pairing_stored";
  readonly request: Seq;
}
export const PairingStored: shapes.Tagged<PairingStored> = shapes.tagged<PairingStored>("pairing_stored", 50, {
  request: shapes.seq,
});

/** The answer to `take_pairing`; the hub has forgotten it now. */
export interface PairingTaken {
  readonly type: "pairing_taken";
  readonly sealed: Uint8Array;
}
export const PairingTaken: shapes.Tagged<PairingTaken> = shapes.tagged<PairingTaken>("pairing_taken", 51, {
  sealed: shapes.bytes({ max: 1024 }),
});
