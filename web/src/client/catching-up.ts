/** What happens once a login has caught up with the hub. Mirrors `client/catching_up.py`. */

import type { Effects } from "$client/effects";
import type { Later, Step } from "$client/later";
import type { ClientState } from "$client/state";

/** What is done when; in order. */
export interface CatchingUpSteps {
  /** All heads are here and nothing is missing: send what waits. */
  readonly online: readonly (() => void)[];
  /** What comes from now on is news. */
  readonly told: readonly (() => void)[];
  /** All that came is stored: only now does the store know what is unreadable. */
  readonly stored: readonly Step[];
}

/** Knows how far a login is. */
export class CatchingUp {
  readonly #state: ClientState;
  readonly #effects: Effects;
  readonly #later: Later;
  readonly #steps: CatchingUpSteps;
  #waiting: (() => void)[] = [];
  #isStored = false;
  #logins = 0;
  /** Whether everything the hub had at login is here. */
  isSynced = false;

  constructor(state: ClientState, effects: Effects, later: Later, steps: CatchingUpSteps) {
    this.#state = state;
    this.#effects = effects;
    this.#later = later;
    this.#steps = steps;
  }

  /** A new connection: it begins again. */
  loggedIn(): void {
    this.isSynced = this.#isStored = false;
    this.#logins += 1;
  }

  /** Everything the hub had when we logged in is here. */
  caughtUp(): void {
    if (!this.#state.isOnline) {
      this.#state.isOnline = true;
      for (const step of this.#steps.online) step();
    }
    if (this.isSynced) return;
    this.isSynced = true;
    for (const step of this.#steps.told) step();
    this.#effects.emit({ type: "synced" });
    const login = this.#logins;
    this.#later.whenStored(() => this.#stored(login));
  }

  async #stored(login: number): Promise<void> {
    if (login !== this.#logins) return;
    this.#isStored = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const each of waiting) each();
    for (const step of this.#steps.stored) await step();
  }

  /** Wait until all that the hub had for us at login is stored and told. */
  async synced(): Promise<void> {
    if (!this.#isStored) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
