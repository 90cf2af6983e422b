/** What a command is about: the message it names, the conversation, the people. */

import type { Conversation, Message, RoomInfo } from "$client/model";
import { splitMark, splitMarkAtEnd, type Mark } from "$wire/marks";
import { t } from "$view/i18n/texts.svelte";
import type { Desk } from "$view/state/desk.svelte";

/** Return the open conversation. Throws if there is none. */
export function here(desk: Desk): Conversation {
  const open = desk.place.conversation;
  if (open === null) throw new Error(t("command.noConversation"));
  return open;
}

/** Return the room that a word names, else the open one. Throws UnknownRoom, or if that is none. */
export function roomFor(desk: Desk, name: string | undefined): RoomInfo {
  if (name !== undefined) return desk.client.room(name);
  const open = desk.place.conversation;
  const room = open === null ? undefined : desk.facts.byRoom.get(open.key);
  if (room === undefined) throw new Error(t("command.noRoom"));
  return room;
}

/** A message, and the words of the command without its mark. */
export interface MarkedMessage {
  readonly message: Message;
  readonly text: string;
}

/** Return the message that a mark at the start names, else the selected one, else the newest. */
export function marked(desk: Desk, text: string, isWanted: (message: Message) => boolean): MarkedMessage {
  const split = splitMark(text);
  return { message: messageFor(desk, split.mark, isWanted), text: split.text };
}

/** The same with the mark at the end. */
export function markedAtEnd(desk: Desk, text: string): MarkedMessage {
  const split = splitMarkAtEnd(text);
  return { message: messageFor(desk, split.mark, () => true), text: split.text };
}

function messageFor(desk: Desk, mark: Mark | null, isWanted: (message: Message) => boolean): Message {
  const messages = (desk.timeline?.messages ?? []).filter(
    (one) => !one.isDeleted && one.state !== "unreadable",
  );
  const found =
    mark === null
      ? (messages.find((one) => one.id === desk.selected && isWanted(one)) ?? messages.findLast(isWanted))
      : markedOf(messages, mark);
  if (found === undefined) throw new Error(t("command.noMessage"));
  return found;
}

function markedOf(messages: readonly Message[], mark: Mark): Message | undefined {
  const word = mark.word.toLowerCase();
  return messages.filter((one) => one.text.toLowerCase().includes(word)).at(-mark.count);
}
