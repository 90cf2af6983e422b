/** A store in plain maps, for simulations and tests of the client. */

import type { DeviceId, MessageId } from "$client/model";
import {
  MAX_OLM_SESSIONS,
  StoreFailed,
  type After,
  type Before,
  type Change,
  type ExpirySpan,
  type InboundSession,
  type LogId,
  type OlmSession,
  type SessionKey,
  type Store,
  type StoredMembers,
  type StoredMessage,
  type StoredState,
  type StoredStatement,
  type UnreadCount,
  type UnreadPart,
  type Unreadables,
} from "$client/store/interface";
import { expiryMs } from "$client/store/expiry-rows";
import { isDeletion, membersKey, stateKey, statementKey } from "$client/store/keys";
import { isShown } from "$client/store/message-rows";
import { countUnread, missingSessions } from "$client/store/message-sums";
import { checkPlaces } from "$client/store/places";
import type { StoredRecord } from "$client/store/record-shapes";
import { stateFrom } from "$client/store/stored-state";
import { ContentKind } from "$wire/content";
import { LogKind } from "$wire/entries";
import { LocalError } from "$wire/errors";

/** All tables, by the keys of their records; maps keep the order of first use. */
interface Tables {
  readonly state: Map<string, StoredRecord>;
  readonly olm: Map<DeviceId, readonly OlmSession[]>;
  readonly inbound: Map<SessionKey, InboundSession>;
  readonly messages: Map<LogId, Map<number, StoredMessage>>;
  readonly counters: Map<LogId, Map<DeviceId, number>>;
  readonly expiry: Map<LogId, Map<number, number>>;
}

/** A `Store` that is durable for the life of the object. */
export class MemoryStore implements Store {
  readonly #tables: Tables;
  #failure: string | null = null;
  #isClosed = false;

