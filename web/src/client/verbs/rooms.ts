/** Groups and rooms: what there is, who is in it, and changing that. */

import type { LifetimeVerbs, RoomVerbs } from "$client/api";
import type { Engine } from "$client/engine";
import { NotAllowed, UnknownRoom } from "$client/errors";
import type { Conversation, MemberRole, UserId } from "$client/model";
import type { RoomState } from "$client/room-state";
import { groupOf } from "$client/state";
import { checkInRoom, checkTrust, personNamed, type VerbParts, withoutAt } from "$client/verbs/base";
import { EMPTY_BYTES } from "$wire/bytes";
import { encodeContent } from "$wire/content";
import { LocalError, Refusal } from "$wire/errors";
import { fromHex, toHex } from "$wire/hex";
import { ID_BYTES, roomLog } from "$wire/ids";
import { MAX_GROUP_USERS } from "$wire/limits";
import { canonicalHandle } from "$wire/names";
import { nearNames } from "$wire/near-names";
import { isReader, Role, type RoomStatement } from "$wire/statements";

const ROLES: Readonly<Record<Exclude<MemberRole, "owner">, Role>> = {
  outsider: Role.NONE,
  member: Role.MEMBER,
  moderator: Role.MODERATOR,
  banned: Role.BANNED,
};

/** Return the conversation of us and these people. Throws UnknownPerson, LocalError. */
export function groupNamed(engine: Engine, handles: readonly string[]): Conversation {
  const { user } = engine.state;
  const users = new Set([user, ...handles.map((handle) => userNamed(engine, handle))]);
  if (users.size > MAX_GROUP_USERS) {
    throw new LocalError(`a group has at most ${MAX_GROUP_USERS} people: make a room with /create`);
  }
  if (users.size > 2) return groupOf(users);
  return { kind: "direct", key: [...users].find((each) => each !== user) ?? user };
}

/** Find a person's id; a room is none. Throws UnknownPerson, LocalError. */
function userNamed(engine: Engine, handle: string): UserId {
  const name = withoutAt(handle).toLowerCase();
  if (engine.state.directory.roomNamed(name)) {
    throw new LocalError(
      `${name} is a room, and a group is of people: write @${name} alone to write into it`,
    );
  }
  return toHex(personNamed(engine, handle).user);
}

/** Make the verbs of rooms and groups. */
export function roomVerbs(parts: VerbParts): RoomVerbs & LifetimeVerbs {
  const { engine } = parts;
  const { state, rooms } = engine;
  return {
    rooms: () => [...state.rooms.values()].map((room) => rooms.info(room)),
    room: (name) => rooms.info(roomNamed(engine, name)),
    group: (handles) => groupNamed(engine, handles),
    members(conversation) {
      if (conversation.kind === "room") ourRoom(engine, conversation);
      return rooms.members(conversation);
    },
    topic: (conversation) => rooms.topic(conversation),
    lifetime: (conversation) => engine.expiry.lifetimes.current(conversation),
    setLifetime: (conversation, seconds) =>
      engine.perform(() => {
        checkTrust(engine, conversation);
        checkMaySetLifetime(engine, conversation);
        const content = encodeContent({ type: "lifetime", seconds, since: 0 });
        engine.outbox.add(conversation, engine.requests.newMessageId(), content);
      }),
    setTopic: (conversation, text) =>
      engine.perform(() => {
        checkMaySetTopic(engine, conversation);
        const content = encodeContent({ type: "topic", text, since: 0 });
        engine.outbox.add(conversation, engine.requests.newMessageId(), content);
      }),
    ...recordVerbs(parts),
    ...memberVerbs(engine),
  };
}

// --- rooms as such ---

type RecordVerb = "createRoom" | "renameRoom" | "archiveRoom" | "setRoom";

