import { expect, test } from "vitest";
import { LaterParts } from "$view/state/later-parts.svelte";

test("what several ask for at once is loaded once, and kept", async () => {
  let loads = 0;
  const later = new LaterParts(() => Promise.resolve((loads += 1)));
  await Promise.all([later.ask(), later.ask()]);
  await later.ask();
  expect([later.parts, loads]).toEqual([1, 1]);
});

test("what could not be loaded is told, and loaded when it is asked for again", async () => {
  let isThere = false;
  const later = new LaterParts(() =>
    isThere ? Promise.resolve("dialogs") : Promise.reject(new Error("404")),
  );
  await expect(later.ask()).rejects.toThrow("404");
  expect(later.parts).toBeNull();
  isThere = true;
  await later.ask();
  expect(later.parts).toBe("dialogs");
});
