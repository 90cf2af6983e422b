/** Who is there, and what we hold of their keys. */

import type { PeopleVerbs } from "$client/api";
import type { Engine } from "$client/engine";
import type { PersonInfo } from "$client/model";
import { personNamed, type VerbParts } from "$client/verbs/base";
import { fingerprint } from "$wire/check-words";
import type { Person } from "$wire/directory";
import { toHex } from "$wire/hex";

/** Make the verbs that ask about people. */
export function peopleVerbs({ engine }: VerbParts): PeopleVerbs {
  return {
    people: () => [...engine.state.directory.people].map((person) => personInfo(engine, person)),
    person: (handle) => personInfo(engine, personNamed(engine, handle)),
    trust: (handle) =>
      engine.perform(() => {
        engine.people.trust(personNamed(engine, handle).handle);
      }),
  };
}

function personInfo({ state, now, isConnected }: Engine, person: Person): PersonInfo {
  const user = toHex(person.user);
  const isMe = user === state.user;
  const known = state.presence.get(user);
  const presence = isConnected ? (isMe ? now.ownPresence() : known) : undefined;
  const reason = presence && !isMe ? now.reasonOf(presence) : "";
  return {
    user,
    handle: person.handle,
    isMe,
    isOnline: presence?.online === true,
    lastSeenMs: known ? known.lastSeenMs : 0,
    devices: person.devices.size,
    fingerprint: fingerprint(person.identityKey),
    trust: isMe ? "verified" : state.trustOf(person),
    status: presence ? now.statusOf(presence) : "offline",
    sinceMs: presence?.status ? presence.sinceMs : 0,
    awayReason: isMe ? now.own.reason : reason,
  };
}
