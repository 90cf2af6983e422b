/** When texts expire, in the database: read as a whole when it is first asked for, which few clients do. */

import type { Database, Write } from "$client/store/database";
import type { StoreCipher } from "$client/store/encryption";
import type { Change, ExpirySpan, LogId, StoredMessage } from "$client/store/interface";
import { placeOf, type MessageRows } from "$client/store/message-rows";
import { expiryBytes, expiryOf } from "$client/store/record-shapes";
import { ContentKind } from "$wire/content";

/** What a commit changes of it: when the texts at these places expire, null: never. */
export interface ExpiryPlan {
  readonly writes: readonly Write[];
  readonly times: ReadonlyMap<number, number | null>;
}

/** Reads and writes it. */
export class ExpiryRows {
  readonly #database: Database;
  readonly #cipher: StoreCipher;
  readonly #messages: MessageRows;
  #times: Map<number, number> | null = null;

  constructor(database: Database, cipher: StoreCipher, messages: MessageRows) {
    this.#database = database;
    this.#cipher = cipher;
    this.#messages = messages;
  }

  // --- reading ----------------------------------------------------------------------------------

  /** See `Store.expiring`. */
  async expiring(untilMs: number, limit: number): Promise<StoredMessage[]> {
    const due = [...(await this.#all())].filter(([, atMs]) => atMs <= untilMs);
    due.sort(([place, atMs], [otherPlace, otherMs]) => atMs - otherMs || place - otherPlace);
    return this.#messages.atPlaces(due.slice(0, limit).map(([place]) => place));
  }

  /** See `Store.nextExpiryMs`. */
  async nextMs(): Promise<number | null> {
    let next = Infinity;
    for (const atMs of (await this.#all()).values()) next = Math.min(next, atMs);
    return next === Infinity ? null : next;
  }

  async #all(): Promise<ReadonlyMap<number, number>> {
    this.#database.checkUsable();
    if (this.#times) return this.#times;
    const { keys, values } = await this.#database.all("expiry");
    const opened = values.map((sealed) => expiryOf(this.#cipher.open(sealed as Uint8Array)));
    this.#times ??= new Map(keys.map((place, index) => [place as number, opened[index] ?? 0]));
    return this.#times;
  }

  // --- writing ----------------------------------------------------------------------------------

  /** Return what must be written for these changes; `apply` it once it is on disk. */
  async plan(changes: readonly Change[], numberOf: (log: LogId) => number): Promise<ExpiryPlan> {
    const spans = changes.filter((change) => change.type === "expiry_span");
    const times = new Map<number, number | null>();
    for (const span of spans) {
      const number = numberOf(span.log);
      for (const message of await this.#messagesIn(span, changes)) {
        times.set(placeOf(number, message.seq), expiryMs(span, message));
      }
    }
    if (spans.length) await this.#all(); // so that nothing is read anew between this plan and its end
    return { times, writes: Array.from(times, ([place, atMs]) => this.#write(place, atMs)) };
  }

  /** Return the messages of a span, as they are at the end of the commit. */
  async #messagesIn({ log, after, upTo }: ExpirySpan, changes: readonly Change[]): Promise<StoredMessage[]> {
    const found = new Map<number, StoredMessage>();
    for await (const page of this.#messages.part(log, after, upTo)) {
      for (const message of page) found.set(message.seq, message);
    }
    for (const change of changes) {
      if (change.type !== "stored_message" || change.log !== log) continue;
      if (change.seq > after && change.seq <= upTo) found.set(change.seq, change);
    }
    return [...found.values()];
  }

  #write(place: number, atMs: number | null): Write {
    if (atMs === null) return { table: "expiry", key: place };
    return { table: "expiry", key: place, value: this.#cipher.seal(expiryBytes(atMs)) };
  }

  /** Keep in memory what was written. */
  apply({ times }: ExpiryPlan): void {
    for (const [place, atMs] of times) {
      if (atMs === null) this.#times?.delete(place);
      else this.#times?.set(place, atMs);
    }
  }
}

/** Return when a message of a span expires; null: never, as all that are no texts. */
export function expiryMs({ lifetimeS }: ExpirySpan, message: StoredMessage): number | null {
  const isMortal = lifetimeS > 0 && message.kind === ContentKind.TEXT;
  return isMortal ? message.atMs + lifetimeS * 1000 : null;
}
