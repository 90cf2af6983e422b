/**
 * Text of other people, made safe to show: the one filter before every screen, title and notification.
 *
 * What comes out never holds a control character, a bidi control, a lone surrogate, or a pile of marks that covers
 * the lines around it. What could not stay is removed when it is invisible anyway and replaced by a visible
 * mark when it is not. Filtering twice changes nothing. The same rules as `lanmsg/wire/safe_text.py`.
 */
import { VIRAMAS } from "./generated/viramas";

/** Combining marks kept on one base: Thai, Hebrew and Vietnamese need at most 4, Zalgo uses dozens. */
export const MAX_MARKS = 8;
export const NEW_LINE_MARK = "⏎";
export const REPLACEMENT = "\ufffd";
export const ELLIPSIS = "…";
const TAB = "    ";
const ZWNJ = "\u200c";
const ZWJ = "\u200d";
const DOTTED_CIRCLE = "\u25cc";

const NEW_LINE = /\r\n|[\n\r\x85\u2028\u2029]/g;
const LINE_SEPARATOR = /[\x85\u2028\u2029]/g;
const ASCII = /^[ -~]*$/;
/** Nothing to look at: no control, format, private use or unassigned character, no mark, no odd space. */
const PLAIN =
  /^[^\p{C}\p{Zl}\p{Zp}\p{M}\u115f\u1160\u3164\uffa0\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]*$/u;
const MARK = /[\p{Mn}\p{Me}]/u;
/** The three flags of the emoji set that are spelt with tag characters: England, Scotland, Wales. */
const TAG_FLAGS = new RegExp(
  `(\u{1f3f4}(?:${["gbeng", "gbsct", "gbwls"].map(tagged).join("|")})\u{e007f})`,
  "u",
);
/** Shown by fonts although their category is Cf: signs that stand before numbers. */
const VISIBLE_FORMAT = /[\u0600-\u0605\u06dd\u0890\u0891\u08e2\u{110bd}\u{110cd}]/u;
const BLANK_LETTER = /[\u115f\u1160\u3164\uffa0]/;
const INVISIBLE_MARK = /[\u034f\u17b4\u17b5\u180e]/;
const VIRAMA = new RegExp(`[${VIRAMAS}]`, "u");

function tagged(region: string): string {
  return Array.from(region, (char) => String.fromCodePoint(0xe0000 + (char.codePointAt(0) ?? 0))).join("");
}

/** Returns text for one line: names, titles, fields. Line breaks become `NEW_LINE_MARK`, a tab one space. */
export function safeLine(text: string): string {
  if (isPlain(text)) return text;
  return filtered(text.replace(NEW_LINE, NEW_LINE_MARK).replaceAll("\t", " "));
}

/** Returns text for several lines: messages. `\n` stays, `\r\n` becomes `\n`, tabs four spaces. */
export function safeText(text: string): string {
  if (isPlain(text)) return text;
  const oneKind = text.replaceAll("\r\n", "\n").replace(LINE_SEPARATOR, NEW_LINE_MARK).replaceAll("\t", TAB);
  return oneKind
    .split("\n")
    .map((line) => (isPlain(line) ? line : filtered(line)))
    .join("\n");
}

/** Returns the first `count` characters that a reader sees of one line, with `ELLIPSIS` for what is cut off. */
export function clip(text: string, count: number): string {
  if (text.length <= count) return text;
  const seen: string[] = [];
  for (const { segment } of characters.segment(text.slice(0, MOST_UNITS * count))) {
    if (seen.length === count) return seen.slice(0, -1).join("") + ELLIPSIS;
    seen.push(segment);
  }
  return text.length > MOST_UNITS * count ? seen.slice(0, -1).join("") + ELLIPSIS : text;
}

/** One for all: making one takes a while. */
const characters = new Intl.Segmenter();
/** UTF-16 units of one character to a reader; a family of four has 11. */
const MOST_UNITS = 32;

function isPlain(text: string): boolean {
  return ASCII.test(text) || PLAIN.test(text);
}

/** Filters a line without line breaks and tabs. */
function filtered(line: string): string {
  return line
    .split(TAG_FLAGS)
    .map((part, place) => (place % 2 ? part : filteredRun(Array.from(part))))
    .join("");
}

