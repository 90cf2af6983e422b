import { expect, test } from "vitest";
import { breathing, MOST_WORK_S, nextTask } from "$client/breath";

test("a pause is due after some work, and the next one after as much again", async () => {
  let [nowS, pauses] = [100, 0];
  const breathe = breathing(
    () => nowS,
    () => {
      pauses += 1;
      nowS += 5; // what others do meanwhile is no work of ours
      return Promise.resolve();
    },
  );
  expect(breathe()).toBeNull();
  nowS += 2 * MOST_WORK_S;
  await breathe();
  expect(pauses).toBe(1);
  expect(breathe()).toBeNull();
  nowS += 2 * MOST_WORK_S;
  await breathe();
  expect(pauses).toBe(2);
});

test("a pause lets timers ring", async () => {
  const rung: string[] = [];
  setTimeout(() => rung.push("timer"));
  while (!rung.length) await nextTask();
  expect(rung).toEqual(["timer"]);
});
