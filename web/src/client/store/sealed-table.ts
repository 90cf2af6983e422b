/**
 * Small records that are read at once: all of them in memory, as they lie on the disk, and opened when asked
 * for. So a thousand sessions cost nothing when the page starts, and few are ever in clear.
 */

import type { Rows, Table, Write } from "$client/store/database";
import { TAG_BYTES, type StoreCipher } from "$client/store/encryption";
import { joinBytes } from "$wire/bytes";
import { toHex } from "$wire/hex";

/** One record of a group to be kept, or (without bytes) deleted. */
export interface Item {
  readonly group: string;
  readonly name: string;
  readonly bytes: Uint8Array | null;
}

/** A table of records in groups: the sessions with a device, the counters of a log. */
export class SealedTable {
  readonly #table: Table;
  readonly #cipher: StoreCipher;
  readonly #groups = new Map<string, Map<string, Uint8Array>>();

  constructor(table: Table, cipher: StoreCipher) {
    this.#table = table;
    this.#cipher = cipher;
  }

  /** Take over what the database holds. */
  load({ keys, values }: Rows): void {
    keys.forEach((key, place) => {
      this.#keep(new Uint8Array(key as ArrayBuffer), values[place] as Uint8Array);
    });
  }

  /** Return all records of a group, in no order. Throws `StoreFailed`. */
  group(group: string): Uint8Array[] {
    const sealed = this.#groups.get(toHex(this.#cipher.tag(this.#table, group)));
    return [...(sealed?.values() ?? [])].map((each) => this.#cipher.open(each));
  }

  /** Return what must be written for these; `apply` it once it is on disk. */
  writes(items: Iterable<Item>): Write[] {
    return [...items].map(({ group, name, bytes }) => {
      const key = joinBytes([this.#cipher.tag(this.#table, group), this.#cipher.tag(this.#table, name)]);
      return { table: this.#table, key, value: bytes ? this.#cipher.seal(bytes) : undefined };
    });
  }

  /** Keep in memory what was written. */
  apply(writes: readonly Write[]): void {
    for (const { key, value } of writes) this.#keep(key as Uint8Array, value as Uint8Array | undefined);
  }

  #keep(key: Uint8Array, sealed: Uint8Array | undefined): void {
    const group = toHex(key.subarray(0, TAG_BYTES));
    const name = toHex(key.subarray(TAG_BYTES));
    const items = this.#groups.get(group) ?? new Map<string, Uint8Array>();
    if (sealed) items.set(name, sealed);
    else items.delete(name);
    this.#groups.set(group, items);
  }
}
