/** Time, as the client is given it: no module reads a clock by itself. */

/** Something that will happen. */
export interface Timer {
  /** Make it not happen; nothing if it has. */
  cancel(): void;
}

/** A machine's clocks. */
export interface Clock {
  /** Unix milliseconds, as the machine shows them: they may jump. */
  nowMs(): number;
  /** Seconds since some moment; they only grow. */
  timeS(): number;
  /** Call back once, after `delayS` seconds or a little more. */
  callLater(delayS: number, callback: () => void): Timer;
}

/** The clock of this machine. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  timeS: () => performance.now() / 1000,
  callLater(delayS, callback) {
    const handle = setTimeout(callback, Math.max(delayS, 0) * 1000);
    return {
      cancel: () => {
        clearTimeout(handle);
      },
    };
  },
};

/** Wait so many seconds. */
export function sleep(clock: Clock, delayS: number): Promise<void> {
  return new Promise((resolve) => clock.callLater(delayS, resolve));
}
