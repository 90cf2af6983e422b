/** Steps that somebody waits for, until all that they saved is on disk. */

import type { Effects } from "$client/effects";
import type { Steps } from "$client/steps";

/** Runs what verbs do. */
export class Performer {
  readonly #steps: Steps;
  readonly #effects: Effects;
  readonly #unfinished = new Set<(error: unknown) => void>();

  constructor(steps: Steps, effects: Effects) {
    this.#steps = steps;
    this.#effects = effects;
  }

  /**
   * Run a step, and return its value when all that it saved is on disk. Rejects with what the step throws, and with
   * what the store says when it fails.
   */
  async perform<T>(step: () => T | Promise<T>): Promise<T> {
    const { result, done } = await this.#steps.run(async () => {
      const stepped = await step();
      return { result: stepped, done: this.#whenDone() };
    });
    await done;
    return result;
  }

  #whenDone(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#unfinished.add(reject);
      this.#effects.then(() => {
        this.#unfinished.delete(reject);
        resolve();
      });
    });
  }

  /** The store has failed: whoever waits for something to be stored is told. */
  storeFailed(error: unknown): void {
    for (const reject of this.#unfinished) reject(error);
    this.#unfinished.clear();
  }
}
