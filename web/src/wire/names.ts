/**
 * Handles: what a person or a room can be called, and which two names look too much alike.
 *
 * A canonical handle is what the directory stores and what everybody compares: PRECIS username rules with case
 * folded to lower (RFC 8265 §3.3), NFC, one script, letters, digits and inner `.` `_` `-`. Import this module when it
 * is needed (`await import`): its tables are 9 KB of the page.
 */
import { keepsBidiRule } from "./bidi-rule";
import { codePoints } from "./bytes";
import { LocalError } from "./errors";
import { RESERVED, WORDS_FOR_EVERYONE as EVERYONE } from "./generated/name-words";
import { MAX_NAME_CODE_POINTS } from "./limits";
import { nameCharacter, prototypeOf } from "./name-characters";
import { clip, safeLine } from "./safe-text";
import { isBlank, strip } from "./spaces";

/** Other programs mean everyone by these. */
export const WORDS_FOR_EVERYONE: ReadonlySet<string> = new Set(EVERYONE);
export const FALLBACK = "guest";
/** Combining marks on one letter; Vietnamese has 2 before NFC, pointed Hebrew up to 3. */
export const MAX_MARKS = 4;

const PUNCTUATION = "._-";
const ODD_END = /^[._-]|[._-]$/;
/** Scripts that one person writes mixed: UTS #39 §5.2, "highly restrictive". */
const MIXED_SCRIPTS: readonly ReadonlySet<string>[] = [
  new Set(["LATIN", "HAN", "HIRAGANA", "KATAKANA"]),
  new Set(["LATIN", "HAN", "HANGUL"]),
  new Set(["LATIN", "HAN", "BOPOMOFO"]),
];
const SHOWN_CHARACTERS = 40;
const LONGEST_INPUT = 4 * MAX_NAME_CODE_POINTS;
const MOST_ROUNDS = 8; // the data needs 4 at most

/** A text can't be a handle; the text of the error says why and what can. */
export class IllegalName extends LocalError {
  override readonly name: string = "IllegalName";
}

/** Returns the one spelling of a handle under which it is stored and compared. Throws IllegalName. */
export function canonicalHandle(text: string): string {
  const plain = strip(text);
  if (!plain) throw new IllegalName("a name can't be empty: choose one with at least one letter");
  if (codePoints(plain) > LONGEST_INPUT) {
    throw new IllegalName(`the name is too long: choose one of at most ${MAX_NAME_CODE_POINTS} characters`);
  }
  checkCharacters(plain);
  const handle = enforceUsername(plain);
  checkCharacters(handle); // what the case and width mappings made must be legal too
  checkShape(handle);
  checkScripts(handle);
  if (reservedSkeletons().has(skeleton(handle))) {
    throw new IllegalName(
      `${shown(plain)} is, or looks like, a word for something else: add to it or choose another`,
    );
  }
  return handle;
}

/**
 * Returns the look-alike key of a canonical handle: equal keys, look-alike names.
 *
 * The skeleton of UTS #39 §4, with case folded and repeated until nothing changes. For comparing only, never for
 * showing; for a text that is no canonical handle it means nothing.
 */
export function skeleton(handle: string): string {
  let text = handle.normalize("NFC"); // some entries are for whole letters: before NFD, too
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const mapped = Array.from(text, prototypeOf).join("");
    const folded = mapped.toLowerCase().normalize("NFD");
    if (folded === text) break;
    text = folded;
  }
  return text;
}

let reserved: ReadonlySet<string> | undefined;

function reservedSkeletons(): ReadonlySet<string> {
  return (reserved ??= new Set(RESERVED.map(skeleton)));
}

// --- what a handle must be -----------------------------------------------------------------------

function checkCharacters(text: string): void {
  for (const char of text) {
    if (!PUNCTUATION.includes(char) && !nameCharacter(char)) {
      throw new IllegalName(
        `a name can't have ${characterShown(char)} in it: use letters, digits and . _ - only`,
      );
    }
  }
}

/** Applies the profile UsernameCaseMapped of RFC 8265 to text of characters that were checked. */
function enforceUsername(text: string): string {
  const handle = mapped(text);
  const directions = Array.from(handle, directionOf);
  if (!keepsBidiRule(directions)) {
    throw new IllegalName(
      `${shown(text)} mixes writing from right to left with other writing: use one of them`,
    );
  }
  const isAllowed = Array.from(handle).every(
    (char) => PUNCTUATION.includes(char) || nameCharacter(char)?.isAllowed,
  );
  if (!isAllowed || mapped(handle) !== handle) {
    throw new IllegalName(
      `${shown(text)} has a character that names can't have: use letters, digits and . _ - only`,
    );
  }
  return handle;
}

function mapped(text: string): string {
  return text
    .replace(/[\uff01-\uffef]/g, narrow)
    .toLowerCase()
    .normalize("NFC");
}

function narrow(char: string): string {
  const usual = char.normalize("NFKC");
  return codePoints(usual) === 1 ? usual : char;
}

