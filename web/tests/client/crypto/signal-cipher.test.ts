import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { CannotDecrypt } from "$client/crypto/interface";
import { decryptSignal, encryptSignal, signalKey, type SignalLock } from "$client/crypto/signal-cipher";
import { fromHex, toHex } from "$wire/hex";

type Vector = Readonly<
  Record<"exported_key" | "key" | "nonce" | "associated" | "sealed" | "ciphertext", string>
>;
const vector = JSON.parse(readFileSync("../docs/vectors/signals.json", "utf8")) as Vector;
const lock: SignalLock = {
  key: signalKey(fromHex(vector.exported_key)),
  nonce: fromHex(vector.nonce),
  associated: fromHex(vector.associated),
};

test("a signal is encrypted as the Python client encrypts it", () => {
  expect(toHex(lock.key)).toBe(vector.key);
  expect(toHex(encryptSignal(lock, fromHex(vector.sealed)))).toBe(vector.ciphertext);
  expect(toHex(decryptSignal(lock, fromHex(vector.ciphertext)))).toBe(vector.sealed);
});

test("a signal that was altered, or is for another place, is refused", () => {
  const ciphertext = fromHex(vector.ciphertext);
  ciphertext[3] = (ciphertext[3] ?? 0) ^ 1;
  expect(() => decryptSignal(lock, ciphertext)).toThrow(CannotDecrypt);
  const elsewhere = { ...lock, associated: lock.associated.slice(1) };
  expect(() => decryptSignal(elsewhere, fromHex(vector.ciphertext))).toThrow(CannotDecrypt);
  expect(() => decryptSignal(lock, new Uint8Array(3))).toThrow(CannotDecrypt);
});
