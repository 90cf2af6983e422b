/**
 * What the hub tells everybody of how it is run: the notice of its admins, and how fast one may send. Mirrors
 * `client/administration.py`.
 */

import type { Effects } from "$client/effects";
import type { RatesChanged, Welcome } from "$wire/frames";
import type { Rate } from "$wire/token-bucket";

/** Keeps the notice; `setPace` is told how fast we may send. */
export class Administration {
  readonly #effects: Effects;
  readonly #setPace: (pace: Rate) => void;
  #notice = "";

  constructor(effects: Effects, setPace: (pace: Rate) => void) {
    this.#effects = effects;
    this.#setPace = setPace;
  }

  /** What who runs the hub has to say; empty: nothing. A remote string. */
  get notice(): string {
    return this.#notice;
  }

  /** A connection has logged in. */
  loggedIn(welcome: Welcome): void {
    this.ratesChanged(welcome);
    this.noticed(welcome.notice);
  }

  /** Take the notice of a login or of now; the same one is not told again. */
  noticed(text: string): void {
    if (text === this.#notice) return;
    this.#notice = text;
    this.#effects.emit({ type: "hub_notice", text });
  }

  /** Take the rates of a login or of now. */
  ratesChanged({
    messagesPerSecond: perSecond,
    messagesBurst: burst,
  }: Pick<RatesChanged, "messagesPerSecond" | "messagesBurst">): void {
    this.#setPace({ perSecond, burst });
  }
}
