/** Pauses in long work, so that the page takes keys and draws in between. */

/** After so much work a pause is due: more of it, and who types feels it. */
export const MOST_WORK_S = 0.008;

/** Returns what to wait for where a pause is due, and null where none is. */
export type Breathe = () => Promise<void> | null;

/** Return what knows when a pause is due; `nextTask` lets everything else have its turn. */
export function breathing(timeS: () => number, nextTask: () => Promise<void>): Breathe {
  let startedS = timeS();
  return () => {
    if (timeS() - startedS < MOST_WORK_S) return null;
    return nextTask().then(() => {
      startedS = timeS();
    });
  };
}

/** Wait until the browser has done what waits: keys first. A timer would wait longer than that. */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
