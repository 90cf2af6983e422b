/**
 * White space as Python's `str.isspace` and `\s` know it, so that both clients cut texts at the same places.
 *
 * JavaScript's own `trim` and `\s` take U+FEFF for a space, and U+001C to U+001F and U+0085 for none.
 */

/** White space, for use inside of the brackets of a regular expression. */
export const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

const AT_START = new RegExp(`^[${SPACE}]+`);
const AT_END = new RegExp(`(?<![${SPACE}])[${SPACE}]+$`); // looks at each run of spaces once
const SOME = new RegExp(`[${SPACE}]+`, "g");
const ANY_ELSE = new RegExp(`[^${SPACE}]`);

/** Returns a text without the white space around it. */
export function strip(text: string): string {
  return stripEnd(stripStart(text));
}

/** Returns a text without the white space before it. */
export function stripStart(text: string): string {
  return text.replace(AT_START, "");
}

/** Returns a text without the white space behind it. */
export function stripEnd(text: string): string {
  return text.replace(AT_END, "");
}

/** Tells whether a text has nothing but white space. */
export function isBlank(text: string): boolean {
  return !ANY_ELSE.test(text);
}

/** Returns a text without any white space. */
export function withoutSpaces(text: string): string {
  return text.replace(SOME, "");
}
