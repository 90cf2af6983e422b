import { expect, test } from "vitest";
import { Administration } from "$client/administration";
import { Effects } from "$client/effects";
import type { Rate } from "$wire/token-bucket";

test("a notice is told when it is another one, and when it is taken away", () => {
  const effects = new Effects();
  const administration = new Administration(effects, () => undefined);
  for (const text of ["", "down at 6", "down at 6", "down at 7", ""]) administration.noticed(text);
  expect(effects.events).toEqual([
    { type: "hub_notice", text: "down at 6" },
    { type: "hub_notice", text: "down at 7" },
    { type: "hub_notice", text: "" },
  ]);
  expect(administration.notice).toBe("");
});

test("the pace is that of the login, then what the hub says later", () => {
  const paces: Rate[] = [];
  const administration = new Administration(new Effects(), (pace) => paces.push(pace));
  administration.ratesChanged({ messagesPerSecond: 20, messagesBurst: 60 });
  administration.ratesChanged({ messagesPerSecond: 0, messagesBurst: 1 });
  expect(paces).toEqual([
    { perSecond: 20, burst: 60 },
    { perSecond: 0, burst: 1 },
  ]);
});
