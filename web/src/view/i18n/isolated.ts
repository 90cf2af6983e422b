/** Other people's text inside a sentence of ours. */

import { safeLine } from "$wire/safe-text";

const FIRST_STRONG_ISOLATE = "\u2068";
const POP_ISOLATE = "\u2069";

/**
 * Return a filtered text that can't reorder what stands around it (UAX #9), for the middle of a sentence.
 * Browsers draw isolates as nothing, so that every text gets them.
 */
export function isolated(text: string): string {
  return FIRST_STRONG_ISOLATE + safeLine(text) + POP_ISOLATE;
}
