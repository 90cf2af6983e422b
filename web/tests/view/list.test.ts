import { describe, expect, test } from "vitest";
import { conversationKey } from "$client/model";
import { inOrder, listOfConversations, neighbour, nextActive } from "$view/state/list";
import { RecordedClient } from "./recorded/client";
import { GROUP, NOW_MS } from "./recorded/people";

function listed(client = new RecordedClient()) {
  return listOfConversations({
    conversations: client.conversations(),
    rooms: client.rooms(),
    byUser: new Map(client.people().map((person) => [person.user, person])),
    unread: client.allUnread(),
    drafts: new Set([conversationKey(GROUP)]),
    preferences: client.preferences,
    nowMs: NOW_MS,
    nameOf: (conversation) => client.conversationName(conversation),
  });
}

describe("the list of conversations", () => {
  test("everyone is first, then our rooms, then people and groups, each by name", () => {
    const names = inOrder(listed()).map((item) => item.name);
    expect(names).toEqual(["", "build", "kitchen", "ben", "ben,chidi", "lena", "viktor"]);
  });

  test("in a room only a mention calls, in a direct chat every message", () => {
    const calling = inOrder(listed()).filter((item) => item.isCalling);
    expect(calling.map((item) => item.name)).toEqual(["", "lena"]);
  });

  test("a muted conversation is marked so and never calls", () => {
    const group = listed().people.find((item) => item.conversation.kind === "group");
    expect(group).toMatchObject({ isMuted: true, isCalling: false, hasDraft: true });
  });

  test("neighbours go round in both directions", () => {
    const items = inOrder(listed());
    expect(neighbour(items, "everyone/", 1)?.name).toBe("build");
    expect(neighbour(items, "everyone/", -1)?.name).toBe("viktor");
    expect(neighbour(items, null, 1)?.name).toBe("");
    expect(neighbour(items, null, -1)?.name).toBe("viktor");
  });

  test("what calls us comes before what is merely unread", () => {
    const items = inOrder(listed());
    expect(nextActive(items, "everyone/")?.name).toBe("lena");
    expect(nextActive(items, items.find((item) => item.name === "lena")?.key ?? null)?.name).toBe("");
  });
});
