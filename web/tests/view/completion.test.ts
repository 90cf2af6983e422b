import { describe, expect, test } from "vitest";
import { completed, completionsAt, MAX_COMPLETIONS, type Completion } from "$view/state/completion";

const SOURCES = {
  people: ["ben", "bella", "סרה"],
  rooms: ["build", "kitchen"],
  emoji: [
    { emoji: "😄", shortcodes: ["smile"] },
    { emoji: "😸", shortcodes: ["grinning_cat", "cat_smile"] },
  ],
};

function offered(text: string): readonly string[] {
  return completionsAt(text, text.length, SOURCES).items.map((item) => item.insert);
}

describe("what Tab completes", () => {
  test("names of people and rooms at the start of a line", () => {
    expect(offered("@b")).toEqual(["@ben ", "@bella ", "@build "]);
  });

  test("only names of people inside a line, for there it is a mention", () => {
    expect(offered("ask @b")).toEqual(["@ben ", "@bella "]);
  });

  test("a room typed with # becomes the way to write to it, and never reaches everyone", () => {
    expect(offered("#ki")).toEqual(["@kitchen "]);
    expect(offered("see #ki")).toEqual([]);
  });

  test("commands at the start of a line only, by their aliases too", () => {
    expect(offered("/thr")).toEqual(["/thread "]);
    expect(offered("/dele")).toEqual(["/delete "]);
    expect(offered("a /thr")).toEqual([]);
  });

  test("emoji after two letters, those that begin so first", () => {
    expect(offered("hi :s")).toEqual([]);
    expect(offered("hi :smi")).toEqual(["😄", "😸"]);
  });

  test("an address of mail and a time complete nothing", () => {
    expect(offered("ben@be")).toEqual([]);
    expect(offered("at 12:30")).toEqual([]);
  });

  test("the list is short", () => {
    expect(offered("/").length).toBe(MAX_COMPLETIONS);
  });

  test("what stands behind the caret stays", () => {
    const choice: Completion = { insert: "@ben ", label: "", detail: "", kind: "person" };
    expect(completed("hi @b!", 5, 3, choice)).toEqual({ text: "hi @ben !", caret: 8 });
  });
});
