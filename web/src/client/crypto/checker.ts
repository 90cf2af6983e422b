/** A thread of its own that checks signatures with a libolm of its own. It has no secrets. */

import type { Signed } from "$client/crypto/interface";
import { OlmCrypto } from "$client/crypto/olm";
import { loadOlm } from "$client/crypto/olm-module";

/** What the thread is told first: `olm.wasm`; then, again and again, what to check. */
export type ToChecker = { readonly compiled: WebAssembly.Module } | { readonly signed: readonly Signed[] };
/** What it answers, in the order of the questions. */
export type FromChecker = readonly boolean[];

let crypto: Promise<OlmCrypto> | null = null;

addEventListener("message", ({ data }: MessageEvent<ToChecker>) => {
  if ("compiled" in data) crypto = start(data.compiled);
  else void answer(data.signed);
});

async function start(compiled: WebAssembly.Module): Promise<OlmCrypto> {
  const noChance = (): never => {
    throw new Error("a checker makes no secrets");
  };
  return new OlmCrypto(await loadOlm(noChance, compiled));
}

async function answer(signed: readonly Signed[]): Promise<void> {
  const olm = await crypto;
  if (!olm) throw new Error("the checker was never started");
  const checked: FromChecker = signed.map(({ key, signature, message }) =>
    olm.verify(key, signature, message),
  );
  postMessage(checked);
}
