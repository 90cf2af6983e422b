/**
 * Serves `$client/crypto` to a test on the other side of a pipe: a line of JSON in is a call, a line out its
 * result. Objects stay here and are named by numbers; bytes are base64. See `tests/web/crypto_peer.py`.
 */

import { createInterface } from "node:readline";
import { CannotDecrypt, type Owned } from "$client/crypto/interface";
import { OlmCrypto } from "$client/crypto/olm";
import { loadOlm } from "$client/crypto/olm-module";
import { randomBytes } from "node:crypto";
import { compiledOlm } from "../olm";

interface Call {
  readonly object: number;
  readonly name: string;
  readonly values: readonly unknown[];
}

const olm = await loadOlm((count) => new Uint8Array(randomBytes(count)), compiledOlm());
const objects: Record<string, unknown>[] = [new OlmCrypto(olm) as unknown as Record<string, unknown>];

function fromWire(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if ("bytes" in value) return new Uint8Array(Buffer.from(value.bytes as string, "base64"));
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, fromWire(each)]));
}

function toWire(value: unknown): unknown {
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString("base64") };
  if (Array.isArray(value)) return value.map(toWire);
  if (typeof value !== "object" || value === null) return value;
  if (typeof (value as Partial<Owned>).free === "function") {
    return { object: objects.push(value as Record<string, unknown>) - 1 };
  }
  return { fields: Object.fromEntries(Object.entries(value).map(([name, each]) => [name, toWire(each)])) };
}

function answer({ object, name, values }: Call): unknown {
  if (name === "live_objects") return olm.liveObjects;
  const target = objects[object];
  const member = target?.[name];
  if (typeof member !== "function") return member;
  return (member as (...values: unknown[]) => unknown).apply(target, values.map(fromWire));
}

for await (const line of createInterface({ input: process.stdin })) {
  try {
    console.log(JSON.stringify({ result: toWire(answer(JSON.parse(line) as Call)) ?? null }));
  } catch (error) {
    const kind = error instanceof CannotDecrypt ? "cannot_decrypt" : "error";
    console.log(JSON.stringify({ [kind]: String(error) }));
  }
}
