/** Quiet hours as others see them: while they last we are not to be disturbed. Mirrors `client/quiet_time.py`. */

import type { Clock } from "$client/clock";
import type { CallLater } from "$client/later";
import { covers, type QuietHours } from "$client/preferences";

const MINUTE_MS = 60_000;
/** A timer may ring a little early: it is set for a moment after the minute. */
const LATER_S = 0.05;

/** What quiet time works with. */
export interface QuietTimeParts {
  readonly own: { setQuietTime(isQuiet: boolean): void };
  readonly hours: () => QuietHours | null;
  readonly clock: Pick<Clock, "nowMs">;
  readonly callLater: CallLater;
}

/** Looks at this machine's clock each minute while there are quiet hours; tells beginning and end once. */
export class QuietTime {
  readonly #parts: QuietTimeParts;
  #isQuiet = false;
  #isWatching = false;

  constructor(parts: QuietTimeParts) {
    this.#parts = parts;
  }

  /** See whether quiet hours have begun or ended; call it when they were changed. */
  readonly look = (): void => {
    const [hours, nowMs] = [this.#parts.hours(), this.#parts.clock.nowMs()];
    const isQuiet = hours !== null && covers(hours, minuteOf(new Date(nowMs)));
    if (isQuiet !== this.#isQuiet) {
      this.#isQuiet = isQuiet;
      this.#parts.own.setQuietTime(isQuiet);
    }
    if (hours === null || this.#isWatching) return;
    this.#isWatching = true;
    this.#parts.callLater((MINUTE_MS - (nowMs % MINUTE_MS)) / 1000 + LATER_S, () => {
      this.#isWatching = false;
      this.look();
    });
  };
}

function minuteOf(local: Date): number {
  return local.getHours() * 60 + local.getMinutes();
}