/**
 * Filters the characters of a run. Each decision depends on what was kept so far and on a next character that is
 * kept anyway; that is why filtering twice changes nothing.
 */
function filteredRun(chars: readonly string[]): string {
  let kept = "";
  let marks = 0;
  let previous = "";
  for (const [place, char] of chars.entries()) {
    let shown: string;
    if (MARK.test(char)) {
      marks++;
      shown = markShown(char, previous, marks);
    } else if (char === ZWJ || char === ZWNJ) {
      shown = isJoint(previous, chars[place + 1] ?? "") ? char : "";
    } else {
      shown = charShown(char);
      if (shown) marks = 0;
    }
    kept += shown;
    if (shown) previous = shown.startsWith(DOTTED_CIRCLE) && shown !== char ? char : shown;
  }
  return kept;
}

function markShown(mark: string, previous: string, marks: number): string {
  if (marks > MAX_MARKS || INVISIBLE_MARK.test(mark)) return "";
  if (isVariationSelector(mark)) return selectsVariant(mark, previous) ? mark : "";
  return previous ? mark : DOTTED_CIRCLE + mark; // else it would sit on whatever stands before this text
}

function isVariationSelector(char: string): boolean {
  return /[\ufe00-\ufe0f\u{e0100}-\u{e01ef}\u180b-\u180f]/u.test(char);
}

/** Tells whether this base can have variants: elsewhere selectors are bytes hidden in a text. */
function selectsVariant(selector: string, base: string): boolean {
  if (/[\u180b-\u180f]/.test(selector)) return /^[\u1800-\u18af]/.test(base);
  if (/[\u{e0100}-\u{e01ef}]/u.test(selector)) return /^(?=\p{Lo})[\u3400-\u{10ffff}]/u.test(base);
  return /^[#*0-9]|^[^\0-\x7f\p{Mn}\p{Me}\p{Zs}]/u.test(base);
}

/** Tells whether a joiner here shapes an emoji or a joined script; anywhere else it only hides. */
function isJoint(previous: string, following: string): boolean {
  if (!previous || previous === ZWJ || previous === ZWNJ) return false;
  if (VIRAMA.test(previous)) return true; // Indic scripts end words in virama + joiner
  if (!following) return false;
  if (isPictograph(previous) || previous === "\ufe0f") return isPictograph(following);
  return isJoining(previous) && isJoining(following) && /\p{Lo}/u.test(following);
}

function isJoining(char: string): boolean {
  return /^[\u0600-\u2dff]/.test(char) && !BLANK_LETTER.test(char) && /[\p{Lo}\p{Mn}\p{Mc}]/u.test(char);
}

function isPictograph(char: string): boolean {
  return /[\p{So}\u{1f000}-\u{1faff}\u2194]/u.test(char);
}

/** Returns what stands for a character that is neither a mark nor a joiner. */
function charShown(char: string): string {
  if (/\p{Cc}/u.test(char)) return controlPicture(char);
  if (/\p{Cf}/u.test(char)) return formatShown(char);
  if (/[\p{Cs}\p{Co}]/u.test(char) || BLANK_LETTER.test(char)) return REPLACEMENT;
  return /\p{Cn}/u.test(char) && !mayBeNewerThanWe(char) ? REPLACEMENT : char;
}

function controlPicture(char: string): string {
  if (char < " ") return String.fromCharCode(0x2400 + char.charCodeAt(0));
  return char === "\x7f" ? "\u2421" : REPLACEMENT;
}

function formatShown(char: string): string {
  if (VISIBLE_FORMAT.test(char)) return char;
  return /[\ufff9-\ufffb\u{e0000}-\u{10ffff}]/u.test(char) ? REPLACEMENT : ""; // tags carry text that nobody sees
}

/** Emoji and ideographs of a Unicode version after the browser's: their blocks hold nothing else. */
function mayBeNewerThanWe(char: string): boolean {
  const code = char.codePointAt(0) ?? 0;
  return (
    (code >= 0x1f000 && code <= 0x1faff) || (code >= 0x20000 && code <= 0x3ffff && (code & 0xfffe) !== 0xfffe)
  );
}
