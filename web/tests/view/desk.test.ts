import { describe, expect, test } from "vitest";
import { EVERYONE, type Message } from "$client/model";
import { COMMANDS } from "$wire/commands";
import { COMMAND_HANDLERS } from "$view/state/commands/table";
import { openDesk } from "./page";
import { direct, idOf } from "./recorded/people";
import { room } from "./recorded/said";

function texts(desk: Awaited<ReturnType<typeof openDesk>>["desk"]): readonly string[] {
  return desk.timeline?.messages.map((message) => message.text) ?? [];
}

describe("a desk", () => {
  test("a wide screen opens everyone at once, a phone shows the list", async () => {
    expect((await openDesk()).desk.place.conversation).toEqual(EVERYONE);
    expect((await openDesk({ wide: false })).desk.place.conversation).toBeNull();
  });

  test("a hundred messages are drawn in one frame", async () => {
    const { desk, client, page } = await openDesk();
    await page.wait();
    const before = texts(desk).length;
    for (let index = 0; index < 100; index += 1) client.receive(EVERYONE, "ben", `message ${index}`);
    expect(page.waitingFrames).toBe(1);
    await page.frame();
    expect(texts(desk).length).toBe(before + 100);
    expect(texts(desk).at(-1)).toBe("message 99");
  });

  test("in a flood the page rests between drawings, but what we write is drawn at once", async () => {
    const { desk, client, page } = await openDesk();
    await page.wait();
    const before = texts(desk).length;
    client.receive(EVERYONE, "ben", "first");
    await page.frame();
    client.receive(EVERYONE, "ben", "second");
    expect(page.waitingFrames).toBe(0);
    await page.wait();
    expect(texts(desk).slice(before)).toEqual(["first", "second"]);
    await client.send(EVERYONE, "ours");
    expect(page.waitingFrames).toBe(1);
  });

  test("a page that nobody looks at does not rest: its timers ring late", async () => {
    const { client, page } = await openDesk();
    await page.wait();
    page.lookedAt = false;
    client.receive(EVERYONE, "ben", "first");
    await page.frame();
    client.receive(EVERYONE, "ben", "second");
    expect(page.waitingFrames).toBe(1);
  });

  test("a backlog is not drawn at each of its pages, and what is said now does not wait for that", async () => {
    const { desk, client, page } = await openDesk();
    const before = texts(desk).length;
    client.receive(EVERYONE, "ben", "long ago", { isBacklog: true });
    expect(page.waitingFrames).toBe(0);
    await page.wait();
    expect(texts(desk).slice(before)).toEqual(["long ago"]);
    client.receive(EVERYONE, "ben", "not so long ago", { isBacklog: true });
    client.receive(EVERYONE, "ben", "now");
    await page.frame();
    expect(texts(desk).slice(before)).toEqual(["long ago", "not so long ago", "now"]);
    await page.wait();
    expect(texts(desk).length).toBe(before + 3);
  });

  test("messages of other conversations are not shown here", async () => {
    const { desk, client, page } = await openDesk();
    client.receive(direct("ben"), "ben", "private");
    await page.frame();
    expect(texts(desk)).not.toContain("private");
  });

  test("an edit, a deletion and a withdrawal show on the message they are about", async () => {
    const { desk, client, page } = await openDesk();
    await client.edit(idOf(1000), "other words");
    await client.delete(idOf(1001));
    client.emit({ type: "message_withdrawn", id: idOf(1002) });
    await page.frame();
    expect(desk.timeline?.messages.find((one) => one.id === idOf(1000))?.text).toBe("other words");
    expect(desk.timeline?.messages.find((one) => one.id === idOf(1001))?.isDeleted).toBe(true);
    expect(desk.timeline?.messages.some((one) => one.id === idOf(1002))).toBe(false);
  });

  test("what is unfinished is listed, also where nothing was said yet", async () => {
    const { desk, client, page } = await openDesk();
    expect(desk.list.people.some((item) => item.name === "олег")).toBe(false);
    client.setDraft(direct("олег"), "I wanted to");
    await page.frame();
    expect(desk.list.people.find((item) => item.name === "олег")?.hasDraft).toBe(true);
  });

  test("a draft of another device is taken up, but not over what is typed here", async () => {
    const { desk, client, page } = await openDesk();
    client.setDraft(EVERYONE, "from the phone");
    await page.frame();
    expect(desk.composer?.text).toBe("from the phone");
    desk.composer?.typed("from the phone, and", 19);
    client.setDraft(EVERYONE, "from the phone again");
    await page.frame();
    expect(desk.composer?.text).toBe("from the phone, and");
  });

  test("a draft that was told before it was cleared does not come back", async () => {
    const { desk, client, page } = await openDesk();
    desk.composer?.typed("half a thought", 14);
    desk.composer?.typed("", 0);
    client.emit({ type: "draft_changed", conversation: EVERYONE, text: "half a thought" });
    await page.frame();
    expect(desk.composer?.text).toBe("");
  });

  test("what is entered goes by all that has come, drawn or not", async () => {
    const { desk, client, page } = await openDesk();
    await page.wait();
    client.receive(EVERYONE, "ben", "just now");
    expect(texts(desk).at(-1)).not.toBe("just now");
    desk.composer?.typed("/who", 4);
    void desk.composer?.submit();
    expect(texts(desk).at(-1)).toBe("just now");
  });

  test("a message whose time is over leaves the screen", async () => {
    const { desk, client, page } = await openDesk();
    const id = idOf(1000);
    client.emit({
      type: "message_expired",
      conversation: EVERYONE,
      conversationName: "everyone",
      id,
      seq: 1,
    });
    await page.frame();
    expect(desk.timeline?.messages.some((one) => one.id === id)).toBe(false);
  });

  test("what is shown is marked as read only while somebody looks", async () => {
    const { desk, client, page } = await openDesk({ wide: false });
    page.lookedAt = false;
    desk.open(EVERYONE);
    await page.frame();
    expect(client.unread(EVERYONE).count).toBe(3);
    page.lookedAt = true;
    desk.markRead();
    expect(client.unread(EVERYONE).count).toBe(0);
  });

  test("the line of what is new stays where it was when it is read", async () => {
    const { desk } = await openDesk();
    expect(desk.timeline?.firstUnreadSeq).toBe(12);
  });

  test("the back button goes one step out", async () => {
    const { desk, page } = await openDesk({ wide: false });
    desk.open(direct("ben"));
    desk.place.openPanel({ type: "pinned" });
    desk.restored(page.states.at(-2));
    expect(desk.place.panel).toBeNull();
    expect(desk.place.conversation).toEqual(direct("ben"));
    desk.restored(page.states[0]);
    expect(desk.timeline).toBeNull();
  });

  test("a state of the browser's history that is none of ours changes nothing", async () => {
    const { desk } = await openDesk();
    desk.restored("nonsense");
    expect(desk.place.conversation).toEqual(EVERYONE);
  });

  test("an alarm stays, and the same one is said once", async () => {
    const { desk, client, page } = await openDesk();
    const alarm = { type: "alarm", kind: "forked_log", text: "two histories", conversation: null } as const;
    client.emit(alarm);
    client.emit(alarm);
    await page.frame();
    expect(desk.notices.alarms.map((one) => one.text)).toEqual(["two histories"]);
  });

  test("who writes is told to screen readers, but not of other conversations and not ourselves", async () => {
    const { desk, client, page } = await openDesk();
    client.receive(EVERYONE, "ben", "hello there");
    client.receive(direct("lena"), "lena", "secret");
    await page.frame();
    expect(desk.announced).toBe("ben: hello there");
  });

  test("a stopped client is shown as such", async () => {
    const { desk, client, page } = await openDesk();
    client.emit({ type: "stopped", code: "taken_over", text: "opened elsewhere" });
    await page.frame();
    expect(desk.stopped?.code).toBe("taken_over");
  });
});

