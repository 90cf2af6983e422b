import { describe, expect, test } from "vitest";
import { EVERYONE } from "$client/model";
import { openDesk } from "./page";
import { direct, GROUP } from "./recorded/people";
import { room } from "./recorded/said";

async function typing(text: string) {
  const opened = await openDesk();
  const composer = opened.desk.composer;
  if (composer === null) throw new Error("no conversation is open");
  composer.typed(text, text.length);
  return { ...opened, composer };
}

describe("what Enter would do is shown before", () => {
  test.each([
    ["hello", { type: "send", conversation: EVERYONE, isElsewhere: false }],
    ["@ben hello", { type: "send", conversation: direct("ben"), isElsewhere: true }],
    ["@ben,@chidi hello", { type: "send", conversation: GROUP, isElsewhere: true }],
    ["@kitchen hello", { type: "send", conversation: room("kitchen"), isElsewhere: true }],
    ["@ben", { type: "open", conversation: direct("ben") }],
    ["#", { type: "open", conversation: EVERYONE }],
    ["/who", { type: "command", name: "who" }],
  ])("%s", async (text, target) => {
    expect((await typing(text)).composer.target).toEqual(target);
  });

  test.each(["#kitchen soup", "@nobody hello", "/nonsense"])(
    "%s is refused, with the reason",
    async (text) => {
      const { composer } = await typing(text);
      expect(composer.target.type).toBe("refused");
    },
  );
});

describe("Enter with choices shown", () => {
  test.each([
    ["#", false],
    ["@", false],
    ["@be", true],
    ["@ben", false],
    ["/wh", true],
  ])("%s takes the first: %s", async (text, isTaken) => {
    const { composer } = await typing(text);
    expect(composer.isCompleting).toBe(true);
    expect(composer.isChoiceTaken).toBe(isTaken);
  });

  test("a lone sign takes a choice that the arrows went to", async () => {
    const { composer } = await typing("#");
    composer.choose(1);
    expect(composer.isChoiceTaken).toBe(true);
  });
});

describe("sending", () => {
  test("a refused line stays in the composer and nothing is sent", async () => {
    const { composer, client, desk } = await typing("#kitchen soup");
    const before = client.log.of(EVERYONE).length;
    await composer.submit();
    expect(composer.text).toBe("#kitchen soup");
    expect(client.log.of(EVERYONE).length).toBe(before);
    expect(desk.notices.passing.at(-1)?.kind).toBe("error");
  });

  test("a private line goes to the person, and says so", async () => {
    const { composer, client, desk } = await typing("@ben psst");
    await composer.submit();
    expect(client.log.of(direct("ben")).at(-1)?.text).toBe("psst");
    expect(desk.notices.passing.at(-1)?.text).toContain("ben");
  });

  test("nothing is sent to a changed identity, and the text stays", async () => {
    const { desk, client, page } = await openDesk();
    desk.open(direct("viktor"));
    await page.frame();
    desk.composer?.typed("hello", 5);
    await desk.composer?.submit();
    expect(desk.composer?.text).toBe("hello");
    expect(client.log.of(direct("viktor")).length).toBe(1);
  });

  test("without the hub a message waits, and is shown at the end", async () => {
    const { composer, client, desk, page } = await typing("still here?");
    client.disconnect();
    await composer.submit();
    await page.frame();
    expect(desk.timeline?.messages.at(-1)).toMatchObject({ text: "still here?", state: "waiting" });
    expect(desk.facts.waiting).toBe(1);
  });

  test("an answer names the message, also when the text was typed before", async () => {
    const { composer, desk, client } = await typing("yes");
    const asked = desk.timeline?.messages[3];
    if (asked === undefined) throw new Error("nothing was said");
    composer.reply(asked);
    await composer.submit();
    expect(client.log.of(EVERYONE).at(-1)).toMatchObject({ text: "yes", replyTo: asked.id });
    expect(composer.mode.type).toBe("new");
  });

  test("while a message is edited, the draft waits and comes back", async () => {
    const { composer, desk, client } = await typing("half a thought");
    const last = desk.timeline?.messages.findLast((message) => message.isOwn);
    if (last === undefined) throw new Error("nothing was said");
    composer.edit(last);
    composer.typed("better words", 12);
    expect(client.draft(EVERYONE)).toBe("half a thought");
    await composer.submit();
    expect(client.log.find(last.id).text).toBe("better words");
    expect(composer.text).toBe("half a thought");
  });

  test("Escape leaves an edit and the message stays as it was", async () => {
    const { composer, desk, client } = await typing("");
    const last = desk.timeline?.messages.findLast((message) => message.isOwn);
    if (last === undefined) throw new Error("nothing was said");
    composer.edit(last);
    composer.typed("no", 2);
    expect(composer.leaveMode()).toBe(true);
    expect(composer.text).toBe("");
    expect(client.log.find(last.id).text).toBe(last.text);
  });

  test("a draft is kept as it is typed and gone when it is sent", async () => {
    const { composer, client } = await typing("soon");
    expect(client.draft(EVERYONE)).toBe("soon");
    await composer.submit();
    expect(client.draft(EVERYONE)).toBe("");
  });
});
