/** The world of a client in a browser: the page's own hub, its storage, its clock. The view begins here. */

import type { OpenDoor } from "$client/api";
import { breathing, nextTask } from "$client/breath";
import { systemClock } from "$client/clock";
import { loadCrypto } from "$client/crypto/in-browser";
import { doorOf, loadWayIn } from "$client/door";
import { type Link, type LinkHandler, openLink } from "$client/link";
import { forgetHub, type Memory, rememberedHub } from "$client/remembered-hub";
import { ReadingAhead } from "$client/reading-ahead";
import { StoreFailed } from "$client/store/interface";
import { askToBeKept } from "$client/store/persistence";
import { NO_STORE } from "$client/store/requests";
import { TabLock } from "$client/store/tab-lock";
import type { ClientSurroundings, RandomBytes } from "$client/surroundings";
import { onWaking } from "$client/waking";
import { formatAddress, parseAddress } from "$wire/addresses";

const HTTPS_PORT = 443;
/** After so long without a key a person counts as idle. */
const IDLE_AFTER_S = 300;
const MOST_RANDOM_BYTES = 65_536;

const randomBytes: RandomBytes = (count) => {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count; at += MOST_RANDOM_BYTES) {
    crypto.getRandomValues(bytes.subarray(at, at + MOST_RANDOM_BYTES));
  }
  return bytes;
};

/** Open the door of the hub that served this page; see `OpenDoor`. */
export const openDoor: OpenDoor = async () => {
  const { crypto, doElsewhere } = await loadCrypto(randomBytes);
  const client: ClientSurroundings = {
    clock: systemClock,
    randomBytes,
    crypto,
    ahead: new ReadingAhead(doElsewhere),
    breathe: breathing(() => systemClock.timeS(), nextTask),
    idleAfterS: IDLE_AFTER_S,
    hubAddress: formatAddress(parseAddress(location.host, HTTPS_PORT)),
    random: () => Math.random(),
    dial,
    onWaking: (run) => onWaking({ window, document }, run),
  };
  const marks = localMemory();
  return doorOf({
    client,
    storage: {
      databases: browserDatabases(),
      marks,
      randomBytes,
      keep: () => askToBeKept((navigator as { readonly storage?: StorageManager }).storage),
    },
    memory: marks,
    bundle: servedBundle,
    fragment: location.hash.slice(1),
    deviceName: browserName(navigator.userAgent),
    makeLock: (name, events) =>
      new TabLock(name, { locks: webLocks(), channel: new BroadcastChannel(name), wait }, events),
  });
};

/** Begin to load what is behind the door, if this browser is somebody here already: it will not be asked anything. */
export function hurryIfKnown(): boolean {
  if (rememberedHub(localMemory()) === null) return false;
  loadWayIn().catch(() => undefined); // it is said when the door is opened
  return true;
}

/** Forget which hub is at this address, as a person does who was told that it is another one now. */
export function forgetKnownHub(): void {
  forgetHub(localMemory());
}

/** Throws `StoreFailed` where the browser has none, or forbids the mere look at it. */
function browserDatabases(): IDBFactory {
  try {
    const { indexedDB: found } = globalThis as { readonly indexedDB?: IDBFactory };
    if (found) return found;
  } catch {
    // as where there is none
  }
  throw new StoreFailed(NO_STORE);
}

/** Return the hash of the program that this page's hub serves; empty if it does not say. */
async function servedBundle(): Promise<string> {
  try {
    const listing: unknown = await (await fetch("/bundle.json", { cache: "no-store" })).json();
    const { bundle } = listing as { readonly bundle?: unknown };
    return typeof bundle === "string" && /^[0-9a-f]{64}$/.test(bundle) ? bundle : "";
  } catch {
    return "";
  }
}

/** `localStorage`, or null where the browser has it switched off: then looking at it throws. */
function localMemory(): Memory {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

/** Only secure contexts have Web Locks. */
function webLocks(): LockManager | null {
  return (navigator as { readonly locks?: LockManager }).locks ?? null;
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Open a WebSocket to the hub. Rejects with LinkLost. */
function dial(handler: LinkHandler): Promise<Link> {
  return openLink(new WebSocket(`wss://${location.host}/ws`), handler);
}

/** Name this browser for the list of devices: `Firefox on Android`. */
export function browserName(userAgent: string): string {
  const find = (names: readonly (readonly [RegExp, string])[]): string =>
    names.find(([pattern]) => pattern.test(userAgent))?.[1] ?? "";
  const browser = find([
    [/\bEdg/, "Edge"],
    [/\bOPR\//, "Opera"],
    [/\bFirefox\/|FxiOS/, "Firefox"],
    [/\bChrom|CriOS/, "Chrome"],
    [/\bSafari\//, "Safari"],
  ]);
  const system = find([
    [/Android/, "Android"],
    [/iPhone|iPad/, "iOS"],
    [/Windows/, "Windows"],
    [/Mac OS X/, "macOS"],
    [/CrOS/, "ChromeOS"],
    [/Linux/, "Linux"],
  ]);
  return [browser || "Browser", system].filter(Boolean).join(" on ");
}
