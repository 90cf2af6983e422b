import { expect, test } from "vitest";
import { Administration } from "$client/administration";
import { Effects } from "$client/effects";

test("a notice is told when it is another one, and when it is taken away", () => {
  const effects = new Effects();
  const administration = new Administration(effects);
  for (const text of ["", "down at 6", "down at 6", "down at 7", ""]) administration.noticed(text);
  expect(effects.events).toEqual([
    { type: "hub_notice", text: "down at 6" },
    { type: "hub_notice", text: "down at 7" },
    { type: "hub_notice", text: "" },
  ]);
  expect(administration.notice).toBe("");
});
