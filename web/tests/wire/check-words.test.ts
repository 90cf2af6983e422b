import { checkWords, fingerprint } from "$wire/check-words";
import { expect, test } from "vitest";
import { unhex, vectors } from "./vectors";

interface Vector {
  identity_key: string;
  words: string[];
  fingerprint: string;
}

test.each(vectors<{ keys: Vector[] }>("check_words").keys)("$words", async (vector) => {
  const key = unhex(vector.identity_key);
  expect(await checkWords(key)).toEqual(vector.words);
  expect(fingerprint(key)).toBe(vector.fingerprint);
});

test("a key has 32 bytes", async () => {
  await expect(checkWords(new Uint8Array(31))).rejects.toThrow(TypeError);
  expect(() => fingerprint(new Uint8Array(33))).toThrow(TypeError);
});
