/**
 * Who exists, people and rooms: the state that the directory log's statements add up to.
 *
 * Hub and clients all keep one and apply the same entries in the same order. `check` holds every rule about
 * statements (`directory-rules.ts`) and is called by whoever hears one from somebody else; `apply` only records.
 */
import { decodeAs } from "./codec";
import { checkEnrolment, checkStatement } from "./directory-rules";
import { EntryKind } from "./entries";
import { RemoteError } from "./errors";
import { toHex, type DeviceKey, type RoomKey, type UserKey } from "./hex";
import type { UserId } from "./ids";
import { Room } from "./room-record";
import {
  deviceOf,
  DeviceStatement,
  RevokeStatement,
  RoomStatement,
  userOf,
  UserStatement,
  type Verify,
} from "./statements";

/** The body of a directory entry. */
export type Statement =
  | { readonly type: "user"; readonly statement: UserStatement }
  | { readonly type: "device"; readonly statement: DeviceStatement }
  | { readonly type: "revoke"; readonly statement: RevokeStatement }
  | { readonly type: "room"; readonly statement: RoomStatement };

/** A user with the devices that may read now. */
export interface Person {
  readonly user: UserId;
  readonly key: UserKey;
  readonly handle: string;
  readonly identityKey: Uint8Array;
  readonly devices: ReadonlyMap<DeviceKey, DeviceStatement>;
  /** The directory seq at which their devices last changed; 0: they never had one. */
  readonly devicesSeq: number;
  /** The directory seq they came at. */
  readonly seq: number;
  /** The keys (in hex) of all vouchers so far: each lets one device in. */
  readonly usedGrants: ReadonlySet<string>;
}

/** Decodes the body of a directory entry. Throws RemoteError (MALFORMED), also for a kind that is no statement. */
export function decodeStatement(kind: number, body: Uint8Array): Statement {
  const what = "a statement";
  switch (kind) {
    case EntryKind.USER:
      return { type: "user", statement: decodeAs(UserStatement, body, what) };
    case EntryKind.DEVICE:
      return { type: "device", statement: decodeAs(DeviceStatement, body, what) };
    case EntryKind.REVOKE:
      return { type: "revoke", statement: decodeAs(RevokeStatement, body, what) };
    case EntryKind.ROOM:
      return { type: "room", statement: decodeAs(RoomStatement, body, what) };
    default:
      throw new RemoteError("malformed", `kind ${kind} is no statement`);
  }
}

/** What the directory needs from elsewhere: the rules of names (`names.ts`), and how signatures are checked. */
export interface DirectoryNeeds {
  readonly canonicalHandle: (text: string) => string;
  readonly skeleton: (handle: string) => string;
  readonly verify: Verify;
}

interface ChangingPerson extends Person {
  readonly devices: Map<DeviceKey, DeviceStatement>;
  devicesSeq: number;
  readonly usedGrants: Set<string>;
  /** Those that were cut off too. */
  readonly allDevices: Set<DeviceKey>;
}

interface PlacedStatement {
  readonly seq: number;
  readonly statement: DeviceStatement;
  readonly owner: ChangingPerson;
}

/** Users with their devices, and rooms. They share one space of names. Ids are asked for in their hex form. */
export class Directory {
  readonly needs: DirectoryNeeds;
  readonly #people = new Map<UserKey, ChangingPerson>();
  readonly #rooms = new Map<RoomKey, Room>();
  readonly #byName = new Map<string, Person | Room>();
  readonly #bySkeleton = new Map<string, Person | Room>();
  #unindexed: string[] = [];
  readonly #devices = new Map<DeviceKey, PlacedStatement>();
  readonly #revoked = new Map<DeviceKey, number>();
  #seq = 0;
  #devicesSeq = 0;

  constructor(needs: DirectoryNeeds) {
    this.needs = needs;
  }

  // --- asking ------------------------------------------------------------------------------------

  /** The newest entry applied. */
  get seq(): number {
    return this.#seq;
  }

  /** The newest entry that changed anybody's devices. */
  get devicesSeq(): number {
    return this.#devicesSeq;
  }

  /** All users, in the order they enrolled. */
  get people(): Iterable<Person> {
    return this.#people.values();
  }

  /** How many users there are. */
  get size(): number {
    return this.#people.size;
  }

  /** All rooms, archived ones too, in the order they were created. */
  get rooms(): Iterable<Room> {
    return this.#rooms.values();
  }

  person(user: UserKey): Person | null {
    return this.#people.get(user) ?? null;
  }

  /** Finds a user by canonical handle. */
  named(handle: string): Person | null {
    const found = this.#byName.get(handle);
    return found && !(found instanceof Room) ? found : null;
  }

  room(room: RoomKey): Room | null {
    return this.#rooms.get(room) ?? null;
  }

  /** Finds the room that has this canonical name now, archived or not. */
  roomNamed(name: string): Room | null {
    const found = this.#byName.get(name);
    return found instanceof Room && found.name === name ? found : null;
  }

  /** Finds who has or had a name: a person, or a room that may have another one by now. */
  bearerOf(name: string): Person | Room | null {
    return this.#byName.get(name) ?? null;
  }

