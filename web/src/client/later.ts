/** Steps of the engine that are run later: after a while, or when the present one is on disk. */

import type { Clock, Timer } from "$client/clock";
import type { Effects } from "$client/effects";
import type { Steps } from "$client/steps";

/** What is missing of a token may be less than the clock can tell; a timer of that length would spin. */
const SHORTEST_WAIT_S = 0.001;

/** A step: may wait for the store. */
export type Step = () => void | Promise<void>;
/** Runs a step after so many seconds. */
export type CallLater = (delayS: number, step: Step) => Timer;

/** Runs them, each as a step of its own. Times are the clock's, in seconds. */
export class Later {
  readonly #clock: Clock;
  readonly #effects: Effects;
  readonly #steps: Steps;
  readonly #failed: (error: unknown) => void;
  readonly #timers = new Set<Timer>();
  #pumpTimer: { readonly timer: Timer; readonly atS: number } | null = null;
  #waiting: (() => void)[] = [];
  #isClosed = false;

  /** `failed` is told what a step has thrown. */
  constructor(clock: Clock, effects: Effects, steps: Steps, failed: (error: unknown) => void) {
    this.#clock = clock;
    this.#effects = effects;
    this.#steps = steps;
    this.#failed = failed;
  }

  /** Run a step after a while. */
  readonly callLater: CallLater = (delayS, step) => {
    const timer = this.#clock.callLater(delayS, () => {
      this.#timers.delete(timer);
      this.run(step);
    });
    this.#timers.add(timer);
    return {
      cancel: () => {
        timer.cancel();
        this.#timers.delete(timer);
      },
    };
  };

  /** Run a step after those that wait. */
  run(step: Step): void {
    if (!this.#isClosed) this.#steps.run(step).catch(this.#failed);
  }

  /** Pump after a while: one timer for all who wait, the earliest. */
  pumpLater(delayS: number, pump: Step): void {
    const waitS = Math.max(delayS, SHORTEST_WAIT_S);
    const atS = this.#clock.timeS() + waitS;
    if (this.#pumpTimer) {
      if (this.#pumpTimer.atS <= atS) return;
      this.#pumpTimer.timer.cancel();
    }
    const timer = this.callLater(waitS, () => {
      this.#pumpTimer = null; // first: it may ring a moment before its time, and pumping sets the next
      return pump();
    });
    this.#pumpTimer = { timer, atS };
  }

  /** Run a step when what was saved so far can be read from the store. */
  whenStored(step: Step): void {
    this.#effects.then(() => {
      this.run(step);
    });
  }

  /** The time by which `callLater` goes. */
  timeS(): number {
    return this.#clock.timeS();
  }

  /** Wait until the next step has ended, whatever it was. */
  nextStep(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Wake who waits for that. */
  stepEnded(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const each of waiting) each();
  }

  /** Run nothing more. */
  close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }
}
