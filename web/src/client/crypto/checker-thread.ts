/** The page's end of the thread that checks signatures. */

import type { FromChecker, ToChecker } from "$client/crypto/checker";
import type { CheckMany } from "$client/signatures-ahead";
import { workerUrl } from "$client/worker-url";

/** What is needed of a `Worker`. */
export interface Thread {
  onmessage: ((event: MessageEvent) => unknown) | null;
  onerror: ((event: ErrorEvent) => unknown) | null;
  onmessageerror: ((event: MessageEvent) => unknown) | null;
  postMessage(message: ToChecker): void;
  terminate(): void;
}

type Answer = (checked: FromChecker | null) => void;

/**
 * Return what checks signatures on a thread that is started when there is something to check. One that can't be
 * started, or fails, answers null from then on.
 */
export function checkerThread(compiled: WebAssembly.Module, makeThread: () => Thread): CheckMany {
  let thread: Thread | null = null;
  let hasFailed = false;
  let waiting: Answer[] = [];

  function failed(): void {
    hasFailed = true;
    thread?.terminate();
    const unanswered = waiting;
    waiting = [];
    for (const answer of unanswered) answer(null);
  }

  function started(): Thread {
    const made = makeThread();
    made.onmessage = ({ data }: MessageEvent<FromChecker>) => waiting.shift()?.(data);
    made.onerror = failed;
    made.onmessageerror = failed;
    made.postMessage({ compiled });
    return made;
  }

  return (signed) =>
    new Promise((resolve) => {
      if (hasFailed) {
        resolve(null);
        return;
      }
      waiting.push(resolve);
      try {
        thread ??= started();
        thread.postMessage({ signed });
      } catch {
        failed(); // the browser has no such thread, or forbids it here: we check by ourselves
      }
    });
}

/** Return a thread of this browser. Throws what the browser says if it has none. */
export function browserThread(): Thread {
  return new Worker(workerUrl("checker"));
}
