import { describe, expect, test } from "vitest";
import type { Door } from "$client/api";
import { Refusal } from "$wire/errors";
import { en } from "$view/i18n/en";
import { Entry } from "$view/state/entry.svelte";
import { RecordedClient } from "./recorded/client";
import { recordedDoor } from "./recorded/door";

const loaded = () => Promise.resolve();

async function knocked(given: Partial<Door> = {}) {
  const door = recordedDoor(new RecordedClient(), given);
  const entry = new Entry(() => Promise.resolve(door), loaded);
  await entry.knock();
  return { entry, door };
}

describe("the way in", () => {
  test("who is new is asked for a name, which is filled in", async () => {
    const { entry, door } = await knocked();
    expect(entry.stage).toEqual({ type: "door", door });
    expect(entry.name).toBe("quiet-otter");
  });

  test("who is known is asked nothing", async () => {
    expect((await knocked({ handle: "mara" })).entry.stage.type).toBe("open");
  });

  test("another tab is not disturbed without a word", async () => {
    const { entry, door } = await knocked({ handle: "mara", isOpenElsewhere: true });
    expect(entry.stage.type).toBe("elsewhere");
    await entry.takeOver(door);
    expect(entry.stage.type).toBe("open");
  });

  test("a lost store is said before anything else", async () => {
    const { entry, door } = await knocked({ isStoreLost: true });
    expect(entry.stage.type).toBe("lost");
    entry.startAnew(door);
    expect(entry.stage.type).toBe("door");
  });

  test("a taken name is said at the name, and what was typed stays", async () => {
    const { entry, door } = await knocked();
    entry.name = "ben";
    await entry.join(door);
    expect(entry.error?.field).toBe("name");
    expect(entry.error?.text).toContain("ben");
    expect(entry.stage.type).toBe("door");
    expect(entry.isBusy).toBe(false);
  });

  test("where an invite is needed, its field appears with the reason", async () => {
    const open = () => Promise.reject(new Refusal("invite_needed", "ask for an invite"));
    const { entry, door } = await knocked({ open });
    await entry.join(door);
    expect(entry.showsInvite).toBe(true);
    expect(entry.error?.field).toBe("invite");
  });

  test("what is behind the door is loaded once the door with its words is there", async () => {
    const loads: string[] = [];
    const load = (what: string): Promise<void> => {
      loads.push(what);
      return Promise.resolve();
    };
    const given = { checkWords: () => load("words").then(() => ["field"]), prepare: () => load("way") };
    const door = recordedDoor(new RecordedClient(), given);
    await new Entry(
      () => Promise.resolve(door),
      () => load("inside"),
    ).knock();
    expect(loads).toEqual(["words", "way", "inside"]);
  });

  test("if it does not come, that is said at the name, and nobody is left running", async () => {
    let isClosed = false;
    const client = Object.assign(new RecordedClient(), {
      close: () => {
        isClosed = true;
        return Promise.resolve();
      },
    });
    const entry = new Entry(
      () => Promise.resolve(recordedDoor(client)),
      () => Promise.reject(new TypeError("Failed to fetch")),
    );
    await entry.knock();
    await entry.join(recordedDoor(client));
    expect([entry.stage.type, entry.error?.text, isClosed]).toEqual(["door", en["page.partMissing"], true]);
  });

  test("no hub is a problem with a way to try again", async () => {
    let isThere = false;
    const door = recordedDoor(new RecordedClient());
    const knock = () => (isThere ? Promise.resolve(door) : Promise.reject(new Error("no answer")));
    const entry = new Entry(knock, loaded);
    await entry.knock();
    expect(entry.stage.type).toBe("problem");
    isThere = true;
    await entry.knock();
    expect(entry.stage.type).toBe("door");
  });

  test("a second device asks for no name", async () => {
    const settings: unknown[] = [];
    const client = new RecordedClient();
    const open: Door["open"] = (given) => {
      settings.push(given);
      return Promise.resolve(client);
    };
    const { entry, door } = await knocked({ open });
    entry.isPairing = true;
    entry.pairingCode = " OTTER-7KQ2 ";
    await entry.join(door);
    expect(settings).toEqual([{ pairingCode: "OTTER-7KQ2" }]);
  });
});
