/** What some clients can do and others not yet: offered only where it is there. */

import type { Client, LifetimeVerbs, RoomTrustVerbs } from "$client/api";

/** Tell whether a client has disappearing messages. */
export function hasLifetimes(client: Client): client is Client & LifetimeVerbs {
  return "setLifetime" in client;
}

/** Tell whether a client accepts changed keys for a room as a whole. */
export function hasRoomTrust(client: Client): client is Client & RoomTrustVerbs {
  return "trustRoom" in client;
}
