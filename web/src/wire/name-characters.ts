/**
 * What the rules of names ask about a character.
 *
 * From tables that the tools make: the same in every browser, whatever Unicode version it knows.
 */
import { LOOK_ALIKES, NAME_CLASSES, NAME_RUNS, PROTOTYPES } from "./generated/name-data";

/** A letter, mark or digit; there is nothing else in a name but `.`, `_` and `-`. */
export interface NameCharacter {
  /** `L` for all letters, or `Mn`, `Mc`, `Me`, `Nd`. */
  readonly category: string;
  /** As in UAX #9. */
  readonly direction: string;
  /** As in UAX #24, in upper case. */
  readonly script: string;
  /** Whether PRECIS allows it in a user name (RFC 8264 §8). */
  readonly isAllowed: boolean;
  /** Of a digit, the zero of its kind; 0 for others. */
  readonly zero: number;
}

interface Run {
  readonly first: number;
  readonly last: number;
  readonly of: NameCharacter;
}

let runs: readonly Run[] | undefined;
let prototypes: ReadonlyMap<string, string> | undefined;

/** Returns what is known of a character (one code point); null if it is no letter, mark or digit. */
export function nameCharacter(char: string): NameCharacter | null {
  const code = char.codePointAt(0) ?? 0;
  const run = runAt((runs ??= readRuns()), code);
  if (!run || code > run.last) return null;
  return run.of.category === "Nd" ? { ...run.of, zero: code - ((code - run.first) % 10) } : run.of;
}

/** Returns what stands for a character in a look-alike key; itself if nothing does. */
export function prototypeOf(char: string): string {
  return (prototypes ??= readPrototypes()).get(char) ?? char;
}

function readPrototypes(): ReadonlyMap<string, string> {
  const targets = PROTOTYPES.split(" ");
  let code = 0;
  return new Map(
    LOOK_ALIKES.split(" ").map((step, place) => {
      code += parseInt(step, 36);
      return [String.fromCodePoint(code), targets[place] ?? ""];
    }),
  );
}

/** Returns the last run that begins at `code` or before. */
function runAt(all: readonly Run[], code: number): Run | undefined {
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((all[middle]?.first ?? 0) <= code) low = middle + 1;
    else high = middle;
  }
  return all[low - 1];
}

function readRuns(): readonly Run[] {
  const classes = NAME_CLASSES.map(([category, direction, script, isAllowed]): NameCharacter => ({
    category,
    direction,
    script,
    isAllowed: isAllowed === 1,
    zero: 0,
  }));
  let end = 0;
  return NAME_RUNS.split(",").flatMap((row) => {
    const [behind = 0, more = 0, place = 0] = row.split(" ").map((digits) => parseInt(digits, 36));
    const of = classes[place];
    const first = end + behind;
    end = first + more;
    return of ? [{ first, last: end, of }] : [];
  });
}
