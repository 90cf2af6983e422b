import { sha256 } from "@noble/hashes/sha2.js";
import { encode } from "$wire/codec";
import { decodeAs } from "$wire/codec";
import { decodeStatement, Directory, type Statement } from "$wire/directory";
import { EntryKind } from "$wire/entries";
import { Refusal, RemoteError } from "$wire/errors";
import { fromHex, toHex } from "$wire/hex";
import { roomLog } from "$wire/ids";
import { canonicalHandle, skeleton } from "$wire/names";
import { applyMembers, checkMembers, membershipAtFirst, type Membership } from "$wire/rooms";
import { deviceOf, MembersStatement, userOf, UserStatement } from "$wire/statements";
import { beforeEach, describe, expect, test } from "vitest";
import { vectors } from "./vectors";
import { verify } from "../verify";

interface Step {
  kind: number;
  body: string;
  outcome: string;
  room?: string;
  message_id?: string;
  sender?: string;
  roles?: Record<string, number>;
}
const VECTORS = vectors<{ database: string; statements: Step[] }>("directory");

/** What a client keeps of the directory and of rooms. */
class Life {
  readonly directory = new Directory({ canonicalHandle, skeleton, verify });
  readonly members = new Map<string, Membership>();

  answer(step: Step): string {
    try {
      if (step.kind === EntryKind.MEMBERS) this.#takeMembers(step);
      else this.#takeStatement(decodeStatement(step.kind, fromHex(step.body)));
      return "ok";
    } catch (error) {
      if (error instanceof Refusal || error instanceof RemoteError) return error.code;
      throw error;
    }
  }

  #takeStatement(statement: Statement) {
    this.directory.check(statement);
    this.directory.apply(this.directory.seq + 1, statement);
  }

  #takeMembers(step: Step) {
    const room = this.directory.room(step.room!)!;
    const before = this.members.get(step.room!) ?? membershipAtFirst(room);
    this.members.set(step.room!, before);
    const statement = decodeAs(MembersStatement, fromHex(step.body), "a statement");
    const messageId = fromHex(step.message_id!);
    const log = roomLog(fromHex(VECTORS.database), room.room);
    const place = { log, messageId, sender: fromHex(step.sender!) };
    const record = checkMembers(this.directory, room, before, statement, place);
    const entry = { seq: before.seq + 1, hash: sha256(messageId), statement, record };
    this.members.set(step.room!, applyMembers(before, entry));
  }
}

describe("the life of a hub", () => {
  const life = new Life();

  test("is judged as the hub judges it, statement by statement", { timeout: 60_000 }, () => {
    for (const [place, step] of VECTORS.statements.entries()) {
      expect([place, life.answer(step)]).toEqual([place, step.outcome]);
      if (step.roles) expect(Object.fromEntries(life.members.get(step.room!)!.roles)).toEqual(step.roles);
    }
  });

  test("leaves people and rooms that are found by id, by name and by device", () => {
    const { directory } = life;
    const people = Array.from(directory.people);
    expect(people.length).toBe(directory.size);
    for (const person of people) {
      expect(directory.named(person.handle)).toBe(directory.person(person.key));
      expect(directory.twinOf(person.handle)).toBe(person);
      for (const [device, statement] of person.devices) {
        expect(directory.owner(device)).toBe(person);
        expect(directory.device(device)).toBe(statement);
        expect(directory.everDevices(person.key)).toContain(device);
        expect(directory.isRevoked(device)).toBe(false);
      }
    }
    for (const room of directory.rooms) {
      expect(directory.roomNamed(room.name)).toBe(room);
      expect(room.at(room.seq)).toBe(room.statement);
      expect(room.at(room.versions[0]!.seq - 1)).toBeNull();
      expect(directory.named(room.name)).toBeNull();
    }
  });

  test("leaves devices that were cut off, whose old messages stay theirs", () => {
    const { directory } = life;
    const revoked = VECTORS.statements
      .filter(({ kind, outcome }) => kind === EntryKind.REVOKE && outcome === "ok")
      .map(({ body }) => decodeStatement(EntryKind.REVOKE, fromHex(body)).statement);
    expect(Array.from(directory.revokedDevices)).toHaveLength(revoked.length);
    expect(revoked.length).toBeGreaterThan(2);
    for (const statement of revoked) {
      const device = toHex("device" in statement ? statement.device : new Uint8Array(0));
      expect(directory.isRevoked(device)).toBe(true);
      expect(directory.device(device)).toBeNull();
      expect(directory.everDevice(device)).not.toBeNull();
      expect(directory.revokedSeq(device)).toBeGreaterThan(directory.deviceSeq(device));
    }
  });
});

describe("an enrolment", () => {
  const taken = VECTORS.statements.filter(
    ({ kind, outcome }) => outcome === "ok" && kind < EntryKind.MESSAGE,
  );
  const statements = taken.map(({ kind, body }) => decodeStatement(kind, fromHex(body)));
  const claim = statements.flatMap((each) => (each.type === "user" ? [each.statement] : []))[0]!;
  const devices = statements.flatMap((each) => (each.type === "device" ? [each.statement] : []));
  const own = devices.find(({ user }) => toHex(user) === toHex(userOf(claim)))!;
  const foreign = devices.find(({ user }) => toHex(user) !== toHex(userOf(claim)))!;
  let directory: Directory;

  beforeEach(() => {
    directory = new Directory({ canonicalHandle, skeleton, verify });
  });

  test("is a user with a first device", () => {
    directory.checkEnrolment(claim, own);
    directory.apply(1, { type: "user", statement: claim });
    directory.apply(2, { type: "device", statement: own });
    expect(directory.person(toHex(userOf(claim)))?.devicesSeq).toBe(2);
    expect(directory.deviceSeq(toHex(deviceOf(own)))).toBe(2);
    directory.checkEnrolment(claim, own); // and may be repeated
  });

  test("with a device of somebody else is refused", () => {
    expect(() => {
      directory.checkEnrolment(claim, foreign);
    }).toThrow(Refusal);
  });
});

test("a body of a kind that is no statement is refused", () => {
  const body = encode(UserStatement, {
    handle: "ann",
    identityKey: new Uint8Array(32),
    signature: new Uint8Array(64),
  });
  expect(() => decodeStatement(EntryKind.MESSAGE, body)).toThrow(RemoteError);
});

test("an entry that was refused changes nothing but the seq", () => {
  const directory = new Directory({ canonicalHandle, skeleton, verify });
  directory.skip(7);
  expect([directory.seq, directory.devicesSeq, directory.size]).toEqual([7, 0, 0]);
});
