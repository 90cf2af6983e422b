import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { OLM_EXPORTS } from "$client/crypto/olm-exports";
import { loadOlm } from "$client/crypto/olm-module";
import { compiledOlm } from "../../olm";

const PACKAGE = fileURLToPath(
  new URL("../../../node_modules/@towns-protocol/olm/olm.web.mjs", import.meta.url),
);

test("the functions of libolm have the names that the installed package gives them (tools/olm-exports.js)", () => {
  const script = readFileSync(PACKAGE, "utf8");
  const isThere = ([name, short]: [string, string]): boolean =>
    script.includes(`["_${name}"]=wasmExports["${short}"]`);
  const { memory, start, ...functions } = OLM_EXPORTS;
  expect(Object.entries(functions).filter((each) => !isThere(each))).toEqual([]);
  expect(script.includes(`wasmMemory=wasmExports["${memory}"]`)).toBe(true);
  expect(script.includes(`___wasm_call_ctors=wasmExports["${start}"]`)).toBe(true);
});

test("its memory grows when it is full, and what was in it stays", async () => {
  const olm = await loadOlm((count) => new Uint8Array(count), compiledOlm());
  const before = olm.heap.length;
  const kept = olm.allocate(4);
  olm.heap.set([1, 2, 3, 4], kept);
  const blocks = Array.from({ length: 40 }, () => olm.allocate(1_000_000));
  expect(olm.heap.length).toBeGreaterThan(before + 30_000_000);
  expect([...olm.heap.slice(kept, kept + 4)]).toEqual([1, 2, 3, 4]);
  for (const each of [kept, ...blocks]) olm.release(each);
});

test("each start has a memory of its own", async () => {
  const [one, other] = [
    await loadOlm((count) => new Uint8Array(count), compiledOlm()),
    await loadOlm((count) => new Uint8Array(count), compiledOlm()),
  ];
  one.make("utility");
  expect([one.liveObjects, other.liveObjects]).toEqual([1, 0]);
  expect(one.heap.buffer).not.toBe(other.heap.buffer);
});
