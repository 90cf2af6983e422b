import { describe, expect, test } from "vitest";
import type { RoomChanged } from "$client/events";
import type { RoomInfo } from "$client/model";
import { roomNews } from "$view/state/room-news";
import { Timeline } from "$view/state/timeline.svelte";
import { RecordedClient } from "./recorded/client";
import { room } from "./recorded/said";

const client = new RecordedClient();
const KITCHEN = client.room("kitchen");

function changed(change: Partial<RoomInfo>, by = "ben"): RoomChanged {
  return { type: "room_changed", room: { ...KITCHEN, ...change }, by };
}

describe("what is done to a room is told in one sentence for each thing", () => {
  test.each<[Partial<RoomInfo>, readonly string[]]>([
    [{ name: "pantry" }, ["note.renamed"]],
    [{ isArchived: !KITCHEN.isArchived }, ["note.archived"]],
    [{ isOpen: !KITCHEN.isOpen }, [KITCHEN.isOpen ? "note.private" : "note.open"]],
    [{ keepsHistory: !KITCHEN.keepsHistory }, ["note.historyAll", "note.historyFollows"]],
    [{ owners: ["chidi"] }, ["note.owner", "note.member"]],
  ])("%o", (change, keys) => {
    const told = roomNews(KITCHEN, changed(change))?.told.map((each) => each.key) ?? [];
    expect(told.length).toBeGreaterThan(0);
    expect(keys).toEqual(expect.arrayContaining(told));
  });

  test("who was there before and is now is named", () => {
    expect(roomNews(KITCHEN, changed({ name: "pantry" }))?.told).toEqual([
      { key: "note.renamed", values: { before: "kitchen", name: "pantry" } },
    ]);
  });
});

test("our own coming and going, what nobody did, and rooms of others are no such news", () => {
  expect(roomNews(KITCHEN, changed({ name: "pantry" }, ""))).toBe(null);
  expect(roomNews(KITCHEN, changed({ name: "pantry", isMine: false }))).toBe(null);
  expect(roomNews(KITCHEN, changed({ members: 9, topic: "soup" }))).toBe(null);
});

test("a change stands in the conversation behind what was said, and each is told once", async () => {
  const timeline = new Timeline(client, room("kitchen"));
  await timeline.openNewest();
  timeline.fold([changed({ name: "pantry" }), changed({ name: "pantry", isArchived: true })]);
  const notes = timeline.rows.flatMap((row) => (row.type === "note" ? [row.note.event] : []));
  expect(notes.map((each) => (each.type === "room_news" ? each.told.map(({ key }) => key) : []))).toEqual([
    ["note.renamed"],
    ["note.archived"],
  ]);
  expect(timeline.rows.at(-1)?.type).toBe("note");
});
