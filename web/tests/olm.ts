/** libolm in Node: the same file that a page loads. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const PATH = fileURLToPath(new URL("../node_modules/@towns-protocol/olm/olm.wasm", import.meta.url));

/** Return `olm.wasm`, compiled. */
export function compiledOlm(): WebAssembly.Module {
  return new WebAssembly.Module(readFileSync(PATH));
}
