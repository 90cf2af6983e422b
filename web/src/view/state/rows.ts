/** What stands in a message list: messages, grouped, with lines between them. Pure. */

import type { GapFound, LifetimeChanged, MembersChanged, TopicChanged } from "$client/events";
import type { Message } from "$client/model";
import type { RoomNews } from "$view/state/room-news";

/** A message; `isFirst`: the first of its sender in a run, so that name and picture are shown. */
export interface MessageRow {
  readonly type: "message";
  readonly key: string;
  readonly message: Message;
  readonly isFirst: boolean;
}

/** A new day begins. */
export interface DayRow {
  readonly type: "day";
  readonly key: string;
  readonly atMs: number;
}

/** What follows is new. */
export interface UnreadRow {
  readonly type: "unread";
  readonly key: string;
}

/** Something of a room has changed, or messages are missing. */
export interface NoteRow {
  readonly type: "note";
  readonly key: string;
  readonly note: Note;
}

export type Row = MessageRow | DayRow | UnreadRow | NoteRow;

/** A change of a room, its members, topic or lifetime, or what is missing, and the seq of the message it stands behind (0: at the beginning). */
export interface Note {
  readonly id: number;
  readonly afterSeq: number;
  readonly event: MembersChanged | TopicChanged | LifetimeChanged | RoomNews | GapFound;
}

/** Messages of one sender so close together are a run. */
export const RUN_MS = 5 * 60 * 1000;

/** Return the rows of messages in order. `firstUnreadSeq` of 0: no line. */
export function rowsOf(
  messages: readonly Message[],
  notes: readonly Note[],
  firstUnreadSeq: number,
): readonly Row[] {
  const rows: Row[] = [];
  const waitingNotes = [...notes];
  let previous: Message | null = null;
  let day = NO_DAY;
  for (const message of messages) {
    let isBroken = previous === null;
    while (waitingNotes[0] !== undefined && isBefore(waitingNotes[0], message)) {
      rows.push(noteRow(waitingNotes.shift() as Note));
      isBroken = true;
    }
    if (message.sentAtMs < day.startMs || message.sentAtMs >= day.endMs) {
      day = dayOf(message.sentAtMs);
      rows.push({ type: "day", key: `day ${message.id}`, atMs: message.sentAtMs });
      isBroken = true;
    }
    if (firstUnreadSeq > 0 && message.seq === firstUnreadSeq) {
      rows.push({ type: "unread", key: "unread" });
      isBroken = true;
    }
    const isFirst = isBroken || !isRun(previous, message);
    rows.push({ type: "message", key: message.id, message, isFirst });
    previous = message;
  }
  rows.push(...waitingNotes.map(noteRow));
  return rows;
}

function isBefore(note: Note, message: Message): boolean {
  return message.seq === 0 || note.afterSeq < message.seq;
}

function noteRow(note: Note): NoteRow {
  return { type: "note", key: `note ${note.id}`, note };
}

function isRun(previous: Message | null, message: Message): boolean {
  return (
    previous !== null &&
    previous.sender === message.sender &&
    !previous.isAction &&
    !message.isAction &&
    message.replyTo === null &&
    message.sentAtMs - previous.sentAtMs < RUN_MS
  );
}

/** A day here, from midnight to midnight. */
interface Day {
  readonly startMs: number;
  readonly endMs: number;
}

const NO_DAY: Day = { startMs: 0, endMs: 0 };

function dayOf(ms: number): Day {
  const date = new Date(ms);
  const [year, month, day] = [date.getFullYear(), date.getMonth(), date.getDate()];
  return { startMs: new Date(year, month, day).getTime(), endMs: new Date(year, month, day + 1).getTime() };
}
