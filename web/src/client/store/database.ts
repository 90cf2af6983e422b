/**
 * An IndexedDB database with the tables of a store: opened, read, and written in whole transactions that are
 * on disk when they are done (`durability: "strict"`).
 *
 * Whoever opens it writes its name into it, and each transaction checks that the name is still there: so
 * a tab that was taken over, and does not know it yet, can write nothing more.
 */

import { StoreFailed, StoreTaken } from "$client/store/interface";
import { answered, failure, finished } from "$client/store/requests";
import { LocalError } from "$wire/errors";

/** What there is in it. `state`, `olm`, `inbound` and `counters` are read as a whole when it is opened. */
export type Table = "meta" | "state" | "olm" | "inbound" | "counters" | "messages" | "expiry";
const TABLES: readonly Table[] = ["meta", "state", "olm", "inbound", "counters", "messages", "expiry"];
/** By which messages are found beside their place; each is a tag, or missing. See `message-rows`. */
export const MESSAGE_INDEXES = ["id", "target", "kind", "session", "reason", "missing"] as const;
const VERSION = 1;

/** One record to be written; without a value, to be deleted. */
export interface Write {
  readonly table: Table;
  readonly key: IDBValidKey;
  readonly value?: unknown;
}

/** Everything a table holds. */
export interface Rows {
  readonly keys: readonly IDBValidKey[];
  readonly values: readonly unknown[];
}

/** What was in a database before it was claimed. */
export interface Claim {
  /** How often it was opened before; 0: it is new. */
  readonly generation: number;
}

/** One open database. After the first error every call rejects with it. */
export class Database {
  readonly #database: IDBDatabase;
  #owner = "";
  #failure: StoreFailed | StoreTaken | null = null;
  #isClosed = false;

  private constructor(database: IDBDatabase) {
    this.#database = database;
    database.onclose = () => {
      this.#fail(new StoreFailed(CLOSED));
    };
    database.onversionchange = () => {
      database.close(); // another tab deletes it, or has a newer program
      this.#fail(new StoreFailed(CLOSED));
    };
  }

  /** Open a database, or make it. Rejects with `StoreFailed`. */
  static async open(factory: IDBFactory, name: string): Promise<Database> {
    try {
      const request = factory.open(name, VERSION);
      request.onupgradeneeded = () => {
        makeTables(request.result);
      };
      return new Database(await answered(request));
    } catch (error) {
      throw failure(error);
    }
  }

  /**
   * Make it ours, whoever has had it: only `owner` can write from now on. Returns how often it was opened
   * before; `leastGeneration` is what it counts from at least.
   */
  async claim(owner: string, leastGeneration: number): Promise<Claim> {
    return this.#guarded(async () => {
      const transaction = this.#database.transaction("meta", "readwrite", { durability: "strict" });
      const meta = transaction.objectStore("meta");
      const stored: unknown = await answered(meta.get("generation"));
      const generation = typeof stored === "number" ? stored : 0;
      meta.put(Math.max(generation, leastGeneration) + 1, "generation");
      meta.put(owner, "owner");
      await finished(transaction);
      this.#owner = owner;
      return { generation };
    });
  }

  /** Throws `LocalError` after `close`, and again what once went wrong. */
  checkUsable(): void {
    if (this.#failure) throw this.#failure;
    if (this.#isClosed) throw new LocalError("the store is closed");
  }

  /** Write all of these, in order, or nothing. Rejects with `StoreFailed`, `StoreTaken`. */
  async write(writes: readonly Write[]): Promise<void> {
    await this.#guarded(async () => {
      const transaction = this.#database.transaction(TABLES, "readwrite", { durability: "strict" });
      const isTaken = this.#checkOwner(transaction);
      for (const { table, key, value } of writes) {
        const store = transaction.objectStore(table);
        if (value === undefined) store.delete(key);
        else store.put(value, key);
      }
      await finished(transaction, isTaken);
    });
  }

  /** Abort a transaction if the database has another owner; the function says whether it had. */
  #checkOwner(transaction: IDBTransaction): () => boolean {
    let isTaken = false;
    const request = transaction.objectStore("meta").get("owner");
    request.onsuccess = () => {
      isTaken = request.result !== this.#owner;
      if (isTaken) transaction.abort();
    };
    return () => isTaken;
  }

  /** Return what one request of a table answers. */
  async read<T>(table: Table, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    return this.#guarded(() =>
      answered(ask(this.#database.transaction(table, "readonly").objectStore(table))),
    );
  }

  /** Return what many requests of a table answer, in their order. */
  async readMany<T>(table: Table, asks: readonly ((store: IDBObjectStore) => IDBRequest<T>)[]): Promise<T[]> {
    return this.#guarded(() => {
      const store = this.#database.transaction(table, "readonly").objectStore(table);
      return Promise.all(asks.map((ask) => answered(ask(store))));
    });
  }

  /** Return all of a table, by key. */
  async all(table: Table): Promise<Rows> {
    return this.#guarded(async () => {
      const store = this.#database.transaction(table, "readonly").objectStore(table);
      const [keys, values] = await Promise.all([answered(store.getAllKeys()), answered(store.getAll())]);
      return { keys, values };
    });
  }

  /** Close it; may be called twice. */
  close(): void {
    if (!this.#isClosed) this.#database.close();
    this.#isClosed = true;
  }

  async #guarded<T>(run: () => Promise<T>): Promise<T> {
    this.checkUsable();
    try {
      return await run();
    } catch (error) {
      throw this.#fail(failure(error));
    }
  }

  #fail(error: StoreFailed | StoreTaken): StoreFailed | StoreTaken {
    if (!this.#isClosed) this.#failure ??= error;
    return this.#failure ?? error;
  }
}

/** Tell how often a database was opened; 0: there is none, and none is made. Rejects with `StoreFailed`. */
export async function generationOf(factory: IDBFactory, name: string): Promise<number> {
  const found = { isNew: false };
  try {
    const request = factory.open(name);
    request.onupgradeneeded = () => {
      found.isNew = true;
      request.transaction?.abort();
    };
    const database = await answered(request);
    try {
      const meta = database.transaction("meta", "readonly").objectStore("meta");
      const generation: unknown = await answered(meta.get("generation"));
      return typeof generation === "number" ? generation : 0;
    } finally {
      database.close();
    }
  } catch (error) {
    if (found.isNew) return 0;
    throw failure(error);
  }
}

/** Delete a database; nothing if there is none. Rejects with `StoreFailed`. */
export async function deleteDatabase(factory: IDBFactory, name: string): Promise<void> {
  try {
    await answered(factory.deleteDatabase(name));
  } catch (error) {
    throw failure(error);
  }
}

function makeTables(database: IDBDatabase): void {
  for (const table of TABLES) {
    const store = database.createObjectStore(table);
    if (table !== "messages") continue;
    for (const index of MESSAGE_INDEXES) store.createIndex(index, index);
  }
}

const CLOSED =
  "the browser has closed its copy of your messages (were the site's data deleted?): reload the page";
