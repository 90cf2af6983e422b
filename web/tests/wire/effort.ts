/** How much a machine has to do for something, whatever else it does meanwhile. */

/** Returns the milliseconds of processor time that `work` takes. */
export function effortMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** What takes time in the square of its size needs far more for the hostile texts of our tests. */
export const HOSTILE_EFFORT_MS = 4000;
