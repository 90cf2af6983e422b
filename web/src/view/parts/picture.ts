/** A picture for who has none: the first letter on a colour of their name. */

/** Return a hue (0 to 359) that is the same for the same name, everywhere. */
export function hueOf(name: string): number {
  let sum = 7;
  for (const char of name) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) % 100_003;
  return (sum * 47) % 360;
}

/** One for all: making one takes longer than drawing the message beside the picture. */
const characters = new Intl.Segmenter();
const LETTER = /[\p{L}\p{N}]/u;

/** Return the first letter of a name, in upper case where its script has one. */
export function initialOf(name: string): string {
  for (const { segment } of characters.segment(name)) {
    if (LETTER.test(segment)) return segment.toLocaleUpperCase();
  }
  return "#";
}
