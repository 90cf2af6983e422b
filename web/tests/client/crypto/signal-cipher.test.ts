import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { CannotDecrypt } from "$client/crypto/interface";
import { decryptSignal, encryptSignal, signalKey } from "$client/crypto/signal-cipher";
import { fromHex, toHex } from "$wire/hex";

type Vector = Readonly<
  Record<"exported_key" | "key" | "nonce" | "associated" | "sealed" | "ciphertext", string>
>;
const vector = JSON.parse(readFileSync("../docs/vectors/signals.json", "utf8")) as Vector;
const key = signalKey(fromHex(vector.exported_key));
const nonce = fromHex(vector.nonce);
const associated = fromHex(vector.associated);

test("a signal is encrypted as the Python client encrypts it", () => {
  expect(toHex(key)).toBe(vector.key);
  expect(toHex(encryptSignal(key, nonce, fromHex(vector.sealed), associated))).toBe(vector.ciphertext);
  expect(toHex(decryptSignal(key, nonce, fromHex(vector.ciphertext), associated))).toBe(vector.sealed);
});

test("a signal that was altered, or is for another place, is refused", () => {
  const ciphertext = fromHex(vector.ciphertext);
  ciphertext[3] = (ciphertext[3] ?? 0) ^ 1;
  expect(() => decryptSignal(key, nonce, ciphertext, associated)).toThrow(CannotDecrypt);
  const elsewhere = associated.slice(1);
  expect(() => decryptSignal(key, nonce, fromHex(vector.ciphertext), elsewhere)).toThrow(CannotDecrypt);
  expect(() => decryptSignal(key, nonce, new Uint8Array(3), associated)).toThrow(CannotDecrypt);
});
