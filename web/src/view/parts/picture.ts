/** A picture for who has none: the first letter on a colour of their name. */

/** Return a hue (0 to 359) that is the same for the same name, everywhere. */
export function hueOf(name: string): number {
  let sum = 7;
  for (const char of name) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) % 100_003;
  return (sum * 47) % 360;
}

/** Return the first letter of a name, in upper case where its script has one. */
export function initialOf(name: string): string {
  const first = [...new Intl.Segmenter().segment(name)].find((one) => /[\p{L}\p{N}]/u.test(one.segment));
  return (first?.segment ?? "#").toLocaleUpperCase();
}
