/** Requests of ours that somebody waits for, by what the answer will name them with. */

import { StaleView } from "$client/errors";
import { isCode, LinkLost, Refusal } from "$wire/errors";
import type { Refused } from "$wire/frames";
import { toHex } from "$wire/hex";

interface Waiting {
  readonly succeeded: (seq: number) => void;
  readonly failed: (error: Error) => void;
}

/** By request number or message id (hex). A lost link fails them all: nobody knows their fate. */
export class Answers {
  #waiting = new Map<number | string, Waiting>();

  /** Return a promise of the answer to this request. */
  expect(key: number | string): Promise<number> {
    const answer = new Promise<number>((succeeded, failed) => {
      this.#waiting.set(key, { succeeded, failed });
    });
    answer.catch(() => undefined); // who asked may have stopped waiting
    return answer;
  }

  /** The hub has done it; if it was to add an entry, that is at `seq`. */
  succeeded(key: number | string, seq = 0): void {
    this.#take(key)?.succeeded(seq);
  }

  /** The hub has refused it; false if nobody waits for that. */
  refused(frame: Refused): boolean {
    const waiting = this.#take(frame.messageId.length ? toHex(frame.messageId) : frame.request);
    waiting?.failed(refusalOf(frame));
    return waiting !== undefined;
  }

  /** The link is gone. */
  lost(): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const each of waiting) each.failed(new LinkLost("the hub went away before it answered"));
  }

  #take(key: number | string): Waiting | undefined {
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    return waiting;
  }
}

/** Return what the hub said as an error; an unknown code counts as PROTOCOL. */
export function refusalOf(frame: Refused): Refusal {
  if (frame.view) return new StaleView(frame.text, frame.view, frame.membershipHash);
  return new Refusal(isCode(frame.code) ? frame.code : "protocol", frame.text, frame.retryAfterMs);
}
