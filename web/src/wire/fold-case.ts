/** Letters without their case, as Python's `str.casefold` makes them: for comparing, never for showing. */

const CHEROKEE = /[\u13a0-\u13ff\uab70-\uabbf]/; // the one script that is folded to upper case
const DOTLESS_I = "\u0131"; // upper case would make it a plain i

/** Returns a text folded character by character, so that it means the same in every language. */
export function foldCase(text: string): string {
  return Array.from(text, foldCharacter).join("");
}

function foldCharacter(char: string): string {
  if (char === DOTLESS_I) return char;
  if (CHEROKEE.test(char)) return char.toUpperCase();
  return char.toLowerCase().toUpperCase().toLowerCase(); // the first for the capital ẞ, which is ss
}
