/**
 * How each preference is written for a person's other devices. Mirrors `client/preferences.py`.
 *
 * Each is a name with a text as its value. People, words and conversations have a name each, so that two devices
 * which change two of them at the same time do not undo each other's change.
 */

import {
  type Conversation,
  conversationKey,
  type ConversationKey,
  parseConversationKey,
  type RoomId,
  type UserId,
} from "$client/model";
import { type Bell, FOR_EVER, type Level, type Preferences, type QuietHours } from "$client/preferences";
import type { Preference } from "$wire/account";
import { codePoints } from "$wire/bytes";
import { LocalError } from "$wire/errors";
import { foldCase } from "$wire/fold-case";

const MAX_KEYWORD_CODE_POINTS = 64;
const MINUTES = 24 * 60;

const LEVEL = "level";
const MUTE = "mute";
const KEYWORD = "keyword";
const IGNORE = "ignore";
const QUIET_HOURS = "quiet_hours";
const READ_RECEIPTS = "read_receipts";
const BELL = "bell";
const ACCEPTED = "accepted";
const YES = "yes";
const OFF = "off";

const LEVELS: ReadonlySet<string> = new Set(["all", "mentions", "nothing"]);
const BELLS: ReadonlySet<string> = new Set(["on", "all", "off"]);

function preference(name: string, value: string): Preference {
  return { type: "preference", name, value };
}

/** Write a level; null for the default. */
export function levelPreference(conversation: Conversation, level: Level | null): Preference {
  return preference(`${LEVEL}/${conversationKey(conversation)}`, level ?? "");
}

/** Write until when a conversation is muted (Unix ms); 0: not at all. */
export function mutePreference(conversation: Conversation, untilMs: number): Preference {
  return preference(`${MUTE}/${conversationKey(conversation)}`, untilMs ? String(untilMs) : "");
}

/** Write that a word calls for attention, or no more. Throws LocalError if it is empty or too long. */
export function keywordPreference(word: string, isWanted: boolean): Preference {
  const folded = foldWords(word);
  const size = codePoints(folded);
  if (!size || size > MAX_KEYWORD_CODE_POINTS) {
    throw new LocalError(`a keyword has 1 to ${MAX_KEYWORD_CODE_POINTS} characters`);
  }
  return preference(`${KEYWORD}/${folded}`, isWanted ? YES : "");
}

/** Return a text with one space between its words, and without the difference of small and capital letters. */
export function foldWords(text: string): string {
  return foldCase(text.trim().split(/\s+/u).join(" "));
}

/** Write that a person's messages are not shown, or are again. */
export function ignorePreference(user: UserId, isIgnored: boolean): Preference {
  return preference(`${IGNORE}/${user}`, isIgnored ? YES : "");
}

/** Write when nothing may ring; null: at no time. */
export function quietHoursPreference(hours: QuietHours | null): Preference {
  return preference(QUIET_HOURS, hours ? `${clock(hours.start)}-${clock(hours.end)}` : "");
}

/** Write whether others may see what we have read. */
export function readReceiptsPreference(isOn: boolean): Preference {
  return preference(READ_RECEIPTS, isOn ? "" : OFF);
}

/** Write when a face may make a noise. */
export function bellPreference(bell: Bell): Preference {
  return preference(BELL, bell === "on" ? "" : bell);
}

/** Write that a person's changed key stops nobody from writing to a room. */
export function acceptPreference(room: RoomId, user: UserId): Preference {
  return preference(`${ACCEPTED}/${room}/${user}`, YES);
}

/** Return whose changed key a preference accepts in which room (`ROOM/USER`), if it is one about that. */
export function acceptedMember({ name }: Preference): string | null {
  return /^accepted\/([0-9a-f]{32}\/[0-9a-f]{32})$/.exec(name)?.[1] ?? null;
}

/** Return whom a preference is about, if it is one about ignoring. */
export function ignoredUser({ name }: Preference): UserId | null {
  return /^ignore\/((?:[0-9a-f]{2})+)$/.exec(name)?.[1] ?? null;
}

/** Read `22:00-07:30`, or `22-7`. Throws LocalError; the text says how to write one. */
export function parseQuietHours(text: string): QuietHours {
  const [start, end, ...more] = text.replaceAll(" ", "").split("-").map(minuteOf);
  const isSpan = typeof start === "number" && typeof end === "number" && start !== end && !more.length;
  if (!isSpan) throw new LocalError("write the hours as in 22:00-07:30");
  return { start, end };
}

function minuteOf(text: string): number | null {
  const found = /^(\d{1,2})(?::(\d{1,2}))?$/.exec(text);
  if (!found) return null;
  const [hours, minutes] = [Number(found[1]), Number(found[2] ?? 0)];
  const minute = hours * 60 + minutes;
  return minute > MINUTES || minutes > 59 ? null : minute % MINUTES;
}

function clock(minute: number): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

/** Return what these say; one that this program does not know, or can't read, says nothing. */
export function preferencesOf(
  preferences: readonly Preference[],
  handleOf: (user: UserId) => string,
): Preferences {
  const levels = new Map<ConversationKey, Level>();
  const mutedUntilMs = new Map<ConversationKey, number>();
  const keywords = new Set<string>();
  const ignored = new Set<string>();
  const single = new Map<string, string>();
  for (const each of preferences.filter(({ value }) => value)) {
    const { value } = each;
    const [kind, rest] = parted(each.name);
    const key = conversationIn(rest);
    const user = ignoredUser(each);
    if (kind === LEVEL && key !== null && LEVELS.has(value)) levels.set(key, value as Level);
    else if (kind === MUTE && key !== null && /^\d+$/.test(value)) mutedUntilMs.set(key, untilMs(value));
    else if (kind === KEYWORD) keywords.add(rest);
    else if (user !== null) ignored.add(handleOf(user));
    else single.set(each.name, value);
  }
  return {
    levels,
    mutedUntilMs,
    keywords,
    quietHours: quietHoursIn(single.get(QUIET_HOURS) ?? ""),
    ignored,
    sendsReadReceipts: single.get(READ_RECEIPTS) !== OFF,
    bell: bellIn(single.get(BELL) ?? ""),
  };
}

function bellIn(text: string): Bell {
  return BELLS.has(text) ? (text as Bell) : "on";
}

function parted(name: string): readonly [string, string] {
  const place = name.indexOf("/");
  return place < 0 ? [name, ""] : [name.slice(0, place), name.slice(place + 1)];
}

function untilMs(digits: string): number {
  return Math.min(Number(digits.slice(0, 17)), FOR_EVER);
}

function conversationIn(text: string): ConversationKey | null {
  const conversation = parseConversationKey(text);
  return conversation && conversationKey(conversation);
}

function quietHoursIn(text: string): QuietHours | null {
  try {
    return text ? parseQuietHours(text) : null;
  } catch (error) {
    if (error instanceof LocalError) return null;
    throw error;
  }
}
