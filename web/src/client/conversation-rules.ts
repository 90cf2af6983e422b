/**
 * Who may change what a conversation is: its topic, how long its messages live. One table. Mirrors
 * `client/conversation_rules.py`.
 *
 * Judged from the log alone, so that every device comes to the same end: by what the author was when the entry was
 * written.
 */

import type { RoomState } from "$client/room-state";
import type { ClientState, Log } from "$client/state";
import type { StoredMessage } from "$client/store/records";
import type { Content } from "$wire/content";
import { LogKind } from "$wire/entries";

/** What of a conversation can be set by a message in it. */
export type Setting = "topic" | "lifetime";
type Rule = (state: ClientState, message: StoredMessage) => boolean;

const anybody: Rule = () => true;

/** Owners and moderators, as of the entry. */
const whoLeads: Rule = (state, message) => {
  const [room, author] = [state.rooms.get(message.log), state.ownerOf(message.sender)];
  return room !== undefined && author !== null && room.leads(author, message.seq, message.directorySeq);
};

/** Where a setting exists, and who may set it. A kind of log that is not named has none. */
const RULES: Readonly<Record<Setting, ReadonlyMap<number, Rule>>> = {
  topic: new Map([
    [LogKind.GROUP, anybody],
    [LogKind.ROOM, whoLeads],
  ]),
  lifetime: new Map([
    [LogKind.DIRECT, anybody],
    [LogKind.GROUP, anybody],
    [LogKind.ROOM, whoLeads],
  ]),
};

/** Tell whether conversations of this kind of log have such a setting. */
export function hasSetting(setting: Setting, kind: number): boolean {
  return RULES[setting].has(kind);
}

/** Tell whether the author of an entry could set this there and then. */
export function couldSet(setting: Setting, state: ClientState, log: Log, message: StoredMessage): boolean {
  return RULES[setting].get(log.stored.kind)?.(state, message) ?? false;
}

/** Tell whether we may set this now, in a room of which we are a member or elsewhere. */
export function maySetNow(
  setting: Setting,
  state: ClientState,
  kind: number,
  room: RoomState | undefined,
): boolean {
  return hasSetting(setting, kind) && (!room || room.leadsNow(state.user));
}

/** Return what a content sets for all to come; null if it only says again what holds, or sets nothing. */
export function settingOf(content: Content | null): Setting | null {
  if (content?.type !== "topic" && content?.type !== "lifetime") return null;
  return content.since ? null : content.type;
}

/** An entry that sets something; `since`: it repeats what the entry there has set, 0: it sets it. */
export interface SettingEntry {
  readonly setting: Setting;
  readonly message: StoredMessage;
  readonly since: number;
}

/**
 * Return from where on an entry counts; null: it does not.
 *
 * What is said again counts in rooms, for those who came later than what it repeats: it reaches back to where they
 * came in and no further, so nobody erases what others have by saying that it was so.
 */
export function placeOf(
  state: ClientState,
  log: Log,
  { setting, message, since }: SettingEntry,
): number | null {
  if (!couldSet(setting, state, log, message)) return null;
  if (!since) return message.seq;
  const isRepeated = log.stored.kind === LogKind.ROOM && since <= log.stored.base;
  return isRepeated ? Math.min(log.stored.base, message.seq) : null;
}
