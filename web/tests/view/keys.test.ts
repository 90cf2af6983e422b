import { describe, expect, test } from "vitest";
import { globalAction, messageAction, type Pressed } from "$view/state/keys";

function pressed(key: string, code: string, modifiers: Partial<Pressed> = {}): Pressed {
  return { key, code, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...modifiers };
}

describe("keys", () => {
  test.each([
    [pressed("k", "KeyK", { ctrlKey: true }), "jump"],
    [pressed("k", "KeyK", { metaKey: true }), "jump"],
    [pressed("∆", "KeyJ", { altKey: true }), "jump"],
    [pressed("ArrowUp", "ArrowUp", { altKey: true }), "previous"],
    [pressed("ArrowDown", "ArrowDown", { altKey: true, shiftKey: true }), "next_unread"],
    [pressed("å", "KeyA", { altKey: true }), "next_active"],
    [pressed("3", "Digit3", { altKey: true }), 3],
    [pressed("f", "KeyF", { ctrlKey: true }), "search"],
    [pressed("?", "Slash", { ctrlKey: true, shiftKey: true }), "keys"],
    [pressed("Escape", "Escape"), "out"],
  ])("%o does %s, typing or not", (key, action) => {
    expect(globalAction(key, true)).toBe(action);
    expect(globalAction(key, false)).toBe(action);
  });

  test("letters are text while somebody types, and keys else", () => {
    expect(globalAction(pressed("/", "Slash"), true)).toBeNull();
    expect(globalAction(pressed("/", "Slash"), false)).toBe("search");
    expect(globalAction(pressed("?", "Slash", { shiftKey: true }), false)).toBe("keys");
  });

  test("at a message, the keys of the terminal app", () => {
    const keys = ["j", "k", "g", "G", "r", "e", "+", ":", "t", "p", "i"];
    const actions = keys.map((key) => messageAction(pressed(key, "")));
    expect(actions).toEqual([
      "down",
      "up",
      "top",
      "newest",
      "reply",
      "edit",
      "thumb",
      "react",
      "thread",
      "pin",
      "info",
    ]);
    expect(messageAction(pressed("r", "KeyR", { ctrlKey: true }))).toBeNull();
  });
});
