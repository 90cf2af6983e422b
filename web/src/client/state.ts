/**
 * A client's state in memory: who we are, who exists, and how far we have each log.
 *
 * The engine's parts share it; each field names the part that changes it. Ids are lower-case hex.
 */

import { EQUAL_POWERS, type Powers } from "$client/amendments";
import type { Account } from "$client/crypto/interface";
import { Identity } from "$client/identity";
import { Log } from "$client/log";
import {
  type Conversation,
  conversationKey,
  type ConversationKey,
  EVERYONE,
  type DeviceId,
  type HexId,
  type Trust,
  type UserId,
} from "$client/model";
import { roomPowers, RoomState } from "$client/room-state";
import type {
  LogId,
  Profile,
  StoredMembers,
  StoredPairing,
  StoredPerson,
  StoredReceipt,
  StoredState,
  StoredTopic,
} from "$client/store/interface";
import { EMPTY_BYTES } from "$wire/bytes";
import { decodeStatement, Directory, type Person, type Statement } from "$wire/directory";
import { decodeAs } from "$wire/codec";
import { LogKind } from "$wire/entries";
import type { PersonPresence } from "$wire/frames";
import { fromHex, toHex } from "$wire/hex";
import * as ids from "$wire/ids";
import { canonicalHandle, skeleton } from "$wire/names";
import { deviceOf, isReader, MembersStatement, type Verify } from "$wire/statements";

export { Log } from "$client/log";

/** What our own devices tell each other; never listed or shown. */
export const ACCOUNT: Conversation = { kind: "account", key: "" };

const ID_DIGITS = 2 * ids.ID_BYTES;

/** Return the conversation of these people; of a group, ourselves among them. */
export function groupOf(users: Iterable<UserId>): Conversation {
  return { kind: "group", key: [...new Set(users)].sort().join("") };
}

/** The people of a group, ourselves too; of other kinds nobody: they are not in the name. */
export function usersOf(conversation: Conversation): UserId[] {
  if (conversation.kind !== "group") return [];
  return conversation.key.match(new RegExp(`.{${ID_DIGITS}}`, "g")) ?? [];
}

/** Everything the engine's parts know. */
export class ClientState {
  profile: Profile;
  readonly account: Account;
  readonly identity: Identity;
  /** This device. */
  readonly device: DeviceId;
  /** The hub's database. */
  readonly database: HexId;
  /** Ourselves. */
  readonly user: UserId;
  readonly inbox: LogId;
  readonly directoryLog: LogId;
  readonly everyoneLog: LogId;
  /** What our own devices tell each other. */
  readonly accountLog: LogId;
  readonly directory: Directory;
  readonly logs = new Map<LogId, Log>();
  /** By handle. */
  readonly pins = new Map<string, StoredPerson>();
  readonly presence = new Map<UserId, PersonPresence>();
  /** When each device of ours was added, by the hub's clock. */
  readonly deviceAddedMs = new Map<DeviceId, number>();
  /** By token (hex). */
  readonly pairings = new Map<string, StoredPairing>();
  /** How far devices have each log in their stores. Changed by `deliveries`. */
  readonly receipts = new Map<LogId, Map<DeviceId, number>>();
  /** How far the people at them have read it, as they say. Changed by `read-receipts`. */
  readonly reads = new Map<LogId, Map<DeviceId, number>>();
  /** Every room that the directory names, by its log, ours or not. Changed by `people`, `members`. */
  readonly rooms = new Map<LogId, RoomState>();
  readonly topics = new Map<LogId, StoredTopic>();
  /** The handles of people whose identity key has changed, and is not trusted; changed by `people`. */
  readonly changed = new Set<string>();
  /** Whose changed keys our person has accepted in which rooms (`ROOM/USER`); changed by `personal`. */
  readonly accepted = new Set<string>();
  /** Whose messages are not shown; changed by `personal`. */
  readonly ignored = new Set<UserId>();
  /** What to add to our clock to get the hub's. */
  clockOffsetMs = 0;
  isOnline = false;
  readonly #logIds = new Map<ConversationKey, LogId>();

  /** `verify` checks the signatures of the directory. */
  constructor(profile: Profile, account: Account, verify: Verify) {
    this.profile = profile;
    this.account = account;
    this.directory = new Directory({ canonicalHandle, skeleton, verify });
    this.identity = new Identity(profile.identitySecret);
    this.device = toHex(ids.deviceId(account.signingKey, account.agreementKey));
    this.database = profile.database;
    this.user = toHex(this.identity.user);
    const database = fromHex(profile.database);
    this.inbox = toHex(ids.inboxLog(database, fromHex(this.device)));
    this.directoryLog = toHex(ids.directoryLog(database));
    this.everyoneLog = toHex(ids.everyoneLog(database));
    this.accountLog = toHex(ids.accountLog(database, this.identity.user));
  }

