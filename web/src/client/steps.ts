/**
 * One step of the client at a time.
 *
 * Frames, verbs and timers each begin a step. A step may wait for the store; nothing else of the client
 * runs meanwhile, so what it read of the state is still so when it writes. Each ends by handing over what
 * it left to be done (`Effects`).
 */

/** Runs steps in the order in which they were asked for. */
export class Steps {
  #last: Promise<unknown> = Promise.resolve();
  readonly #ended: () => void;

  /** `ended` is called at the end of each step, also of one that failed. */
  constructor(ended: () => void) {
    this.#ended = ended;
  }

  /** Run a step after all that were asked for before. Rejects with what the step throws. */
  run<T>(step: () => T | Promise<T>): Promise<T> {
    const result = this.#last.then(async () => {
      try {
        return await step();
      } finally {
        this.#ended();
      }
    });
    this.#last = result.catch(() => undefined);
    return result;
  }
}
