/** A client's store in one encrypted IndexedDB database: what the page uses. */

import type { DeviceId, MessageId } from "$client/model";
import type { Database, Write } from "$client/store/database";
import type { StoreCipher } from "$client/store/encryption";
import { ExpiryRows } from "$client/store/expiry-rows";
import type {
  After,
  Before,
  Change,
  InboundSession,
  LogId,
  OlmSession,
  SessionKey,
  Store,
  StoredMembers,
  StoredMessage,
  StoredState,
  StoredStatement,
  UnreadCount,
  UnreadPart,
  Unreadables,
} from "$client/store/interface";
import { membersKey, statementKey } from "$client/store/keys";
import { isShown, MessageRows } from "$client/store/message-rows";
import { countUnread, missingSessions } from "$client/store/message-sums";
import { checkPlaces } from "$client/store/places";
import { SessionRows } from "$client/store/session-rows";
import { StateRows } from "$client/store/state-rows";
import { LogKind } from "$wire/entries";

/** The `Store` that the page uses. */
export class IndexedDbStore implements Store {
  readonly #database: Database;
  readonly #state: StateRows;
  readonly #sessions: SessionRows;
  readonly #messages: MessageRows;
  readonly #expiry: ExpiryRows;

  private constructor(database: Database, cipher: StoreCipher) {
    this.#database = database;
    this.#state = new StateRows(database, cipher);
    this.#sessions = new SessionRows(database, cipher);
    this.#messages = new MessageRows(database, cipher, this.#state.numbers);
    this.#expiry = new ExpiryRows(database, cipher, this.#messages);
  }

  /** Open the store in a database that was claimed. Rejects with `StoreFailed`, also if the key is another's. */
  static async open(database: Database, cipher: StoreCipher): Promise<IndexedDbStore> {
    const store = new IndexedDbStore(database, cipher);
    await Promise.all([store.#state.open(), store.#sessions.open()]);
    return store;
  }

  async load(): Promise<StoredState> {
    return this.#state.load();
  }

  // --- writing ----------------------------------------------------------------------------------

  async commit(changes: readonly Change[]): Promise<void> {
    this.#database.checkUsable();
    if (!changes.length) return;
    const state = this.#state.plan(changes);
    const numberOf = (log: LogId): number => this.#state.numberOf(log, state);
    checkPlaces(changes, (log) => numberOf(log) > 0);
    const sessions = this.#sessions.plan(changes);
    const messages = this.#messageWrites(changes, numberOf);
    const expiry = await this.#expiry.plan(changes, numberOf);
    await this.#database.write([...state.writes, ...sessions.writes, ...messages, ...expiry.writes]);
    this.#state.apply(state);
    this.#sessions.apply(sessions);
    this.#expiry.apply(expiry);
  }

  #messageWrites(changes: readonly Change[], numberOf: (log: LogId) => number): Write[] {
    const last = new Map<string, StoredMessage>();
    for (const change of changes) {
      if (change.type === "stored_message") last.set(`${change.log} ${change.seq}`, change);
    }
    return [...last.values()].map((message) => this.#messages.write(message, numberOf(message.log)));
  }

  // --- what is in memory ------------------------------------------------------------------------

  olmSessions(device: DeviceId): readonly OlmSession[] {
    this.#database.checkUsable();
    return this.#sessions.olmSessions(device);
  }

  inboundSession(session: SessionKey): InboundSession | null {
    this.#database.checkUsable();
    return this.#sessions.inboundSession(session);
  }

  counters(log: LogId): Map<DeviceId, number> {
    this.#database.checkUsable();
    return this.#sessions.counters(log);
  }

  // --- messages ---------------------------------------------------------------------------------

  async messages(log: LogId, part: Before): Promise<readonly StoredMessage[]> {
    this.#database.checkUsable();
    return this.#messages.newest(log, part);
  }

  async messagesAfter(log: LogId, part: After): Promise<readonly StoredMessage[]> {
    this.#database.checkUsable();
    return this.#messages.oldest(log, part);
  }

  async message(log: LogId, seq: number): Promise<StoredMessage | null> {
    this.#database.checkUsable();
    return this.#messages.at(log, seq);
  }

  async findMessage(messageId: MessageId): Promise<StoredMessage | null> {
    return (await this.#messages.withId(messageId))[0] ?? null;
  }

  async findInLog(log: LogId, messageId: MessageId): Promise<readonly StoredMessage[]> {
    return (await this.#messages.withId(messageId)).filter((message) => message.log === log);
  }

  async amendments(log: LogId, targets: Iterable<string>): Promise<readonly StoredMessage[]> {
    return (await this.#messages.withTargets(log, targets)).filter((message) => !isShown(message));
  }

  async replies(log: LogId, targets: Iterable<string>, limit: number): Promise<readonly StoredMessage[]> {
    return (await this.#messages.withTargets(log, targets)).filter(isShown).slice(0, limit);
  }

  async ofKind(log: LogId, kind: number, limit: number): Promise<readonly StoredMessage[]> {
    return this.#messages.ofKind(log, kind, limit);
  }

  async hasMessage(sender: DeviceId, messageId: MessageId): Promise<boolean> {
    return (await this.#messages.withId(messageId)).some((message) => message.sender === sender);
  }

  async unreadable(which: Unreadables): Promise<readonly StoredMessage[]> {
    return this.#messages.unreadable(which);
  }

  async countUnread(log: LogId, part: UnreadPart): Promise<UnreadCount> {
    this.#database.checkUsable();
    return countUnread(this.#messages.part(log, part.after, part.upTo), part.butFrom);
  }

  async missingSessions(log: LogId, reason: string, limit: number): Promise<readonly SessionKey[]> {
    return missingSessions(await this.#messages.missing(log, reason), limit);
  }

  async entryHash(log: LogId, seq: number): Promise<Uint8Array | null> {
    const message = await this.message(log, seq);
    if (message) return message.hash;
    const members = await this.#state.record(membersKey(log, seq));
    if (members) return (members as StoredMembers).hash;
    if (this.#state.kindOf(log) !== LogKind.DIRECTORY) return null;
    const statement = await this.#state.record(statementKey(seq));
    return statement && (statement as StoredStatement).hash;
  }

  async expiring(untilMs: number, limit: number): Promise<readonly StoredMessage[]> {
    return this.#expiry.expiring(untilMs, limit);
  }

  async nextExpiryMs(): Promise<number | null> {
    return this.#expiry.nextMs();
  }

  close(): void {
    this.#database.close();
  }
}
