/** Commands about the program. */

import type { CommandHandler } from "$view/state/commands/table";

export const programCommands: Readonly<Record<string, CommandHandler>> = {
  help: (desk, command) => {
    desk.place.openDialog({ type: "help", topic: command.arguments[0] ?? "" });
  },
  // A page can't close the window that a person opened: it goes back to the list, and says nothing is lost.
  quit: (desk) => {
    desk.place.openConversation(null);
    desk.restored(null);
  },
};
