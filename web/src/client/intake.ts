/**
 * From a run of a log to what is stored and told: the hot path of catching up. Mirrors `client/intake.py`.
 *
 * Each kind of log has one way in. Of a conversation, each entry is stored; what is said in it is told as a message,
 * and what changes a message is told as a change of that.
 */

import type { Account } from "$client/account";
import type { Breathe } from "$client/breath";
import type { Changes } from "$client/changes";
import type { Deliveries } from "$client/deliveries";
import type { Expiry } from "$client/expiry";
import type { Inbox } from "$client/inbox";
import type { KeyRequests } from "$client/key-requests";
import type { RoomMembers } from "$client/members";
import type { Outbox } from "$client/outbox";
import type { People } from "$client/people";
import { NOT_SIGNED, type Reader } from "$client/reader";
import type { Rooms } from "$client/rooms";
import type { ClientState, Log } from "$client/state";
import type { Store } from "$client/store/interface";
import type { LogId, StoredMessage } from "$client/store/records";
import { ContentKind } from "$wire/content";
import { type ChainedEntry, EntryKind, LogKind } from "$wire/entries";
import type { Head } from "$wire/frames";
import { toHex } from "$wire/hex";

/** What a key that comes later can open. */
const WAITS_FOR_KEY: readonly string[] = ["missing_key", "before_you_joined"];

/** What an intake works with. */
export interface IntakeParts {
  readonly state: ClientState;
  readonly store: Store;
  readonly expiry: Expiry;
  readonly people: People;
  readonly inbox: Inbox;
  readonly reader: Reader;
  readonly outbox: Outbox;
  readonly requests: KeyRequests;
  readonly changes: Changes;
  readonly account: Account;
  readonly rooms: Rooms;
  readonly members: RoomMembers;
  readonly deliveries: Deliveries;
  /** See `EngineSurroundings`. */
  readonly breathe: Breathe;
  /** Note a counter of ours that stands in a log. */
  readonly setCounter: (log: Log, counter: number) => void;
}

