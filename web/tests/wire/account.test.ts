import {
  AccountChanges,
  checkChange,
  decodeAccount,
  decodeChange,
  encodeAccount,
  encodeChange,
  Item,
  takeBatch,
  type Change,
} from "$wire/account";
import { encode } from "$wire/codec";
import { LocalError, RemoteError } from "$wire/errors";
import { MAX_ACCOUNT_BYTES, MAX_ACCOUNT_CHANGES, MAX_TEXT_BYTES } from "$wire/limits";
import { expect, test } from "vitest";
import { unhex } from "./vectors";

const KEY = new Uint8Array(16).fill(5);
const mark: Change = { type: "read_mark", kind: 3, key: KEY, seq: 9 };
const draft = (text: string): Change => ({ type: "draft", kind: 3, key: KEY, text });
const items = (count: number, change: Change = mark): Item[] =>
  Array.from({ length: count }, () => ({ change, since: 0 }));
const message = (parts: readonly Uint8Array[]) =>
  encode(AccountChanges, { type: "account_changes", items: parts });

test.each<Change>([
  mark,
  { type: "preference", name: "theme", value: "dark" },
  draft("half a sen"),
  { type: "verified", user: KEY, identityKey: new Uint8Array(32) },
])("$type comes back", (change) => {
  const item = { change, since: 7 };
  expect(decodeAccount(encodeAccount([item]))).toEqual([item]);
  expect(decodeChange(encodeChange(change))).toEqual(change);
});

test("a change that a newer version made does not hide the others", () => {
  const known = encode(Item, { change: mark, since: 0 });
  const newer = unhex("9293cc630102" + "00"); // tag 99
  expect(decodeAccount(message([newer, known]))).toEqual([{ change: mark, since: 0 }]);
});

test.each([
  ["no item", message([])],
  ["too many", message(Array.from({ length: MAX_ACCOUNT_CHANGES + 1 }, () => new Uint8Array(0)))],
  ["too large", new Uint8Array(MAX_ACCOUNT_BYTES + 1)],
  ["something else", unhex("9101")],
])("refused: %s", (_, bytes) => {
  expect(() => decodeAccount(bytes)).toThrow(RemoteError);
});

test.each<[string, Change]>([
  ["a draft that is too long", draft("ä".repeat(MAX_TEXT_BYTES / 2 + 1))],
  ["half a character", draft("\ud83d")],
  ["a name that is too long", { type: "preference", name: "n".repeat(1201), value: "" }],
  ["a value of too many bytes", { type: "preference", name: "n", value: "田".repeat(342) }],
  ["a key that is too long", { type: "read_mark", kind: 3, key: new Uint8Array(513), seq: 1 }],
])("never sent: %s", (_, change) => {
  expect(() => {
    checkChange(change);
  }).toThrow(LocalError);
  expect(() => encodeAccount([{ change, since: 0 }])).toThrow(LocalError);
});

test("what a batch takes always fits, and is never nothing", () => {
  for (const change of [mark, draft("x".repeat(MAX_TEXT_BYTES)), draft("x".repeat(1000))]) {
    const all = items(2 * MAX_ACCOUNT_CHANGES, change);
    const batch = takeBatch(all);
    expect(batch.length).toBeGreaterThan(0);
    expect(decodeAccount(encodeAccount(batch)).length).toBe(batch.length);
  }
  expect(() => encodeAccount(items(MAX_ACCOUNT_CHANGES + 1))).toThrow(LocalError);
  expect(() => encodeAccount([])).toThrow(LocalError);
});
