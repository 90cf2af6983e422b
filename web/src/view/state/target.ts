/** Where Enter would send what is typed, for the line above the composer. Pure. */

import type { Conversation } from "$client/model";
import { parseLine, type TypedLine } from "$wire/typed-line";

/** What Enter would do. */
export type Target =
  | { readonly type: "send"; readonly conversation: Conversation; readonly isElsewhere: boolean }
  | { readonly type: "open"; readonly conversation: Conversation }
  | { readonly type: "command"; readonly name: string }
  | { readonly type: "refused"; readonly reason: string };

/** What a target needs to know. */
export interface TargetFacts {
  readonly current: Conversation;
  readonly rooms: readonly string[];
  /** Looks a name up; throws if there is nobody of that name. */
  readonly find: (target: string) => Conversation;
}

/** Return what Enter would do with an unfinished line. */
export function targetOf(text: string, facts: TargetFacts): Target {
  try {
    return targetOfLine(parseLine(text, facts.rooms), facts);
  } catch (error) {
    return { type: "refused", reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Return what a parsed line does. Throws what `find` throws. */
export function targetOfLine(line: TypedLine, facts: TargetFacts): Target {
  switch (line.type) {
    case "to_current":
    case "nothing":
      return { type: "send", conversation: facts.current, isElsewhere: false };
    case "to_person":
      return elsewhere(facts.find(`@${line.name}`));
    case "to_people":
      return elsewhere(facts.find(line.names.map((name) => `@${name}`).join(",")));
    case "to_everyone":
      return elsewhere(facts.find("everyone"));
    case "switch_to":
      return { type: "open", conversation: facts.find(`@${line.name}`) };
    case "switch_to_people":
      return { type: "open", conversation: facts.find(line.names.map((name) => `@${name}`).join(",")) };
    case "switch_to_everyone":
      return { type: "open", conversation: facts.find("everyone") };
    case "command":
      return { type: "command", name: line.name };
  }
}

function elsewhere(conversation: Conversation): Target {
  return { type: "send", conversation, isElsewhere: true };
}

/** Return the text a line sends; empty for lines that send none. */
export function textOf(line: TypedLine): string {
  return "text" in line ? line.text : "";
}
