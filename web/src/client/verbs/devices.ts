/** The devices of our person: which there are, letting another one in, cutting one off. */

import type { DeviceVerbs } from "$client/api";
import { namePreference, ownDevices } from "$client/devices";
import { sealParcel } from "$client/pairing";
import { linkTo, type VerbParts } from "$client/verbs/base";
import { makeGrant } from "$client/vouchers";
import { codePoints } from "$wire/bytes";
import { LinkLost, LocalError } from "$wire/errors";
import { fromHex, toHex } from "$wire/hex";
import { ID_BYTES } from "$wire/ids";
import { MAX_DEVICE_NAME_CODE_POINTS, PAIRING_CODE_BYTES, PAIRING_LIFETIME_S } from "$wire/limits";
import { formatCode, pairingKeys } from "$wire/pairing";

/** Make the verbs that list devices and change which there are. */
export function deviceVerbs(parts: VerbParts): DeviceVerbs {
  const { engine, surroundings } = parts;
  const { state, requests } = engine;
  return {
    devices: () => ownDevices(state, engine.personal.account.changes),
    renameDevice: (device, name) =>
      engine.perform(() => {
        const trimmed = name.trim();
        if (codePoints(trimmed) > MAX_DEVICE_NAME_CODE_POINTS) {
          throw new LocalError(`a device's name has at most ${MAX_DEVICE_NAME_CODE_POINTS} characters`);
        }
        engine.personal.account.put(namePreference(device, trimmed));
      }),
    async linkDevice() {
      if (!engine.isConnected) throw new LinkLost("not connected to the hub: linking a device needs it");
      const secret = surroundings.randomBytes(PAIRING_CODE_BYTES);
      const keys = await pairingKeys(secret);
      const { answer } = await engine.perform(() => {
        const token = surroundings.randomBytes(ID_BYTES);
        const grant = makeGrant(state, surroundings.randomBytes);
        engine.betweenDevices.ownHistory.expect(toHex(token));
        const { hubIdentityKey, handle, identitySecret } = state.profile;
        const database = fromHex(state.database);
        const sealed = sealParcel({ hubIdentityKey, database, handle, identitySecret, grant, token }, keys);
        return { answer: requests.storePairing(keys.name, sealed) };
      });
      await answer;
      const hubNowMs = surroundings.clock.nowMs() + state.clockOffsetMs;
      return {
        code: formatCode(secret),
        link: linkTo(parts, secret, true),
        endsAtMs: hubNowMs + PAIRING_LIFETIME_S * 1000,
      };
    },
    async revokeDevice(device) {
      if (!engine.isConnected) throw new LinkLost("not connected to the hub: cutting a device off needs it");
      const { answer } = await engine.perform(() => ({ answer: requests.revoke(device) }));
      await answer;
    },
  };
}
