import { IDBFactory } from "fake-indexeddb";
import "fake-indexeddb/auto";
import { describe, test } from "vitest";
import { CHECKS, checkStore, type OpenStore } from "$client/store/conformance";
import { Database } from "$client/store/database";
import { StoreCipher } from "$client/store/encryption";
import { IndexedDbStore } from "$client/store/indexed-db";
import { MemoryStore } from "$client/store/memory";
import { randomBytes } from "../random";

const KEY = new Uint8Array(32).fill(7);

function memoryStores(): OpenStore {
  const stores = new Map<string, MemoryStore>();
  return (name) => {
    const store = stores.get(name)?.copyDurable() ?? new MemoryStore();
    stores.set(name, store);
    return Promise.resolve(store);
  };
}

function databaseStores(): OpenStore {
  const factory = new IDBFactory();
  return async (name) => {
    const database = await Database.open(factory, name);
    await database.claim("this tab", 0);
    return IndexedDbStore.open(database, new StoreCipher(KEY, randomBytes));
  };
}

describe.each([
  { kind: "in memory", stores: memoryStores },
  { kind: "in IndexedDB", stores: databaseStores },
])("a store $kind", ({ stores }) => {
  const openStore = stores();
  for (const name of Object.keys(CHECKS)) {
    test(name, () => checkStore(name, openStore));
  }
});
