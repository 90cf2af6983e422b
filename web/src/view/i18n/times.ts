/** Days and times as the language writes them. */

import { formatter } from "$view/i18n/formatters";
import { language, t } from "$view/i18n/texts.svelte";

const MINUTE_MS = 60 * 1000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Return the time of day: `14:05`. */
export function timeOfDay(ms: number): string {
  return format(ms, { hour: "numeric", minute: "2-digit" });
}

/** Return the time of day without its half, for places that are narrow: `2:05`. */
export function clockTime(ms: number): string {
  const time = { hour: "numeric", minute: "2-digit" } as const;
  return clock(formatter(Intl.DateTimeFormat, language.locale, time), ms);
}

/** Return day and time in full, for who wants to know exactly. */
export function fullTime(ms: number): string {
  return format(ms, { dateStyle: "full", timeStyle: "short" });
}

/** Return a short day and time, for lists. */
export function shortTime(ms: number, nowMs: number): string {
  return isSameDay(ms, nowMs) ? timeOfDay(ms) : format(ms, { dateStyle: "medium" });
}

/** Return the name of a day for a line between messages: Today, Yesterday, Monday, 2 November 2026. */
export function dayName(ms: number, nowMs: number): string {
  if (isSameDay(ms, nowMs)) return t("day.today");
  if (isSameDay(ms, nowMs - DAY_MS)) return t("day.yesterday");
  const isLastWeek = ms < nowMs && nowMs - ms < 6 * DAY_MS;
  if (isLastWeek) return format(ms, { weekday: "long" });
  return format(ms, { day: "numeric", month: "long", year: "numeric" });
}

/** Return how long ago: `5 minutes ago`. */
export function ago(ms: number, nowMs: number): string {
  const minutes = Math.round((nowMs - ms) / 60_000);
  const relative = formatter(Intl.RelativeTimeFormat, language.locale, { numeric: "auto" } as const);
  if (minutes < 60) return relative.format(-minutes, "minute");
  if (minutes < 48 * 60) return relative.format(-Math.round(minutes / 60), "hour");
  return relative.format(-Math.round(minutes / 60 / 24), "day");
}

const UNITS = [
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
] as const;

/** Return a length of time in its largest whole unit: `2 days`. */
export function duration(seconds: number): string {
  const [unit, size] = UNITS.find(([, size]) => seconds >= size && seconds % size === 0) ?? ["second", 1];
  return inUnit(seconds / size, unit);
}

/** Return about how long something lasts, in its largest unit: `3 days`, `2 hours`. */
export function lasting(seconds: number): string {
  const [unit, size] = UNITS.find(([name, size]) => name !== "week" && seconds >= 2 * size) ?? ["second", 1];
  return inUnit(Math.floor(seconds / size), unit);
}

function inUnit(value: number, unit: string): string {
  const style = { style: "unit", unit, unitDisplay: "long" } as const;
  return formatter(Intl.NumberFormat, language.locale, style).format(value);
}

/** Tell whether two times are on the same day here. */
export function isSameDay(one: number, other: number): boolean {
  return new Date(one).toDateString() === new Date(other).toDateString();
}

function format(ms: number, options: Intl.DateTimeFormatOptions): string {
  return whole(formatter(Intl.DateTimeFormat, language.locale, options), ms);
}

/** Writes a time. */
type Write = (form: Intl.DateTimeFormat, ms: number) => string;

const whole = onceAMinute((form, ms) => form.format(ms));
const clock = onceAMinute((form, ms) => {
  const shown = form.formatToParts(ms).filter((part) => part.type !== "dayPeriod");
  return shown
    .map((part) => part.value)
    .join("")
    .trim();
});

/** Keep what was written last in each form: none shows seconds, and messages of the same minute come together. */
function onceAMinute(write: Write): Write {
  const last = new Map<Intl.DateTimeFormat, { readonly minute: number; readonly text: string }>();
  return (form, ms) => {
    const minute = Math.floor(ms / MINUTE_MS);
    const known = last.get(form);
    if (known?.minute === minute) return known.text;
    const text = write(form, ms);
    last.set(form, { minute, text });
    return text;
  };
}
