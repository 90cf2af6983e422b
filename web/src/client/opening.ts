/** The way into a client: from a hub that was met and a store that belongs to it. Mirrors `client/opening.py`. */

import { forNewHub } from "$client/account";
import { HubNotFound } from "$client/errors";
import { Identity } from "$client/identity";
import { type Meeting, meet } from "$client/meeting";
import { takeParcel } from "$client/pairing";
import type { Change, Store, StoredState } from "$client/store/interface";
import type { Profile } from "$client/store/records";
import type { ClientSurroundings } from "$client/surroundings";
import { useGrant } from "$client/vouchers";
import { EMPTY_BYTES } from "$wire/bytes";
import { encode } from "$wire/codec";
import { LocalError } from "$wire/errors";
import { toHex } from "$wire/hex";
import { HASH_BYTES } from "$wire/ids";
import { pairingKeys } from "$wire/pairing";
import { type Grant, Voucher } from "$wire/vouchers";

/** A hub with its store. `meeting` is null if the hub can't be reached but is known. */
export interface Opened {
  readonly meeting: Meeting | null;
  readonly store: Store;
  readonly stored: StoredState;
  readonly profile: Profile;
}

/** Use a store without its hub. Rejects with HubNotFound if we have never joined. */
export async function openedOffline(store: Store): Promise<Opened> {
  const stored = await store.load();
  const { profile } = stored;
  if (!profile?.handle) throw new HubNotFound("the hub can't be reached, and we have never joined it");
  return { meeting: null, store, stored, profile };
}

/**
 * Use a store with the hub that was met; an empty one gets a profile, before a byte of an enrolment is sent. Null: the
 * hub has a new database; see `openedAnew`. Rejects with StoreFailed.
 */
export async function openedOnline(
  surroundings: ClientSurroundings,
  meeting: Meeting,
  store: Store,
  deviceName: string,
): Promise<Opened | null> {
  const stored = await store.load();
  if (stored.profile && stored.profile.database !== toHex(meeting.challenge.database)) return null;
  const profile =
    stored.profile ??
    newProfile(surroundings, meeting, Identity.create(surroundings.randomBytes), { deviceName });
  if (!stored.profile) await store.commit([profile]);
  return { meeting, store, stored, profile };
}

/**
 * Begin anew at a hub that was set up anew: we keep who we are, whom we know, and what waits to be sent. `old` is what
 * the store holds; `replaced` puts a new one in its place, with this in it, and opens it.
 */
export async function openedAnew(
  surroundings: ClientSurroundings,
  meeting: Meeting,
  old: StoredState,
  replaced: (first: readonly Change[]) => Promise<Store>,
): Promise<Opened> {
  if (!old.profile) throw new LocalError("a store without a profile has nothing to keep");
  const { identitySecret, deviceName, handle } = old.profile;
  const wantedHandle = handle || old.profile.wantedHandle;
  const profile = newProfile(surroundings, meeting, new Identity(identitySecret), {
    deviceName,
    wantedHandle,
  });
  const kept = old.outbox.filter((row) => row.conversation.kind !== "account");
  const waiting = kept.map((row) => ({ ...row, frames: EMPTY_BYTES, counter: 0 }));
  const store = await replaced([profile, ...old.people, ...waiting, ...forNewHub(old.values)]);
  return { meeting, store, stored: await store.load(), profile };
}

/**
 * Take what our other device has left for this code, and meet the hub again as a device of that person.
 *
 * Rejects with LocalError (this browser is somebody here already), Refusal, RemoteError, LinkLost.
 */
export async function openedPaired(
  surroundings: ClientSurroundings,
  meeting: Meeting,
  store: Store,
  pairing: { readonly code: Uint8Array; readonly deviceName: string },
): Promise<Opened> {
  const known = (await store.load()).profile;
  if (known?.handle) {
    throw new LocalError(
      `this browser is ${known.handle} at this hub already: link the other device from it`,
    );
  }
  const keys = await pairingKeys(pairing.code);
  const parcel = await takeParcel(meeting, keys, surroundings.randomBytes(HASH_BYTES)).finally(() => {
    meeting.hubLink.leave();
  });
  const again = await meet(surroundings, parcel.hubIdentityKey);
  const identity = new Identity(parcel.identitySecret);
  const profile = newProfile(surroundings, again, identity, {
    deviceName: pairing.deviceName,
    wantedHandle: parcel.handle,
    grant: parcel.grant,
  });
  const [token, device] = [toHex(parcel.token), toHex(parcel.grant.device)];
  await store.commit([profile, { type: "stored_pairing", token, device, isHelper: false }]);
  const stored = await store.load();
  return { meeting: again, store, stored, profile };
}

/** What a new device is called, which name it asks for where that is settled, and what lets it in. */
interface NewDevice {
  readonly deviceName: string;
  readonly wantedHandle?: string;
  readonly grant?: Grant;
}

/** Make a new device of this identity. */
function newProfile(
  surroundings: ClientSurroundings,
  { challenge }: Meeting,
  identity: Identity,
  { deviceName, wantedHandle = "", grant }: NewDevice,
): Profile {
  const account = surroundings.crypto.newAccount();
  try {
    const statement = identity.bind(account, deviceName, null);
    return {
      type: "profile",
      hubIdentityKey: challenge.identityKey,
      hubTitle: challenge.title,
      database: toHex(challenge.database),
      identitySecret: identity.secret,
      account: account.pickle(),
      handle: "",
      deviceName,
      deviceSeq: 0,
      voucher: grant ? encode(Voucher, useGrant(grant, statement)) : EMPTY_BYTES,
      wantedHandle,
      newFallbackMs: 0,
    };
  } finally {
    account.free();
  }
}
