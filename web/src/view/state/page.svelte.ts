/** The page a desk lives in: its clock, frames, history, width, whether somebody looks. */

import { MediaQuery } from "svelte/reactivity";
import type { Theme } from "$view/state/choices.svelte";
import type { Page } from "$view/state/desk.svelte";

/** From this width on, list and conversation stand side by side. */
export const wide = new MediaQuery("min-width: 48rem");
/** From this width on, a panel stands beside the conversation; else it covers it. */
export const veryWide = new MediaQuery("min-width: 70rem");
const systemIsDark = new MediaQuery("prefers-color-scheme: dark");

/** Frames stop when a page is hidden: then time calls back. */
const HIDDEN_FRAME_MS = 200;

/** Tell whether a theme is dark now. */
export function isDark(theme: Theme): boolean {
  return theme === "system" ? systemIsDark.current : theme === "dark";
}

/** Return the page of this browser. */
export function browserPage(): Page {
  return {
    nowMs: () => Date.now(),
    nextFrame: (run) => {
      if (document.visibilityState === "hidden") setTimeout(run, HIDDEN_FRAME_MS);
      else requestAnimationFrame(run);
    },
    later: (run, ms) => setTimeout(run, ms),
    steps: history,
    isLookedAt: () => document.visibilityState === "visible" && document.hasFocus(),
    isWide: () => wide.current,
  };
}
