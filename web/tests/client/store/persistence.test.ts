import { expect, test } from "vitest";
import { askToBeKept } from "$client/store/persistence";

test("the browser's answer is told, and no answer is a no", async () => {
  expect(await askToBeKept({ persist: () => Promise.resolve(true) })).toBe(true);
  expect(await askToBeKept({ persist: () => Promise.resolve(false) })).toBe(false);
  expect(await askToBeKept({ persist: () => Promise.reject(new Error("not here")) })).toBe(false);
  expect(await askToBeKept(undefined)).toBe(false);
});