/** Takes entries, each once and in order. */
export class Intake {
  readonly #parts: IntakeParts;
  readonly #state: ClientState;
  readonly #backlogEnds = new Map<LogId, number>();
  /** Whether the backlog is in: from now on a missing key is asked for at once. */
  isLive = false;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
    this.#state = parts.state;
  }

  /** A new connection: what it first says of each log is where its backlog ends. */
  loggedIn(): void {
    this.isLive = false;
    this.#backlogEnds.clear();
  }

  /** Note where the backlog of logs ends. */
  noteHeads(heads: readonly Head[]): void {
    for (const head of heads) {
      const log = toHex(head.log);
      if (!this.#backlogEnds.has(log)) this.#backlogEnds.set(log, head.seq);
    }
  }

  /** Take the next entries of a log, whose cursor has passed them already. */
  async takeRun(log: Log, run: readonly ChainedEntry[]): Promise<void> {
    switch (log.stored.kind) {
      case LogKind.DIRECTORY:
        await this.#takeStatements(log, run);
        break;
      case LogKind.INBOX:
        for (const chained of run) await this.#parts.inbox.takeEntry(chained.entry);
        break;
      case LogKind.ROOM:
        await this.#takeRoom(log, run);
        break;
      case LogKind.ACCOUNT:
        for (const message of (await this.#taken(log, run)).messages) this.#parts.account.take(message);
        break;
      default:
        await this.#takeMessages(log, run);
    }
  }

  async #takeStatements(log: Log, run: readonly ChainedEntry[]): Promise<void> {
    for (const { seq, hash, entry } of run) {
      this.#parts.people.takeEntry(seq, hash, entry);
      this.#parts.reader.directoryAdvanced(log, seq, hash);
    }
    this.#parts.account.directoryTaken();
    await this.#parts.deliveries.readersChanged();
    this.#parts.outbox.pump(); // only now: what we seal must know everybody up to our cursor
  }

  /** Take messages and changes of the members in their order: each is judged by those before it. */
  async #takeRoom(log: Log, run: readonly ChainedEntry[]): Promise<void> {
    const backlogEnd = this.#backlogEnds.get(log.id) ?? 0;
    for (const part of partsOf(run)) {
      if (part[0]?.entry.kind !== EntryKind.MEMBERS) {
        await this.#takeMessages(log, part);
        continue;
      }
      for (const chained of part) this.#parts.members.takeEntry(log, chained, chained.seq <= backlogEnd);
      await this.#parts.deliveries.readersChanged();
    }
    this.#parts.outbox.pump(); // what was refused waits for the members that the hub meant
  }

  async #takeMessages(log: Log, run: readonly ChainedEntry[]): Promise<void> {
    const { messages, returned } = await this.#taken(log, run);
    const backlogEnd = this.#backlogEnds.get(log.id) ?? 0;
    // First: who is told of a message is told who has read it.
    await this.#parts.deliveries.reads.take(log, messages);
    await this.#parts.changes.take(log, { messages, returned, backlogEnd });
    for (const message of messages) {
      await this.#takeSetting(log, message, message.seq <= backlogEnd);
      if (returned.has(message.seq)) this.#parts.rooms.checkSetting(log, message);
    }
  }

  async #takeSetting(log: Log, message: StoredMessage, isBacklog: boolean): Promise<void> {
    if (message.kind === ContentKind.TOPIC) this.#parts.rooms.takeTopic(log, message, isBacklog);
    else if (message.kind === ContentKind.LIFETIME) await this.#parts.expiry.tell(log, message, isBacklog);
  }

  /** Read and store a run; return it, and the seqs of what was in our outbox. */
  async #taken(
    log: Log,
    run: readonly ChainedEntry[],
  ): Promise<{ readonly messages: readonly StoredMessage[]; readonly returned: ReadonlySet<number> }> {
    const read: StoredMessage[] = [];
    for (const chained of run) {
      await this.#parts.breathe();
      read.push(await this.#parts.reader.read(log, chained));
    }
    const messages = await this.#parts.expiry.save(log, read);
    const own = messages.filter((each) => each.sender === this.#state.device);
    const returned = new Set(own.filter((each) => this.#takeOwn(log, each)).map((each) => each.seq));
    for (const message of messages) {
      const isOthers = message.sender !== this.#state.device;
      if (isOthers && this.isLive && message.reason === "missing_key") this.#parts.requests.askFor(message);
    }
    return { messages, returned };
  }

  /** Take a message of ours out of the outbox; false if it was not there. */
  #takeOwn(log: Log, message: StoredMessage): boolean {
    if (NOT_SIGNED.has(message.reason)) return false; // only the hub says that it is ours
    this.#parts.setCounter(log, message.counter);
    return this.#parts.outbox.returned(message.messageId, log);
  }

  /** A session (its id in hex) has come: read what waited for it. */
  async gotKey(session: string): Promise<void> {
    for (const message of await this.#parts.store.unreadable({ session })) {
      if (!WAITS_FOR_KEY.includes(message.reason)) continue; // a replay stays one, with any key
      const log = this.#state.logs.get(message.log);
      const read = log ? await this.#parts.reader.readAgain(log, message) : null;
      if (log && read) await this.#takeLate(log, read, message.reason === "before_you_joined");
    }
  }

  async #takeLate(log: Log, opened: StoredMessage, isPast: boolean): Promise<void> {
    const [read = opened] = await this.#parts.expiry.save(log, [opened]);
    if (log.stored.kind === LogKind.ACCOUNT) {
      this.#parts.account.take(read);
      return;
    }
    await this.#parts.deliveries.reads.take(log, [read]);
    await this.#parts.changes.takeLate(log, read, isPast);
    await this.#takeSetting(log, read, true);
    if (read.kind === ContentKind.EXPIRED) await this.#parts.expiry.eraseAmendments(log, read.messageId);
  }
}

/** Cut a run where comings and goings begin and end. */
function partsOf(run: readonly ChainedEntry[]): ChainedEntry[][] {
  const parts: ChainedEntry[][] = [];
  for (const chained of run) {
    const last = parts.at(-1);
    const isLike =
      (last?.[0]?.entry.kind === EntryKind.MEMBERS) === (chained.entry.kind === EntryKind.MEMBERS);
    if (last && isLike) last.push(chained);
    else parts.push([chained]);
  }
  return parts;
}
