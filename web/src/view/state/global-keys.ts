/** What the keys of the whole window do. */

import { globalAction, type GlobalAction } from "$view/state/keys";
import type { Desk } from "$view/state/desk.svelte";

const ACTIONS: Readonly<Record<GlobalAction, (desk: Desk) => void>> = {
  jump: (desk) => {
    desk.place.openDialog({ type: "jump" });
  },
  previous: (desk) => {
    desk.openNeighbour(-1, false);
  },
  next: (desk) => {
    desk.openNeighbour(1, false);
  },
  previous_unread: (desk) => {
    desk.openNeighbour(-1, true);
  },
  next_unread: (desk) => {
    desk.openNeighbour(1, true);
  },
  next_active: (desk) => {
    desk.openNextActive();
  },
  search: (desk) => {
    desk.place.openPanel({ type: "search", query: "" });
  },
  keys: (desk) => {
    desk.place.openDialog({ type: "keys" });
  },
  out: (desk) => {
    out(desk);
  },
};

/** Do what a key does anywhere, if it does something. */
export function onGlobalKey(event: KeyboardEvent, desk: Desk): void {
  if (event.defaultPrevented) return;
  const action = globalAction(event, isTyping(event.target));
  if (action === null || (desk.place.dialog !== null && action !== "out")) return;
  event.preventDefault();
  if (typeof action === "number") desk.openNumber(action);
  else ACTIONS[action](desk);
}

// One step out at a time: completion, answer or edit, dialog, panel, selection; then all is read.
function out(desk: Desk): void {
  if (desk.composer?.leaveMode() === true || desk.place.stepOut(false)) return;
  if (desk.selected !== null) desk.selected = null;
  else if (desk.timeline !== null) desk.client.markRead(desk.timeline.conversation);
  desk.composer?.focus();
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");
}
