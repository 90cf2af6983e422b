/** Sizes as the language writes them. */

import { formatter } from "$view/i18n/formatters";
import { language } from "$view/i18n/texts.svelte";

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;
const STEP = 1000;

/** Return a size in bytes in its largest unit that gives at least one: `84 MB`, `1.5 GB`. */
export function size(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1);
  const value = bytes / STEP ** power;
  const maximumFractionDigits = value < 10 && power > 0 ? 1 : 0;
  const style = { style: "unit", unit: UNITS[power] ?? "byte", maximumFractionDigits } as const;
  return formatter(Intl.NumberFormat, language.locale, style).format(value);
}
