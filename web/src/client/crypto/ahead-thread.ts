/** The page's end of the thread that reads ahead. */

import type { FromThread, ToThread } from "$client/crypto/ahead-worker";
import type { DoElsewhere } from "$client/reading-ahead";
import { workerUrl } from "$client/worker-url";

/** What is needed of a `Worker`. */
export interface Thread {
  onmessage: ((event: MessageEvent) => unknown) | null;
  onerror: ((event: ErrorEvent) => unknown) | null;
  onmessageerror: ((event: MessageEvent) => unknown) | null;
  postMessage(message: ToThread): void;
  terminate(): void;
}

type Answer = (done: FromThread | null) => void;

/**
 * Return what works on a thread that is started when there is something to do. One that can't be
 * started, or fails, answers null from then on.
 */
export function aheadThread(compiled: WebAssembly.Module, makeThread: () => Thread): DoElsewhere {
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
    made.onmessage = ({ data }: MessageEvent<FromThread>) => waiting.shift()?.(data);
    made.onerror = failed;
    made.onmessageerror = failed;
    made.postMessage({ compiled });
    return made;
  }

  return (work) =>
    new Promise((resolve) => {
      if (hasFailed) {
        resolve(null);
        return;
      }
      waiting.push(resolve);
      try {
        thread ??= started();
        thread.postMessage({ work });
      } catch {
        failed(); // the browser has no such thread, or forbids it here: we work by ourselves
      }
    });
}

/** Return a thread of this browser. Throws what the browser says if it has none. */
export function browserThread(): Thread {
  return new Worker(workerUrl("ahead"));
}
