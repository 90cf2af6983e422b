import { COMMANDS, findCommand, LineError, nearCommands, shown } from "$wire/commands";
import { parseLine, targetOf } from "$wire/typed-line";
import { describe, expect, test } from "vitest";
import { camelFields } from "./camel";
import { vectors } from "./vectors";

interface Vectors {
  parsed: { line: string; rooms?: string[]; result: { kind: string; [field: string]: unknown } }[];
  refused: { line: string; rooms?: string[] }[];
}
const VECTORS = vectors<Vectors>("typed_lines");

test.each(VECTORS.parsed)("$line", ({ line, rooms = [], result: { kind, ...fields } }) => {
  const expected = camelFields(kind, fields, []);
  expect(parseLine(line, rooms)).toEqual(expected);
  const isPlain = kind === "ToCurrent" || kind === "Nothing";
  expect(targetOf(line, "here", rooms)).toEqual(isPlain ? "here" : expected);
});

test.each(VECTORS.refused)("refused: $line", ({ line, rooms = [] }) => {
  expect(() => parseLine(line, rooms)).toThrow(LineError);
  expect(targetOf(line, "here", rooms)).toMatchObject({ type: "refused" });
});

test("a refusal of a line that names a room says both ways", () => {
  const ways = /is a room\. To the room: @küche hello {3}To everyone: # küche hello/;
  expect(() => parseLine("#küche hello", ["küche"])).toThrow(ways);
  expect(() => parseLine("#KÜCHE: hello", ["#küche"])).toThrow("is a room");
});

test("what is typed comes back harmless in a refusal", () => {
  expect(() => parseLine("/\x1b]52;c;eA==\x07")).toThrow(/^\P{Cc}*$/u);
  expect(shown("x".repeat(100))).toBe("x".repeat(31) + "…");
});

describe("commands", () => {
  test("are found by name and alias, in any case, with or without a slash", () => {
    for (const spec of COMMANDS) {
      for (const word of [spec.name, ...spec.aliases]) {
        expect(findCommand(word)).toBe(spec);
        expect(findCommand(`/${word.toUpperCase()}`)).toBe(spec);
      }
    }
    expect(findCommand("nothing")).toBeNull();
  });

  test.each([
    ["hlep", ["help"]],
    ["who", ["who", "whois"]],
    ["xyz", []],
  ])("near %s are %j", (word, expected) => {
    expect(nearCommands(word).slice(0, Math.max(expected.length, 1))).toEqual(expected);
  });

  test("are told what they lack", () => {
    expect(() => parseLine("/whois")).toThrow("not done: write /whois NAME");
  });
});
