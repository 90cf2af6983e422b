/** What is said of a conversation below its name: who reads it. */

import type { Conversation } from "$client/model";
import { ago } from "$view/i18n/times";
import { t } from "$view/i18n/texts.svelte";
import type { Desk } from "$view/state/desk.svelte";

/** Return one line about a conversation. */
export function aboutConversation(desk: Desk, conversation: Conversation): string {
  switch (conversation.kind) {
    case "everyone":
      return t("everyone.about", { count: desk.facts.people.length });
    case "group":
      return t("group.about", { count: conversation.key.length / 32 });
    case "room":
      return aboutRoom(desk, conversation);
    default:
      return aboutPerson(desk, conversation);
  }
}

function aboutRoom(desk: Desk, conversation: Conversation): string {
  const room = desk.facts.byRoom.get(conversation.key);
  if (room === undefined) return "";
  if (room.isArchived) return t("room.archived");
  if (!room.isMine) return t("room.notIn");
  return t("room.about", { count: room.members });
}

function aboutPerson(desk: Desk, conversation: Conversation): string {
  const person = desk.facts.byUser.get(conversation.key);
  if (person === undefined) return "";
  if (person.isMe) return t("person.notes");
  if (person.awayReason !== "") return t("status.awayWith", { reason: person.awayReason });
  if (person.status === "offline" && person.lastSeenMs > 0)
    return t("status.lastSeen", { when: ago(person.lastSeenMs, desk.nowMs) });
  return t(`status.${person.status}`);
}
