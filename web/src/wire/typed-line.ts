/**
 * A line that a person typed, and what it means: the same in every face (`DESIGN.md` §7).
 *
 *     @name text   to a person or room     @a,@b text   to a group     @name   talk to them from now on
 *     #text        to everyone             #            talk to everyone from now on
 *     /command     a command               //text \#text \@text        text that starts with / # @
 *     text         to the conversation the prompt shows
 *
 * A line that could go to the wrong people is refused, never guessed. Prefixes count at the very start of line one
 * only, so pasted text cannot start to address people half-way.
 */
import { findCommand, LineError, nearCommands, shown, unknownCommand } from "./commands";
import { foldCase } from "./fold-case";
import { WORDS_FOR_EVERYONE } from "./generated/name-words";
import { isBlank, SPACE, strip, stripEnd, stripStart } from "./spaces";

/** What a line means. Names are as typed, not yet looked up. */
export type TypedLine =
  | { readonly type: "to_person"; readonly name: string; readonly text: string }
  | { readonly type: "to_people"; readonly names: readonly string[]; readonly text: string }
  | { readonly type: "to_everyone"; readonly text: string }
  | { readonly type: "to_current"; readonly text: string }
  | { readonly type: "switch_to"; readonly name: string }
  | { readonly type: "switch_to_people"; readonly names: readonly string[] }
  | { readonly type: "switch_to_everyone" }
  | Command
  | { readonly type: "nothing" };

/** Run a command of `COMMANDS`: its main name, its words, and all behind the name as typed. */
export interface Command {
  readonly type: "command";
  readonly name: string;
  readonly arguments: readonly string[];
  readonly rawArguments: string;
}

/** Enter would send nothing, for this reason (`targetOf` only; `parseLine` throws it). */
export interface Refused {
  readonly type: "refused";
  readonly reason: string;
}

/** What fingers type to leave; alone on a line it is never meant as a message. */
export const VIM_QUITS: ReadonlySet<string> = new Set([":q", ":q!", ":wq", ":wq!", ":x", ":qa"]);

/** Japanese and Chinese keyboards type these; sent as text, a private line would reach everyone. */
const FULL_WIDTH: Readonly<Record<string, string>> = { "\uff20": "@", "\uff03": "#", "\uff0f": "/" };
const EVERYONE: ReadonlySet<string> = new Set(WORDS_FOR_EVERYONE);
const NAME = new RegExp(`@([^${SPACE},:@#/]+)`, "uy");
/** White space, and what pastes bring that shows nothing: a byte order mark, joiners, bidi controls. */
const UNSEEN_START = new RegExp(
  `^[${SPACE}\\u00ad\\u061c\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\ufeff]+`,
);
const COMMAND_WORD = new RegExp(`^/([^${SPACE}/]+)(?=[${SPACE}]|$)`);
const WORDS = new RegExp(`[^${SPACE}]+`, "g");
const FIRST_WORD = new RegExp(`^[${SPACE}]*([^${SPACE}]+)[${SPACE}]*`);

/**
 * Returns what a typed or pasted line means. Pure: no name is looked up, nothing is sent.
 *
 * White space at the end is dropped. `rooms` are the names of the rooms the person is in; a line `#room …` is refused.
 * Throws LineError if the line means nothing or could reach the wrong people. Nothing was sent.
 */
