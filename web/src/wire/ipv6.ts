/** IPv6 addresses in their shortest spelling (RFC 5952, but never with the dotted form at the end). */

const PARTS = 8;

/** Returns the shortest spelling of an address without scope, lower case; null if it is none. */
export function parseIpv6(text: string): string | null {
  const parts = partsOf(text);
  return parts && shortened(parts);
}

/** Returns eight numbers; null if the text is no address. */
function partsOf(text: string): readonly number[] | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const [before, after] = halves.map(numbersOf);
  if (!before) return null;
  if (halves.length === 1) return before.length === PARTS ? before : null;
  if (!after || before.length + after.length >= PARTS) return null;
  const zeros = Array.from({ length: PARTS - before.length - after.length }, () => 0);
  return [...before, ...zeros, ...after];
}

function numbersOf(half: string): readonly number[] | null {
  if (!half) return [];
  const numbers: number[] = [];
  const words = half.split(":");
  for (const [place, word] of words.entries()) {
    const dotted = place === words.length - 1 ? dottedNumbers(word) : null;
    if (dotted) numbers.push(...dotted);
    else if (/^[0-9a-fA-F]{1,4}$/.test(word)) numbers.push(parseInt(word, 16));
    else return null;
  }
  return numbers;
}

/** Returns the two numbers of an IPv4 address at the end of an IPv6 one. */
function dottedNumbers(word: string): readonly number[] | null {
  const bytes = word.split(".");
  const isDotted =
    bytes.length === 4 && bytes.every((byte) => /^(0|[1-9][0-9]{0,2})$/.test(byte) && Number(byte) < 256);
  if (!isDotted) return null;
  const [first = 0, second = 0, third = 0, fourth = 0] = bytes.map(Number);
  return [first * 256 + second, third * 256 + fourth];
}

function shortened(parts: readonly number[]): string {
  const { start, length } = longestZeros(parts);
  const words = parts.map((part) => part.toString(16));
  if (length < 2) return words.join(":");
  return `${words.slice(0, start).join(":")}::${words.slice(start + length).join(":")}`;
}

interface Run {
  readonly start: number;
  readonly length: number;
}

/** Returns the first of the longest runs of zeros. */
function longestZeros(parts: readonly number[]): Run {
  let best: Run = { start: 0, length: 0 };
  for (let start = 0; start < parts.length; start++) {
    let end = start;
    while (parts[end] === 0) end++;
    if (end - start > best.length) best = { start, length: end - start };
  }
  return best;
}
