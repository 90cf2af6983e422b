/** What of the events is told in words: notices, alarms, and what a screen reader says. */

import type { ClientEvent, MembersChanged } from "$client/events";
import { isSameConversation, type Message } from "$client/model";
import { t, type TextKey } from "$view/i18n/texts.svelte";
import type { Desk } from "$view/state/desk.svelte";
import { safeText } from "$wire/safe-text";

type Tellers = {
  readonly [Type in ClientEvent["type"]]?: (event: Extract<ClientEvent, { type: Type }>, desk: Desk) => void;
};

const TELLERS: Tellers = {
  alarm: (event, desk) => {
    desk.notices.alarm(event.text, openerOf(event.conversation, desk));
  },
  change_failed: (event, desk) => {
    desk.notices.error(event.text);
  },
  setting_failed: (event, desk) => {
    desk.notices.error(t("notice.settingFailed", { name: event.conversationName, why: event.text }));
  },
  stopped: (event, desk) => {
    desk.stopped = { code: event.code, text: event.text };
  },
  person_joined: (event, desk) => {
    desk.notices.info(t("notice.joined", { name: event.handle }), () => {
      desk.open(desk.client.conversation(`@${event.handle}`));
    });
  },
  device_added: (event, desk) => {
    desk.notices.alarm(t("notice.deviceAdded", { device: event.device.name || event.device.shortId }), () => {
      desk.place.openDialog({ type: "settings", page: "devices" });
    });
  },
  device_revoked: (event, desk) => {
    desk.notices.info(t("notice.deviceRevoked", { device: event.device.name || event.device.shortId }));
  },
  verification_requested: showVerification,
  verification_emoji: showVerification,
  verification_done: (event, desk) => {
    desk.notices.info(t("verify.done", { name: event.handle }));
  },
  verification_cancelled: (event, desk) => {
    if (!event.byUs) desk.notices.error(event.text);
  },
  message_added: (event, desk) => {
    announce(event.message, desk);
  },
  draft_changed: (event, desk) => {
    const composer = desk.composer;
    if (composer !== null && isSameConversation(event.conversation, composer.conversation))
      composer.draftChanged(desk.client.draft(event.conversation)); // what was told may be older than what is typed
  },
};

/** Tell what an event calls for. */
export function tellOf(event: ClientEvent, desk: Desk): void {
  const tell = TELLERS[event.type] as ((event: ClientEvent, desk: Desk) => void) | undefined;
  tell?.(event, desk);
}

function showVerification(event: { readonly handle: string }, desk: Desk): void {
  desk.place.openDialog({ type: "verify", handle: event.handle });
}

function openerOf(conversation: Message["conversation"] | null, desk: Desk): (() => void) | null {
  return conversation === null
    ? null
    : () => {
        desk.open(conversation);
      };
}

function announce(message: Message, desk: Desk): void {
  const open = desk.place.conversation;
  if (message.isOwn || open === null || !isSameConversation(open, message.conversation)) return;
  desk.announced = safeText(`${message.sender}: ${message.text}`);
}

/** Return what a change of members says. */
export function membersText(event: MembersChanged): string {
  const told = event.changes.map((change) => {
    const isBySelf = change.handle === event.by;
    return t(memberKey(change.before, change.role, isBySelf), { by: event.by, name: change.handle });
  });
  return told.join(" ");
}

function memberKey(before: string, role: string, isBySelf: boolean): TextKey {
  if (role === "banned") return "note.banned";
  if (role === "outsider" && before === "banned") return "note.unbanned";
  if (role === "outsider") return isBySelf ? "note.left" : "note.removed";
  if (before === "outsider" || before === "banned") return isBySelf ? "note.came" : "note.invited";
  if (role === "owner") return "note.owner";
  return role === "moderator" ? "note.moderator" : "note.member";
}
