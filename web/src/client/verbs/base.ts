/** What every group of verbs works with. */

import type { Connection } from "$client/connection";
import type { Engine } from "$client/engine";
import { IdentityNotTrusted, MembersNotTrusted, NotInRoom, UnknownPerson } from "$client/errors";
import type { ClientEvent } from "$client/events";
import type { Conversation } from "$client/model";
import type { ClientSurroundings } from "$client/surroundings";
import type { Person } from "$wire/directory";
import { formatInvite } from "$wire/invites";
import { nearNames } from "$wire/near-names";

/** The parts of a client that runs. */
export interface VerbParts {
  readonly engine: Engine;
  readonly connection: Connection;
  readonly surroundings: ClientSurroundings;
  readonly isNewHub: boolean;
  readonly listen: (listener: (event: ClientEvent) => void) => () => void;
  readonly close: () => Promise<void>;
}

/** Find a person by handle, with or without `@`. Throws UnknownPerson. */
export function personNamed({ state }: Engine, handle: string): Person {
  const name = withoutAt(handle).toLowerCase();
  const person = state.directory.named(name);
  if (person) return person;
  const people = [...state.directory.people].map((each) => each.handle);
  const rooms = [...state.directory.rooms].map((room) => room.name);
  throw new UnknownPerson(name, nearNames(name, [...people, ...rooms]));
}

/** Return a link to this hub; with the code of a pairing as its secret it lets a second device of ours in. */
export function linkTo({ engine, surroundings }: VerbParts, secret: Uint8Array, isPairing: boolean): string {
  const identityKey = engine.state.profile.hubIdentityKey;
  return formatInvite({ addresses: [surroundings.hubAddress], identityKey, secret, isPairing });
}

/** Return a name without the `@` before it. */
export function withoutAt(name: string): string {
  return name.startsWith("@") ? name.slice(1) : name;
}

/** Throw IdentityNotTrusted if the key of somebody who reads a conversation has changed. */
export function checkTrust({ state }: Engine, conversation: Conversation): void {
  const untrusted = state.untrusted(conversation).map((person) => person.handle);
  const [first] = untrusted;
  if (first === undefined) return;
  if (conversation.kind !== "room") throw new IdentityNotTrusted(first);
  throw new MembersNotTrusted(withoutAt(state.nameOf(conversation)), untrusted);
}

/** Throw NotInRoom if it is a room that we are not in. */
export function checkInRoom({ state }: Engine, conversation: Conversation): void {
  const room = state.roomFor(conversation);
  if (!room || room.isReader(state.user)) return;
  const record = room.room.statement;
  throw new NotInRoom(record.name, record.isOpen && !record.isArchived);
}