const PUNCTUATION_DIRECTIONS: Readonly<Record<string, string>> = { ".": "CS", _: "ON", "-": "ES" };

function directionOf(char: string): string {
  return PUNCTUATION_DIRECTIONS[char] ?? nameCharacter(char)?.direction ?? "";
}

function checkShape(handle: string): void {
  const size = codePoints(handle);
  if (size > MAX_NAME_CODE_POINTS) {
    throw new IllegalName(`the name has ${size} characters: choose one of at most ${MAX_NAME_CODE_POINTS}`);
  }
  const categories = Array.from(handle, (char) => nameCharacter(char)?.category ?? "");
  if (!categories.includes("L")) {
    throw new IllegalName(`${shown(handle)} has no letter: a name needs at least one`);
  }
  if (categories[0]?.startsWith("M") || ODD_END.test(handle)) {
    throw new IllegalName(`${shown(handle)} must start and end with a letter or digit: . _ - go between`);
  }
  if (longestRunOfMarks(categories) > MAX_MARKS) {
    throw new IllegalName(`a letter of the name has too many marks: at most ${MAX_MARKS} can be on one`);
  }
}

function longestRunOfMarks(categories: readonly string[]): number {
  let longest = 0;
  let run = 0;
  for (const category of categories) {
    run = category === "Mn" || category === "Me" ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}

function checkScripts(handle: string): void {
  const characters = Array.from(handle).flatMap((char) => nameCharacter(char) ?? []);
  const scripts = new Set(characters.map(({ script }) => script));
  scripts.delete("COMMON");
  scripts.delete("INHERITED");
  if (scripts.size > 1 && !MIXED_SCRIPTS.some((mixed) => isSubset(scripts, mixed))) {
    const names = Array.from(scripts, titled).sort().join(" and ");
    throw new IllegalName(`${shown(handle)} mixes ${names} letters, which can look alike: use one alphabet`);
  }
  const zeros = new Set(characters.filter(({ category }) => category === "Nd").map(({ zero }) => zero));
  if (zeros.size > 1) {
    throw new IllegalName(`${shown(handle)} mixes digits of several scripts: use one kind`);
  }
}

function isSubset(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return Array.from(one).every((each) => other.has(each));
}

function titled(script: string): string {
  return script
    .split("_")
    .map((word) => word.charAt(0) + word.slice(1).toLowerCase())
    .join(" ");
}

function shown(text: string): string {
  return clip(safeLine(text), SHOWN_CHARACTERS);
}

function characterShown(char: string): string {
  if (isBlank(char)) return "a space";
  const code = (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return safeLine(char) === char ? char : `the invisible character U+${code}`;
}

// --- handles for programs to propose -------------------------------------------------------------

/**
 * Returns alternative `n` (2, 3 …) for a canonical handle that is taken, as in `sam2`.
 *
 * `-` stands between where the handle ends in a digit; long handles are cut to fit. Some alternatives look like
 * others (`sam10`, `samlo`): the caller tries numbers until one is free.
 */
export function numbered(handle: string, n: number): string {
  const chars = Array.from(handle);
  const zero = chars.map((char) => nameCharacter(char)?.zero).find(Boolean) ?? 0x30;
  const digits = Array.from(String(n), (digit) => String.fromCodePoint(zero + Number(digit)));
  const stem = chars
    .slice(0, MAX_NAME_CODE_POINTS - digits.length - 1)
    .join("")
    .replace(/[._-]+$/, "");
  const last = Array.from(stem).at(-1) ?? "";
  const separator = nameCharacter(last)?.category === "Nd" ? "-" : "";
  return stem + separator + digits.join("");
}

/**
 * Returns the best legal handle from a login or any other text; `FALLBACK` if there is none.
 *
 * Takes `user` from `DOMAIN\user` and `user@host`; what can't be in a handle becomes `-`.
 */
export function handleFromLogin(login: string): string {
  const end = Array.from(login).slice(-LONGEST_INPUT).join("");
  const user = end.slice(end.lastIndexOf("\\") + 1).split("@", 1)[0] ?? "";
  const folded = user.normalize("NFKD").replace(/[^\0-\x7f]/g, "");
  const candidates = /[0-9]/.test(folded) ? [user, folded, `u${folded}`] : [user, folded];
  return candidates.map(legalized).find((each) => each !== null) ?? FALLBACK;
}

function legalized(text: string): string | null {
  const legal = Array.from(text, (char) => (PUNCTUATION.includes(char) || nameCharacter(char) ? char : "-"))
    .join("")
    .replace(/-{2,}/g, "-");
  const cut = Array.from(legal)
    .slice(0, MAX_NAME_CODE_POINTS)
    .join("")
    .replace(/^[._-]+|[._-]+$/g, "");
  return canonicalOrNull(cut) ?? canonicalOrNull(`${cut}2`); // the second for reserved words
}

function canonicalOrNull(text: string): string | null {
  try {
    return canonicalHandle(text);
  } catch (error) {
    if (error instanceof IllegalName) return null;
    throw error;
  }
}
