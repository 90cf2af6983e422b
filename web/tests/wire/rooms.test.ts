import { Refusal, RemoteError } from "$wire/errors";
import { toHex } from "$wire/hex";
import {
  checkChanges,
  deedOf,
  RULES,
  Standing,
  standingOf,
  When,
  whenAllowed,
  Whom,
  type Roles,
} from "$wire/rooms";
import { MAX_ROOM_MEMBERS } from "$wire/limits";
import { Role, type RoomStatement } from "$wire/statements";
import { describe, expect, test } from "vitest";

const user = (number: number) => {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
};
const [OWNER, OTHER_OWNER, MODERATOR, MEMBER, OUTSIDER, BANNED] = [1, 2, 3, 4, 5, 6].map(user) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
  Uint8Array,
  Uint8Array,
  Uint8Array,
];
const ROLES: Roles = new Map([
  [toHex(OWNER), Role.MEMBER],
  [toHex(MODERATOR), Role.MODERATOR],
  [toHex(MEMBER), Role.MEMBER],
  [toHex(BANNED), Role.BANNED],
]);
const record = (fields: Partial<RoomStatement> = {}): RoomStatement => ({
  room: user(0),
  version: 1,
  name: "hall",
  isOpen: true,
  keepsHistory: false,
  isArchived: false,
  owners: [OWNER, OTHER_OWNER],
  device: user(9),
  signature: new Uint8Array(64),
  ...fields,
});

function answer(actor: Uint8Array, of: Uint8Array, role: Role, room = record()): string {
  try {
    checkChanges(room, ROLES, toHex(actor), [{ user: of, role }]);
    return "ok";
  } catch (error) {
    if (error instanceof Refusal) return `${error.code}: ${error.message}`;
    throw error;
  }
}

test("everybody's standing follows from the record and their role", () => {
  const standings = [OWNER, MODERATOR, MEMBER, OUTSIDER, BANNED].map((each) =>
    standingOf(record(), ROLES, toHex(each)),
  );
  expect(standings).toEqual(["an owner", "a moderator", "a member", "an outsider", "somebody banned"]);
});

test("only what a rule allows may be done", () => {
  const roles = Object.values(Role);
  let allowed = 0;
  for (const actor of Object.values(Standing))
    for (const whom of Object.values(Whom))
      for (const before of roles)
        for (const after of roles) allowed += Number(whenAllowed(actor, whom, before, after) !== null);
  expect(allowed).toBe(RULES.length);
});

describe("an answer says who may do it", () => {
  test.each([
    ["join an open room", OUTSIDER, OUTSIDER, Role.MEMBER, "ok"],
    ["invite", MEMBER, OUTSIDER, Role.MEMBER, "ok"],
    ["ban who is not there", MODERATOR, OUTSIDER, Role.BANNED, "ok"],
    [
      "invite from outside",
      OUTSIDER,
      user(7),
      Role.MEMBER,
      "only a member or a moderator or an owner of the room invites people",
    ],
    ["remove", MEMBER, MODERATOR, Role.NONE, "only an owner of the room removes people"],
    ["make a moderator", MODERATOR, MEMBER, Role.MODERATOR, "only an owner of the room makes moderators"],
    ["remove an owner", OWNER, OTHER_OWNER, Role.BANNED, "an owner's place in the room is their own affair"],
    ["come back when banned", BANNED, BANNED, Role.MEMBER, "you are banned from this room"],
    ["make oneself a moderator", MEMBER, MEMBER, Role.MODERATOR, "nobody may do that to themselves"],
    ["nothing", MODERATOR, MEMBER, Role.MEMBER, "this changes nothing"],
  ])("%s", (_, actor, of, role, words) => {
    expect(answer(actor, of, role)).toContain(words);
  });
});

test("nobody walks into a room that is not open, or archived", () => {
  expect(answer(OUTSIDER, OUTSIDER, Role.MEMBER, record({ isOpen: false }))).toMatch(
    /^not_allowed: .* a member may invite/,
  );
  expect(answer(OUTSIDER, OUTSIDER, Role.MEMBER, record({ isArchived: true }))).toMatch(
    /^archived: .* an owner may/,
  );
  expect(answer(MEMBER, MEMBER, Role.NONE, record({ isArchived: true }))).toBe("ok");
});

test("nobody is changed twice at once", () => {
  const twice = [Role.NONE, Role.BANNED].map((role) => ({ user: MEMBER, role }));
  expect(() => {
    checkChanges(record(), ROLES, toHex(OWNER), twice);
  }).toThrow(RemoteError);
});

test("a room that is full takes nobody and lets people go", () => {
  const full: Roles = new Map(
    Array.from({ length: MAX_ROOM_MEMBERS }, (_, number) => [toHex(user(100 + number)), Role.MEMBER]),
  );
  const change = (of: Uint8Array, role: Role) => () => {
    checkChanges(record(), full, toHex(OWNER), [{ user: of, role }]);
  };
  expect(change(OUTSIDER, Role.MEMBER)).toThrow(Refusal);
  expect(change(user(100), Role.NONE)).not.toThrow();
});

test("every change has a name", () => {
  expect(deedOf(Whom.SELF, Role.NONE, Role.MEMBER)).toBe("join");
  expect(deedOf(Whom.OTHER, Role.NONE, Role.MEMBER)).toBe("invite");
  expect(deedOf(Whom.SELF, Role.MEMBER, Role.NONE)).toBe("leave");
  expect(deedOf(Whom.OTHER, Role.MODERATOR, Role.NONE)).toBe("remove");
  expect(deedOf(Whom.OTHER, Role.NONE, Role.BANNED)).toBe("ban");
  expect(deedOf(Whom.OTHER, Role.BANNED, Role.NONE)).toBe("pardon");
  expect(deedOf(Whom.OTHER, Role.MEMBER, Role.MODERATOR)).toBe("set_role");
});

test("what only holds in open rooms is to join", () => {
  const rules = RULES.filter(({ when }) => when === When.IF_OPEN);
  expect(rules.map(({ whom, before, after }) => deedOf(whom, before, after))).toEqual(["join"]);
});
