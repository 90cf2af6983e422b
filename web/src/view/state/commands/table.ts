/** What each command does on this screen: one handler a row of `COMMANDS`. */

import type { Command } from "$wire/typed-line";
import { attentionCommands } from "$view/state/commands/attention";
import { messageCommands } from "$view/state/commands/messages";
import { peopleCommands } from "$view/state/commands/people";
import { programCommands } from "$view/state/commands/program";
import { roomCommands } from "$view/state/commands/rooms";
import type { Desk } from "$view/state/desk.svelte";

/** Does what a command says. What it throws is shown to the person. */
export type CommandHandler = (desk: Desk, command: Command) => unknown;

export const COMMAND_HANDLERS: Readonly<Partial<Record<string, CommandHandler>>> = {
  ...messageCommands,
  ...peopleCommands,
  ...roomCommands,
  ...attentionCommands,
  ...programCommands,
};
