import { canonicalHandle, handleFromLogin, IllegalName, numbered, skeleton } from "$wire/names";
import { nearNames } from "$wire/near-names";
import { describe, expect, test } from "vitest";
import { vectors } from "./vectors";

interface Vectors {
  canonical: { text: string; handle: string; skeleton: string }[];
  refused: string[];
  logins: { login: string; handle: string }[];
}
const VECTORS = vectors<Vectors>("names");

test.each(VECTORS.canonical)("$text is $handle", ({ text, handle, skeleton: key }) => {
  expect(canonicalHandle(text)).toBe(handle);
  expect(skeleton(handle)).toBe(key);
});

test.each(VECTORS.refused)("no name: %j", (text) => {
  expect(() => canonicalHandle(text)).toThrow(IllegalName);
});

test.each(VECTORS.logins)("of the login $login", ({ login, handle }) => {
  expect(handleFromLogin(login)).toBe(handle);
});

function handleOrNull(text: string): string | null {
  try {
    return canonicalHandle(text);
  } catch (error) {
    if (error instanceof IllegalName) return null;
    throw error;
  }
}

describe("each of Unicode's look-alikes", () => {
  const { names, refused } = vectors<{ names: string[]; refused: string }>("look_alikes");

  test("that is a name is the same name to us, with the same look-alike key", () => {
    const ours = names.map((row) => {
      const [text = ""] = row.split(" ");
      const handle = handleOrNull(text);
      return `${text} ${handle} ${handle === null ? "" : skeleton(handle)}`;
    });
    expect(ours).toEqual(names);
  });

  test("that is no name is none to us", () => {
    expect(refused.split(" ").filter((text) => handleOrNull(text) !== null)).toEqual([]);
  });
});

test.each([
  ["an invisible character is named", "a\u200db", "the invisible character U+200D"],
  ["a space is named", "a b", "a space"],
  ["mixed alphabets are named", "p\u0430ypal", "mixes Cyrillic and Latin letters"],
  ["mixed directions are named", "\u05d3a", "from right to left"],
])("%s", (_, text, words) => {
  expect(() => canonicalHandle(text)).toThrow(words);
});

test("a name with an escape sequence in it is shown harmless", () => {
  expect(() => canonicalHandle("\x1b]52;c;x\x07")).toThrow(/^\P{Cc}*$/u);
});

test.each([
  ["sam", 2, "sam2"],
  ["sam1", 2, "sam1-2"],
  ["x".repeat(64), 12, "x".repeat(61) + "12"],
  ["אבג", 2, "אבג2"],
  ["ا٣", 2, "ا٣-٢"],
])("another %s is %d: %s", (handle, n, expected) => {
  expect(numbered(handle, n)).toBe(expected);
  expect(canonicalHandle(expected)).toBe(expected);
});

test.each([
  ["bo", ["ann", "bob", "bobby", "cid"], ["bob", "bobby"]],
  ["boob", ["ann", "bob", "cid"], ["bob"]],
  ["Dora", ["dora", "dorothy", "doro", "dor", "d"], ["dora", "dor", "doro"]],
  ["", ["ann"], []],
  ["zzz", ["ann"], []],
])("near %j of %j are %j", (name, names, expected) => {
  expect(nearNames(name, names)).toEqual(expected);
});
