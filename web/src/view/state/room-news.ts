/** What of a room's record is another than before: who did what, in texts of the catalogues. Pure. */

import type { RoomChanged } from "$client/events";
import type { Conversation, RoomInfo } from "$client/model";
import type { TextKey, TextValues } from "$view/i18n/texts.svelte";

/** A sentence about somebody (`{by}`) who did something. */
export interface Told {
  readonly key: TextKey;
  readonly values: TextValues;
}

/** Somebody (`by`) has changed a room; a sentence for each thing that is another than before. */
export interface RoomNews {
  readonly type: "room_news";
  readonly conversation: Conversation;
  readonly by: string;
  readonly told: readonly Told[];
}

/** Return what a change says to who is in the room; null: nothing that anybody did to it. */
export function roomNews(before: RoomInfo, { room, by }: RoomChanged): RoomNews | null {
  if (!room.isMine || by === "") return null;
  const told = [...settings(before, room), ...owners(before, room)];
  return told.length === 0 ? null : { type: "room_news", conversation: room.conversation, by, told };
}

function* settings(before: RoomInfo, room: RoomInfo): Generator<Told> {
  if (before.name !== room.name)
    yield { key: "note.renamed", values: { before: before.name, name: room.name } };
  if (before.isArchived !== room.isArchived)
    yield { key: room.isArchived ? "note.archived" : "note.reopened", values: {} };
  if (before.isOpen !== room.isOpen) yield { key: room.isOpen ? "note.open" : "note.private", values: {} };
  if (before.keepsHistory !== room.keepsHistory)
    yield { key: room.keepsHistory ? "note.historyAll" : "note.historyFollows", values: {} };
}

function* owners(before: RoomInfo, room: RoomInfo): Generator<Told> {
  for (const name of room.owners)
    if (!before.owners.includes(name)) yield { key: "note.owner", values: { name } };
  for (const name of before.owners)
    if (!room.owners.includes(name)) yield { key: "note.member", values: { name } };
}
