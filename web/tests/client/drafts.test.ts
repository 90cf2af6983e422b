import { expect, test } from "vitest";
import { STORE_AFTER_S } from "$client/account";
import { EVERYONE } from "$client/model";
import { OfflineLab, settled } from "./offline";

test("a draft outlives a killed browser as soon as the person pauses for a moment", async () => {
  const lab = await OfflineLab.make();
  const client = await lab.open();
  client.setDraft(EVERYONE, "half a sen");
  await lab.clock.pass(STORE_AFTER_S);
  expect((await lab.open()).draft(EVERYONE)).toBe("half a sen");
});

test("a draft is stored at once when the page is about to go", async () => {
  const lab = await OfflineLab.make();
  const client = await lab.open();
  client.setDraft(EVERYONE, "half a sen");
  client.storeNow();
  await settled();
  expect((await lab.open()).draft(EVERYONE)).toBe("half a sen");
});

test("a draft that was sent is emptied with the message that it became, or not at all", async () => {
  const lab = await OfflineLab.make();
  const client = await lab.open();
  client.setDraft(EVERYONE, "soup?");
  await lab.clock.pass(STORE_AFTER_S);
  client.setDraft(EVERYONE, "");
  await client.send(EVERYONE, "soup?");
  const sent = lab.store.commits.find((changes) => changes.some((each) => each.type === "outbox_row"));
  expect(sent?.map((each) => each.type).sort()).toEqual(["outbox_row", "stored_value"]);
  const again = await lab.open();
  expect(again.draft(EVERYONE)).toBe("");
  expect((await again.history(EVERYONE)).map((message) => message.text)).toEqual(["soup?"]);
});

test("what was set last is what is read, also before it was taken", async () => {
  const lab = await OfflineLab.make();
  const client = await lab.open();
  const told: string[] = [];
  client.listen((event) => {
    if (event.type === "draft_changed") told.push(event.text);
  });
  for (const text of ["so", "soup", "so", "soup?"]) {
    client.setDraft(EVERYONE, text);
    expect(client.draft(EVERYONE)).toBe(text);
    expect([...client.drafts().values()]).toEqual([text]);
  }
  await settled();
  expect(client.draft(EVERYONE)).toBe("soup?");
  expect(told.at(-1)).toBe("soup?");
  client.setDraft(EVERYONE, "");
  expect([client.draft(EVERYONE), client.drafts().size]).toEqual(["", 0]);
});
