/** What can be done to a message, by key or button. */

import { isSameConversation, type Message } from "$client/model";
import { t } from "$view/i18n/texts.svelte";
import { copyText } from "$view/state/clipboard";
import type { Desk } from "$view/state/desk.svelte";
import type { MessageAction } from "$view/state/keys";
import type { Timeline } from "$view/state/timeline.svelte";

const THUMB = "👍";

type Act = (desk: Desk, message: Message) => unknown;

const ACTS: Readonly<Partial<Record<MessageAction, Act>>> = {
  reply: (desk, message) => desk.composer?.reply(message),
  edit: (desk, message) => {
    if (message.isOwn) desk.composer?.edit(message);
  },
  thumb: (desk, message) => toggleReaction(desk, message, THUMB),
  react: (desk, message) => {
    pickReaction(desk, message);
  },
  thread: openThread,
  pin: (desk, message) => desk.client.pin(message.id, { remove: message.isPinned }),
  delete: (desk, message) => deleteMessage(desk, message),
  copy: async (desk, message) => {
    if (await copyText(message.text)) desk.notices.info(t("notice.copied"));
  },
  info: (desk, message) => {
    desk.place.openDialog({ type: "who_read", id: message.id });
  },
};

/** Do what a key says: move among the messages, or do something to the selected one. */
export function runMessageAction(desk: Desk, timeline: Timeline, action: MessageAction): void {
  if (action === "up") moveSelection(desk, timeline, -1);
  else if (action === "down") moveSelection(desk, timeline, 1);
  else if (action === "top") moveSelection(desk, timeline, "first");
  else if (action === "newest") moveSelection(desk, timeline, "last");
  else if (action === "leave") {
    desk.selected = null;
    desk.composer?.focus();
  } else {
    const message = timeline.messages.find((one) => one.id === desk.selected);
    if (message !== undefined) act(desk, message, action);
  }
}

/** Do something to a message; what it is refused with is shown. */
export function act(desk: Desk, message: Message, action: MessageAction): void {
  if (message.isDeleted || message.state === "unreadable") return;
  void desk.try(async () => {
    await ACTS[action]?.(desk, message);
  });
}

/** Select the message next to the selected one, or the first or last in memory. */
export function moveSelection(desk: Desk, timeline: Timeline, to: 1 | -1 | "first" | "last"): void {
  const messages = timeline.messages;
  const at = messages.findIndex((one) => one.id === desk.selected);
  const index = to === "first" ? 0 : to === "last" || at === -1 ? messages.length - 1 : at + to;
  if (index >= messages.length) {
    desk.selected = null;
    desk.composer?.focus();
    return;
  }
  const found = messages[Math.max(0, index)];
  if (found !== undefined) desk.selected = found.id;
  if (index <= 1) void desk.try(() => timeline.loadOlder());
}

/** Open the whole thread that a message is in: it begins with the message that answers none. */
export async function openThread(desk: Desk, message: Message): Promise<void> {
  const seen = new Set<string>();
  let first = message;
  while (first.replyTo !== null && !seen.has(first.id)) {
    seen.add(first.id);
    const before = await desk.client.message(first.replyTo);
    if (before === null || !isSameConversation(before.conversation, first.conversation)) break;
    first = before;
  }
  desk.place.openPanel({ type: "thread", id: first.id });
}

/** Put an emoji to a message, or take ours back. */
export function toggleReaction(desk: Desk, message: Message, emoji: string): Promise<Message> {
  const hasOurs = message.reactions.some((one) => one.emoji === emoji && one.hasOurs);
  return desk.client.react(message.id, emoji, { remove: hasOurs });
}

/** Let the person pick an emoji for a message. */
export function pickReaction(desk: Desk, message: Message): void {
  desk.picking = (emoji) => void desk.try(() => toggleReaction(desk, message, emoji));
}

/** Take a message away: one that waits without a trace, else it keeps its place. */
async function deleteMessage(desk: Desk, message: Message): Promise<void> {
  if (message.state === "waiting" && (await desk.client.withdraw(message.id))) return;
  await desk.client.delete(message.id);
}

/** Return our newest message in memory that can be changed; null: none. */
export function lastOwn(timeline: Timeline): Message | null {
  return timeline.messages.findLast((one) => one.isOwn && !one.isDeleted && one.state !== "failed") ?? null;
}
