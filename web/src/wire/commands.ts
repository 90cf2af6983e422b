/** The commands: one table (made from Python's) that parsing, completion and help are made from. */
import { closeMatches } from "./close-matches";
import { LocalError } from "./errors";
import { foldCase } from "./fold-case";
import { COMMANDS, type CommandSpec } from "./generated/commands";
import { ELLIPSIS, safeLine } from "./safe-text";

export { COMMANDS, type CommandSpec } from "./generated/commands";

/** A typed line was refused and nothing was sent; the text says why and how to say it instead. */
export class LineError extends LocalError {
  override readonly name: string = "LineError";
}

/** How much of a typed word an error message repeats. */
export const SHOWN_CHARACTERS = 32;
const MAX_NEAR_COMMANDS = 3;
const LEAST_LIKENESS = 0.7;

const BY_NAME: ReadonlyMap<string, CommandSpec> = new Map(
  COMMANDS.flatMap((spec) => [spec.name, ...spec.aliases].map((word): [string, CommandSpec] => [word, spec])),
);

/** Returns the command with this name or alias, with or without its slash, in any case. */
export function findCommand(word: string): CommandSpec | null {
  return BY_NAME.get(foldCase(word.replace(/^\//, ""))) ?? null;
}

/** Returns the error that says there is no such command, and which come near. */
export function unknownCommand(word: string): LineError {
  const near = nearCommands(word).map((name) => `/${name}`);
  const hint = near.length ? `Did you mean ${near.join(" or ")}? ` : "";
  return new LineError(
    `not sent: there is no command /${shown(word)}. ${hint}/help lists them; for a literal / write //`,
  );
}

/** Returns at most three commands that `word` may have meant, best first. */
export function nearCommands(word: string): readonly string[] {
  const wanted = Array.from(foldCase(word)).slice(0, SHOWN_CHARACTERS).join("");
  const isLong = Array.from(wanted).length > 1;
  const starts = COMMANDS.filter(({ name }) => isLong && name.startsWith(wanted)).map(({ name }) => name);
  const close = closeMatches(wanted, BY_NAME.keys(), { count: MAX_NEAR_COMMANDS, least: LEAST_LIKENESS });
  const names = close.flatMap((each) => BY_NAME.get(each)?.name ?? []);
  return Array.from(new Set([...starts, ...names])).slice(0, MAX_NEAR_COMMANDS);
}

/** Returns a typed word for an error message: short, and safe to show (pasted words hold anything). */
export function shown(word: string): string {
  const chars = Array.from(word);
  if (chars.length <= SHOWN_CHARACTERS) return safeLine(word);
  return safeLine(chars.slice(0, SHOWN_CHARACTERS - 1).join("") + ELLIPSIS);
}
