/**
 * The page as the hub last served it, kept whole by the browser: so it opens where the hub can't be reached.
 *
 * What is kept is one bundle (`bundle.json`), each file with the hash that stands there, or nothing of it. The hub is
 * asked first, for the page itself at each visit: what it serves is what runs, and is kept from then on.
 */

/** The list of all files of the page. */
export const LISTING = "/bundle.json";
const INDEX_NAME = "index.html";
const ASSETS = "/assets/";
const CACHE_PREFIX = "lanmsg ";
/** A machine that is switched off refuses nothing: nobody should look at an empty page for longer. */
export const MAX_WAIT_MS = 3000;
const MAX_FILES = 256;

/** What of a browser it works with. */
export interface Browser {
  readonly caches: CacheStorage;
  readonly fetch: (path: string, options?: RequestInit) => Promise<Response>;
  readonly sha256: (content: ArrayBuffer) => Promise<ArrayBuffer>;
  readonly wait: (ms: number) => Promise<unknown>;
}

interface Listing {
  readonly bundle: string;
  readonly files: Readonly<Record<string, string>>;
}

/** Tell whether a path is of the page; everything else is between the browser and the hub. */
export function isOfPage(path: string): boolean {
  return path === "/" || path === LISTING || path === "/favicon.svg" || path.startsWith(ASSETS);
}

/** Keeps one bundle, and answers with it. */
export class KeptPage {
  readonly #browser: Browser;
  #refreshing: Promise<void> | null = null;

  constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** Answer a request for something of the page. Rejects if it is neither at the hub nor kept. */
  async answer(path: string): Promise<Response> {
    if (!path.startsWith(ASSETS)) return this.#fromHub(path);
    // The name of such a file changes with what it holds.
    return (await this.#kept(path)) ?? this.#browser.fetch(path);
  }

  async #fromHub(path: string): Promise<Response> {
    const asked = this.#browser.fetch(path, { cache: "no-cache" });
    const inTime = Promise.race([asked, this.#browser.wait(MAX_WAIT_MS).then(() => null)]);
    const answer = await inTime.catch(() => null);
    return answer ?? (await this.#kept(path)) ?? asked;
  }

  /** From a bundle that is whole: one that was begun and not finished is no page. */
  async #kept(path: string): Promise<Response | undefined> {
    const { caches } = this.#browser;
    for (const name of await caches.keys()) {
      const cache = name.startsWith(CACHE_PREFIX) ? await caches.open(name) : null;
      if (await cache?.match(LISTING)) return cache?.match(path);
    }
    return undefined;
  }

  /** Keep what the hub serves now, if it is another bundle than the one that is kept. Rejects if it can't be had whole. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = null));
    return this.#refreshing;
  }

  async #refresh(): Promise<void> {
    const { caches } = this.#browser;
    const answer = await this.#browser.fetch(LISTING, { cache: "no-store" });
    const listing = listingOf(await answer.clone().json());
    const name = CACHE_PREFIX + listing.bundle;
    const cache = await caches.open(name);
    if ((await cache.match(LISTING)) === undefined) {
      for (const [file, hash] of Object.entries(listing.files)) await this.#keep(cache, pathOf(file), hash);
      await cache.put(LISTING, answer); // last: with it the bundle is whole
    }
    for (const old of await caches.keys())
      if (old.startsWith(CACHE_PREFIX) && old !== name) await caches.delete(old);
  }

  async #keep(cache: Cache, path: string, hash: string): Promise<void> {
    const kept = await this.#browser.caches.match(path);
    const isKept = kept !== undefined && (await this.#hashOf(kept)) === hash;
    const response = isKept ? kept : await this.#browser.fetch(path, { cache: "no-cache" });
    if (!isKept && (!response.ok || (await this.#hashOf(response)) !== hash))
      throw new Error(`${path} is not what the hub says that it is`);
    await cache.put(path, response);
  }

  async #hashOf(response: Response): Promise<string> {
    const hash = await this.#browser.sha256(await response.clone().arrayBuffer());
    return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }
}

function pathOf(file: string): string {
  return file === INDEX_NAME ? "/" : `/${file}`;
}

function listingOf(found: unknown): Listing {
  const { bundle, files } = found as Partial<Listing>;
  if (typeof bundle !== "string" || !/^[0-9a-f]{64}$/.test(bundle)) throw new Error("this lists no bundle");
  if (typeof files !== "object" || Object.keys(files).length > MAX_FILES) throw new Error("no list of files");
  return { bundle, files };
}
