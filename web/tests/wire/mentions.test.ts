import { foldCase } from "$wire/fold-case";
import { splitMark, splitMarkAtEnd } from "$wire/marks";
import { mentionsIn } from "$wire/mentions";
import { expect, test } from "vitest";

const NAMES = new Set(["bob", "ann", "田中", "strasse", "ασ", "a.b"]);

test.each([
  ["hi @bob", ["bob"]],
  ["@Bob, @ANN: @bob!", ["bob", "ann"]],
  ["mail bob@ann.example", []],
  ["(@bob) …@ann", ["bob", "ann"]],
  ["@here @ALL @everyone", ["here", "all"]],
  ["@bobby @cid", []],
  ["@bob. @bob- @a.b._", ["bob", "a.b"]],
  ["@田中さん @田中 @straße @ΑΣ", ["田中", "strasse", "ασ"]],
  ["@@bob @ bob", ["bob"]],
  ["", []],
])("%j names %j", (text, expected) => {
  expect(mentionsIn(text, (name) => NAMES.has(name))).toEqual(expected);
});

test.each([
  ["ẞß", "ssss"],
  ["ΑΣς", "ασσ"],
  ["İı", "i̇ı"],
  ["ꭰᎠ", "ᎠᎠ"],
  ["Kſ", "ks"],
])("%s is folded to %s", (text, folded) => {
  expect(foldCase(text)).toBe(folded);
  expect(foldCase(folded)).toBe(folded);
});

test.each([
  ["^ text", { count: 1, word: "" }, "text"],
  ["^^^", { count: 3, word: "" }, ""],
  ["^12 x", { count: 12, word: "" }, "x"],
  ["^1000", { count: 1, word: "1000" }, ""],
  ["^0", { count: 1, word: "0" }, ""],
  ["^^soup ^2", { count: 2, word: "soup" }, "^2"],
  ["text ^", null, "text ^"],
])("%j begins with the mark %j", (text, mark, rest) => {
  expect(splitMark(text)).toEqual({ mark, text: rest });
});

test.each([
  ["👍 ^2 ", { count: 2, word: "" }, "👍"],
  ["^soup", { count: 1, word: "soup" }, ""],
  ["👍", null, "👍"],
])("%j ends in the mark %j", (text, mark, rest) => {
  expect(splitMarkAtEnd(text)).toEqual({ mark, text: rest });
});
