/** A page without a browser, for tests of a desk: frames and times come when they are asked for. */

import type { Page } from "$view/state/desk.svelte";
import { Desk } from "$view/state/desk.svelte";
import { Choices } from "$view/state/choices.svelte";
import { RecordedClient } from "./recorded/client";
import { recordedDoor } from "./recorded/door";
import { NOW_MS } from "./recorded/people";

/** ms: what is to be done so soon is done before the next frame that is asked for. */
const SOON_MS = 100;

interface Timer {
  readonly run: () => void;
  readonly ms: number;
}

export class TestPage implements Page {
  readonly states: unknown[] = [];
  lookedAt = true;
  wide = true;
  #frames: (() => void)[] = [];
  #timers: Timer[] = [];
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
  later = (run: () => void, ms: number): void => {
    this.#timers.push({ run, ms });
  };
  isLookedAt = (): boolean => this.lookedAt;
  isWide = (): boolean => this.wide;

  /** Draw the next frame, a little while after the last one, and let promises go on. */
  async frame(): Promise<void> {
    this.#ring((timer) => timer.ms <= SOON_MS);
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    const frames = this.#frames;
    this.#frames = [];
    for (const run of frames) run();
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  }

  /** Ring all timers, as if a long time had passed. */
  async wait(): Promise<void> {
    this.#ring(() => true);
    await this.frame();
  }

  #ring(isDue: (timer: Timer) => boolean): void {
    const due = this.#timers.filter(isDue);
    this.#timers = this.#timers.filter((timer) => !due.includes(timer));
    for (const { run } of due) run();
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
