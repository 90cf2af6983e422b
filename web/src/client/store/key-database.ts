/** The small database that holds what opens the others. */

import { answered, failure, finished } from "$client/store/requests";

const NAME = "lanmsg keys";
const TABLE = "keys";

/** Return the record with this name; null if there is none. Rejects with `StoreFailed`. */
export async function keyRecord(factory: IDBFactory, name: string): Promise<unknown> {
  return opened(factory, async (database) => {
    const store = database.transaction(TABLE, "readonly").objectStore(TABLE);
    const record: unknown = await answered(store.get(name));
    return record ?? null;
  });
}

/** Keep a record under this name, or (null) delete it; it is on disk afterwards. Rejects with `StoreFailed`. */
export async function keepKeyRecord(factory: IDBFactory, name: string, record: unknown): Promise<void> {
  await opened(factory, async (database) => {
    const transaction = database.transaction(TABLE, "readwrite", { durability: "strict" });
    if (record === null) transaction.objectStore(TABLE).delete(name);
    else transaction.objectStore(TABLE).put(record, name);
    await finished(transaction);
  });
}

async function opened<T>(factory: IDBFactory, use: (database: IDBDatabase) => Promise<T>): Promise<T> {
  try {
    const request = factory.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(TABLE);
    };
    const database = await answered(request);
    try {
      return await use(database);
    } finally {
      database.close();
    }
  } catch (error) {
    throw failure(error);
  }
}
