import { expect, test } from "vitest";
import type { QuietHours } from "$client/preferences";
import { QuietTime } from "$client/quiet-time";

/** A clock that stands until it is told, and what waits for it. */
class Night {
  nowMs = new Date(2026, 10, 23, 21, 59, 30).getTime();
  hours: QuietHours | null = null;
  readonly told: boolean[] = [];
  readonly waits: { readonly atMs: number; readonly run: () => unknown }[] = [];
  readonly quiet = new QuietTime({
    own: { setQuietTime: (isQuiet) => void this.told.push(isQuiet) },
    hours: () => this.hours,
    clock: { nowMs: () => this.nowMs },
    callLater: (delayS, run) => {
      this.waits.push({ atMs: this.nowMs + delayS * 1000, run });
      return { cancel: () => undefined };
    },
  });

  /** Let the minutes go by. */
  pass(minutes: number): void {
    const endMs = this.nowMs + minutes * 60_000;
    while ((this.waits[0]?.atMs ?? Infinity) <= endMs) {
      const next = this.waits.shift();
      this.nowMs = next?.atMs ?? endMs;
      next?.run();
    }
    this.nowMs = endMs;
  }
}

test("beginning and end of quiet hours are told once, within the minute", () => {
  const night = new Night();
  night.hours = { start: 22 * 60, end: 22 * 60 + 3 };
  night.quiet.look();
  expect(night.told).toEqual([]);
  night.pass(1);
  expect(night.told).toEqual([true]);
  night.pass(4);
  expect(night.told).toEqual([true, false]);
});

test("hours that are taken away end at once, and nobody looks at the clock any more", () => {
  const night = new Night();
  night.hours = { start: 21 * 60, end: 23 * 60 };
  night.quiet.look();
  night.hours = null;
  night.quiet.look();
  expect(night.told).toEqual([true, false]);
  night.pass(2);
  expect(night.waits).toEqual([]);
});

test("looking often sets one timer", () => {
  const night = new Night();
  night.hours = { start: 1, end: 2 };
  for (let times = 0; times < 3; times += 1) night.quiet.look();
  expect(night.waits.length).toBe(1);
});