function recordVerbs({ engine, surroundings }: VerbParts): Pick<RoomVerbs, RecordVerb> {
  const { state, roomRequests } = engine;
  return {
    async createRoom(name, { isOpen = true, keepsHistory = false } = {}) {
      const room = surroundings.randomBytes(ID_BYTES);
      const statement: RoomStatement = {
        room,
        version: 1,
        name: canonicalHandle(withoutAt(name)),
        isOpen,
        keepsHistory,
        isArchived: false,
        owners: [fromHex(state.user)],
        device: fromHex(state.device),
        signature: EMPTY_BYTES,
      };
      // After the first try was stored, the room is there and we say that all is done.
      await roomRequests.publish(() => (state.directory.room(toHex(room)) ? null : statement));
      const log = toHex(roomLog(fromHex(state.database), room));
      await roomRequests.until(() => state.logs.has(log));
      return { kind: "room", key: toHex(room) };
    },
    async renameRoom(conversation, name) {
      const renamed = canonicalHandle(withoutAt(name));
      await publishNext(engine, roomOf(engine, conversation), () => ({ name: renamed }));
    },
    async archiveRoom(conversation) {
      await publishNext(engine, roomOf(engine, conversation), () => ({ isArchived: true }));
    },
    async setRoom(conversation, changes) {
      await publishNext(engine, roomOf(engine, conversation), () => changes);
    },
  };
}

/** What a version of a record may change. */
type RecordChanges = Partial<
  Pick<RoomStatement, "name" | "isOpen" | "keepsHistory" | "isArchived" | "owners">
>;

async function publishNext(
  engine: Engine,
  room: RoomState,
  change: (now: RoomStatement) => RecordChanges,
): Promise<void> {
  await engine.roomRequests.publish(() => {
    const now = room.room.statement;
    const changes = change(now);
    const isDone = Object.entries(changes).every(
      ([field, value]) => now[field as keyof RecordChanges] === value,
    );
    if (isDone) return null;
    const device = fromHex(engine.state.device);
    return { ...now, ...changes, version: now.version + 1, device, signature: EMPTY_BYTES };
  });
}

// --- people ---

type MemberVerb = "joinRoom" | "leave" | "invite" | "remove" | "setRole";

function memberVerbs(engine: Engine): Pick<RoomVerbs, MemberVerb> {
  const { state, roomRequests } = engine;
  const me = { user: fromHex(state.user) };
  return {
    async joinRoom(name) {
      const room = roomNamed(engine, name);
      await roomRequests.change(room, () => {
        if (room.isReader(state.user)) return [];
        checkMayJoin(engine, room);
        return [{ ...me, role: Role.MEMBER }];
      });
      return { kind: "room", key: toHex(room.room.room) };
    },
    async leave(conversation) {
      const room = roomOf(engine, conversation);
      await roomRequests.change(room, () => (room.isReader(state.user) ? [{ ...me, role: Role.NONE }] : []));
    },
    async invite(conversation, handles) {
      const users = handles.map((handle) => userNamed(engine, handle));
      const room = ourRoom(engine, conversation);
      await roomRequests.change(room, () =>
        users
          .filter((user) => !room.isReader(user))
          .map((user) => ({ user: fromHex(user), role: Role.MEMBER })),
      );
    },
    async remove(conversation, handle, { ban = false } = {}) {
      const user = userNamed(engine, handle);
      const room = ourRoom(engine, conversation);
      await roomRequests.change(room, () => {
        const role = room.role(user);
        const isDone = ban ? role === Role.BANNED : !isReader(role);
        return isDone ? [] : [{ user: fromHex(user), role: ban ? Role.BANNED : Role.NONE }];
      });
    },
    setRole: (conversation, handle, role) => setRole(engine, conversation, handle, role),
  };
}

async function setRole(
  engine: Engine,
  conversation: Conversation,
  handle: string,
  role: MemberRole,
): Promise<void> {
  const user = userNamed(engine, handle);
  const room = ourRoom(engine, conversation);
  if (!["outsider", "banned"].includes(role) && !room.isReader(user)) {
    throw new LocalError(`${engine.state.handleOf(user)} is not in the room: invite them first`);
  }
  const isOwner = ownersOf(room).includes(user);
  if (role === "owner") {
    if (!isOwner) await setOwners(engine, room, (owners) => [...owners, user]);
    return;
  }
  if (isOwner) await stepDown(engine, room, user);
  const after = ROLES[role];
  await engine.roomRequests.change(room, () =>
    room.role(user) === after ? [] : [{ user: fromHex(user), role: after }],
  );
}

