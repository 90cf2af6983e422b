import { describe, expect, test } from "vitest";
import { EVERYONE } from "$client/model";
import { MAX_LOADED, PAGE, Timeline } from "$view/state/timeline.svelte";
import { RecordedClient } from "./recorded/client";

async function longConversation(count: number) {
  const client = new RecordedClient();
  client.log.logs.set("everyone/", []);
  for (let index = 1; index <= count; index += 1) client.receive(EVERYONE, "ben", `${index}`);
  const timeline = new Timeline(client, EVERYONE);
  client.listen((event) => {
    timeline.fold([event]);
  });
  await timeline.openNewest();
  return { client, timeline };
}

async function toTheOldest(timeline: Timeline): Promise<void> {
  while (timeline.hasOlder) {
    await timeline.loadOlder();
    timeline.trim();
  }
}

function ends(timeline: Timeline): readonly (string | undefined)[] {
  return [timeline.messages.at(0)?.text, timeline.messages.at(-1)?.text];
}

function seqs(timeline: Timeline): readonly number[] {
  return timeline.messages.map((message) => message.seq);
}

function numbers(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

describe("a timeline", () => {
  test("opens at the newest and goes back page by page, without gaps", async () => {
    const { timeline } = await longConversation(200);
    expect(ends(timeline)).toEqual([`${200 - PAGE + 1}`, "200"]);
    await timeline.loadOlder();
    expect(ends(timeline)).toEqual([`${200 - 2 * PAGE + 1}`, "200"]);
    expect(timeline.messages.map((one) => one.seq)).toEqual(
      Array.from({ length: 2 * PAGE }, (_, index) => 200 - 2 * PAGE + 1 + index),
    );
  });

  test("keeps a bounded number, and forgets at the other end", async () => {
    const { timeline } = await longConversation(MAX_LOADED + 500);
    await toTheOldest(timeline);
    expect(timeline.messages.length).toBe(MAX_LOADED);
    expect(timeline.hasNewer).toBe(true);
    while (timeline.hasNewer) {
      await timeline.loadNewer();
      timeline.trim();
    }
    expect(timeline.messages.at(-1)?.text).toBe(`${MAX_LOADED + 500}`);
    expect(timeline.messages.length).toBe(MAX_LOADED);
  });

  test("where the end is followed, what is far above it leaves the memory, and can be scrolled to", async () => {
    const { client, timeline } = await longConversation(100);
    timeline.isFollowed = true;
    for (let index = 0; index < 2000; index += 1) {
      client.receive(EVERYONE, "ben", `new ${index}`);
      timeline.trim();
    }
    expect(timeline.messages.length).toBeLessThanOrEqual(4 * PAGE);
    expect(timeline.messages.at(-1)?.text).toBe("new 1999");
    timeline.isFollowed = false;
    await toTheOldest(timeline);
    expect([timeline.messages.at(0)?.text, timeline.hasNewer]).toEqual(["1", true]);
  });

  test("after a jump into the past, what is new is only counted", async () => {
    const { client, timeline } = await longConversation(500);
    await timeline.openAround(100);
    expect(timeline.messages.some((one) => one.seq === 100)).toBe(true);
    client.receive(EVERYONE, "ben", "new");
    expect(timeline.missed).toBe(1);
    expect(timeline.messages.some((one) => one.text === "new")).toBe(false);
    await timeline.openNewest();
    expect(timeline.messages.at(-1)?.text).toBe("new");
    expect(timeline.missed).toBe(0);
  });

  test("messages come or go at one end at a time, and the list is told at which", async () => {
    const { timeline } = await longConversation(MAX_LOADED + 500);
    const counts: number[] = [];
    while (!timeline.hasNewer) {
      const before = timeline.messages.length;
      await timeline.loadOlder();
      counts.push(timeline.messages.length - before);
      expect(timeline.isPrepended).toBe(true);
      timeline.trim();
    }
    expect(counts.every((count) => count > 0)).toBe(true);
    expect([timeline.isPrepended, timeline.messages.length]).toEqual([false, MAX_LOADED]);
  });

  test("what was asked for before something else was opened changes nothing any more", async () => {
    const { timeline } = await longConversation(500);
    await timeline.openAround(450);
    await Promise.all([timeline.openNewest(), timeline.loadNewer(), timeline.loadOlder()]);
    expect(seqs(timeline)).toEqual(numbers(441, 500));
    await Promise.all([timeline.openAround(100), timeline.openNewest(), timeline.loadOlder()]);
    expect(seqs(timeline)).toEqual(numbers(441, 500));
  });

  test("what is told while the newest are read stands among them", async () => {
    const { client, timeline } = await longConversation(100);
    const opening = timeline.openNewest();
    client.receive(EVERYONE, "ben", "just now");
    await opening;
    expect(ends(timeline)[1]).toBe("just now");
    expect(seqs(timeline)).toEqual(numbers(41, 101));
  });

  test("what is told while one jumps into the past is counted once", async () => {
    const { client, timeline } = await longConversation(500);
    await timeline.openAround(200);
    const jumping = timeline.openAround(50);
    client.receive(EVERYONE, "ben", "just now");
    await jumping;
    expect(timeline.missed).toBe(1);
  });

  test("what is told after a reading that failed is counted, and nothing waits for it", async () => {
    const { client, timeline } = await longConversation(500);
    await timeline.openAround(50);
    client.page = () => Promise.reject(new Error("the store is closed"));
    await expect(timeline.openAround(300)).rejects.toThrow("closed");
    client.receive(EVERYONE, "ben", "just now");
    expect(timeline.missed).toBe(1);
  });

  test("a jump to what is in memory loads nothing", async () => {
    const { timeline } = await longConversation(100);
    const before = timeline.messages;
    await timeline.openAround(90);
    expect(timeline.messages).toBe(before);
  });

  test("what becomes readable far back does not stand among the newest", async () => {
    const { client, timeline } = await longConversation(500);
    const old = client.log.of(EVERYONE)[9];
    if (old === undefined) throw new Error("nothing was said");
    client.log.change(old.id, "readable", { text: "readable now" });
    expect(timeline.messages.some((one) => one.text === "readable now")).toBe(false);
  });

  test("what the hub had removed stands as a line where it is missing, and not before older messages", async () => {
    const { client, timeline } = await longConversation(100);
    client.missing.set("everyone/", [gapAfter(10), gapAfter(60)]);
    for (const gap of client.gaps(EVERYONE))
      timeline.fold([{ type: "gap_found", conversation: EVERYONE, conversationName: "everyone", gap }]);
    expect(gapRows(timeline)).toEqual([60]);
    await timeline.loadOlder();
    expect(gapRows(timeline)).toEqual([10, 60]);
    expect(gapRows(new Timeline(client, EVERYONE))).toEqual([10, 60]);
  });
});

function gapAfter(afterSeq: number) {
  return { afterSeq, upToSeq: afterSeq + 3, count: 3 };
}

/** After which message each line of a gap stands. */
function gapRows(timeline: Timeline): readonly number[] {
  const { rows } = timeline;
  return rows.flatMap((row, place) => {
    if (row.type !== "note" || row.note.event.type !== "gap_found") return [];
    const before = rows.slice(0, place).findLast((each) => each.type === "message");
    return [before?.type === "message" ? before.message.seq : row.note.afterSeq];
  });
}
