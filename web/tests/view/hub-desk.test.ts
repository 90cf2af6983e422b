import { expect, test } from "vitest";
import { HubAdmin } from "$client/verbs/admin";
import { foundUsers, HubDesk } from "$view/state/hub-desk.svelte";
import { LinkLost, Refusal } from "$wire/errors";
import { RecordedClient } from "./recorded/client";

test("an admin sees how the hub is, and what a change has changed", async () => {
  const hub = new HubDesk(new RecordedClient());
  await hub.look();
  expect([hub.status?.title, hub.rooms.length, hub.disk?.kinds.length]).toEqual(["kitchen table", 3, 3]);
  expect(await hub.change((admin) => admin.setNotice(" soup "))).toBe(true);
  expect(hub.status?.notice).toBe("soup");
  await hub.change((admin) => admin.ban("@Ben"));
  expect(hub.users.find((user) => user.handle === "ben")?.isBanned).toBe(true);
});

test("who is no admin is told who is one, and nothing else", async () => {
  const client = new RecordedClient();
  const admin = new HubAdmin(() => Promise.reject(new Refusal("not_admin", "only ann may", 0)));
  const hub = new HubDesk(Object.assign(client, { admin }));
  await hub.look();
  expect([hub.refusal, hub.problem, hub.status]).toEqual(["only ann may", "", null]);
});

test("what could not be asked or changed is said, and gone once it can", async () => {
  const client = new RecordedClient();
  let isAway = true;
  const admin = new HubAdmin((command) =>
    isAway ? Promise.reject(new LinkLost("the hub is away")) : client.hub.answer(command),
  );
  const hub = new HubDesk(Object.assign(client, { admin }));
  await hub.look();
  expect(hub.problem).toBe("the hub is away");
  isAway = false;
  await hub.look();
  expect([hub.problem, hub.status?.users]).toEqual(["", 8]);
  expect(await hub.change((each) => each.setRates({ messagesPerSecond: -1, messagesBurst: 1 }))).toBe(false);
  expect(hub.problem).toContain("a rate is a number");
});

test("what another admin changes is seen the next time it is asked, and nothing is lost while it can't be", async () => {
  const client = new RecordedClient();
  let isAway = false;
  const admin = new HubAdmin((command) =>
    isAway ? Promise.reject(new LinkLost("the hub is away")) : client.hub.answer(command),
  );
  const hub = new HubDesk(Object.assign(client, { admin }));
  await hub.look();
  await new HubDesk(client).change((other) => other.setNotice("soup"));
  await hub.lookAgain();
  expect(hub.status?.notice).toBe("soup");
  isAway = true;
  await hub.lookAgain();
  expect([hub.status?.notice, hub.problem]).toEqual(["soup", ""]);
});

test("who is here stands before who is not, and a search narrows the list", async () => {
  const hub = new HubDesk(new RecordedClient());
  await hub.look();
  const all = foundUsers(hub.users, "");
  expect(all.at(-1)?.handle).toBe("олег");
  expect(foundUsers(hub.users, " BE ").map((user) => user.handle)).toEqual(["ben"]);
});

test("people and rooms come in pages until there are no more", async () => {
  const rows = Array.from({ length: 250 }, (_, number) => ({
    handle: `p${number}`,
    devices: 1,
    isOnline: false,
    lastSeenMs: 0,
    isBanned: false,
    isAdmin: false,
    messages: 0,
  }));
  const asked: number[] = [];
  const admin = new HubAdmin((command) => {
    const after = command.type === "get_users" ? command.after : 0;
    asked.push(after);
    return Promise.resolve({ type: "user_page", rows: rows.slice(after, after + 100), total: 250 });
  });
  expect((await admin.users()).length).toBe(250);
  expect(asked).toEqual([0, 100, 200]);
  await expect(admin.status()).rejects.toThrow("something else");
});
