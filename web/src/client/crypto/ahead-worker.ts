/** A thread of its own that reads ahead with a libolm of its own. It keeps nothing from one page to the next. */

import type { Work, WorkDone } from "$client/crypto/interface";
import { OlmCrypto } from "$client/crypto/olm";
import { loadOlm } from "$client/crypto/olm-module";
import { doWork } from "$client/crypto/work";

/** What the thread is told first: `olm.wasm`; then, again and again, what to do. */
export type ToThread = { readonly compiled: WebAssembly.Module } | { readonly work: Work };
/** What it answers, in the order of the questions. */
export type FromThread = WorkDone;

let crypto: Promise<OlmCrypto> | null = null;

addEventListener("message", ({ data }: MessageEvent<ToThread>) => {
  if ("compiled" in data) crypto = start(data.compiled);
  else void answer(data.work);
});

async function start(compiled: WebAssembly.Module): Promise<OlmCrypto> {
  const noChance = (): never => {
    throw new Error("who reads ahead makes no secrets");
  };
  return new OlmCrypto(await loadOlm(noChance, compiled));
}

async function answer(work: Work): Promise<void> {
  const olm = await crypto;
  if (!olm) throw new Error("the thread was never started");
  const done: FromThread = doWork(olm, work);
  postMessage(done);
}
