/** The encryption as a page loads it: libolm beside the page's own scripts. */

import olmUrl from "@towns-protocol/olm/olm.wasm?url";
import { aheadThread, browserThread } from "$client/crypto/ahead-thread";
import type { Crypto } from "$client/crypto/interface";
import { OlmCrypto } from "$client/crypto/olm";
import { loadOlm } from "$client/crypto/olm-module";
import type { DoElsewhere } from "$client/reading-ahead";

/** What a page encrypts with; `doElsewhere` works on a thread of its own. */
export interface PageCrypto {
  readonly crypto: Crypto;
  readonly doElsewhere: DoElsewhere;
}

/** Load it; `randomBytes` gives secret chance. Rejects with what the browser says if it can't be loaded. */
export async function loadCrypto(randomBytes: (count: number) => Uint8Array): Promise<PageCrypto> {
  const compiled = await WebAssembly.compileStreaming(fetch(olmUrl));
  const crypto = new OlmCrypto(await loadOlm(randomBytes, compiled));
  return { crypto, doElsewhere: aheadThread(compiled, browserThread) };
}
