import { codePoints, compareBytes, equalBytes, joinBytes, utf8 } from "$wire/bytes";
import { LocalError } from "$wire/errors";
import { expect, test } from "vitest";

const of = (...bytes: number[]) => Uint8Array.of(...bytes);

test("bytes are ordered as numbers, a beginning before what goes on", () => {
  const sorted = [of(), of(0), of(0, 255), of(1), of(127), of(128), of(255, 0)];
  expect(sorted.toReversed().sort(compareBytes)).toEqual(sorted);
});

test("equal is what has the same bytes", () => {
  expect(equalBytes(of(1, 2), of(1, 2))).toBe(true);
  expect(equalBytes(of(1, 2), of(1, 3))).toBe(false);
  expect(equalBytes(of(1), of(1, 0))).toBe(false);
});

test("parts are joined in their order", () => {
  expect(joinBytes([of(1), of(), of(2, 3)])).toEqual(of(1, 2, 3));
});

test("code points are counted, not UTF-16 units", () => {
  expect(codePoints("")).toBe(0);
  expect(codePoints("aä田👋")).toBe(4);
  expect(codePoints("\ud83d\ud83d\udc4b\udc4b")).toBe(3); // two lone halves around a whole
});

test.each(["\ud83d", "a\udc4b", "\udc4b\ud83d"])("half a character is no text: %j", (text) => {
  expect(() => utf8(text)).toThrow(LocalError);
});

test.each(["", "a label", "\x7f\x80", "田", "👋".repeat(60), "long ".repeat(60)])(
  "%j is its UTF-8",
  (text) => {
    expect(utf8(text)).toEqual(new TextEncoder().encode(text));
  },
);
