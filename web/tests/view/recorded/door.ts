/** The door to a recorded client, in each state a door can be in. */

import type { Client, Door, OpenSettings } from "$client/api";
import { Refusal } from "$wire/errors";

export function recordedDoor(client: Client, given: Partial<Door> = {}): Door {
  return {
    hubTitle: client.hubTitle,
    hubAddress: client.hubAddress,
    hubIdentityKey: client.hubIdentityKey,
    checkWords: () => client.checkWords(),
    isKeyFromLink: false,
    isInviteNeeded: false,
    isPairingLink: false,
    handle: null,
    suggestedName: "quiet-otter",
    isOpenElsewhere: false,
    isStoreLost: false,
    prepare: () => Promise.resolve(),
    open: (settings: OpenSettings) =>
      settings.name === "ben" ? Promise.reject(new Refusal("name_taken", "taken")) : Promise.resolve(client),
    wipe: () => Promise.resolve(),
    bundle: () => Promise.resolve("5ca1ab1e".repeat(8)),
    ...given,
  };
}
