/** Names that somebody may have meant: `lanmsg/wire/names.py` asks Python's difflib, which this is like. */
import { MAX_NAME_CODE_POINTS } from "./limits";

export const MAX_NEAR_NAMES = 3;
const LEAST_RATIO = 0.6;

/** Returns at most three of `names` that `name` may have meant, best first. */
export function nearNames(name: string, names: Iterable<string>): readonly string[] {
  const wanted = folded(Array.from(name).slice(0, MAX_NAME_CODE_POINTS).join(""));
  const byFolded = new Map(Array.from(names, (known) => [folded(known), known]));
  const known = Array.from(byFolded.keys());
  const starts = known.filter((each) => wanted && each.startsWith(wanted)).sort(compareText);
  const best = new Set([...starts, ...closest(wanted, known)]);
  return Array.from(best)
    .slice(0, MAX_NEAR_NAMES)
    .flatMap((each) => byFolded.get(each) ?? []);
}

/** Lower case after upper: near enough to Python's `casefold` for names, which are lower case already. */
function folded(text: string): string {
  return text.toUpperCase().toLowerCase();
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

interface Scored {
  readonly name: string;
  readonly ratio: number;
}

function closest(wanted: string, names: readonly string[]): readonly string[] {
  return names
    .map((name): Scored => ({ name, ratio: likeness(Array.from(name), Array.from(wanted)) }))
    .filter(({ ratio }) => ratio >= LEAST_RATIO)
    .sort((one, other) => other.ratio - one.ratio || compareText(other.name, one.name))
    .slice(0, MAX_NEAR_NAMES)
    .map(({ name }) => name);
}

/** Returns how alike two texts are, from 0 to 1: twice the characters they share in order, of all they have. */
export function likeness(one: readonly string[], other: readonly string[]): number {
  const all = one.length + other.length;
  return all ? (2 * shared(one, other)) / all : 1;
}

/** Counts the characters of the longest run that both have, and of what is shared before and behind it. */
function shared(one: readonly string[], other: readonly string[]): number {
  const { size, inOne, inOther } = longestRun(one, other);
  if (!size) return 0;
  const before = shared(one.slice(0, inOne), other.slice(0, inOther));
  return before + size + shared(one.slice(inOne + size), other.slice(inOther + size));
}

interface CommonRun {
  readonly size: number;
  readonly inOne: number;
  readonly inOther: number;
}

/** Returns the longest run that both have: of several the first in `one`, then the first in `other`. */
function longestRun(one: readonly string[], other: readonly string[]): CommonRun {
  let best: CommonRun = { size: 0, inOne: 0, inOther: 0 };
  for (let inOne = 0; inOne < one.length; inOne++) {
    for (let inOther = 0; inOther < other.length; inOther++) {
      const size = runAt(one, inOne, other, inOther);
      if (size > best.size) best = { size, inOne, inOther };
    }
  }
  return best;
}

function runAt(one: readonly string[], inOne: number, other: readonly string[], inOther: number): number {
  let size = 0;
  while (inOne + size < one.length && inOther + size < other.length) {
    if (one[inOne + size] !== other[inOther + size]) break;
    size++;
  }
  return size;
}
