import { toHex } from "$wire/hex";
import * as ids from "$wire/ids";
import { expect, test } from "vitest";
import { unhex, vectors } from "./vectors";

const { ids: VECTORS } = vectors<{ ids: { function: string; of: string[]; id: string }[] }>("ids");

const derivedBy: Record<string, (of: Uint8Array[]) => Uint8Array> = {
  hub_id: ([key]) => ids.hubId(key!),
  user_id: ([key]) => ids.userId(key!),
  device_id: ([signing, agreement]) => ids.deviceId(signing!, agreement!),
  directory_log: ([database]) => ids.directoryLog(database!),
  everyone_log: ([database]) => ids.everyoneLog(database!),
  direct_log: ([database, one, other]) => ids.directLog(database!, one!, other!),
  group_log: ([database, ...users]) => ids.groupLog(database!, users),
  room_log: ([database, room]) => ids.roomLog(database!, room!),
  inbox_log: ([database, device]) => ids.inboxLog(database!, device!),
  account_log: ([database, user]) => ids.accountLog(database!, user!),
};

test.each(VECTORS)("$function is $id", (vector) => {
  expect(toHex(derivedBy[vector.function]!(vector.of.map(unhex)))).toBe(vector.id);
});

test("of a group each user counts once", () => {
  const [database, one, other] = [1, 2, 3].map((byte) => new Uint8Array(16).fill(byte));
  expect(ids.groupLog(database!, [one!, other!, one!])).toEqual(ids.groupLog(database!, [other!, one!]));
});
