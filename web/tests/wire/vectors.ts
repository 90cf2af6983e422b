/** The worked examples that prove the Python client too: `docs/vectors/*.json`. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { fromHex } from "$wire/hex";

/** Returns a file of examples as the test describes it. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the test says what the file holds
export function vectors<T>(name: string): T {
  const path = fileURLToPath(new URL(`../../../docs/vectors/${name}.json`, import.meta.url));
  return JSON.parse(readFileSync(path, "utf-8")) as T;
}

/** Returns bytes that are written as hexadecimal digits. */
export function unhex(text: string): Uint8Array<ArrayBuffer> {
  return fromHex(text);
}