  /** Take over what the store holds. */
  load(stored: StoredState): void {
    for (const log of stored.logs) this.logs.set(log.log, new Log(log));
    for (const person of stored.people) {
      this.pins.set(person.handle, person);
      if (person.trust === "changed") this.changed.add(person.handle);
    }
    for (const receipt of stored.receipts) {
      mapAt(this.receipts, receipt.log).set(receipt.device, receipt.seq);
      mapAt(this.reads, receipt.log).set(receipt.device, receipt.readSeq);
    }
    for (const pairing of stored.pairings) this.pairings.set(pairing.token, pairing);
    this.#loadDirectory(stored);
    for (const topic of stored.topics) this.topics.set(topic.log, topic);
  }

  #loadDirectory(stored: StoredState): void {
    for (const entry of stored.statements) {
      if (!entry.isValid) {
        this.directory.skip(entry.seq);
        continue;
      }
      const statement = decodeStatement(entry.kind, entry.body);
      this.directory.apply(entry.seq, statement);
      this.noteOwnDevice(statement, entry.atMs);
    }
    this.takeRooms();
    for (const members of stored.members) if (members.isValid) this.#takeMembers(members);
  }

  /** Make a place for each room that the directory has named since the last call. */
  takeRooms(): void {
    for (const room of [...this.directory.rooms].slice(this.rooms.size)) {
      const log = toHex(ids.roomLog(fromHex(this.database), room.room));
      this.rooms.set(log, new RoomState(log, room));
    }
  }

  /** Take over an entry that was found to be allowed when it came. */
  #takeMembers(members: StoredMembers): void {
    const room = this.rooms.get(members.log);
    const by = this.owner(members.sender);
    const statement = decodeAs(MembersStatement, members.body, "a MEMBERS entry");
    const record = room?.room.at(statement.view.directorySeq);
    if (room && record && by) room.apply({ ...members, statement, record }, by.key);
  }

  /** Return what is stored of a device's receipts. */
  receipt(log: LogId, device: DeviceId): StoredReceipt {
    const seq = this.receipts.get(log)?.get(device) ?? 0;
    const readSeq = this.reads.get(log)?.get(device) ?? 0;
    return { type: "stored_receipt", log, device, seq, readSeq };
  }

  /** Remember when a device of ours was added. */
  noteOwnDevice({ type, statement }: Statement, atMs: number): void {
    if (type !== "device" || toHex(statement.user) !== this.user) return;
    const device = toHex(deviceOf(statement));
    if (!this.deviceAddedMs.has(device)) this.deviceAddedMs.set(device, atMs);
  }

  // --- people ---

  /** Find a user. */
  person(user: UserId): Person | null {
    return this.directory.person(user);
  }

  /** Find the user a device belongs or belonged to. */
  owner(device: DeviceId): Person | null {
    return this.directory.owner(device);
  }

  /** Return the id of the user a device belongs or belonged to; null for a stranger's. */
  ownerOf(device: DeviceId): UserId | null {
    return this.owner(device)?.key ?? null;
  }

  // --- conversations ---

  /** Find the log of a conversation, if it exists here. */
  logFor(conversation: Conversation): Log | undefined {
    return this.logs.get(this.logOf(conversation));
  }

  /** Name the log of a conversation, whether it exists or not. */
  logOf(conversation: Conversation): LogId {
    const key = conversationKey(conversation);
    let log = this.#logIds.get(key);
    if (!log) {
      log = this.#nameLog(conversation);
      this.#logIds.set(key, log);
    }
    return log;
  }

  #nameLog(conversation: Conversation): LogId {
    const database = fromHex(this.database);
    switch (conversation.kind) {
      case "account":
        return this.accountLog;
      case "everyone":
        return this.everyoneLog;
      case "room":
        return toHex(ids.roomLog(database, fromHex(conversation.key)));
      case "group":
        return toHex(ids.groupLog(database, usersOf(conversation).map(fromHex)));
      case "direct":
        return toHex(ids.directLog(database, fromHex(this.user), fromHex(conversation.key)));
    }
  }

  /** Name the conversation of a log. */
  conversationOf(log: Log): Conversation {
    const { kind, users, room } = log.stored;
    if (kind === LogKind.EVERYONE) return EVERYONE;
    if (kind === LogKind.ACCOUNT) return ACCOUNT;
    if (kind === LogKind.ROOM) return { kind: "room", key: room };
    if (kind === LogKind.GROUP) return groupOf(users);
    return { kind: "direct", key: users.find((user) => user !== this.user) ?? this.user };
  }

  /** Name a conversation for people. */
  nameOf(conversation: Conversation): string {
    switch (conversation.kind) {
      case "room": {
        const room = this.directory.room(conversation.key);
        return room ? `@${room.name}` : `@?${conversation.key.slice(0, 8)}`;
      }
      case "group": {
        const others = usersOf(conversation).filter((user) => user !== this.user);
        return others
          .map((user) => `@${this.handleOf(user)}`)
          .sort()
          .join(",");
      }
      case "direct":
        return `@${this.handleOf(conversation.key)}`;
      default:
        return "everyone";
    }
  }

  /** Return a user's handle; for a stranger, the start of the id. */
  handleOf(user: UserId): string {
    return this.person(user)?.handle ?? `?${user.slice(0, 8)}`;
  }

  /** Return the handle of a device's owner; for a stranger, the start of the id. */
  handleOfDevice(device: DeviceId): string {
    return this.owner(device)?.handle ?? `?${device.slice(0, 8)}`;
  }

  /** Return the people who read a conversation. */
  members(conversation: Conversation): Person[] {
    if (conversation.kind === "everyone") return [...this.directory.people];
    const found = this.#users(conversation).map((user) => this.person(user));
    return found.filter((person) => person !== null);
  }

  /** Tell whether somebody who is enrolled reads a conversation. */
  isMember(conversation: Conversation, user: UserId): boolean {
    return conversation.kind === "everyone" || this.#users(conversation).includes(user);
  }

  /** Return who may do more to messages of a conversation than their authors. */
  powers(conversation: Conversation): Powers {
    const room = this.roomFor(conversation);
    return room ? roomPowers(room) : EQUAL_POWERS;
  }

  #users(conversation: Conversation): readonly UserId[] {
    switch (conversation.kind) {
      case "room":
        return this.roomFor(conversation)?.readers ?? [];
      case "group":
        return usersOf(conversation);
      case "direct":
        return [...new Set([this.user, conversation.key])];
      default:
        return [this.user];
    }
  }

  /** Return the devices that must be able to read a conversation, this one apart. */
  readers(conversation: Conversation): Map<DeviceId, Person> {
    const readers = new Map<DeviceId, Person>();
    for (const person of this.members(conversation)) {
      for (const device of person.devices.keys()) if (device !== this.device) readers.set(device, person);
    }
    return readers;
  }

  /** Tell whether a device is or was ours: this one or another. */
  isOwnDevice(device: DeviceId): boolean {
    return device === this.device || this.ownerOf(device) === this.user;
  }

  /** Tell whether a device belongs to somebody whose messages are not shown. */
  isIgnored(device: DeviceId): boolean {
    if (!this.ignored.size) return false;
    const owner = this.ownerOf(device);
    return owner !== null && this.ignored.has(owner);
  }

  /** Return the devices whose messages never count as unread: our own, and those of ignored people. */
  silentDevices(): DeviceId[] {
    const users = [this.user, ...this.ignored];
    return users.flatMap((user) => this.directory.everDevices(user));
  }

  /** Tell what we know of a person's key. */
  trustOf(person: Person): Trust {
    return this.pins.get(person.handle)?.trust ?? "first_seen";
  }

  /**
   * Return the readers because of whose changed keys nothing is sent there. Never of everyone: who reads that is
   * anybody whom the hub lets in.
   */
  untrusted(conversation: Conversation): Person[] {
    const { kind, key } = conversation;
    if (!this.changed.size || kind === "everyone" || kind === "account") return [];
    const people = [...this.changed].sort().map((handle) => this.directory.named(handle));
    const readers = people.filter((person) => person !== null && this.isMember(conversation, person.key));
    const found = readers.filter((person) => person !== null);
    return kind === "room" ? found.filter((person) => !this.accepted.has(`${key}/${person.key}`)) : found;
  }

  // --- rooms ---

  /** Find a conversation's room; of others there is none. */
  roomFor(conversation: Conversation): RoomState | undefined {
    return conversation.kind === "room" ? this.rooms.get(this.logOf(conversation)) : undefined;
  }

  /** Return the room that a log is of, if the directory has one. */
  roomOfLog(log: LogId): HexId | null {
    const room = this.rooms.get(log);
    return room ? toHex(room.room.room) : null;
  }

  /** Return the newest entry that changed who reads a log; 0 where nothing does. */
  membershipSeq(log: LogId): number {
    return this.rooms.get(log)?.membership.seq ?? 0;
  }

  /** Tell whether somebody could read the entry at `seq`, from what the log says of its members. */
  couldRead(log: Log, user: UserId, seq: number): boolean {
    const room = this.rooms.get(log.id);
    if (room) return isReader(room.roleAt(user, seq));
    const { users } = log.stored;
    return !users.length || users.includes(user);
  }

  /** Return the newest entry before `seq` that changed who reads a log; 0 where nothing does. */
  membershipSeqAt(log: Log, seq: number): number {
    return this.rooms.get(log.id)?.membershipSeqAt(seq) ?? 0;
  }

  /** Return the hash of that entry: zeros if there is none, empty outside rooms. */
  membershipHashAt(log: Log, seq: number): Uint8Array {
    return this.rooms.get(log.id)?.membershipHashAt(seq) ?? EMPTY_BYTES;
  }

  /** Tell whether newcomers of a room read what was before them. */
  keepsHistory(log: Log): boolean {
    return this.rooms.get(log.id)?.room.statement.keepsHistory ?? false;
  }
}

/** Return the map at a key, a new one if there is none. */
export function mapAt<K, V>(maps: Map<LogId, Map<K, V>>, key: LogId): Map<K, V> {
  let found = maps.get(key);
  if (!found) {
    found = new Map();
    maps.set(key, found);
  }
  return found;
}
