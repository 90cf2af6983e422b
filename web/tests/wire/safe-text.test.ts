import { clip, safeLine, safeText } from "$wire/safe-text";
import { describe, expect, test } from "vitest";
import { effortMs } from "./effort";

const ENGLAND = "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}";

describe("what is text stays", () => {
  test.each([
    "",
    "plain",
    "naïve",
    "ไม่ยาก",
    "क्‍ष",
    "می‌خواهم",
    "👨‍👩‍👧‍👦",
    "👍🏽",
    "❤️",
    "5️⃣",
    ENGLAND,
    "ᠠ᠋",
    "葛\u{e0100}",
    "﷽",
  ])("%s", (text) => {
    expect(safeText(text)).toBe(text);
    expect(safeLine(text)).toBe(text);
  });
});

test.each([
  ["an escape sequence", "a\x1b]52;c;eA==\x07b", "a␛]52;c;eA==␇b"],
  ["a control of 8 bits", "a\x9b31m", "a\ufffd31m"],
  ["bidi controls", "a\u202eb\u2066c\u2069", "abc"],
  ["a hidden text of tags", "a\u{e0061}\u{e0062}", "a\ufffd\ufffd"],
  ["a flag of no country", "🏴\u{e0067}\u{e007f}", "🏴\ufffd\ufffd"],
  ["half a character", "a\ud83d", "a\ufffd"],
  ["private use", "\ue000", "\ufffd"],
  ["a joiner that hides", "a\u200db", "ab"],
  ["a selector that hides", "a\ufe0f", "a"],
  ["a blank letter", "a\u3164b", "a\ufffdb"],
  ["a mark on nothing", "\u0301a", "\u25cc\u0301a"],
  ["a soft hyphen and a byte order mark", "\ufeffa\u00adb", "ab"],
])("%s is made harmless", (_, text, expected) => {
  expect(safeLine(text)).toBe(expected);
  expect(safeText(text)).toBe(expected);
});

test("a pile of marks is cut to eight", () => {
  expect(safeText("a" + "\u0301".repeat(50))).toBe("a" + "\u0301".repeat(8));
});

test("line breaks and tabs", () => {
  expect(safeText("a\r\nb\rc\td\u2028e")).toBe("a\nb␍c    d⏎e");
  expect(safeLine("a\r\nb\tc\nd")).toBe("a⏎b c⏎d");
});

const HARMFUL = /[^\P{Cc}\n]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

test("filtering twice changes nothing, and no control or bidi character is left of any", () => {
  const wrong: number[] = [];
  for (let code = 0; code <= 0x10ffff; code += code < 0x3000 || code >> 9 === 0x700 ? 1 : 37) {
    const safe = safeText(`x${String.fromCodePoint(code)}\u0301y`);
    if (safe !== safeText(safe) || HARMFUL.test(safe)) wrong.push(code);
  }
  expect(wrong).toEqual([]);
});

test.each([
  ["short", 10, "short"],
  ["exactly", 7, "exactly"],
  ["too long", 7, "too lo…"],
  ["👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 2, "👨‍👩‍👧‍👦…"],
  ["👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 2, "👨‍👩‍👧‍👦👨‍👩‍👧‍👦"],
])("%s in %d characters is %s", (text, count, expected) => {
  expect(clip(text, count)).toBe(expected);
});

test("a text of a megabyte is clipped without going through it", () => {
  const text = "é".repeat(1 << 20);
  expect(effortMs(() => clip(text, 40))).toBeLessThan(500);
});
