/** Commands about the program. */

import type { Command } from "$wire/typed-line";
import { t } from "$view/i18n/texts.svelte";
import type { CommandHandler } from "$view/state/commands/table";

export const programCommands: Readonly<Record<string, CommandHandler>> = {
  help: (desk, command) => {
    desk.place.openDialog({ type: "help", topic: command.arguments[0] ?? "" });
  },
  export: (desk) => {
    desk.place.openDialog({ type: "export" });
  },
  // A page sees nothing of the network below it, and has no list by days.
  doctor: notHere,
  date: notHere,
  // A page can't close the window that a person opened: it goes back to the list, and says nothing is lost.
  quit: (desk) => {
    desk.place.openConversation(null);
    desk.restored(null);
  },
};

function notHere(_: unknown, command: Command): void {
  throw new Error(t("command.notHere", { command: command.name }));
}
