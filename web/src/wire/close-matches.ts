/** Words that somebody may have meant, as Python's `difflib.get_close_matches` finds them. */

/** How many words to return at most, and how alike they must be at least, from 0 to 1. */
export interface Closeness {
  readonly count: number;
  readonly least: number;
}

interface Scored {
  readonly word: string;
  readonly likeness: number;
}

/** Returns the words most like `wanted`, the best first; of equals the last in the order of code units. */
export function closeMatches(
  wanted: string,
  words: Iterable<string>,
  { count, least }: Closeness,
): readonly string[] {
  return Array.from(words, (word): Scored => ({
    word,
    likeness: likeness(Array.from(word), Array.from(wanted)),
  }))
    .filter((each) => each.likeness >= least)
    .sort((one, other) => other.likeness - one.likeness || compareText(other.word, one.word))
    .slice(0, count)
    .map(({ word }) => word);
}

/** Orders texts by their code units, the same everywhere. */
export function compareText(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

/** Returns how alike two texts are, from 0 to 1: twice the characters they share in order, of all they have. */
function likeness(one: readonly string[], other: readonly string[]): number {
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
