/** The engine's state in the database: one sealed record for each thing, read when the page starts. */

import type { Database, Write } from "$client/store/database";
import type { StoreCipher } from "$client/store/encryption";
import type { Change, LogId, StoredState } from "$client/store/interface";
import { isDeletion, isState, stateKey, type StateChange } from "$client/store/keys";
import { stateBytes, stateOf, type StateRow, type StoredRecord } from "$client/store/record-shapes";
import { stateFrom } from "$client/store/stored-state";

/** What a commit writes of it: the records, and the places of logs and values that are new. */
export interface StatePlan {
  readonly writes: readonly Write[];
  readonly numbers: Map<LogId, number>;
  readonly values: Map<string, number>;
  readonly kinds: Map<LogId, number>;
}

/** Reads and writes it. Logs and values keep the order in which they were first stored. */
export class StateRows {
  readonly #database: Database;
  readonly #cipher: StoreCipher;
  /** Each stored log's number: 1, 2, 3 …, in the order in which they were first stored. */
  readonly numbers = new Map<LogId, number>();
  readonly #values = new Map<string, number>();
  readonly #kinds = new Map<LogId, number>();
  /** What `open` has read, until something else is written: opening them all takes a while. */
  #opened: readonly StateRow[] | null = null;

  constructor(database: Database, cipher: StoreCipher) {
    this.#database = database;
    this.#cipher = cipher;
  }

  /** Read it all, and learn the order of logs and values. */
  async open(): Promise<void> {
    this.#opened = await this.#rows();
    for (const { order, record } of this.#opened) {
      if (record.type === "stored_value") this.#values.set(record.key, order);
      if (record.type !== "stored_log") continue;
      this.numbers.set(record.log, order);
      this.#kinds.set(record.log, record.kind);
    }
  }

  /** See `Store.load`. */
  async load(): Promise<StoredState> {
    this.#database.checkUsable();
    return stateFrom(this.#opened ?? (await this.#rows()));
  }

  async #rows(): Promise<StateRow[]> {
    const { values } = await this.#database.all("state");
    return values.map((sealed) => stateOf(this.#cipher.open(sealed as Uint8Array)));
  }

  /** Return the record with this key; null if there is none. */
  async record(key: string): Promise<StoredRecord | null> {
    const tag = this.#tag(key);
    const sealed: unknown = await this.#database.read("state", (store) => store.get(tag));
    return sealed === undefined ? null : stateOf(this.#cipher.open(sealed as Uint8Array)).record;
  }

  /** The kind of a stored log. */
  kindOf(log: LogId): number | undefined {
    return this.#kinds.get(log);
  }

  /** Return what must be written for these changes; `apply` it once it is on disk. */
  plan(changes: readonly Change[]): StatePlan {
    const last = new Map<string, StateChange>();
    for (const change of changes) if (isState(change)) last.set(stateKey(change), change);
    const plan = { numbers: new Map(), values: new Map(), kinds: new Map() };
    return { ...plan, writes: [...last].map(([key, change]) => this.#write(key, change, plan)) };
  }

  #write(key: string, change: StateChange, plan: Omit<StatePlan, "writes">): Write {
    if (isDeletion(change)) return { table: "state", key: this.#tag(key) };
    let order = 0;
    if (change.type === "stored_value") order = placeIn(this.#values, plan.values, change.key);
    if (change.type === "stored_log") {
      order = placeIn(this.numbers, plan.numbers, change.log);
      plan.kinds.set(change.log, change.kind);
    }
    return {
      table: "state",
      key: this.#tag(key),
      value: this.#cipher.seal(stateBytes({ order, record: change })),
    };
  }

  /** The number that a log has, or gets by a plan; 0 if it is not stored. */
  numberOf(log: LogId, plan: StatePlan): number {
    return this.numbers.get(log) ?? plan.numbers.get(log) ?? 0;
  }

  /** Keep in memory what was written. */
  apply({ numbers, values, kinds }: StatePlan): void {
    this.#opened = null;
    for (const [log, number] of numbers) this.numbers.set(log, number);
    for (const [key, order] of values) this.#values.set(key, order);
    for (const [log, kind] of kinds) this.#kinds.set(log, kind);
  }

  #tag(key: string): Uint8Array<ArrayBuffer> {
    return this.#cipher.tag("state", key) as Uint8Array<ArrayBuffer>;
  }
}

/** Return the place of a name in the order of first use, from 1; one that is new is added to `added`. */
function placeIn(known: ReadonlyMap<string, number>, added: Map<string, number>, name: string): number {
  const place = known.get(name) ?? added.get(name);
  if (place !== undefined) return place;
  added.set(name, known.size + added.size + 1);
  return known.size + added.size;
}
