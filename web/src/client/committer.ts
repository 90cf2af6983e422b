/** Effects to the outside, in order: first to the disk, then to the network and the faces. */

import type { Effects } from "$client/effects";
import type { ClientEvent } from "$client/events";
import type { Link } from "$client/link";
import type { Change } from "$client/store/interface";
import { joinBytes } from "$wire/bytes";

/** What a committer needs of a store: all of these on disk, in order, or an error. */
export type Commit = (changes: readonly Change[]) => Promise<void>;

interface Waiting {
  readonly effects: Effects;
  readonly link: Link | null;
}

/** One queue for all effects, so that nothing overtakes what it depends on. */
export class Committer {
  readonly #commit: Commit;
  readonly #emit: (event: ClientEvent) => void;
  readonly #failed: (error: unknown) => void;
  #waiting: Waiting[] = [];
  #isCommitting = false;
  #hasFailed = false;
  #idle: (() => void)[] = [];

  /** `failed` is called once, when the store has failed; nothing is sent or told after that. */
  constructor(commit: Commit, emit: (event: ClientEvent) => void, failed: (error: unknown) => void) {
    this.#commit = commit;
    this.#emit = emit;
    this.#failed = failed;
  }

  /** Whether everything handed in so far is stored and delivered. */
  get isIdle(): boolean {
    return !this.#isCommitting;
  }

  /** Store, then send on this link, then tell. Without changes and with nothing waiting: at once. */
  carryOut(effects: Effects, link: Link | null): void {
    if (effects.isEmpty || this.#hasFailed) return;
    if (!effects.changes.length && !this.#isCommitting) {
      this.#deliver({ effects, link });
      return;
    }
    this.#waiting.push({ effects, link });
    if (!this.#isCommitting) void this.#commitAll();
  }

  /** Commit until nothing waits; what has gathered during a commit shares the next one. */
  async #commitAll(): Promise<void> {
    this.#isCommitting = true;
    while (this.#waiting.length) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        const changes = batch.flatMap((each) => each.effects.changes);
        if (changes.length) await this.#commit(changes);
      } catch (error) {
        this.#storeFailed(error);
        return;
      }
      for (const each of batch) this.#deliver(each);
    }
    this.#isCommitting = false;
    this.#tellIdle();
  }

  #deliver({ effects, link }: Waiting): void {
    if (link && effects.frames.length) link.send(joinBytes(effects.frames));
    for (const event of effects.events) this.#emit(event);
    for (const callback of effects.callbacks) callback();
  }

  /** Nothing after this reaches the network: what is not stored was never said. */
  #storeFailed(error: unknown): void {
    this.#hasFailed = true;
    this.#waiting = [];
    this.#isCommitting = false;
    this.#tellIdle();
    this.#failed(error);
  }

  #tellIdle(): void {
    const idle = this.#idle;
    this.#idle = [];
    for (const each of idle) each();
  }

  /** Wait until everything handed in so far is stored and delivered, or the store has failed. */
  async drain(): Promise<void> {
    if (this.#isCommitting) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }
}
