/** Sessions and counters in the database: all in memory, sealed, so that they are read at once. */

import type { DeviceId } from "$client/model";
import type { Database, Rows, Write } from "$client/store/database";
import type { StoreCipher } from "$client/store/encryption";
import {
  MAX_OLM_SESSIONS,
  type Change,
  type InboundSession,
  type LogId,
  type OlmSession,
  type SessionKey,
} from "$client/store/interface";
import { counterBytes, counterOf, recordBytes, recordOf } from "$client/store/record-shapes";
import { SealedTable, type Item } from "$client/store/sealed-table";

/** What a commit writes of them. */
export interface SessionPlan {
  readonly writes: readonly Write[];
  readonly olm: readonly Write[];
  readonly inbound: readonly Write[];
  readonly counters: readonly Write[];
}

/** Reads and writes them. */
export class SessionRows {
  readonly #database: Database;
  readonly #olm: SealedTable;
  readonly #inbound: SealedTable;
  readonly #counters: SealedTable;

  constructor(database: Database, cipher: StoreCipher) {
    this.#database = database;
    this.#olm = new SealedTable("olm", cipher);
    this.#inbound = new SealedTable("inbound", cipher);
    this.#counters = new SealedTable("counters", cipher);
  }

  /** Read them all. */
  async open(): Promise<void> {
    const tables = (["olm", "inbound", "counters"] as const).map((table) => this.#database.all(table));
    const [olm, inbound, counters] = (await Promise.all(tables)) as [Rows, Rows, Rows];
    this.#olm.load(olm);
    this.#inbound.load(inbound);
    this.#counters.load(counters);
  }

  // --- reading ----------------------------------------------------------------------------------

  /** See `Store.olmSessions`. */
  olmSessions(device: DeviceId): OlmSession[] {
    return this.#olm
      .group(device)
      .map((stored) => recordOf(stored) as OlmSession)
      .sort(mostUsedFirst);
  }

  /** See `Store.inboundSession`. */
  inboundSession(session: SessionKey): InboundSession | null {
    const [found] = this.#inbound.group(session);
    return found ? (recordOf(found) as InboundSession) : null;
  }

  /** See `Store.counters`. */
  counters(log: LogId): Map<DeviceId, number> {
    const counters = this.#counters.group(log).map(counterOf);
    return new Map(counters.map(({ device, counter }) => [device, counter]));
  }

  // --- writing ----------------------------------------------------------------------------------

  /** Return what must be written for these changes; `apply` it once it is on disk. */
  plan(changes: readonly Change[]): SessionPlan {
    const olm = this.#olm.writes(this.#olmItems(changes));
    const inbound = this.#inbound.writes(inboundItems(changes));
    const counters = this.#counters.writes(this.#counterItems(changes));
    return { olm, inbound, counters, writes: [...olm, ...inbound, ...counters] };
  }

  /** Keep in memory what was written. */
  apply({ olm, inbound, counters }: SessionPlan): void {
    this.#olm.apply(olm);
    this.#inbound.apply(inbound);
    this.#counters.apply(counters);
  }

  *#olmItems(changes: readonly Change[]): Generator<Item> {
    const changed = new Map<DeviceId, Map<string, OlmSession>>();
    for (const change of changes) {
      if (change.type !== "olm_session") continue;
      const sessions = changed.get(change.device) ?? new Map<string, OlmSession>();
      changed.set(change.device, sessions.set(change.sessionId, change));
    }
    for (const [device, sessions] of changed) yield* this.#keptOf(device, sessions);
  }

  /** Return the changed sessions with a device, and as deletions those that are too many. */
  *#keptOf(device: DeviceId, changed: ReadonlyMap<string, OlmSession>): Generator<Item> {
    const unchanged = this.olmSessions(device).filter((each) => !changed.has(each.sessionId));
    const all = [...unchanged, ...changed.values()].sort(mostUsedFirst);
    for (const [place, session] of all.entries()) {
      const isKept = place < MAX_OLM_SESSIONS;
      if (isKept && !changed.has(session.sessionId)) continue;
      yield { group: device, name: session.sessionId, bytes: isKept ? recordBytes(session) : null };
    }
  }

  *#counterItems(changes: readonly Change[]): Generator<Item> {
    const raised = new Map<LogId, Map<DeviceId, number>>();
    for (const change of changes) {
      if (change.type !== "stored_message") continue;
      const counters = raised.get(change.log) ?? new Map<DeviceId, number>();
      counters.set(change.sender, Math.max(counters.get(change.sender) ?? 0, change.counter));
      raised.set(change.log, counters);
    }
    for (const [log, counters] of raised) {
      const before = this.counters(log);
      for (const [device, counter] of counters) {
        if (counter <= (before.get(device) ?? -1)) continue;
        yield { group: log, name: device, bytes: counterBytes({ device, counter }) };
      }
    }
  }
}

function* inboundItems(changes: readonly Change[]): Generator<Item> {
  const last = new Map<SessionKey, InboundSession>();
  for (const change of changes) if (change.type === "inbound_session") last.set(change.session, change);
  for (const [group, session] of last) yield { group, name: "", bytes: recordBytes(session) };
}

function mostUsedFirst(one: OlmSession, other: OlmSession): number {
  return other.used - one.used || (one.sessionId < other.sessionId ? -1 : 1);
}
