/** Times that people type: how long (`30m`), and quiet hours (`22:00-07:30`). Pure. */

import type { QuietHours } from "$client/preferences";
import { t } from "$view/i18n/texts.svelte";

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** Return the seconds of `30m`, `2h`, `1d`, `1w`. Throws if it is no such time. */
export function parseTime(text: string): number {
  const found = /^(\d{1,6})([smhdw])$/.exec(text.trim().toLowerCase());
  const seconds = Number(found?.[1] ?? 0) * (SECONDS[found?.[2] ?? ""] ?? 0);
  if (seconds <= 0) throw new Error(t("command.times"));
  return seconds;
}

/** Read `22:00-07:30`, or `22-7`. Throws if it is no such span. */
export function parseQuietHours(text: string): QuietHours {
  const found = /^(\d{1,2})(?::(\d{2}))?-(\d{1,2})(?::(\d{2}))?$/.exec(text.replaceAll(" ", ""));
  const start = minuteOf(found?.[1], found?.[2]);
  const end = minuteOf(found?.[3], found?.[4]);
  if (start === null || end === null || start === end) throw new Error(t("command.quietHours"));
  return { start, end };
}

/** Return `22:00` for a minute of the day. */
export function clockOf(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}

function minuteOf(hour: string | undefined, minute: string | undefined): number | null {
  if (hour === undefined) return null;
  const found = Number(hour) * 60 + Number(minute ?? "0");
  return found > 24 * 60 || Number(minute ?? "0") > 59 ? null : found % (24 * 60);
}
