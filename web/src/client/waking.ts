/** When it is worth while to try at once what would be tried later: the network is back, somebody looks again. */

/** Where a page says so. */
export interface WakingPage {
  /** Its `online` says that there is a network. */
  readonly window: EventTarget;
  readonly document: EventTarget & { readonly visibilityState: DocumentVisibilityState };
}

/** Call `run` each time; returns what ends it. */
export function onWaking({ window, document }: WakingPage, run: () => void): () => void {
  const looked = (): void => {
    if (document.visibilityState === "visible") run();
  };
  window.addEventListener("online", run);
  document.addEventListener("visibilitychange", looked);
  return () => {
    window.removeEventListener("online", run);
    document.removeEventListener("visibilitychange", looked);
  };
}
