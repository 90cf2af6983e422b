/**
 * The browser's formatters of times, numbers and lists, each made once: making one takes longer than drawing the
 * message that needs it.
 */

type Made =
  Intl.DateTimeFormat | Intl.NumberFormat | Intl.ListFormat | Intl.RelativeTimeFormat | Intl.PluralRules;
type Maker<T extends Made, Options> = new (code: string, options: Options) => T;

const made = new Map<string, Made>();

/** Return the formatter of a language with these options; few differ, so all are kept. */
export function formatter<T extends Made, Options extends object>(
  maker: Maker<T, Options>,
  code: string,
  options: Options,
): T {
  const name = `${maker.name} ${code} ${JSON.stringify(options)}`;
  let found = made.get(name) as T | undefined;
  if (!found) {
    found = new maker(code, options);
    made.set(name, found);
  }
  return found;
}
