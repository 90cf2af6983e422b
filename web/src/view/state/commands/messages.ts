/** Commands about messages. */

import { isSameConversation, type Message } from "$client/model";
import { splitMark, splitMarkAtEnd, type MarkAndText } from "$wire/marks";
import { emojiFor } from "$wire/short-emoji";
import { t } from "$view/i18n/texts.svelte";
import { hasLifetimes } from "$view/state/abilities";
import { anyMessage, deletableMessage, meantBy, ourMessage } from "$view/state/commands/message-marks";
import { here } from "$view/state/commands/subject";
import type { CommandHandler } from "$view/state/commands/table";
import type { Desk } from "$view/state/desk.svelte";
import { openThread, toggleReaction } from "$view/state/message-actions";
import { parseTime } from "$view/state/spans";

export const messageCommands: Readonly<Record<string, CommandHandler>> = {
  reply: (desk, command) => reply(desk, command.rawArguments),
  me: (desk, command) => desk.client.send(here(desk), command.rawArguments, { isAction: true }),
  edit: async (desk, command) => {
    const { message, text } = await ourMessage(desk, command.rawArguments);
    return desk.client.edit(message.id, textBehind(text, "/edit ^2"));
  },
  delete: async (desk, command) => {
    const { message, text } = await deletableMessage(desk, command.rawArguments);
    if (text.trim() !== "") throw new Error(t("command.delete"));
    return desk.client.delete(message.id);
  },
  react: async (desk, command) => {
    const { mark, text } = markAnywhere(command.rawArguments);
    return toggleReaction(desk, await meantBy(desk, mark), emojiFor(text));
  },
  pin: async (desk, command) => {
    const { message } = await anyMessage(desk, command.rawArguments);
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
  thread: async (desk, command) => {
    const { message } = await anyMessage(desk, command.rawArguments);
    await openThread(desk, message);
  },
  show: async (desk, command) => {
    const { message } = await anyMessage(desk, command.rawArguments);
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
    const { message, text } = await anyMessage(desk, raw);
    await desk.client.send(message.conversation, textBehind(text, "/reply ^2"), { replyTo: message.id });
    return;
  }
  const newest = await lastPrivate(desk);
  if (newest === null) throw new Error(t("command.nobodyWrote"));
  await desk.client.send(newest.conversation, raw, { replyTo: newest.id });
  if (!isSameConversation(newest.conversation, here(desk))) desk.sentElsewhere(newest.conversation);
}

async function lastPrivate(desk: Desk): Promise<Message | null> {
  const private_ = desk.client.conversations().filter((one) => one.kind === "direct" || one.kind === "group");
  const pages = await Promise.all(private_.map((one) => desk.client.history(one, { limit: 20 })));
  const received = pages.flat().filter((one) => one.state === "received" && !one.isDeleted);
  return received.reduce<Message | null>(
    (newest, one) => (newest !== null && newest.sentAtMs > one.sentAtMs ? newest : one),
    null,
  );
}

/** Split `👍 ^2` or `^2 👍`. */
function markAnywhere(text: string): MarkAndText {
  const atStart = splitMark(text);
  return atStart.mark === null ? splitMarkAtEnd(text) : atStart;
}

function textBehind(text: string, example: string): string {
  if (text.trim() === "") throw new Error(t("command.needsText", { example }));
  return text;
}
