/** Who is named inside a text: `@bob` in the middle of a line, `@here` and `@all`. Nothing about it is sent. */
import { foldCase } from "./fold-case";

/** Words that mean everybody in the conversation; no handle can be one of them. */
export const GROUP_MENTIONS: ReadonlySet<string> = new Set(["here", "all"]);

/** An `@` that is not inside of a word, and what may be a name behind it. */
const MENTION = /(?<![\p{L}\p{M}\p{Nd}._-])@([\p{L}\p{M}\p{Nd}._-]+)/gu;

/**
 * Returns the handles named in a text as `@name`, in order, each once; `here` and `all` as such.
 *
 * `isName` tells whether a handle (case folded) is one of the conversation. An `@` inside a word, as in an address of
 * mail, names nobody.
 */
export function mentionsIn(text: string, isName: (handle: string) => boolean): readonly string[] {
  const found = new Set<string>();
  for (const [, written = ""] of text.matchAll(MENTION)) {
    const name = foldCase(written.replace(/[._-]+$/, ""));
    if (GROUP_MENTIONS.has(name) || (name && isName(name))) found.add(name);
  }
  return Array.from(found);
}
