import { expect, test } from "vitest";
import { Committer } from "$client/committer";
import { Effects } from "$client/effects";
import type { ClientEvent } from "$client/events";
import type { Link } from "$client/link";
import { StoreFailed } from "$client/store/interface";
import type { Change } from "$client/store/interface";

const change: Change = { type: "delete_pairing", token: "00" };

/** A store, a link and a face that note what reaches them, in order. */
class World {
  readonly done: string[] = [];
  readonly commits: (() => void)[] = [];
  isBroken = false;
  readonly link: Link = {
    send: (data) => void this.done.push(`send ${data.length}`),
    setMaxFrameBytes: () => undefined,
    close: () => undefined,
    abort: () => undefined,
  };
  readonly committer = new Committer(
    (changes) => this.#commit(changes),
    (event: ClientEvent) => void this.done.push(event.type),
    () => void this.done.push("failed"),
  );

  #commit(changes: readonly Change[]): Promise<void> {
    this.done.push(`commit ${changes.length}`);
    return new Promise((resolve, reject) => {
      this.commits.push(() => {
        if (this.isBroken) reject(new StoreFailed("broken"));
        else resolve();
      });
    });
  }

  carryOut(fill: (effects: Effects) => void): void {
    const effects = new Effects();
    fill(effects);
    this.committer.carryOut(effects, this.link);
  }

  async commitDone(): Promise<void> {
    this.commits.shift()?.();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

test("frames and events leave only after the changes are on disk", async () => {
  const world = new World();
  world.carryOut((effects) => {
    effects.save(change);
    effects.sendEncoded(new Uint8Array(3));
    effects.emit({ type: "synced" });
  });
  expect(world.done).toEqual(["commit 1"]);
  await world.commitDone();
  expect(world.done).toEqual(["commit 1", "send 3", "synced"]);
  expect(world.committer.isIdle).toBe(true);
});

test("nothing overtakes a commit, and what gathers shares the next one", async () => {
  const world = new World();
  world.carryOut((effects) => {
    effects.save(change);
  });
  world.carryOut((effects) => {
    effects.sendEncoded(new Uint8Array(1));
  });
  world.carryOut((effects) => {
    effects.save(change, change);
    effects.sendEncoded(new Uint8Array(2));
  });
  expect(world.done).toEqual(["commit 1"]);
  await world.commitDone();
  expect(world.done).toEqual(["commit 1", "commit 2"]);
  await world.commitDone();
  expect(world.done).toEqual(["commit 1", "commit 2", "send 1", "send 2"]);
});

test("what has no change goes out at once", () => {
  const world = new World();
  world.carryOut((effects) => {
    effects.sendEncoded(new Uint8Array(1));
  });
  expect(world.done).toEqual(["send 1"]);
});

test("after a store has failed nothing is said any more", async () => {
  const world = new World();
  world.isBroken = true;
  for (let count = 0; count < 2; count += 1) {
    world.carryOut((effects) => {
      effects.save(change);
      effects.sendEncoded(new Uint8Array(1));
    });
  }
  await world.commitDone();
  world.carryOut((effects) => {
    effects.emit({ type: "synced" });
  });
  expect(world.done).toEqual(["commit 1", "failed"]);
  await world.committer.drain();
});
