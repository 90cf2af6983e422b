/** A sending session ends when somebody goes who may have its key, from whomever. */

import { beforeAll, beforeEach, expect, test } from "vitest";
import { OlmCrypto } from "$client/crypto/olm";
import { loadOlm } from "$client/crypto/olm-module";
import { Effects } from "$client/effects";
import { Gaps } from "$client/gaps";
import { Log } from "$client/log";
import { RoomMembers } from "$client/members";
import { MessageKeys } from "$client/message-keys";
import { endSessionsWith } from "$client/rotation";
import { ClientState } from "$client/state";
import { PROFILE } from "$client/store/conformance-records";
import type { LogId } from "$client/store/interface";
import { MemoryStore } from "$client/store/memory";
import { encode } from "$wire/codec";
import { EntryKind, LogKind } from "$wire/entries";
import { fromHex } from "$wire/hex";
import { deviceId, userId, ZERO_HASH } from "$wire/ids";
import { DeviceStatement, MembersStatement, Role, RoomStatement, UserStatement } from "$wire/statements";
import { randomBytes } from "./random";
import { compiledOlm } from "../olm";

const BOB = "0b".repeat(16);
const CAT = "ca".repeat(16);

let crypto: OlmCrypto;
let state: ClientState;
let effects: Effects;
let keys: MessageKeys;

beforeAll(async () => {
  crypto = new OlmCrypto(await loadOlm(randomBytes, compiledOlm()));
});

beforeEach(() => {
  state = new ClientState({ ...PROFILE, identitySecret: randomBytes(32) }, crypto.newAccount(), () => true);
  effects = new Effects();
  keys = new MessageKeys({ effects, store: new MemoryStore(), crypto, outbound: [] });
});

/** A log that we have a sending session of. */
function sendingLog(log: LogId, kind: number, users: readonly string[] = []): LogId {
  const stored = { type: "stored_log", log, kind, base: 0, seq: 0, hash: ZERO_HASH, counter: 0 } as const;
  state.logs.set(log, new Log({ ...stored, users, room: "" }));
  keys.newSending(log, state.device, 1);
  effects.take();
  return log;
}

test("when a device is cut off, all sessions that it may follow end for good, and no others", () => {
  const everyone = sendingLog(state.everyoneLog, LogKind.EVERYONE);
  const bob = sendingLog("1".repeat(32), LogKind.DIRECT, [state.user, BOB]);
  const cat = sendingLog("2".repeat(32), LogKind.DIRECT, [state.user, CAT]);
  const room = sendingLog("3".repeat(32), LogKind.ROOM);
  const account = sendingLog(state.accountLog, LogKind.ACCOUNT, [state.user]);
  endSessionsWith(state, keys, BOB);
  expect(keys.sendingLogs).toEqual([cat, account]);
  const changes = [everyone, bob, room].map((log) => ({ type: "delete_outbound_session", log }));
  expect(effects.take().changes).toEqual(changes);
  endSessionsWith(state, keys, state.user);
  expect(keys.sendingLogs).toEqual([]);
});

/** A room of ours, with bob in it; returns what takes a change of its members. */
function roomOfOurs(): (seq: number, role: Role) => LogId {
  const { account, identity, directory } = state;
  const [signature, name] = [new Uint8Array(64), "kitchen"];
  const us = identity.user;
  const { signingKey, agreementKey } = account;
  const device = deviceId(signingKey, agreementKey);
  const claim: UserStatement = { handle: "ann", identityKey: identity.publicKey, signature };
  const binding: DeviceStatement = {
    user: us,
    signingKey,
    agreementKey,
    deviceName: "",
    signature,
    voucher: null,
  };
  const bobsKey = new Uint8Array(32).fill(7);
  const record: RoomStatement = {
    ...{ room: new Uint8Array(16).fill(3), version: 1, name, isOpen: false, keepsHistory: true },
    ...{ isArchived: false, owners: [us], device, signature },
  };
  directory.apply(1, { type: "user", statement: claim });
  directory.apply(2, { type: "device", statement: binding });
  directory.apply(3, { type: "user", statement: { handle: "bob", identityKey: bobsKey, signature } });
  directory.apply(4, { type: "room", statement: record });
  state.takeRooms();
  const [id = ""] = [...state.rooms.keys()];
  const log = sendingLog(id, LogKind.ROOM);
  const members = new RoomMembers(
    state,
    effects,
    keys,
    new Gaps(state, effects, new MemoryStore(), []),
    () => undefined,
  );
  let [membershipSeq, membershipHash] = [0, ZERO_HASH];
  return (seq, role) => {
    const view = { membershipSeq, directorySeq: 4 };
    const changes = [{ user: userId(bobsKey), role }];
    const body = encode(MembersStatement, { changes, view, membershipHash, signature });
    const entry = {
      kind: EntryKind.MEMBERS,
      sender: fromHex(state.device),
      messageId: new Uint8Array(16),
      atMs: 1,
      body,
    };
    [membershipSeq, membershipHash] = [seq, new Uint8Array(32).fill(seq)];
    const entryLog = state.logs.get(log);
    if (entryLog) members.takeEntry(entryLog, { seq, hash: membershipHash, entry }, false);
    return log;
  };
}

test("when somebody leaves a room its session ends, and not when somebody comes or leads", () => {
  const change = roomOfOurs();
  for (const [seq, role] of [
    [1, Role.MEMBER],
    [2, Role.MODERATOR],
  ] as const) {
    expect(keys.sendingLogs).toEqual([change(seq, role)]);
  }
  expect([change(3, Role.NONE), keys.sendingLogs]).toEqual([[...state.rooms.keys()][0], []]);
});