describe("commands", () => {
  test("each one of the table has a handler here, but /msg, which is a line with @", () => {
    const missing = COMMANDS.map((spec) => spec.name).filter((name) => COMMAND_HANDLERS[name] === undefined);
    expect(missing).toEqual(["msg"]);
  });

  async function run(line: string) {
    const opened = await openDesk();
    opened.desk.composer?.typed(line, line.length);
    await opened.desk.composer?.submit();
    await opened.page.frame();
    return opened;
  }

  test("/react +1 reaches the newest message of somebody else, and again takes it back", async () => {
    const { desk, client, page } = await run("/react +1");
    const newest = () => client.log.of(EVERYONE).findLast((one) => !one.isOwn);
    const others = newest()?.reactions.filter((one) => one.emoji !== "👍") ?? [];
    expect(newest()?.reactions).toContainEqual(expect.objectContaining({ emoji: "👍", hasOurs: true }));
    desk.composer?.typed("/react +1", 9);
    await desk.composer?.submit();
    await page.frame();
    expect(newest()?.reactions.filter((one) => one.hasOurs)).toEqual(others.filter((one) => one.hasOurs));
  });

  test("/react party ^ puts the emoji, not the word, to the newest message", async () => {
    const { client } = await run("/react party ^");
    expect(
      client.log
        .of(EVERYONE)
        .at(-1)
        ?.reactions.map((one) => one.emoji),
    ).toContain("🎉");
  });

  test.each(["/delete that one", "/edit ^2", "/reply ^", "/create cellar dark", "/devices burn it"])(
    "%s does nothing, says why, and stays to be mended",
    async (line) => {
      const { desk, client } = await run(line);
      expect(desk.notices.passing.at(-1)?.kind).toBe("error");
      expect(desk.composer?.text).toBe(line);
      expect(client.log.of(EVERYONE).every((one) => !one.isDeleted || one.sender !== "mara")).toBe(true);
    },
  );

  test("/thread of an answer opens the thread from its beginning", async () => {
    const { desk, client } = await openDesk();
    const first = client.log.of(EVERYONE)[0] as Message;
    const answer = await client.send(EVERYONE, "an answer", { replyTo: first.id });
    await client.send(EVERYONE, "an answer to it", { replyTo: answer.id });
    desk.composer?.typed("/thread ^", 9);
    await desk.composer?.submit();
    expect(desk.place.panel).toEqual({ type: "thread", id: first.id });
  });

  test("/edit ^2 changes our second newest message", async () => {
    const { client } = await run("/edit ^2 waves");
    expect(client.log.of(EVERYONE).at(-2)?.text).toBe("waves");
  });

  test("/invite with a room as its last word invites there", async () => {
    const { client } = await run("/invite @lena ben kitchen");
    expect(client.calls).toEqual(["invite lena ben"]);
  });

  test("/invite alone shows the link, and /kick without a room is refused where none is open", async () => {
    expect((await run("/invite")).desk.place.dialog).toEqual({ type: "invite" });
    const { desk } = await run("/kick ben");
    expect(desk.notices.passing.at(-1)?.kind).toBe("error");
    expect(desk.composer?.text).toBe("/kick ben");
  });

  test("/create makes the room and opens it", async () => {
    const { desk } = await run("/create cellar private history");
    expect(desk.facts.rooms.at(-1)).toMatchObject({ name: "cellar", isOpen: false, keepsHistory: true });
    expect(desk.place.conversation?.kind).toBe("room");
  });

  test("/mute 2x says how to write a time", async () => {
    const { desk } = await run("/mute 2x");
    expect(desk.notices.passing.at(-1)?.text).toContain("30m");
  });

  test("/who with a room opens its members", async () => {
    const { desk } = await run("/who kitchen");
    expect(desk.place.conversation).toEqual(room("kitchen"));
    expect(desk.place.panel).toEqual({ type: "info" });
  });

  test("/disappear 1d lets what follows disappear", async () => {
    const { client } = await run("/disappear 1d");
    expect(client.lifetime(EVERYONE)).toBe(86_400);
  });
});
