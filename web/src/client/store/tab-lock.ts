/**
 * One tab of a browser at a time has a client's store open; another one takes over on request.
 *
 * Web Locks say who has it, where the browser has them (they need a secure context); elsewhere tabs ask each
 * other. Both are courtesy: what keeps a tab that was taken over from writing is the store itself (`StoreTaken`),
 * so a tab that sleeps, or two that start at the same moment, do no harm.
 */

/** How long a tab may take to close its client when another asks for it; then it is taken by force. */
export const PATIENCE_MS = 4000;
/** How long tabs have to answer whether one of them has it, where there are no Web Locks. */
export const ANSWER_MS = 250;

/** What the lock needs of the browser; one channel for each lock and tab. */
export interface TabSurroundings {
  readonly locks: Pick<LockManager, "request"> | null;
  readonly channel: Pick<BroadcastChannel, "postMessage" | "onmessage" | "close">;
  readonly wait: (ms: number) => Promise<void>;
}

/** What is told to the tab that has it. */
export interface TabEvents {
  /** Another tab asks for it: close the client. It is released when the promise is fulfilled. */
  readonly asked: () => Promise<void>;
  /** Another tab has taken it by force: stop. */
  readonly lost: () => void;
}

/** What tabs say to each other: may I, it is mine, give it to me, it is free, it is mine now. */
type Word = "who" | "held" | "yield" | "free" | "taken";

/** This tab's hand on the lock of this name. */
export class TabLock {
  readonly #name: string;
  readonly #surroundings: TabSurroundings;
  readonly #events: TabEvents;
  #isHeld = false;
  #letGo: () => void = () => undefined;
  #heard: ((word: Word) => void) | null = null;

  constructor(name: string, surroundings: TabSurroundings, events: TabEvents) {
    this.#name = name;
    this.#surroundings = surroundings;
    this.#events = events;
    surroundings.channel.onmessage = ({ data }: MessageEvent) => {
      this.#hear(data as Word);
    };
  }

  /** Whether this tab has it. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Take it if no other tab has it; tells whether it did. */
  async tryTake(): Promise<boolean> {
    const { locks } = this.#surroundings;
    if (locks) return this.#request(locks, { ifAvailable: true });
    const answer = this.#next("held", ANSWER_MS);
    this.#say("who");
    if (await answer) return false;
    this.#isHeld = true;
    return true;
  }

  /** Ask the tab that has it to let go, and take it: when it does, or after `PATIENCE_MS` by force. */
  async takeOver(): Promise<void> {
    const { locks } = this.#surroundings;
    const freed = this.#next("free", PATIENCE_MS);
    this.#say("yield");
    await freed;
    if (!locks) {
      this.#isHeld = true;
      this.#say("taken");
    } else if (!(await this.#request(locks, { ifAvailable: true }))) {
      await this.#request(locks, { steal: true });
    }
  }

  /** Let others have it; may be called twice. */
  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#letGo();
    this.#say("free");
  }

  /** Release it, and listen no more. */
  close(): void {
    this.release();
    this.#surroundings.channel.close();
  }

  // --- Web Locks ----------------------------------------------------------------------------------

  /** Ask the browser for it; tells whether it was given. It is held until `release`, or until it is stolen. */
  async #request(locks: Pick<LockManager, "request">, options: LockOptions): Promise<boolean> {
    return new Promise((answer, reject) => {
      const held = async (lock: Lock | null): Promise<void> => {
        answer(lock !== null);
        if (lock === null) return;
        this.#isHeld = true;
        await new Promise<void>((resolve) => (this.#letGo = resolve));
      };
      locks.request(this.#name, options, held).catch((error: unknown) => {
        if (this.#isHeld) this.#lose();
        else reject(error instanceof Error ? error : new Error(String(error)));
      });
    });
  }

  #lose(): void {
    this.#isHeld = false;
    this.#events.lost();
  }

  // --- what tabs say to each other ------------------------------------------------------------------

  #say(word: Word): void {
    this.#surroundings.channel.postMessage(word);
  }

  #hear(word: Word): void {
    this.#heard?.(word);
    if (!this.#isHeld) return;
    if (word === "who") this.#say("held");
    if (word === "yield") void this.#giveUp();
    if (word === "taken" && !this.#surroundings.locks) this.#lose();
  }

  async #giveUp(): Promise<void> {
    try {
      await this.#events.asked();
    } finally {
      this.release();
    }
  }

  /** Wait for a word; tells whether it came in time. */
  async #next(expected: Word, withinMs: number): Promise<boolean> {
    const heard = new Promise<boolean>((resolve) => {
      this.#heard = (word) => {
        if (word === expected) resolve(true);
      };
    });
    const timeUp = this.#surroundings.wait(withinMs).then(() => false);
    const isHeard = await Promise.race([heard, timeUp]);
    this.#heard = null;
    return isHeard;
  }
}
