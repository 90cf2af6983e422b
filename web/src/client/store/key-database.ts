/** The small database that holds what opens the others. */

import { answered, failure, finished } from "$client/store/requests";

const NAME = "lanmsg keys";
const TABLE = "keys";

/** What is kept of a hub beside its databases. */
export interface KeyRecord {
  readonly key: Uint8Array;
  /** The database in use; those before it were set aside. */
  readonly number: number;
}

/** Return the record of a hub (hex); null if there is none. Rejects with `StoreFailed`. */
export async function keyRecord(factory: IDBFactory, hub: string): Promise<KeyRecord | null> {
  return opened(factory, async (database) => {
    const store = database.transaction(TABLE, "readonly").objectStore(TABLE);
    return ((await answered(store.get(hub))) as KeyRecord | undefined) ?? null;
  });
}

/** Keep the record of a hub, or (null) delete it; it is on disk afterwards. Rejects with `StoreFailed`. */
export async function keepKeyRecord(
  factory: IDBFactory,
  hub: string,
  record: KeyRecord | null,
): Promise<void> {
  await opened(factory, async (database) => {
    const transaction = database.transaction(TABLE, "readwrite", { durability: "strict" });
    if (record === null) transaction.objectStore(TABLE).delete(hub);
    else transaction.objectStore(TABLE).put(record, hub);
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
