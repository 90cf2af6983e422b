import { LocalError } from "$wire/errors";
import { fromHex, toHex } from "$wire/hex";
import { expect, test } from "vitest";

test("bytes come back from their digits, in either case", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  expect(fromHex(toHex(bytes))).toEqual(bytes);
  expect(fromHex("0AfF")).toEqual(Uint8Array.of(10, 255));
  expect(toHex(new Uint8Array(0))).toBe("");
});

test.each(["0", "0g", "g0", " 00", "0x00", "٠٠"])("%j is refused", (text) => {
  expect(() => fromHex(text)).toThrow(LocalError);
});
