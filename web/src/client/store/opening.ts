/**
 * Where the stores of a browser are: one database for each hub, its key in a small database beside it, and
 * outside of both a mark of how often the store was opened.
 *
 * A browser throws a site's data away when the disk is full or its owner says so, and people restore copies of
 * their profile. The mark tells: without a database it was thrown away, with a younger database that one is
 * a copy of an earlier time, from which nothing may be sent as it is (`$client/old-copy`). Data that went
 * together with the mark leaves no trace here; the hub then sees a stranger.
 */

import { Database, deleteDatabase } from "$client/store/database";
import { STORE_KEY_BYTES, StoreCipher, type RandomBytes } from "$client/store/encryption";
import { IndexedDbStore } from "$client/store/indexed-db";
import { keepKeyRecord, type KeyRecord, keyRecord } from "$client/store/key-database";
import type { Change, Store, StoredState } from "$client/store/interface";
import { databaseName, generationMark, lookForStore, markName, type StorePlaces } from "$client/store/traces";
import { toHex } from "$wire/hex";

/** What stores are made of. */
export interface BrowserStorage extends StorePlaces {
  readonly randomBytes: RandomBytes;
  /** Asks the browser to keep what is stored; see `askToBeKept`. */
  readonly keep?: () => Promise<boolean>;
}

/**
 * What was found of earlier times: `new` nothing, `known` the store as it was left, `lost` only the mark (the
 * browser has thrown the store away), `older` a store that has been opened since, elsewhere or later.
 */
export type StorePast = "new" | "known" | "lost" | "older";

/** A store that is ours now: whoever had it open before can write nothing more. */
export interface OpenedStore {
  readonly store: Store;
  readonly past: StorePast;
}

const OWNER_BYTES = 16;

/** The stores of a browser, by hub (hex). */
export class BrowserStores {
  readonly #storage: BrowserStorage;

  constructor(storage: BrowserStorage) {
    this.#storage = storage;
  }

  /** Read the store of a hub, whoever has it open; null if it is not whole. Rejects with `StoreFailed`. */
  async read(hub: string): Promise<StoredState | null> {
    const record = await this.#keyRecord(hub);
    if (record === null || (await lookForStore(this.#storage, hub)) !== "whole") return null;
    const database = await Database.open(this.#storage.databases, databaseName(hub, record.number));
    try {
      const cipher = new StoreCipher(record.key, this.#storage.randomBytes);
      return await (await IndexedDbStore.open(database, cipher)).load();
    } finally {
      database.close();
    }
  }

  /** Open the store of a hub, or make one; the caller closes it. Rejects with `StoreFailed`. */
  async open(hub: string): Promise<OpenedStore> {
    const { key, number } = (await this.#keyRecord(hub)) ?? (await this.#newKey(hub));
    const database = await Database.open(this.#storage.databases, databaseName(hub, number));
    try {
      const mark = generationMark(this.#storage, hub);
      const { generation } = await database.claim(toHex(this.#storage.randomBytes(OWNER_BYTES)), mark);
      const store = await IndexedDbStore.open(database, new StoreCipher(key, this.#storage.randomBytes));
      this.#mark(hub, Math.max(generation, mark) + 1);
      void this.#storage.keep?.(); // nobody waits: a person may be asked
      return { store, past: pastOf(generation, mark) };
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /**
   * Begin anew at a hub, which has a new database: a store that holds `first` takes the place of the old one, which
   * stays. After a crash at any moment `open` gives the one or the other, whole. Rejects with `StoreFailed`.
   */
  async replace(hub: string, first: readonly Change[]): Promise<void> {
    const record = (await this.#keyRecord(hub)) ?? (await this.#newKey(hub));
    const number = record.number + 1;
    await deleteDatabase(this.#storage.databases, databaseName(hub, number)); // begun before a crash
    const database = await Database.open(this.#storage.databases, databaseName(hub, number));
    try {
      const owner = toHex(this.#storage.randomBytes(OWNER_BYTES));
      await database.claim(owner, generationMark(this.#storage, hub)); // no copy of an earlier time
      const cipher = new StoreCipher(record.key, this.#storage.randomBytes);
      await (await IndexedDbStore.open(database, cipher)).commit(first);
    } finally {
      database.close();
    }
    await this.#keep(hub, { ...record, number });
  }

  /** Delete all stores of a hub, and the key first: what the disk still has of them is noise from then on. */
  async forget(hub: string): Promise<void> {
    const record = await this.#keyRecord(hub);
    await this.#keep(hub, null);
    this.#storage.marks?.removeItem(markName(hub));
    // one more: a new one may have been begun
    for (let number = record ? record.number + 1 : 0; number > 0; number--) {
      await deleteDatabase(this.#storage.databases, databaseName(hub, number));
    }
  }

  // --- the key ----------------------------------------------------------------------------------

  /** Make a key. What lies there without one is noise, and in the way. */
  async #newKey(hub: string): Promise<KeyRecord> {
    await deleteDatabase(this.#storage.databases, databaseName(hub, 1));
    const record = { key: this.#storage.randomBytes(STORE_KEY_BYTES), number: 1 };
    await this.#keep(hub, record);
    return record;
  }

  #keyRecord(hub: string): Promise<KeyRecord | null> {
    return keyRecord(this.#storage.databases, hub);
  }

  async #keep(hub: string, record: KeyRecord | null): Promise<void> {
    await keepKeyRecord(this.#storage.databases, hub, record);
  }

  // --- the mark ---------------------------------------------------------------------------------

  #mark(hub: string, generation: number): void {
    this.#storage.marks?.setItem(markName(hub), String(generation));
  }
}

function pastOf(generation: number, mark: number): StorePast {
  if (generation === 0) return mark > 0 ? "lost" : "new";
  return generation < mark ? "older" : "known";
}
