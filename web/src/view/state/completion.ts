/** What Tab completes in the composer: @people, @rooms, #rooms, /commands, :emoji:. Pure. */

import { COMMANDS } from "$wire/commands";

/** One choice: `insert` takes the place of what was typed. */
export interface Completion {
  readonly insert: string;
  readonly label: string;
  readonly detail: string;
  readonly kind: "person" | "room" | "command" | "emoji";
}

/** Choices for the part of the text from `start` up to the caret. */
export interface Completions {
  readonly start: number;
  readonly items: readonly Completion[];
}

/** An emoji and the words it is found by. */
export interface EmojiWords {
  readonly emoji: string;
  readonly shortcodes: readonly string[];
}

/** What there is to complete with. */
export interface CompletionSources {
  readonly people: readonly string[];
  readonly rooms: readonly string[];
  readonly emoji: readonly EmojiWords[];
}

export const MAX_COMPLETIONS = 8;
const NONE: Completions = { start: 0, items: [] };

/** Return what the word before the caret may become; no items: nothing. */
export function completionsAt(text: string, caret: number, sources: CompletionSources): Completions {
  const before = text.slice(0, caret);
  const found = /(?:^|[\s,(])([@/:#])([^\s,:@#/]*)$/u.exec(before);
  if (found === null) return NONE;
  const [mark, word] = [found[1] as string, (found[2] as string).toLowerCase()];
  const start = before.length - word.length - 1;
  const items = itemsFor(mark, word, start === 0, sources);
  return items.length === 0 ? NONE : { start, items: items.slice(0, MAX_COMPLETIONS) };
}

/** Return the text with a choice put in, and where the caret stands then. */
export function completed(
  text: string,
  caret: number,
  start: number,
  choice: Completion,
): { readonly text: string; readonly caret: number } {
  const head = text.slice(0, start) + choice.insert;
  return { text: head + text.slice(caret), caret: head.length };
}

function itemsFor(
  mark: string,
  word: string,
  isFirst: boolean,
  sources: CompletionSources,
): readonly Completion[] {
  if (mark === "/") return isFirst ? commands(word) : [];
  if (mark === ":") return word.length < 2 ? [] : emoji(word, sources.emoji);
  if (mark === "#") return isFirst ? rooms(word, sources.rooms) : [];
  const people = beginning(sources.people, word).map((name): Completion => named(name, "person"));
  return isFirst ? [...people, ...rooms(word, sources.rooms)] : people;
}

// A room is written to with @: `#kitchen` becomes `@kitchen`, for # reaches everyone.
function rooms(word: string, names: readonly string[]): readonly Completion[] {
  return beginning(names, word).map((name) => named(name, "room"));
}

function named(name: string, kind: "person" | "room"): Completion {
  return { insert: `@${name} `, label: `@${name}`, detail: "", kind };
}

function commands(word: string): readonly Completion[] {
  const found = COMMANDS.filter(
    (spec) =>
      spec.name.startsWith(word) || (word !== "" && spec.aliases.some((alias) => alias.startsWith(word))),
  );
  return found.map((spec) => ({
    insert: `/${spec.name} `,
    label: spec.usage,
    detail: spec.summary,
    kind: "command",
  }));
}

function emoji(word: string, all: readonly EmojiWords[]): readonly Completion[] {
  const starts = all.filter((one) => one.shortcodes.some((code) => code.startsWith(word)));
  const others = all.filter(
    (one) => !starts.includes(one) && one.shortcodes.some((code) => code.includes(word)),
  );
  return [...starts, ...others].slice(0, MAX_COMPLETIONS).map((one) => ({
    insert: one.emoji,
    label: one.emoji,
    detail: `:${one.shortcodes[0] ?? ""}:`,
    kind: "emoji",
  }));
}

/** Those that begin with the word, the shortest first. */
function beginning(names: readonly string[], word: string): readonly string[] {
  const found = names.filter((name) => name.toLowerCase().startsWith(word));
  return [...found].sort((one, other) => one.length - other.length || one.localeCompare(other));
}
