/** The encryption as a page loads it: libolm beside the page's own scripts. */

import olmUrl from "@towns-protocol/olm/olm.wasm?url";
import type { Crypto } from "$client/crypto/interface";
import { OlmCrypto } from "$client/crypto/olm";
import { loadOlm } from "$client/crypto/olm-module";

/** Load it; `randomBytes` gives secret chance. Rejects with what the browser says if it can't be loaded. */
export async function loadCrypto(randomBytes: (count: number) => Uint8Array): Promise<Crypto> {
  return new OlmCrypto(await loadOlm(randomBytes, olmUrl));
}
