/** What tests in a browser call: the store, the lock of tabs and the encryption, with what the browser gives them. */

import { loadOlm } from "$client/crypto/olm-module";
import { OlmCrypto } from "$client/crypto/olm";
import { CHECKS, checkStore } from "$client/store/conformance";
import { PROFILE } from "$client/store/conformance-records";
import type { Store } from "$client/store/interface";
import { BrowserStores } from "$client/store/opening";
import { TabLock } from "$client/store/tab-lock";

const randomBytes = (count: number): Uint8Array => crypto.getRandomValues(new Uint8Array(count));
/** Made when it is used: the empty page that a tab begins with has no storage. */
const stores = (): BrowserStores =>
  new BrowserStores({ databases: indexedDB, marks: localStorage, randomBytes });
const told: string[] = [];
let lock: TabLock | null = null;
let open: Store | null = null;

/** Called from Python as `lab.NAME(...)`. */
const lab = {
  checks: Object.keys(CHECKS),

  /** Run one check of the store's promises; says what is wrong, or nothing. */
  async check(name: string): Promise<string> {
    try {
      await checkStore(name, async (store) => (await stores().open(store)).store);
      return "";
    } catch (error) {
      return String(error);
    }
  },

  /** Open the store of a hub, whoever has it; says what was found of earlier times. */
  async open(hub: string): Promise<string> {
    const opened = await stores().open(hub);
    open = opened.store;
    return opened.past;
  },

  /** Store a profile with this name; says what went wrong, or nothing. */
  async save(handle: string): Promise<string> {
    try {
      await open?.commit([{ ...PROFILE, handle }]);
      return "";
    } catch (error) {
      return error instanceof Error ? error.name : "unknown";
    }
  },

  async savedHandle(): Promise<string | undefined> {
    return (await open?.load())?.profile?.handle;
  },

  /** Prepare this tab's hand on the lock. `hasLocks`: by Web Locks, if the browser has them. */
  listen(hasLocks: boolean): boolean {
    const locks = hasLocks ? navigator.locks : null;
    const channel = new BroadcastChannel("lab");
    const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
    const asked = (): Promise<void> => {
      told.push("asked");
      return Promise.resolve();
    };
    lock = new TabLock("lab", { locks, channel, wait }, { asked, lost: () => told.push("lost") });
    return isSecureContext;
  },

  tryTake: (): Promise<boolean> | undefined => lock?.tryTake(),
  takeOver: (): Promise<void> | undefined => lock?.takeOver(),
  isHeld: (): boolean | undefined => lock?.isHeld,
  told: (): string[] => told,

  /** Two devices exchange a message; says what arrives. */
  async talk(wasm: string): Promise<string> {
    const olm = new OlmCrypto(await loadOlm(randomBytes, await WebAssembly.compileStreaming(fetch(wasm))));
    const [ann, bob] = [olm.newAccount(), olm.newAccount()];
    const [key] = bob.unpublishedKeys(1);
    const session = ann.openOutbound(bob.agreementKey, key ?? new Uint8Array());
    const { plaintext } = bob.openInbound(
      ann.agreementKey,
      session.encrypt(new TextEncoder().encode("hello")),
    );
    return new TextDecoder().decode(plaintext);
  },
};

Object.assign(globalThis, { lab });
