/**
 * Who is in each room: its MEMBERS entries, judged one after the other by the rules of `$wire/rooms`. Mirrors
 * `client/members.py`.
 *
 * Whoever came later may not read what was said before, but must know for whom to encrypt: the MEMBERS entries
 * from before are asked for apart. Each is signed and names the one before it and its hash, and the newest is the one that
 * let us in, whose hash our part of the log begins with. So nobody who is out of the
 * room, the hub's help included, can put another entry in the place of one, or leave one out.
 */

import type { Effects } from "$client/effects";
import type { MembersChanged } from "$client/events";
import type { Gaps } from "$client/gaps";
import type { MessageKeys } from "$client/message-keys";
import type { RoomState } from "$client/room-state";
import type { ClientState, Log } from "$client/state";
import type { LogId } from "$client/store/records";
import { equalBytes } from "$wire/bytes";
import { decodeAs } from "$wire/codec";
import { type ChainedEntry, entryHash, LogKind } from "$wire/entries";
import { Refusal, RemoteError } from "$wire/errors";
import type { Members, MembersItem } from "$wire/frames";
import { fromHex, toHex } from "$wire/hex";
import { ZERO_HASH } from "$wire/ids";
import { checkMembers } from "$wire/rooms";
import { isReader, MembersStatement } from "$wire/statements";

/**
 * MEMBERS entries that we lack, newest first; the next must be that with this seq and hash.
 *
 * Of those from before messages that are gone nothing names the newest (null): it is the first of the answer.
 */
interface Chain {
  nextSeq: number;
  nextHash: Uint8Array | null;
  readonly entries: ChainedEntry[];
}

/** Takes MEMBERS entries. */
export class RoomMembers {
  readonly #state: ClientState;
  readonly #effects: Effects;
  readonly #keys: MessageKeys;
  readonly #gaps: Gaps;
  readonly #changed: (room: RoomState) => void;
  readonly #chains = new Map<LogId, Chain>();

  /** `changed` is called when a room's members are other ones than before. */
  constructor(
    state: ClientState,
    effects: Effects,
    keys: MessageKeys,
    gaps: Gaps,
    changed: (room: RoomState) => void,
  ) {
    this.#state = state;
    this.#effects = effects;
    this.#keys = keys;
    this.#gaps = gaps;
    this.#changed = changed;
  }

  // --- entries of the log ---

  /** Judge a MEMBERS entry and record it, counting or not. */
  takeEntry(log: Log, chained: ChainedEntry, isBacklog: boolean): void {
    const room = this.#state.rooms.get(log.id);
    if (!room) return;
    try {
      this.#apply(log, room, chained, isBacklog);
    } catch (error) {
      if (!(error instanceof RemoteError || error instanceof Refusal)) throw error;
      this.#save(room, chained, false);
      this.#alarm(log, chained.seq, error);
    }
  }

