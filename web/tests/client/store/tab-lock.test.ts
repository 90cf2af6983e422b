import { afterEach, describe, expect, test } from "vitest";
import { TabLock, type TabEvents, type TabSurroundings } from "$client/store/tab-lock";

/** The channel of one origin: what one tab says, all others hear a moment later. */
class Origin {
  readonly channels = new Set<Channel>();
  readonly locks = new Locks();
  isAsleep = new Set<Channel>();
}

class Channel {
  onmessage: BroadcastChannel["onmessage"] = null;
  readonly #origin: Origin;

  constructor(origin: Origin) {
    this.#origin = origin;
    origin.channels.add(this);
  }

  postMessage(data: unknown): void {
    for (const other of this.#origin.channels) {
      if (other === this || this.#origin.isAsleep.has(other)) continue;
      queueMicrotask(() => {
        other.onmessage?.call(other as unknown as BroadcastChannel, { data } as MessageEvent);
      });
    }
  }

  close(): void {
    this.#origin.channels.delete(this);
  }
}

/** Web Locks as far as the lock uses them (https://w3c.github.io/web-locks/): one holder, who can be robbed. */
class Locks {
  #rob: (() => void) | null = null;

  async request(_name: string, options: LockOptions, use: (lock: Lock | null) => unknown): Promise<never> {
    if (this.#rob && !options.steal) return (await use(null)) as never;
    this.#rob?.();
    const robbed = new Promise<never>((_, reject) => {
      this.#rob = () => {
        reject(new DOMException("stolen", "AbortError"));
      };
    });
    const mine = this.#rob;
    const used = Promise.resolve(use({ name: _name, mode: "exclusive" })).finally(() => {
      if (this.#rob === mine) this.#rob = null;
    });
    return Promise.race([used, robbed]) as Promise<never>;
  }
}

/** Wait until nothing is under way. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

interface Tab {
  readonly lock: TabLock;
  readonly channel: Channel;
  readonly told: string[];
}

const open: Tab[] = [];

function tab(origin: Origin, { hasLocks = true, asked = () => Promise.resolve() } = {}): Tab {
  const told: string[] = [];
  const channel = new Channel(origin);
  const events: TabEvents = {
    asked: () => {
      told.push("asked");
      return asked();
    },
    lost: () => told.push("lost"),
  };
  const surroundings: TabSurroundings = {
    locks: hasLocks ? (origin.locks as unknown as LockManager) : null,
    channel,
    wait: () => new Promise((resolve) => setTimeout(resolve, 5)),
  };
  const made = { lock: new TabLock("client", surroundings, events), channel, told };
  open.push(made);
  return made;
}

afterEach(() => {
  for (const { lock } of open.splice(0)) lock.close();
});

describe.each([{ hasLocks: true }, { hasLocks: false }])("with Web Locks: $hasLocks", ({ hasLocks }) => {
  test("the first tab has it, the second does not, and gets it when the first lets go", async () => {
    const origin = new Origin();
    const [one, two] = [tab(origin, { hasLocks }), tab(origin, { hasLocks })];
    expect(await one.lock.tryTake()).toBe(true);
    expect(await two.lock.tryTake()).toBe(false);
    one.lock.release();
    one.lock.release();
    await settled();
    expect(await two.lock.tryTake()).toBe(true);
    expect([one.lock.isHeld, two.lock.isHeld]).toEqual([false, true]);
  });

  test("a tab that is asked closes its client first, then the other has it", async () => {
    const origin = new Origin();
    const one = tab(origin, { hasLocks });
    const two = tab(origin, { hasLocks });
    await one.lock.tryTake();
    await two.lock.takeOver();
    expect(one.told).toEqual(["asked"]);
    expect([one.lock.isHeld, two.lock.isHeld]).toEqual([false, true]);
    expect(await one.lock.tryTake()).toBe(false);
  });

  test("from a tab that does not let go it is taken, and that tab is told", async () => {
    const origin = new Origin();
    const stuck = () => new Promise<void>(() => undefined);
    const [one, two] = [tab(origin, { hasLocks, asked: stuck }), tab(origin, { hasLocks })];
    await one.lock.tryTake();
    await two.lock.takeOver();
    await settled();
    expect(one.told).toEqual(["asked", "lost"]);
    expect([one.lock.isHeld, two.lock.isHeld]).toEqual([false, true]);
  });

  test("a closed tab leaves nothing behind", async () => {
    const origin = new Origin();
    const [one, two] = [tab(origin, { hasLocks }), tab(origin, { hasLocks })];
    await one.lock.tryTake();
    one.lock.close();
    await settled();
    expect(await two.lock.tryTake()).toBe(true);
  });
});

test("without Web Locks a sleeping tab is passed over: the store keeps it from writing", async () => {
  const origin = new Origin();
  const [one, two] = [tab(origin, { hasLocks: false }), tab(origin, { hasLocks: false })];
  await one.lock.tryTake();
  origin.isAsleep.add(one.channel);
  expect(await two.lock.tryTake()).toBe(true);
});
