/** A day of the calendar, without time and zone: what filters of a search name. */
export interface Day {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
}

/** Returns a day, if the calendar has it; null if not. Years are 1 to 9999. */
export function dayOf(year: number, month: number, day: number): Day | null {
  const date = new Date(Date.UTC(2000, month - 1, day));
  date.setUTCFullYear(year, month - 1, day); // Date.UTC takes years below 100 for those of the 1900s
  const isThere = year >= 1 && month >= 1 && month <= 12 && day >= 1 && date.getUTCMonth() === month - 1;
  return isThere && date.getUTCDate() === day ? { year, month, day } : null;
}

/** Orders days, the earlier first. */
export function compareDays(one: Day, other: Day): number {
  return one.year - other.year || one.month - other.month || one.day - other.day;
}
