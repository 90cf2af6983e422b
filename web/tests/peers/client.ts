/**
 * A whole web client in Node, at a real hub, for tests on the other side of a pipe (`tests/web/web_client.py`).
 *
 * A line of JSON in is a call of a verb, a line out its result, its error, or an event. The store is IndexedDB in
 * memory and outlives `close`, as a browser's outlives a page.
 */

import "fake-indexeddb/auto";
import { createInterface } from "node:readline";
import { randomBytes } from "node:crypto";
import type { Client, OpenSettings } from "$client/api";
import { systemClock } from "$client/clock";
import { loadOlm } from "$client/crypto/olm-module";
import { doorOf, type DoorSurroundings } from "$client/door";
import { openLink, type SocketLike } from "$client/link";
import type { BrowserStorage } from "$client/store/opening";
import { TabLock } from "$client/store/tab-lock";
import { compiledOlm } from "../olm";
import { KeepingCrypto } from "./held-keys";

interface Call {
  readonly id: number;
  readonly verb: string;
  readonly values: readonly unknown[];
}

interface OpenCall extends OpenSettings {
  readonly address: string;
  /** What stands behind the # of the page's address. */
  readonly fragment?: string;
}

const random = (count: number): Uint8Array => new Uint8Array(randomBytes(count));
const olm = await loadOlm(random, compiledOlm());
const crypto = new KeepingCrypto(olm);
const kept = new Map<string, string>();
const memory = {
  getItem: (name: string) => kept.get(name) ?? null,
  setItem: (name: string, value: string) => void kept.set(name, value),
  removeItem: (name: string) => void kept.delete(name),
};
const storage: BrowserStorage = { databases: indexedDB, marks: memory, randomBytes: random };
let client: Client | null = null;

/** Node's WebSocket can say which page it belongs to. */
const makeSocket = WebSocket as unknown as new (
  url: string,
  options: { readonly headers: Record<string, string> },
) => SocketLike;

function surroundingsAt({ address, fragment = "" }: OpenCall): DoorSurroundings {
  return {
    client: {
      clock: systemClock,
      random: () => Math.random() / 20, // a test has no time to wait
      randomBytes: random,
      crypto,
      idleAfterS: 0,
      hubAddress: address,
      dial: (handler) =>
        openLink(
          new makeSocket(`wss://${address}/ws`, { headers: { origin: `https://${address}` } }),
          handler,
        ),
    },
    storage,
    memory,
    fragment,
    deviceName: "node",
    bundle: () => Promise.resolve(""),
    makeLock: (name, events) =>
      new TabLock(
        name,
        { locks: null, channel: new BroadcastChannel(name), wait: () => Promise.resolve() },
        events,
      ),
  };
}

async function open(call: OpenCall): Promise<string> {
  const door = await doorOf(surroundingsAt(call));
  client = await door.open(call);
  client.listen((event) => {
    say({ event });
  });
  return client.handle;
}

async function close(): Promise<void> {
  await client?.close();
  client = null;
}

function say(line: unknown): void {
  console.log(
    JSON.stringify(line, (_, value: unknown): unknown =>
      value instanceof Map ? Object.fromEntries(value) : value,
    ),
  );
}

async function answer({ verb, values }: Call): Promise<unknown> {
  if (verb === "open") return open(values[0] as OpenCall);
  if (verb === "close") return close();
  if (verb === "liveObjects") return olm.liveObjects;
  if (verb === "couldOpen")
    return (values as string[][]).map(([id = "", text = ""]) => crypto.couldOpen(id, text));
  const [first = "", second] = verb.split("."); // as in admin.status
  const part = second === undefined ? client : (client as unknown as Record<string, unknown> | null)?.[first];
  const member = (part as Record<string, unknown> | null)?.[second ?? first];
  return typeof member === "function"
    ? (member as (...values: readonly unknown[]) => unknown).call(part, ...values)
    : member;
}

async function serve(line: string): Promise<void> {
  const call = JSON.parse(line) as Call;
  try {
    say({ id: call.id, result: (await answer(call)) ?? null });
  } catch (error) {
    const { name, message, stack } = error as Error;
    say({ id: call.id, error: { name, message, stack } });
  }
}

say({ ready: true });
for await (const line of createInterface({ input: process.stdin })) void serve(line);
process.exit(0);
