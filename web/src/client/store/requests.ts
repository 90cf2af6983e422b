/** Requests and transactions of IndexedDB as promises, and its errors as ours. */

import { StoreFailed, StoreTaken } from "$client/store/interface";

/** Return what a request answers. Rejects with its error. */
export function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(failure(request.error));
    };
  });
}

/** Wait until a transaction is on disk. Rejects if it was aborted. */
export function finished(transaction: IDBTransaction, isTaken: () => boolean = () => false): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => {
      resolve();
    };
    transaction.onabort = () => {
      reject(isTaken() ? new StoreTaken(TAKEN) : failure(transaction.error));
    };
  });
}

const TAKEN = "another tab has taken over: go on there, or reload this one to come back to it";
const FULL = "this browser has no room left for its copy of your messages: free some disk space, then reload";

/** What is said where a browser has no store for this page at all. */
export const NO_STORE =
  "this browser keeps nothing for this page: it is a private window, or its settings forbid it. Open the page in an " +
  "ordinary window, or allow this address to keep data";
const FORBIDDEN: readonly string[] = ["SecurityError", "InvalidStateError"];

/** Return an error of the browser as one of ours, with what to do. */
export function failure(error: unknown): StoreFailed | StoreTaken {
  if (error instanceof StoreFailed || error instanceof StoreTaken) return error;
  const name = error instanceof DOMException || error instanceof Error ? error.name : "unknown";
  if (name === "QuotaExceededError") return new StoreFailed(FULL, { cause: error });
  if (FORBIDDEN.includes(name)) return new StoreFailed(NO_STORE, { cause: error });
  if (name === "VersionError")
    return new StoreFailed("a newer version of this page has run here: reload the page");
  return new StoreFailed(`this browser can't keep its copy of your messages (${name}): reload the page`, {
    cause: error,
  });
}