  /** Finds whose name looks like this canonical one, perhaps because it is the same. */
  twinOf(name: string): Person | Room | null {
    for (const known of this.#unindexed) {
      const bearer = this.#byName.get(known);
      if (bearer) this.#bySkeleton.set(this.needs.skeleton(known), bearer);
    }
    this.#unindexed = [];
    return this.#bySkeleton.get(this.needs.skeleton(name)) ?? null;
  }

  /** Finds the user a device belongs or belonged to. */
  owner(device: DeviceKey): Person | null {
    return this.#devices.get(device)?.owner ?? null;
  }

  /** Returns the statement of a device that may read now. */
  device(device: DeviceKey): DeviceStatement | null {
    return this.owner(device)?.devices.get(device) ?? null;
  }

  /** Returns the statement of a device, revoked or not: old messages stay theirs. */
  everDevice(device: DeviceKey): DeviceStatement | null {
    return this.#devices.get(device)?.statement ?? null;
  }

  /** Returns all devices a user has or had. */
  everDevices(user: UserKey): readonly DeviceKey[] {
    return Array.from(this.#people.get(user)?.allDevices ?? []);
  }

  /** Returns the seq of a device's statement; 0 if there is none. */
  deviceSeq(device: DeviceKey): number {
    return this.#devices.get(device)?.seq ?? 0;
  }

  /** Returns the seq at which a device was cut off; null if it was not. */
  revokedSeq(device: DeviceKey): number | null {
    return this.#revoked.get(device) ?? null;
  }

  /** Tells whether the device was cut off for good. */
  isRevoked(device: DeviceKey): boolean {
    return this.#revoked.has(device);
  }

  /** All devices that were cut off. */
  get revokedDevices(): Iterable<DeviceKey> {
    return this.#revoked.keys();
  }

  // --- checking ----------------------------------------------------------------------------------

  /**
   * Holds a statement to every rule, against everything applied so far.
   *
   * Throws RemoteError (BAD_SIGNATURE or MALFORMED) if it is not what it says it is, and Refusal if it is well made but
   * can't be: a taken name, an unknown user …
   */
  check(statement: Statement): void {
    checkStatement(this, statement);
  }

  /** Checks a user together with a first device, before either is applied. Throws as `check`. */
  checkEnrolment(user: UserStatement, device: DeviceStatement): void {
    checkEnrolment(this, user, device);
  }

  // --- applying ----------------------------------------------------------------------------------

  /** Passes over an entry that `check` refused: it changes nothing but the seq. */
  skip(seq: number): void {
    this.#seq = seq;
  }

  /** Records a statement that stands at `seq` of the log and has been checked once. */
  apply(seq: number, { type, statement }: Statement): void {
    this.#seq = seq;
    switch (type) {
      case "user":
        this.#applyUser(statement);
        break;
      case "device":
        this.#applyDevice(statement);
        break;
      case "revoke":
        this.#applyRevoke(statement);
        break;
      case "room":
        this.#applyRoom(statement);
    }
  }

  #applyUser(statement: UserStatement): void {
    const user = userOf(statement);
    const key = toHex(user);
    if (this.#people.has(key)) return;
    const { handle, identityKey } = statement;
    const nothing = { devices: new Map(), usedGrants: new Set<string>(), allDevices: new Set<string>() };
    const person: ChangingPerson = {
      user,
      key,
      handle,
      identityKey,
      devicesSeq: 0,
      seq: this.#seq,
      ...nothing,
    };
    this.#people.set(key, person);
    this.#takeName(handle, person);
  }

  #applyDevice(statement: DeviceStatement): void {
    const owner = this.#knownPerson(statement.user);
    const device = toHex(deviceOf(statement));
    owner.devices.set(device, statement);
    owner.allDevices.add(device);
    if (statement.voucher) owner.usedGrants.add(toHex(statement.voucher.key));
    if (!this.#devices.has(device)) this.#devices.set(device, { seq: this.#seq, statement, owner });
    this.#devicesChanged(owner);
  }

  #applyRevoke(statement: RevokeStatement): void {
    const owner = this.#knownPerson(statement.user);
    const device = toHex(statement.device);
    owner.devices.delete(device);
    this.#revoked.set(device, this.#seq);
    this.#devicesChanged(owner);
  }

  #applyRoom(statement: RoomStatement): void {
    const key = toHex(statement.room);
    const version = { seq: this.#seq, statement };
    const known = this.#rooms.get(key);
    known?.add(version);
    const room = known ?? new Room(version);
    this.#rooms.set(key, room);
    this.#takeName(statement.name, room);
  }

  #knownPerson(user: UserId): ChangingPerson {
    const person = this.#people.get(toHex(user));
    if (!person) throw new TypeError("a statement about nobody was applied without a check");
    return person;
  }

  #takeName(name: string, bearer: Person | Room): void {
    if (this.#byName.has(name)) return;
    this.#byName.set(name, bearer);
    this.#unindexed.push(name);
  }

  #devicesChanged(person: ChangingPerson): void {
    person.devicesSeq = this.#seq;
    this.#devicesSeq = this.#seq;
  }
}
