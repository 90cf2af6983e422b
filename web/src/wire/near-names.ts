/** Names that somebody may have meant. */
import { closeMatches, compareText } from "./close-matches";
import { foldCase } from "./fold-case";
import { MAX_NAME_CODE_POINTS } from "./limits";

export const MAX_NEAR_NAMES = 3;
const LEAST_LIKENESS = 0.6;

/** Returns at most three of `names` that `name` may have meant, best first. */
export function nearNames(name: string, names: Iterable<string>): readonly string[] {
  const wanted = foldCase(Array.from(name).slice(0, MAX_NAME_CODE_POINTS).join(""));
  const byFolded = new Map(Array.from(names, (known) => [foldCase(known), known]));
  const known = Array.from(byFolded.keys());
  const starts = known.filter((each) => wanted && each.startsWith(wanted)).sort(compareText);
  const close = closeMatches(wanted, known, { count: MAX_NEAR_NAMES, least: LEAST_LIKENESS });
  return Array.from(new Set([...starts, ...close]))
    .slice(0, MAX_NEAR_NAMES)
    .flatMap((each) => byFolded.get(each) ?? []);
}