  constructor(tables?: Tables) {
    this.#tables = tables ?? {
      state: new Map(),
      olm: new Map(),
      inbound: new Map(),
      messages: new Map(),
      counters: new Map(),
      expiry: new Map(),
    };
  }

  /**
   * Return what a page would find that starts now; the two share nothing afterwards.
   *
   * May be called at any time, on a closed or broken store too.
   */
  copyDurable(): MemoryStore {
    return new MemoryStore(structuredClone(this.#tables));
  }

  /** Let every later call fail with this text, as after an error of a real disk. */
  breakDisk(text = "the disk is broken"): void {
    this.#failure = text;
  }

  async load(): Promise<StoredState> {
    this.#checkUsable();
    const records = [...this.#tables.state.values()];
    return Promise.resolve(stateFrom(records.map((record, order) => ({ order, record }))));
  }

  async commit(changes: readonly Change[]): Promise<void> {
    this.#checkUsable();
    const logs = new Set(changes.map((change) => (change.type === "stored_log" ? change.log : "")));
    checkPlaces(changes, (log) => logs.has(log) || this.#log(log) !== undefined);
    for (const change of changes) this.#apply(change);
    for (const change of changes) if (change.type === "expiry_span") this.#putSpan(change);
    for (const [device, sessions] of this.#tables.olm) {
      this.#tables.olm.set(device, sessions.toSorted(mostUsedFirst).slice(0, MAX_OLM_SESSIONS));
    }
    return Promise.resolve();
  }

  #apply(change: Change): void {
    const { state, olm, inbound } = this.#tables;
    switch (change.type) {
      case "olm_session": {
        const others = (olm.get(change.device) ?? []).filter((each) => each.sessionId !== change.sessionId);
        olm.set(change.device, [...others, change]);
        break;
      }
      case "inbound_session":
        inbound.set(change.session, change);
        break;
      case "stored_message":
        this.#putMessage(change);
        break;
      case "expiry_span":
        break; // after all messages: see `commit`
      default:
        if (isDeletion(change)) state.delete(stateKey(change));
        else state.set(stateKey(change), change);
    }
  }

  #putMessage(message: StoredMessage): void {
    const { messages, counters } = this.#tables;
    const places = messages.get(message.log) ?? new Map<number, StoredMessage>();
    messages.set(message.log, places.set(message.seq, message));
    const ofLog = counters.get(message.log) ?? new Map<DeviceId, number>();
    ofLog.set(message.sender, Math.max(ofLog.get(message.sender) ?? 0, message.counter));
    counters.set(message.log, ofLog);
  }

  #putSpan(span: ExpirySpan): void {
    const times = this.#tables.expiry.get(span.log) ?? new Map<number, number>();
    this.#tables.expiry.set(span.log, times);
    for (const message of this.#messagesOf(span.log)) {
      if (message.seq <= span.after || message.seq > span.upTo) continue;
      const atMs = expiryMs(span, message);
      if (atMs === null) times.delete(message.seq);
      else times.set(message.seq, atMs);
    }
  }

  // --- reading ----------------------------------------------------------------------------------

  olmSessions(device: DeviceId): readonly OlmSession[] {
    this.#checkUsable();
    return this.#tables.olm.get(device) ?? [];
  }

  inboundSession(session: SessionKey): InboundSession | null {
    this.#checkUsable();
    return this.#tables.inbound.get(session) ?? null;
  }

  counters(log: LogId): Map<DeviceId, number> {
    this.#checkUsable();
    return new Map(this.#tables.counters.get(log));
  }

  async messages(log: LogId, { before, limit }: Before): Promise<readonly StoredMessage[]> {
    const shown = this.#messagesOf(log).filter(isShown);
    return Promise.resolve(
      newest(
        shown.filter(({ seq }) => before === null || seq < before),
        limit,
      ),
    );
  }

  async messagesAfter(log: LogId, { after, limit }: After): Promise<readonly StoredMessage[]> {
    return Promise.resolve(
      this.#messagesOf(log)
        .filter(({ seq }) => seq > after)
        .slice(0, limit),
    );
  }

  async message(log: LogId, seq: number): Promise<StoredMessage | null> {
    this.#checkUsable();
    return Promise.resolve(this.#tables.messages.get(log)?.get(seq) ?? null);
  }

  async findMessage(messageId: MessageId): Promise<StoredMessage | null> {
    return Promise.resolve(this.#all().find((message) => message.messageId === messageId) ?? null);
  }

  async findInLog(log: LogId, messageId: MessageId): Promise<readonly StoredMessage[]> {
    return Promise.resolve(this.#messagesOf(log).filter((message) => message.messageId === messageId));
  }

  async amendments(log: LogId, targets: Iterable<string>): Promise<readonly StoredMessage[]> {
    return Promise.resolve(this.#withTargets(log, targets).filter((message) => !isShown(message)));
  }

  async replies(log: LogId, targets: Iterable<string>, limit: number): Promise<readonly StoredMessage[]> {
    return Promise.resolve(this.#withTargets(log, targets).filter(isShown).slice(0, limit));
  }

  #withTargets(log: LogId, targets: Iterable<string>): StoredMessage[] {
    const wanted = new Set(targets);
    return this.#messagesOf(log).filter(({ target }) => target && wanted.has(target));
  }

  async ofKind(log: LogId, kind: number, limit: number): Promise<readonly StoredMessage[]> {
    const found = this.#messagesOf(log).filter((each) => each.kind === kind && kind > ContentKind.REACTION);
    return Promise.resolve(newest(found, limit));
  }

  async hasMessage(sender: DeviceId, messageId: MessageId): Promise<boolean> {
    const isIt = (each: StoredMessage): boolean => each.messageId === messageId && each.sender === sender;
    return Promise.resolve(this.#all().some(isIt));
  }

  async unreadable({ session, reason }: Unreadables): Promise<readonly StoredMessage[]> {
    const isIt = (each: StoredMessage): boolean =>
      each.reason !== "" &&
      (session === undefined || each.session === session) &&
      (reason === undefined || each.reason === reason);
    return Promise.resolve(this.#all().filter(isIt));
  }

  async countUnread(log: LogId, { after, upTo, butFrom }: UnreadPart): Promise<UnreadCount> {
    const part = this.#messagesOf(log).filter(({ seq }) => seq > after && seq <= upTo);
    return Promise.resolve(countUnread([part], butFrom));
  }

  async missingSessions(log: LogId, reason: string, limit: number): Promise<readonly SessionKey[]> {
    const missing = this.#messagesOf(log).filter((each) => each.reason === reason && each.session);
    return Promise.resolve(missingSessions(missing, limit));
  }

  async entryHash(log: LogId, seq: number): Promise<Uint8Array | null> {
    const message = await this.message(log, seq);
    if (message) return message.hash;
    const members = this.#tables.state.get(membersKey(log, seq));
    if (members) return (members as StoredMembers).hash;
    const stored = this.#log(log);
    if (stored?.type !== "stored_log" || stored.kind !== LogKind.DIRECTORY) return null;
    const statement = this.#tables.state.get(statementKey(seq));
    return statement ? (statement as StoredStatement).hash : null;
  }

  async expiring(untilMs: number, limit: number): Promise<readonly StoredMessage[]> {
    const times = (each: StoredMessage): number =>
      this.#tables.expiry.get(each.log)?.get(each.seq) ?? Infinity;
    const due = this.#all().filter((message) => times(message) <= untilMs);
    return Promise.resolve(due.sort((one, other) => times(one) - times(other)).slice(0, limit));
  }

  async nextExpiryMs(): Promise<number | null> {
    this.#checkUsable();
    const times = [...this.#tables.expiry.values()].flatMap((each) => [...each.values()]);
    return Promise.resolve(times.length ? Math.min(...times) : null);
  }

  close(): void {
    this.#isClosed = true;
  }

  // --- the parts ----------------------------------------------------------------------------------

  #log(log: LogId): StoredRecord | undefined {
    return this.#tables.state.get(`stored_log ${log}`);
  }

  /** The messages of a log, by seq. */
  #messagesOf(log: LogId): StoredMessage[] {
    this.#checkUsable();
    const messages = [...(this.#tables.messages.get(log)?.values() ?? [])];
    return messages.sort((one, other) => one.seq - other.seq);
  }

  /** All messages, in log order. */
  #all(): StoredMessage[] {
    this.#checkUsable();
    const logs = [...this.#tables.state.values()].filter((record) => record.type === "stored_log");
    return logs.flatMap(({ log }) => this.#messagesOf(log));
  }

  #checkUsable(): void {
    if (this.#failure !== null) throw new StoreFailed(this.#failure);
    if (this.#isClosed) throw new LocalError("the store is closed");
  }
}

function newest(messages: readonly StoredMessage[], limit: number): readonly StoredMessage[] {
  return limit > 0 ? messages.slice(-limit) : [];
}

function mostUsedFirst(one: OlmSession, other: OlmSession): number {
  return other.used - one.used || (one.sessionId < other.sessionId ? -1 : 1);
}
