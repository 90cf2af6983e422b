/** Making conversations that come to be with the first message in them. */

import type { Effects } from "$client/effects";
import type { Queue } from "$client/outbox-queue";
import { usersOf } from "$client/state";
import { fromHex } from "$wire/hex";

/** Asks the hub for them, each once on a connection. */
export class Openings {
  readonly #effects: Effects;
  readonly #newRequest: () => number;
  readonly #groups = new Map<number, Queue>();

  constructor(effects: Effects, newRequest: () => number) {
    this.#effects = effects;
    this.#newRequest = newRequest;
  }

  /** A new connection: nothing that was asked for will be answered. */
  clear(): void {
    this.#groups.clear();
  }

  /** Ask for the conversation of a queue; `heads` is the answer. Rooms and the like are made otherwise. */
  open(queue: Queue): void {
    const { kind, key } = queue.conversation;
    if (queue.isOpening || (kind !== "direct" && kind !== "group")) return;
    queue.isOpening = true;
    if (kind === "direct") {
      this.#effects.send({ type: "open_direct", peer: fromHex(key) });
      return;
    }
    const request = this.#newRequest();
    this.#groups.set(request, queue);
    this.#effects.send({ type: "open_group", request, users: usersOf(queue.conversation).map(fromHex) });
  }

  /** The hub makes no such group, or not now; null if the refusal is of something else. */
  refused(request: number): Queue | null {
    const queue = this.#groups.get(request) ?? null;
    this.#groups.delete(request);
    if (queue) queue.isOpening = false;
    return queue;
  }
}
