/** What the hub tells everybody of how it is run. Mirrors `client/administration.py`, its notice only. */

import type { Effects } from "$client/effects";

/** Keeps the notice of the hub's admins. */
export class Administration {
  readonly #effects: Effects;
  #notice = "";

  constructor(effects: Effects) {
    this.#effects = effects;
  }

  /** What who runs the hub has to say; empty: nothing. A remote string. */
  get notice(): string {
    return this.#notice;
  }

  /** Take the notice of a login or of now; the same one is not told again. */
  noticed(text: string): void {
    if (text === this.#notice) return;
    this.#notice = text;
    this.#effects.emit({ type: "hub_notice", text });
  }
}
