/** Every rule about statements of the directory, in the same words as `lanmsg/wire/directory.py`. */
import { codePoints } from "./bytes";
import type { Directory, Person, Statement } from "./directory";
import { LocalError, Refusal } from "./errors";
import { toHex } from "./hex";
import {
  MAX_DEVICE_NAME_CODE_POINTS,
  MAX_DEVICES_PER_USER,
  MAX_ROOM_NAMES,
  MAX_ROOM_VERSIONS,
  MAX_ROOMS,
  MAX_ROOMS_PER_USER,
  MAX_USERS,
} from "./limits";
import { Room } from "./room-record";
import {
  deviceOf,
  deviceSignedBytes,
  grantBytes,
  mustFit,
  revokeSignedBytes,
  roomSignedBytes,
  userOf,
  userSignedBytes,
  vouchedBytes,
  type DeviceStatement,
  type RevokeStatement,
  type RoomStatement,
  type UserStatement,
  type Verify,
} from "./statements";

/** Holds a statement to every rule, as `Directory.check` says. */
export function checkStatement(directory: Directory, { type, statement }: Statement): void {
  switch (type) {
    case "user":
      checkUser(directory, statement);
      break;
    case "device":
      checkDevice(directory, statement);
      break;
    case "revoke":
      checkRevoke(directory, statement);
      break;
    case "room":
      checkRoom(directory, statement);
  }
}

/** Checks a user together with a first device, as `Directory.checkEnrolment` says. */
export function checkEnrolment(directory: Directory, user: UserStatement, device: DeviceStatement): void {
  const key = toHex(userOf(user));
  if (toHex(device.user) !== key) throw new Refusal("malformed", "the device belongs to another user");
  checkUser(directory, user);
  checkDeviceOf(directory, directory.person(key) ?? newcomer(user), device);
}

function newcomer(statement: UserStatement): Person {
  const user = userOf(statement);
  const { handle, identityKey } = statement;
  const nothing = { devices: new Map(), devicesSeq: 0, seq: 0, usedGrants: new Set<string>() };
  return { user, key: toHex(user), handle, identityKey, ...nothing };
}

// --- people --------------------------------------------------------------------------------------

function checkUser(directory: Directory, statement: UserStatement): void {
  const { verify } = directory.needs;
  mustFit(verify, statement.identityKey, statement.signature, userSignedBytes(statement));
  const known = directory.person(toHex(userOf(statement)));
  if (known && known.handle !== statement.handle) {
    throw new Refusal("name_taken", `this identity already has the name ${known.handle}`);
  }
  if (known) return;
  checkName(directory, statement.handle, null);
  if (directory.size >= MAX_USERS) {
    throw new Refusal("full", `this hub has ${MAX_USERS} users and takes no more`);
  }
}

/** Checks that a name is legal and free, and looks like no person's or other room's than `of`'s. Throws Refusal. */
export function checkName(directory: Directory, name: string, of: Room | null): void {
  const legal = legalName(directory, name);
  if (legal !== name) throw new Refusal("name_illegal", `the name must be written ${legal}`);
  if (directory.bearerOf(name)) {
    throw new Refusal("name_taken", `the name ${name} is taken: choose another one`);
  }
  const twin = directory.twinOf(name);
  if (twin instanceof Room && twin !== of) {
    throw new Refusal("name_looks_like", `the name ${name} looks like the room ${twin.name}`);
  }
  if (twin && !(twin instanceof Room)) {
    throw new Refusal("name_looks_like", `the name ${name} looks like ${twin.handle}, who is here already`);
  }
}

function legalName(directory: Directory, name: string): string {
  try {
    return directory.needs.canonicalHandle(name);
  } catch (error) {
    if (error instanceof LocalError) throw new Refusal("name_illegal", error.message);
    throw error;
  }
}

// --- devices -------------------------------------------------------------------------------------

function checkDevice(directory: Directory, statement: DeviceStatement): void {
  const person = directory.person(toHex(statement.user));
  if (!person) throw new Refusal("unknown_user", "the device belongs to nobody here");
  checkDeviceOf(directory, person, statement);
}

function checkDeviceOf(directory: Directory, person: Person, statement: DeviceStatement): void {
  const { verify } = directory.needs;
  mustFit(verify, person.identityKey, statement.signature, deviceSignedBytes(statement));
  if (codePoints(statement.deviceName) > MAX_DEVICE_NAME_CODE_POINTS) {
    throw new Refusal("too_large", "the device name is too long");
  }
  const device = toHex(deviceOf(statement));
  checkDeviceIsNew(directory, person, device);
  if (person.devicesSeq && !person.devices.has(device)) checkVoucher(verify, person, statement);
}

