/** What a person prefers, on all of their devices. Mirrors `src/lanmsg/client/preferences.py`. */

import { conversationKey, type Conversation, type ConversationKey } from "$client/model";

/** As the time until which a conversation is muted: until it is unmuted. */
export const FOR_EVER = Number.MAX_SAFE_INTEGER;

/** Which messages of a conversation call for attention; `mentions`: those that name us or have a keyword. */
export type Level = "all" | "mentions" | "nothing";

/** When a face may make a noise: for what calls for attention, for every message not muted, never. */
export type Bell = "on" | "all" | "off";

/**
 * When nothing may ring: from `start` up to `end`, in minutes after midnight, by the device's own clock. An
 * `end` before `start` is on the next day.
 */
export interface QuietHours {
  readonly start: number;
  readonly end: number;
}

/** Tell whether a minute of the day is in these hours. */
export function covers({ start, end }: QuietHours, minute: number): boolean {
  return start <= end ? start <= minute && minute < end : minute >= start || minute < end;
}

/** All of them. `ignored` are handles, `keywords` are case folded. */
export interface Preferences {
  readonly levels: ReadonlyMap<ConversationKey, Level>;
  readonly mutedUntilMs: ReadonlyMap<ConversationKey, number>;
  readonly keywords: ReadonlySet<string>;
  readonly quietHours: QuietHours | null;
  readonly ignored: ReadonlySet<string>;
  readonly sendsReadReceipts: boolean;
  readonly bell: Bell;
}

/** Return which messages of a conversation call for attention: as chosen, else the default of its kind. */
export function levelOf(preferences: Preferences, conversation: Conversation): Level {
  const chosen = preferences.levels.get(conversationKey(conversation));
  return chosen ?? defaultLevel(conversation);
}

/** Return what holds where nothing was chosen. */
export function defaultLevel(conversation: Conversation): Level {
  return conversation.kind === "everyone" || conversation.kind === "room" ? "mentions" : "all";
}

/** Tell whether a conversation is muted at this time (Unix ms). */
export function isMuted(preferences: Preferences, conversation: Conversation, nowMs: number): boolean {
  return nowMs < (preferences.mutedUntilMs.get(conversationKey(conversation)) ?? 0);
}