async function stepDown(engine: Engine, room: RoomState, user: UserId): Promise<void> {
  if (user !== engine.state.user) {
    const name = engine.state.handleOf(user);
    throw new Refusal("not_allowed", `${name} is an owner of the room: only ${name} can end that`);
  }
  if (ownersOf(room).length === 1) {
    throw new Refusal("not_allowed", "you are the only owner of the room: make somebody else one first");
  }
  await setOwners(engine, room, (owners) => owners.filter((owner) => owner !== user));
}

async function setOwners(
  engine: Engine,
  room: RoomState,
  change: (owners: readonly UserId[]) => readonly UserId[],
): Promise<void> {
  await publishNext(engine, room, (now) => {
    const before = now.owners.map(toHex);
    const after = change(before);
    return after.join() === before.join() ? {} : { owners: after.map(fromHex) };
  });
}

// --- finding ---

function ownersOf(room: RoomState): UserId[] {
  return room.room.statement.owners.map(toHex);
}

/** Find a room by name. Throws UnknownRoom. */
function roomNamed({ state }: Engine, text: string): RoomState {
  const name = withoutAt(text.trim()).toLowerCase();
  const record = state.directory.roomNamed(name);
  const room = record ? state.roomFor({ kind: "room", key: toHex(record.room) }) : undefined;
  if (room) return room;
  throw new UnknownRoom(
    name,
    nearNames(
      name,
      [...state.directory.rooms].map((each) => each.name),
    ),
  );
}

/** Find a conversation's room. Throws LocalError if it is none. */
function roomOf({ state }: Engine, conversation: Conversation): RoomState {
  const room = state.roomFor(conversation);
  if (room) return room;
  throw new LocalError(`${state.nameOf(conversation)} is no room: its people are the same for ever`);
}

/** Find a room that we are in. Throws NotInRoom, LocalError. */
function ourRoom(engine: Engine, conversation: Conversation): RoomState {
  const room = roomOf(engine, conversation);
  checkInRoom(engine, conversation);
  return room;
}

function checkMayJoin({ state }: Engine, room: RoomState): void {
  const record = room.room.statement;
  if (ownersOf(room).includes(state.user)) return;
  if (record.isArchived) {
    throw new Refusal("archived", `the room ${record.name} is archived: an owner may open it again`);
  }
  if (!record.isOpen) {
    throw new Refusal("not_allowed", `the room ${record.name} is private: any of its members may invite you`);
  }
}

function checkMaySetTopic(engine: Engine, conversation: Conversation): void {
  const { state } = engine;
  if (conversation.kind === "group") return;
  if (conversation.kind !== "room") throw new LocalError("only rooms and groups have a topic");
  const room = ourRoom(engine, conversation);
  if (room.leadsNow(state.user)) return;
  const owners = ownersOf(room).map((owner) => state.handleOf(owner));
  const text = `only a moderator or an owner of the room sets its topic: ask ${owners.join(" or ")}`;
  throw new Refusal("not_allowed", text);
}

function checkMaySetLifetime(engine: Engine, conversation: Conversation): void {
  const { state } = engine;
  if (conversation.kind === "everyone" || conversation.kind === "account") {
    throw new NotAllowed(
      "messages to everyone stay: nobody may decide that for all. They disappear in direct chats and groups, where " +
        "anybody may set it, and in rooms",
    );
  }
  if (conversation.kind !== "room") return;
  const room = ourRoom(engine, conversation);
  if (room.leadsNow(state.user)) return;
  const owners = ownersOf(room).map((owner) => state.handleOf(owner));
  throw new NotAllowed(
    `only a moderator or an owner of the room sets how long its messages live: ask ${owners.join(" or ")}`,
  );
}
