import { expect, test } from "vitest";
import { Steps } from "$client/steps";

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

test("a step that waits keeps the next one waiting, and each ends before another begins", async () => {
  const done: string[] = [];
  const steps = new Steps(() => done.push("ended"));
  const first = steps.run(async () => {
    done.push("first begins");
    await turn();
    done.push("first goes on");
    return 1;
  });
  const second = steps.run(() => {
    done.push("second");
    return 2;
  });
  expect([await first, await second]).toEqual([1, 2]);
  expect(done).toEqual(["first begins", "first goes on", "ended", "second", "ended"]);
});

test("a step that fails ends too, and others go on", async () => {
  let ended = 0;
  const steps = new Steps(() => (ended += 1));
  await expect(
    steps.run(() => {
      throw new RangeError("no");
    }),
  ).rejects.toThrow("no");
  expect(await steps.run(() => "yes")).toBe("yes");
  expect(ended).toBe(2);
});