  #apply(log: Log, room: RoomState, { seq, hash, entry }: ChainedEntry, isBacklog: boolean): void {
    const statement = decodeAs(MembersStatement, entry.body, "a MEMBERS entry");
    const { directory } = this.#state;
    const place = { log: fromHex(room.log), messageId: entry.messageId, sender: entry.sender };
    const record = checkMembers(directory, room.room, room.membership, statement, place);
    const by = directory.owner(toHex(entry.sender));
    if (!by) throw new RemoteError("unknown_device", "nobody's device"); // checkMembers has looked
    const event = this.#event(log, room, seq, statement, by.handle, isBacklog);
    room.apply({ seq, hash, statement, record }, by.key);
    this.#save(room, { seq, hash, entry }, true);
    this.#effects.emit(event);
    // See `rotation`: who leaves may have its key from somebody else.
    if (!statement.changes.every((change) => isReader(change.role))) this.#keys.dropSending(room.log);
    this.#changed(room);
  }

  #save(room: RoomState, { seq, hash, entry }: ChainedEntry, isValid: boolean): void {
    this.#effects.save({
      type: "stored_members",
      log: room.log,
      seq,
      hash,
      sender: toHex(entry.sender),
      atMs: entry.atMs,
      body: entry.body,
      isValid,
    });
  }

  #event(
    log: Log,
    room: RoomState,
    seq: number,
    statement: MembersStatement,
    by: string,
    isBacklog: boolean,
  ): MembersChanged {
    const state = this.#state;
    const conversation = state.conversationOf(log);
    const changes = statement.changes.map((change) => {
      const user = toHex(change.user);
      const before = room.shownRole(user);
      return { handle: state.handleOf(user), before, role: room.shownAs(user, change.role) };
    });
    return {
      type: "members_changed",
      conversation,
      conversationName: state.nameOf(conversation),
      seq,
      by,
      changes,
      isBacklog: isBacklog && !this.#isNews(room, statement),
    };
  }

  /** Tell whether we were let in just now: all else of a log that is new to us is old. */
  #isNews(room: RoomState, statement: MembersStatement): boolean {
    const { user, isOnline } = this.#state;
    const comesIn = statement.changes.some((change) => toHex(change.user) === user && isReader(change.role));
    return comesIn && isOnline && !room.isReader(user);
  }

  #alarm(log: Log, seq: number, error: Error): void {
    const conversation = this.#state.conversationOf(log);
    const text =
      `The hub let a change of the members of ${this.#state.nameOf(conversation)} through that it must refuse ` +
      `(entry ${seq}: ${error.message}). It was ignored. Tell the person who runs the hub.`;
    this.#effects.emit({ type: "alarm", kind: "forbidden_change", text, conversation });
  }

  // --- from before we came, and from before what is gone ---

  /** A new connection: nothing that was asked for will be answered. */
  reset(): void {
    this.#chains.clear();
  }

  /** Tell whether we have yet to learn who was in a room when we came, or who came in what is gone. */
  needs(log: Log): boolean {
    return log.stored.kind === LogKind.ROOM && (this.#isNew(log) || log.pruned !== null);
  }

  #isNew(log: Log): boolean {
    const room = this.#state.rooms.get(log.id);
    return room !== undefined && log.stored.base > room.membership.seq;
  }

  /** Ask for the MEMBERS entries that we lack; false if they are here. */
  fetch(log: Log): boolean {
    if (!this.needs(log)) return false;
    if (!this.#chains.has(log.id)) {
      const chain = this.#nextChain(log);
      this.#chains.set(log.id, chain);
      this.#effects.send({ type: "fetch_members", log: fromHex(log.id), seq: chain.nextSeq });
    }
    return true;
  }

  #nextChain(log: Log): Chain {
    if (this.#isNew(log) || !log.pruned) {
      return { nextSeq: log.stored.base, nextHash: log.stored.hash, entries: [] };
    }
    return { nextSeq: log.pruned.seq, nextHash: null, entries: [] };
  }

  /** Take some of them; when all are here, judge them in order. */
  takeMembers(frame: Members): void {
    const id = toHex(frame.log);
    const [log, chain, room] = [this.#state.logs.get(id), this.#chains.get(id), this.#state.rooms.get(id)];
    if (!log || !chain || !room || frame.seq !== chain.nextSeq) return;
    const known = room.membership;
    if (!chain.nextHash) begin(chain, frame);
    if (
      this.#takeItems(log, chain, frame.items, known.seq) &&
      chain.nextSeq > known.seq &&
      frame.items.length
    ) {
      this.#effects.send({ type: "fetch_members", log: frame.log, seq: chain.nextSeq });
      return;
    }
    this.#chains.delete(id);
    log.isFetching = false;
    const isWhole = chain.nextSeq === known.seq && isHash(chain.nextHash, known.hash);
    if (isWhole) this.#takeChain(log, chain);
    else this.#stop(log);
  }

  /** Take all of these; false if one is not the next, or more than what we lack. */
  #takeItems(log: Log, chain: Chain, items: readonly MembersItem[], knownSeq: number): boolean {
    return items.every((item) => chain.nextSeq > knownSeq && this.#takeItem(log, chain, item));
  }

  /** Take the next older entry; false if it is not the one that must stand there. */
  #takeItem(log: Log, chain: Chain, item: MembersItem): boolean {
    const hash = entryHash(fromHex(log.id), item.seq, item.previous, item.entry);
    if (item.seq !== chain.nextSeq || !isHash(chain.nextHash, hash)) return false;
    const statement = statementIn(item);
    if (!statement) return false;
    chain.nextSeq = statement.view.membershipSeq;
    chain.nextHash = statement.membershipHash;
    chain.entries.push({ seq: item.seq, hash, entry: item.entry });
    return chain.nextSeq < item.seq;
  }

  #takeChain(log: Log, chain: Chain): void {
    const isNew = this.#isNew(log);
    const newest = chain.entries[0]?.seq ?? chain.nextSeq;
    for (const chained of chain.entries.reverse()) this.takeEntry(log, chained, true);
    const counts = this.#state.rooms.get(log.id)?.membership.seq === newest;
    if (!counts || (isNew && !this.#letsUsIn(log.id, log.stored.base))) this.#stop(log);
    else if (!isNew) this.#gaps.passOver(log);
  }

  #letsUsIn(log: LogId, seq: number): boolean {
    const [room, { user }] = [this.#state.rooms.get(log), this.#state];
    return room !== undefined && !isReader(room.roleAt(user, seq)) && isReader(room.roleAt(user, seq + 1));
  }

  /** Take nothing of a room of whose members the hub can't tell an honest story. */
  #stop(log: Log): void {
    log.isStopped = true;
    const conversation = this.#state.conversationOf(log);
    const text =
      `The hub can't show who let us into ${this.#state.nameOf(conversation)}, or hides who is in it. Nothing ` +
      "is taken from that room. Tell the person who runs the hub.";
    this.#effects.emit({ type: "alarm", kind: "forbidden_change", text, conversation });
  }
}

/**
 * Take what the hub says is the newest. Nobody vouches for it yet, but it must lead to what we know.
 *
 * A false one is found out by the next entry, and by each message that was made for the true members.
 */
function begin(chain: Chain, { log, items }: Members): void {
  const [newest] = items;
  if (!newest) {
    [chain.nextSeq, chain.nextHash] = [0, ZERO_HASH];
  } else if (newest.seq <= chain.nextSeq) {
    chain.nextSeq = newest.seq;
    chain.nextHash = entryHash(log, newest.seq, newest.previous, newest.entry);
  }
}

function isHash(wanted: Uint8Array | null, found: Uint8Array): boolean {
  return wanted !== null && equalBytes(wanted, found);
}

function statementIn(item: MembersItem): MembersStatement | null {
  try {
    return decodeAs(MembersStatement, item.entry.body, "a MEMBERS entry");
  } catch (error) {
    if (error instanceof RemoteError) return null;
    throw error;
  }
}