function checkDeviceIsNew(directory: Directory, person: Person, device: string): void {
  if (directory.isRevoked(device)) {
    throw new Refusal("revoked_device", "this device was cut off; start with a new one");
  }
  if ((directory.owner(device)?.key ?? person.key) !== person.key) {
    throw new Refusal("malformed", "the device belongs to somebody else");
  }
  if (!person.devices.has(device) && person.devices.size >= MAX_DEVICES_PER_USER) {
    throw new Refusal("full", `${person.handle} has ${MAX_DEVICES_PER_USER} devices: revoke one first`);
  }
}

/** Checks that a present device lets this one in: who has the identity key of one that is cut off can't. */
function checkVoucher(verify: Verify, person: Person, statement: DeviceStatement): void {
  const { voucher } = statement;
  const by = voucher && person.devices.get(toHex(voucher.device));
  if (!voucher || !by) {
    throw new Refusal(
      "not_vouched_for",
      `${person.handle} has devices here already, and one of them must let this one in: type /link there, ` +
        "and here what it shows",
    );
  }
  mustFit(verify, by.signingKey, voucher.grant, grantBytes(person.user, voucher.key));
  mustFit(verify, voucher.key, voucher.signature, vouchedBytes(statement));
  if (person.usedGrants.has(toHex(voucher.key))) {
    throw new Refusal("not_vouched_for", "this code has let a device in already: make another one");
  }
}

function checkRevoke(directory: Directory, statement: RevokeStatement): void {
  const { verify } = directory.needs;
  const person = directory.person(toHex(statement.user));
  if (!person) throw new Refusal("unknown_user", "the device belongs to nobody here");
  const signed = revokeSignedBytes(statement);
  mustFit(verify, person.identityKey, statement.signature, signed);
  const by = person.devices.get(toHex(statement.by));
  if (!by || !person.devices.has(toHex(statement.device))) {
    throw new Refusal("unknown_device", `${person.handle} has no such device`);
  }
  mustFit(verify, by.signingKey, statement.bySignature, signed);
}

// --- rooms ---------------------------------------------------------------------------------------

function checkRoom(directory: Directory, statement: RoomStatement): void {
  const key = toHex(statement.device);
  const author = directory.owner(key);
  const device = directory.device(key);
  if (!author || !device) {
    throw new Refusal("unknown_device", "the device that signed the room is not (or no longer) here");
  }
  mustFit(directory.needs.verify, device.signingKey, statement.signature, roomSignedBytes(statement));
  checkOwners(directory, statement);
  const room = directory.room(toHex(statement.room));
  if (room) checkNextVersion(directory, statement, author, room);
  else checkNewRoom(directory, statement, author);
  if (!room?.names.has(statement.name)) checkName(directory, statement.name, room);
}

function checkOwners(directory: Directory, statement: RoomStatement): void {
  const owners = statement.owners.map(toHex);
  if (new Set(owners).size < owners.length) {
    throw new Refusal("malformed", "somebody is named twice as an owner of the room");
  }
  if (owners.some((owner) => !directory.person(owner))) {
    throw new Refusal("unknown_user", "an owner of the room is nobody here");
  }
}

function checkNewRoom(directory: Directory, statement: RoomStatement, author: Person): void {
  if (statement.version !== 1 || statement.isArchived) {
    throw new Refusal("malformed", "a room begins with version 1 and not archived");
  }
  if (statement.owners.map(toHex).join() !== author.key) {
    throw new Refusal("not_allowed", "only who creates a room is its owner at first");
  }
  const rooms = Array.from(directory.rooms);
  if (rooms.length >= MAX_ROOMS) {
    throw new Refusal("full", `this hub has ${MAX_ROOMS} rooms and takes no more`);
  }
  const created = rooms.filter((room) => toHex(room.creator) === author.key).length;
  if (created >= MAX_ROOMS_PER_USER) {
    throw new Refusal("full", `${author.handle} has created ${created} rooms: use one of them`);
  }
}

function checkNextVersion(directory: Directory, statement: RoomStatement, author: Person, room: Room): void {
  const owners = room.statement.owners.map(toHex);
  if (!owners.includes(author.key)) {
    const names = owners.map((owner) => directory.person(owner)?.handle).join(" or ");
    throw new Refusal("not_allowed", `only an owner changes the room ${room.name}: ask ${names}`);
  }
  if (statement.version !== room.statement.version + 1) {
    throw new Refusal("stale_view", `the room ${room.name} was changed meanwhile: look at it again`);
  }
  if (statement.version > MAX_ROOM_VERSIONS) {
    throw new Refusal("full", `the room ${room.name} was changed too often: create another one`);
  }
  if (new Set([...room.names, statement.name]).size > MAX_ROOM_NAMES) {
    throw new Refusal("full", `the room ${room.name} has had ${MAX_ROOM_NAMES} names: use one of them`);
  }
}
