/** Requests of ours that somebody waits for, by what the answer will name them with. */

import { StaleView } from "$client/errors";
import { isCode, LinkLost, Refusal } from "$wire/errors";
import type { Refused } from "$wire/frames";
import { toHex } from "$wire/hex";

interface Waiting<T> {
  readonly succeeded: (answer: T) => void;
  readonly failed: (error: Error) => void;
}

/** By request number or message id (hex). A lost link fails them all: nobody knows their fate. */
export class Answers<T> {
  #waiting = new Map<number | string, Waiting<T>>();

  /** Return a promise of the answer to this request. */
  expect(key: number | string): Promise<T> {
    const answer = new Promise<T>((succeeded, failed) => {
      this.#waiting.set(key, { succeeded, failed });
    });
    answer.catch(() => undefined); // who asked may have stopped waiting
    return answer;
  }

  /** The hub has done it. */
  succeeded(key: number | string, answer: T): void {
    this.#take(key)?.succeeded(answer);
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

  #take(key: number | string): Waiting<T> | undefined {
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
