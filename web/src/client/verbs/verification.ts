/** Making sure that somebody is who the hub says: seven emoji on both screens. */

import type { VerificationVerbs } from "$client/api";
import { PersonAway } from "$client/errors";
import { personNamed, type VerbParts } from "$client/verbs/base";
import { LinkLost, LocalError } from "$wire/errors";
import { toHex } from "$wire/hex";

/** Make the verbs that verify people. */
export function verificationVerbs({ engine }: VerbParts): VerificationVerbs {
  const { verifications } = engine.betweenDevices;
  const { state } = engine;
  return {
    verify: (handle) =>
      engine.perform(() => {
        const person = personNamed(engine, handle);
        const user = toHex(person.user);
        if (user === state.user) throw new LocalError("that is you: there is nothing to verify");
        if (!engine.isConnected) throw new LinkLost("not connected to the hub: verifying needs it");
        const isHere = state.presence.get(user)?.online ?? false;
        if (!isHere || !person.devices.size) throw new PersonAway(person.handle);
        verifications.start(person);
      }),
    acceptVerification: (handle) =>
      engine.perform(() => {
        verifications.accept(personNamed(engine, handle));
      }),
    confirmEmoji: (handle) =>
      engine.perform(() => {
        verifications.confirm(personNamed(engine, handle));
      }),
    cancelVerification: (handle, { isDifferent = false } = {}) =>
      engine.perform(() => {
        verifications.cancel(personNamed(engine, handle), isDifferent ? "different" : "called_off");
      }),
    verifications: () => verifications.all(),
  };
}
