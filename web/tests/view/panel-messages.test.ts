import { expect, test } from "vitest";
import { EVERYONE } from "$client/model";
import { PanelMessages } from "$view/panels/messages.svelte";
import { openDesk } from "./page";

async function panel() {
  const { desk, client, page } = await openDesk();
  let reads = 0;
  const messages = new PanelMessages(desk, () => {
    reads += 1;
    return Promise.resolve([]);
  });
  const end = messages.follow();
  return { client, page, end, reads: () => reads };
}

test("a panel reads its messages again when something of messages has happened, once for many", async () => {
  const { client, page, reads } = await panel();
  client.receive(EVERYONE, "ben", "one");
  client.receive(EVERYONE, "ben", "two");
  await page.wait();
  expect(reads()).toBe(2);
});

test("a panel that was closed reads nothing more, not even what it was about to", async () => {
  const { client, page, end, reads } = await panel();
  client.receive(EVERYONE, "ben", "one");
  end();
  await page.wait();
  expect(reads()).toBe(1);
});
