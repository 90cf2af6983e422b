/** What a command is about: the conversation, the room it names. */

import type { Conversation, RoomInfo } from "$client/model";
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
