/** A page without a browser, for tests of a desk: frames and times come when they are asked for. */

import type { Page } from "$view/state/desk.svelte";
import { Desk } from "$view/state/desk.svelte";
import { Choices } from "$view/state/choices.svelte";
import { RecordedClient } from "./recorded/client";
import { recordedDoor } from "./recorded/door";
import { NOW_MS } from "./recorded/people";

export class TestPage implements Page {
  readonly states: unknown[] = [];
  lookedAt = true;
  wide = true;
  #frames: (() => void)[] = [];
  #timers: (() => void)[] = [];
  readonly steps = {
    pushState: (state: unknown): void => {
      this.states.push(state);
    },
    replaceState: (state: unknown): void => {
      this.states.push(state);
    },
  };
  nowMs = (): number => NOW_MS;
  nextFrame = (run: () => void): void => {
    this.#frames.push(run);
  };
  later = (run: () => void): void => {
    this.#timers.push(run);
  };
  isLookedAt = (): boolean => this.lookedAt;
  isWide = (): boolean => this.wide;

  /** Draw the next frame, and let promises go on. */
  async frame(): Promise<void> {
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    const frames = this.#frames;
    this.#frames = [];
    for (const run of frames) run();
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  }

  /** Ring all timers, as if a long time had passed. */
  async wait(): Promise<void> {
    const timers = this.#timers;
    this.#timers = [];
    for (const ring of timers) ring();
    await this.frame();
  }

  get waitingFrames(): number {
    return this.#frames.length;
  }
}

/** A desk on a recorded client, with its page. */
export async function openDesk(given: { wide?: boolean } = {}) {
  const page = new TestPage();
  page.wide = given.wide ?? true;
  const client = new RecordedClient();
  const store = new Map<string, string>();
  const choices = new Choices(
    () => ({
      getItem: (name) => store.get(name) ?? null,
      setItem: (name, value) => void store.set(name, value),
    }),
    ["en"],
  );
  const desk = new Desk(client, choices, page, recordedDoor(client));
  await page.frame();
  return { desk, client, page };
}