export function parseLine(typed: string, rooms: Iterable<string> = []): TypedLine {
  const line = withUsualStart(stripEnd(typed));
  if (!line) return { type: "nothing" };
  if (line.startsWith("@")) return parseAt(line);
  if (line.startsWith("#")) return parseHash(line, rooms);
  if (line.startsWith("/")) return parseSlash(line);
  if (/^\\[@#/]/.test(line)) return { type: "to_current", text: line.slice(1) };
  return parseText(line);
}

/**
 * Returns where Enter would send an unfinished line; for the prompt, at each key press.
 *
 * That is `current` for plain text and an empty line, `refused` where `parseLine` throws, else what it returns.
 */
export function targetOf<T>(
  typed: string,
  current: T,
  rooms: Iterable<string> = [],
): T | TypedLine | Refused {
  try {
    const parsed = parseLine(typed, rooms);
    return parsed.type === "to_current" || parsed.type === "nothing" ? current : parsed;
  } catch (error) {
    if (error instanceof LineError) return { type: "refused", reason: error.message };
    throw error;
  }
}

function withUsualStart(line: string): string {
  const [first = ""] = line;
  return (FULL_WIDTH[first] ?? first) + line.slice(first.length);
}

// --- @ -------------------------------------------------------------------------------------------

function parseAt(line: string): TypedLine {
  const { names, text } = splitNames(line);
  if (names.some((name) => EVERYONE.has(foldCase(name)))) {
    throw new LineError(`not sent: for everyone write # ${example(text)}`);
  }
  const [name = ""] = names;
  if (names.length === 1) return text ? { type: "to_person", name, text } : { type: "switch_to", name };
  return text ? { type: "to_people", names, text } : { type: "switch_to_people", names };
}

interface NamesAndText {
  readonly names: readonly string[];
  readonly text: string;
}

/** Cuts `@a,@b text` into its different names and the text. */
function splitNames(line: string): NamesAndText {
  const names = new Map<string, string>();
  let position = 0;
  for (;;) {
    NAME.lastIndex = position;
    const [whole, name] = NAME.exec(line) ?? [];
    if (whole === undefined || name === undefined) {
      throw new LineError("not sent: a name must follow each @, as in @bob hello. For a literal @ write \\@");
    }
    const key = foldCase(name);
    names.set(key, names.get(key) ?? name);
    position += whole.length;
    if (!line.startsWith(",@", position)) {
      return { names: Array.from(names.values()), text: textBehindNames(line.slice(position)) };
    }
    position++;
  }
}

function textBehindNames(rest: string): string {
  if (/^[@#/]/.test(rest) || (rest.startsWith(",") && rest.length > 1 && !isBlank(rest.charAt(1)))) {
    throw new LineError("not sent: names are joined like @ann,@bob and a space comes before the text");
  }
  const text = stripStart(rest.replace(/^[:,]/, ""));
  if (rest.startsWith(",") && text.startsWith("@")) {
    // is the second name addressed, or talked about?
    throw new LineError("not sent: to both write @ann,@bob hello; to the first one only, @ann @bob is here");
  }
  return text;
}

// --- # -------------------------------------------------------------------------------------------

function parseHash(line: string, rooms: Iterable<string>): TypedLine {
  if (line === "#") return { type: "switch_to_everyone" };
  if (line.startsWith("##")) return { type: "to_current", text: line.slice(1) };
  const behind = line.slice(1);
  const word = isBlank(line.charAt(1)) ? "" : (behind.match(WORDS)?.[0] ?? "");
  const room = roomCalled(word, rooms);
  if (room === null) return { type: "to_everyone", text: stripStart(behind) };
  const text = stripStart(behind.slice(word.length)) || "text";
  throw new LineError(
    `not sent: ${shown(room)} is a room. To the room: @${shown(room)} ${example(text)}` +
      `   To everyone: # ${example(behind)}`,
  );
}

function roomCalled(word: string, rooms: Iterable<string>): string | null {
  const wanted = new Set([foldCase(word), foldCase(word.replace(/[.,:;!?]+$/, ""))]);
  wanted.delete("");
  return Array.from(rooms).find((room) => wanted.has(foldCase(room.replace(/^#/, "")))) ?? null;
}

// --- / -------------------------------------------------------------------------------------------

function parseSlash(line: string): TypedLine {
  if (line.startsWith("//")) return { type: "to_current", text: line.slice(1) };
  const behind = line.slice(1);
  const [whole = "", word] = FIRST_WORD.exec(behind) ?? [];
  if (word === undefined || isBlank(line.charAt(1))) {
    throw new LineError("not sent: a command must follow the /. /help lists them; for a literal / write //");
  }
  const spec = findCommand(word);
  if (!spec) throw unknownCommand(word);
  const raw = behind.slice(whole.length);
  const words = Array.from(raw.match(WORDS) ?? []);
  if (words.length < spec.needs) {
    throw new LineError(`not done: write ${spec.usage} (${spec.summary})`);
  }
  if (spec.name === "msg") return parseAt(`@${raw.replace(/^@/, "")}`);
  return { type: "command", name: spec.name, arguments: words, rawArguments: raw };
}

// --- text ----------------------------------------------------------------------------------------

function parseText(line: string): TypedLine {
  if (VIM_QUITS.has(line)) return { type: "command", name: "quit", arguments: [], rawArguments: "" };
  const unseen = UNSEEN_START.exec(line)?.[0] ?? "";
  if (unseen && !unseen.includes("\n") && unseen.length < line.length) {
    refuseMisplacedPrefix(withUsualStart(line.slice(unseen.length)));
  }
  return { type: "to_current", text: line };
}

/** Refuses ` /msg bob secret` and ` @bob secret`: as text they would reach the wrong people. */
function refuseMisplacedPrefix(line: string): void {
  const word = COMMAND_WORD.exec(line)?.[1];
  if (word !== undefined && (findCommand(word) || nearCommands(word).length)) {
    throw new LineError(
      `not sent: there is a space before /${shown(word)}. Without it, it is a command; for a literal / write //`,
    );
  }
  NAME.lastIndex = 0;
  const name = NAME.exec(line)?.[1];
  if (name !== undefined) {
    throw new LineError(
      `not sent: there is a space before @${shown(name)}. Without it, the text goes to ${shown(name)}; ` +
        `to send it here, write \\@${shown(name)}`,
    );
  }
}

function example(text: string): string {
  return shown(strip(text)) || "text";
}
