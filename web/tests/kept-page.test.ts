import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { isOfPage, KeptPage, LISTING } from "../src/offline/kept-page";

/** A cache that keeps bytes, as a browser's does. */
class OneCache {
  readonly rows = new Map<string, Response>();
  match = (path: string) => Promise.resolve(this.rows.get(path)?.clone());
  put = (path: string, response: Response) => {
    this.rows.set(path, response);
    return Promise.resolve();
  };
}

class Caches {
  readonly all = new Map<string, OneCache>();
  open = (name: string) => {
    const cache = this.all.get(name) ?? new OneCache();
    this.all.set(name, cache);
    return Promise.resolve(cache);
  };
  keys = () => Promise.resolve([...this.all.keys()]);
  delete = (name: string) => Promise.resolve(this.all.delete(name));
  async match(path: string) {
    for (const cache of this.all.values()) {
      const found = await cache.match(path);
      if (found) return found;
    }
    return undefined;
  }
}

const hashOf = (content: string): string => createHash("sha256").update(content).digest("hex");

/** A hub that serves these files, is away, or hangs; and a browser. */
class Lab {
  readonly caches = new Caches();
  readonly asked: string[] = [];
  state: "here" | "away" | "hanging" = "here";
  files: Record<string, string> = {};
  readonly page = new KeptPage({
    caches: this.caches as unknown as CacheStorage,
    fetch: (path) => this.#fetch(path),
    sha256: (content) =>
      Promise.resolve(new Uint8Array(createHash("sha256").update(new Uint8Array(content)).digest()).buffer),
    wait: () => Promise.resolve(),
  });

  serve(files: Record<string, string>, hashes: Record<string, string> = {}): this {
    const listed = Object.entries(files).map(([name, content]) => [name, hashes[name] ?? hashOf(content)]);
    const listing = { bundle: hashOf(JSON.stringify(listed)), files: Object.fromEntries(listed) as unknown };
    this.files = { ...files, [LISTING.slice(1)]: JSON.stringify(listing) };
    return this;
  }

  #fetch(path: string): Promise<Response> {
    this.asked.push(path);
    if (this.state === "hanging") return new Promise(() => undefined);
    if (this.state === "away") return Promise.reject(new TypeError("Failed to fetch"));
    const content = this.files[path === "/" ? "index.html" : path.slice(1)];
    return Promise.resolve(new Response(content ?? "", { status: content === undefined ? 404 : 200 }));
  }

  async answer(path: string): Promise<string> {
    return (await this.page.answer(path)).text();
  }
}

const OLD = { "index.html": "old", "assets/a-1.js": "one", "favicon.svg": "dot" };
const NEW = { "index.html": "new", "assets/a-2.js": "two", "favicon.svg": "dot" };

describe("without the hub", () => {
  test.each(["away", "hanging"] as const)("the page is there when the hub is %s", async (state) => {
    const lab = new Lab().serve(OLD);
    await lab.page.refresh();
    lab.state = state;
    expect(await lab.answer("/")).toBe("old");
    expect(await lab.answer("/assets/a-1.js")).toBe("one");
    expect(await lab.answer(LISTING)).toContain(hashOf("old"));
  });

  test("what was never kept is missing, as without all this", async () => {
    const lab = new Lab();
    lab.state = "away";
    await expect(lab.page.answer("/")).rejects.toThrow("Failed to fetch");
  });
});

describe("a hub with a newer page", () => {
  test("serves it at once, and what is kept follows, with no file of the old one", async () => {
    const lab = new Lab().serve(OLD);
    await lab.page.refresh();
    lab.serve(NEW);
    expect(await lab.answer("/")).toBe("new");
    await lab.page.refresh();
    lab.state = "away";
    expect([await lab.answer("/"), await lab.answer("/assets/a-2.js")]).toEqual(["new", "two"]);
    await expect(lab.page.answer("/assets/a-1.js")).rejects.toThrow();
    expect(lab.asked.filter((path) => path === "/favicon.svg").length).toBe(1); // it is the same
  });

  test("what is kept stays whole when the newer one comes in part", async () => {
    const lab = new Lab().serve(OLD);
    await lab.page.refresh();
    lab.serve(NEW);
    delete (lab.files as Record<string, string | undefined>)["assets/a-2.js"];
    await expect(lab.page.refresh()).rejects.toThrow("a-2.js");
    lab.state = "away";
    expect([await lab.answer("/"), await lab.answer("/assets/a-1.js")]).toEqual(["old", "one"]);
  });
});

test("attack: a file that is not what the list says is not kept", async () => {
  const lab = new Lab().serve(OLD, { "assets/a-1.js": hashOf("another") });
  await expect(lab.page.refresh()).rejects.toThrow("not what the hub says");
  lab.state = "away";
  await expect(lab.page.answer("/")).rejects.toThrow();
});

test("only what is of the page is answered: what the hub says of itself comes from the hub", () => {
  expect(["/", "/assets/x.js", LISTING].every(isOfPage)).toBe(true);
  expect(["/trust", "/join", "/healthz", "/ws", "/metrics", "/offline.js"].some(isOfPage)).toBe(false);
});
