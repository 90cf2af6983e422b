/** The devices of this person: which there are, and what they are called. Mirrors `client/devices.py`. */

import type { DeviceId, DeviceInfo } from "$client/model";
import type { ClientState } from "$client/state";
import type { Change, Preference } from "$wire/account";

const NAME_PREFIX = "device_name:";
const SHORT_DIGITS = 8;

/** Return what our devices tell each other when one of them gets a name. */
export function namePreference(device: DeviceId, name: string): Preference {
  return { type: "preference", name: `${NAME_PREFIX}${device}`, value: name };
}

/**
 * Return the devices of ours that may read now, in the order they were added. `changes` are the values of the
 * account log: some of them are names.
 */
export function ownDevices(state: ClientState, changes: Iterable<Change>): DeviceInfo[] {
  const names = new Map<string, string>();
  for (const change of changes) {
    if (change.type === "preference" && change.name.startsWith(NAME_PREFIX)) {
      names.set(change.name.slice(NAME_PREFIX.length), change.value);
    }
  }
  const seqOf = (device: DeviceId): number => state.directory.deviceSeq(device);
  const devices = [...(state.person(state.user)?.devices.keys() ?? [])];
  const infos = devices
    .sort((one, other) => seqOf(one) - seqOf(other))
    .map((each) => deviceInfo(state, each));
  return infos.map((info) => ({ ...info, name: names.get(info.device) || info.name }));
}

/** Describe a device of ours, cut off or not. */
export function deviceInfo(state: ClientState, device: DeviceId): DeviceInfo {
  return {
    device,
    shortId: device.slice(0, SHORT_DIGITS),
    name: state.directory.everDevice(device)?.deviceName ?? "",
    addedAtMs: state.deviceAddedMs.get(device) ?? 0,
    isThis: device === state.device,
  };
}
