/** Commands about messages. */

import { splitMark } from "$wire/marks";
import { t } from "$view/i18n/texts.svelte";
import { hasLifetimes } from "$view/state/abilities";
import { here, marked, markedAtEnd } from "$view/state/commands/subject";
import type { CommandHandler } from "$view/state/commands/table";
import type { Desk } from "$view/state/desk.svelte";
import { parseTime } from "$view/state/spans";

const THUMB = "👍";

export const messageCommands: Readonly<Record<string, CommandHandler>> = {
  reply: (desk, command) => reply(desk, command.rawArguments),
  me: (desk, command) => desk.client.send(here(desk), command.rawArguments, { isAction: true }),
  edit: (desk, command) => {
    const { message, text } = marked(desk, command.rawArguments, (one) => one.isOwn);
    return desk.client.edit(message.id, text);
  },
  delete: (desk, command) => {
    const { message } = marked(desk, command.rawArguments, (one) => one.isOwn);
    return desk.client.delete(message.id);
  },
  react: (desk, command) => {
    const { message, text } = markedAtEnd(desk, command.rawArguments);
    const emoji = text.trim() === "+1" ? THUMB : text.trim();
    const hasOurs = message.reactions.some((one) => one.emoji === emoji && one.hasOurs);
    return desk.client.react(message.id, emoji, { remove: hasOurs });
  },
  pin: (desk, command) => {
    const { message } = marked(desk, command.rawArguments, () => true);
    return desk.client.pin(message.id, { remove: message.isPinned });
  },
  pins: (desk) => {
    here(desk);
    desk.place.openPanel({ type: "pinned" });
  },
  disappear: async (desk, command) => {
    const time = command.arguments[0];
    if (!hasLifetimes(desk.client)) throw new Error(t("command.notHere", { command: command.name }));
    if (time === undefined) desk.place.openPanel({ type: "info" });
    else await desk.client.setLifetime(here(desk), time === "off" ? 0 : parseTime(time));
  },
  thread: (desk, command) => {
    const { message } = marked(desk, command.rawArguments, () => true);
    desk.place.openPanel({ type: "thread", id: message.id });
  },
  show: (desk, command) => {
    const { message } = marked(desk, command.rawArguments, () => true);
    return desk.showMessage(message);
  },
  history: (desk) => {
    here(desk);
    return desk.timeline?.loadOlder();
  },
  // What is unfinished stands in the composer already, whichever device it was begun on.
  draft: (desk) => {
    here(desk);
    desk.composer?.focus();
  },
  search: (desk, command) => {
    desk.place.openPanel({ type: "search", query: command.rawArguments });
  },
};

// Without a mark it answers the last private message we got, wherever we are.
async function reply(desk: Desk, raw: string): Promise<void> {
  const { mark } = splitMark(raw);
  if (mark !== null || desk.selected !== null) {
    const { message, text } = marked(desk, raw, () => true);
    await desk.client.send(message.conversation, text, { replyTo: message.id });
    return;
  }
  const direct = desk.client.conversations().filter((one) => one.kind === "direct");
  const last = await Promise.all(direct.map((one) => desk.client.history(one, { limit: 20 })));
  const received = last.flat().filter((one) => !one.isOwn && one.state === "received");
  const newest = received.reduce((a, b) => (a.sentAtMs >= b.sentAtMs ? a : b), received[0] as never);
  if (received.length === 0) throw new Error(t("command.nobodyWrote"));
  await desk.client.send(newest.conversation, raw, { replyTo: newest.id });
  desk.sentElsewhere(newest.conversation);
}
