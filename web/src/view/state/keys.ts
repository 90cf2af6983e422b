/** The keys, as one table: the same as in the terminal app where a browser leaves them free. Pure. */

import type { TextKey } from "$view/i18n/texts.svelte";

/** What a key does, wherever the focus is. */
export type GlobalAction =
  | "jump"
  | "previous"
  | "next"
  | "previous_unread"
  | "next_unread"
  | "next_active"
  | "search"
  | "keys"
  | "out";

/** What a key does at a selected message. */
export type MessageAction =
  | "up"
  | "down"
  | "top"
  | "newest"
  | "reply"
  | "edit"
  | "thumb"
  | "react"
  | "thread"
  | "pin"
  | "delete"
  | "copy"
  | "info"
  | "leave";

/** A row of the table: `keys` as people write them. */
export interface KeyRow {
  readonly keys: readonly string[];
  readonly text: TextKey;
}

/** A pressed key; what a `KeyboardEvent` has. */
export interface Pressed {
  readonly key: string;
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

const GLOBAL: Readonly<Record<string, GlobalAction>> = {
  "ctrl+KeyK": "jump",
  "alt+KeyJ": "jump",
  "alt+ArrowUp": "previous",
  "alt+ArrowDown": "next",
  "alt+shift+ArrowUp": "previous_unread",
  "alt+shift+ArrowDown": "next_unread",
  "alt+KeyA": "next_active",
  "ctrl+KeyF": "search",
  "ctrl+Slash": "keys",
  Escape: "out",
};

const WHEN_NOT_TYPING: Readonly<Record<string, GlobalAction>> = { "/": "search", "?": "keys" };

const MESSAGE: Readonly<Record<string, MessageAction>> = {
  ArrowUp: "up",
  k: "up",
  ArrowDown: "down",
  j: "down",
  g: "top",
  Home: "top",
  G: "newest",
  End: "newest",
  r: "reply",
  e: "edit",
  "+": "thumb",
  ":": "react",
  t: "thread",
  p: "pin",
  Delete: "delete",
  c: "copy",
  i: "info",
  Enter: "info",
  Escape: "leave",
};

/** Return what a key does anywhere; a number 1 to 9: open the conversation with this number. */
export function globalAction(pressed: Pressed, isTyping: boolean): GlobalAction | number | null {
  if (isTyping && pressed.key === "Escape") return "out";
  const digit = /^Digit([1-9])$/.exec(pressed.code);
  if (digit !== null && pressed.altKey && !pressed.ctrlKey && !pressed.metaKey) return Number(digit[1]);
  const action = GLOBAL[combined(pressed)];
  if (action !== undefined) return action;
  return isTyping || hasModifier(pressed) ? null : (WHEN_NOT_TYPING[pressed.key] ?? null);
}

/** Return what a key does at a selected message. */
export function messageAction(pressed: Pressed): MessageAction | null {
  return hasModifier(pressed) ? null : (MESSAGE[pressed.key] ?? null);
}

function combined(pressed: Pressed): string {
  const control = pressed.ctrlKey || pressed.metaKey ? "ctrl+" : "";
  const alt = pressed.altKey ? "alt+" : "";
  const shift = pressed.shiftKey && pressed.code !== "Slash" ? "shift+" : "";
  const name = control || alt ? pressed.code : pressed.key;
  return control + alt + shift + name;
}

function hasModifier(pressed: Pressed): boolean {
  return pressed.ctrlKey || pressed.metaKey || pressed.altKey;
}

/** What the list of keys shows, in its order. A test checks that each is in the tables above. */
export const KEY_ROWS: readonly KeyRow[] = [
  { keys: ["Enter"], text: "keys.send" },
  { keys: ["Shift+Enter"], text: "keys.newLine" },
  { keys: ["↑"], text: "keys.editLast" },
  { keys: ["Tab"], text: "keys.complete" },
  { keys: ["Ctrl+K", "Alt+J"], text: "keys.jump" },
  { keys: ["Alt+↑", "Alt+↓"], text: "keys.conversations" },
  { keys: ["Alt+Shift+↑", "Alt+Shift+↓"], text: "keys.unread" },
  { keys: ["Alt+A"], text: "keys.active" },
  { keys: ["Alt+1…9"], text: "keys.number" },
  { keys: ["Ctrl+F", "/"], text: "keys.search" },
  { keys: ["Esc"], text: "keys.out" },
  { keys: ["Ctrl+/", "?"], text: "keys.keys" },
];

/** Those at a selected message. Shift+Tab in the composer, or a click, selects one. */
export const MESSAGE_KEY_ROWS: readonly KeyRow[] = [
  { keys: ["↑", "↓", "k", "j"], text: "keys.move" },
  { keys: ["g", "G"], text: "keys.ends" },
  { keys: ["r"], text: "action.reply" },
  { keys: ["e"], text: "action.edit" },
  { keys: ["+"], text: "keys.thumb" },
  { keys: [":"], text: "action.react" },
  { keys: ["t"], text: "action.thread" },
  { keys: ["p"], text: "action.pin" },
  { keys: ["c"], text: "action.copy" },
  { keys: ["Delete"], text: "action.delete" },
  { keys: ["i"], text: "action.info" },
];
