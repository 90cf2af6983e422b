/**
 * Getting every log without a gap: one cursor per log, one way to move it. Mirrors `client/sync.py`.
 *
 * "Give me log L after seq n" is how a client starts, reconnects, recovers from a crash and comes back from a
 * long holiday. A live entry beyond the cursor never moves it: it waits while the gap is fetched. Each run is
 * checked against the hash chain, so a hub that changes its story is found out here.
 *
 * The next page is asked for before the one that came is decrypted and stored, so that hub, network and disk
 * work while we do. Never more than that one: the question waits, like every frame, until the page before is
 * on disk.
 */

import type { Effects } from "$client/effects";
import type { AlarmKind } from "$client/events";
import { expectedLog } from "$client/log-names";
import type { DeviceId } from "$client/model";
import { type ClientState, Log } from "$client/state";
import type { LogId, StoredLog } from "$client/store/records";
import type { SyncParts } from "$client/sync-parts";
import { equalBytes } from "$wire/bytes";
import { chain, LogKind } from "$wire/entries";
import { RemoteError } from "$wire/errors";
import type { Entries, Head, Heads, Members, Refused } from "$wire/frames";
import { fromHex, toHex } from "$wire/hex";
import { GAP_BUFFER_ENTRIES } from "$wire/limits";

/** Conversations fetched at once; inbox and directory come first, alone. */
export const PARALLEL_FETCHES = 8;

const KNOWN_KINDS: readonly number[] = Object.values(LogKind);
const INBOX_TEXT =
  "The hub has told two different stories about the keys that were sent to this device: it was restored from an old " +
  "copy, or it lies. What is missing is asked for again. Tell the person who runs it.";

/** Moves the cursors. */
export class Sync {
  readonly #state: ClientState;
  readonly #effects: Effects;
  readonly #parts: SyncParts;
  #expectedHeads = 0;
  #isCaughtUp = false;
  #isRolledBack = false;
  readonly #toldForks = new Set<string>();
  readonly #heldHeads = new Map<LogId, Head>();

  constructor(state: ClientState, effects: Effects, parts: SyncParts) {
    this.#state = state;
    this.#effects = effects;
    this.#parts = parts;
  }

  /** A login succeeded; so many heads will come. */
  start(logCount: number): void {
    this.#expectedHeads = logCount;
    this.#isCaughtUp = false;
    this.#isRolledBack = false;
    for (const log of this.#state.logs.values()) {
      log.head = log.stored.seq; // what an earlier connection said may be undone by a restored hub
      log.isFetching = false;
      log.needsMembers = false;
      log.pruned = null;
      log.buffered.clear();
    }
    this.#heldHeads.clear();
    this.#parts.members.reset();
  }

  /** Whether all heads announced at login are here. */
  get hasAllHeads(): boolean {
    return this.#expectedHeads <= 0;
  }

  // --- heads ---

  /** Note where logs stand at the hub, and fetch what is missing. Throws RemoteError. */
  takeHeads({ heads }: Heads): void {
    for (const head of heads) {
      if (head.kind === LogKind.ROOM && !this.#knowsRoom(head)) {
        this.#heldHeads.set(toHex(head.log), head); // until the directory has named the room
      } else if (KNOWN_KINDS.includes(head.kind)) {
        this.#takeHead(head); // a newer hub may have logs we know nothing of
      }
    }
    this.#expectedHeads -= heads.length;
    this.fetch();
  }

  #takeHead(head: Head): void {
    this.#checkHead(head);
    const id = toHex(head.log);
    let log = this.#state.logs.get(id);
    if (!log) {
      log = new Log(this.#storedLog(head));
      this.#state.logs.set(id, log);
      this.#effects.save(log.stored);
    } else if (head.kind === LogKind.ROOM && head.base > log.stored.seq) {
      this.#skipAbsence(log, head);
    }
    if (!log.isStopped && !this.#parts.gaps.takeHead(log, head)) this.#stopForked(log, head.prunedSeq);
    log.needsMembers = this.#parts.members.needs(log);
    log.head = Math.max(log.head, head.seq);
    this.#checkStory(log, head);
    this.#checkCounter(log, head);
  }

  /** Stop each log of which the hub has said in its head what contradicts an entry that is stored. */
  async checkPruned(): Promise<void> {
    for (const { log, seq } of await this.#parts.gaps.contradicted()) this.#stopForked(log, seq);
  }

  #checkCounter(log: Log, head: Head): void {
    if (log.stored.kind === LogKind.INBOX) {
      log.acknowledged = head.counter;
      if (head.counter > log.stored.seq) this.#storeWasRolledBack(log);
    } else if (head.counter > this.#parts.highestCounter(log)) {
      this.#storeWasRolledBack(log);
      this.setCounter(log, head.counter);
    } else if (!this.hasAllHeads) this.#lowerCounter(log, head.counter);
  }

  #storedLog(head: Head): StoredLog {
    const log = toHex(head.log);
    return {
      type: "stored_log",
      log,
      kind: head.kind,
      base: head.base,
      seq: head.base,
      hash: head.baseHash,
      counter: head.counter,
      users: head.users.map(toHex),
      room: this.#state.roomOfLog(log) ?? "",
    };
  }

  /**
   * We left a room and came back: what was said meanwhile is not for us.
   *
   * That the entry at the new base is one that let us in is proved before anything else is taken
   * (`RoomMembers.needs`): no hub can hide entries by it.
   */
  #skipAbsence(log: Log, head: Head): void {
    log.stored = { ...log.stored, base: head.base, seq: head.base, hash: head.baseHash };
    log.buffered.clear();
    this.#effects.save(log.stored);
  }

  #knowsRoom(head: Head): boolean {
    return this.#state.roomOfLog(toHex(head.log)) !== null;
  }

  /** Take the heads of rooms that the directory has named meanwhile. */
  #takeHeldHeads(): void {
    for (const [log, head] of [...this.#heldHeads]) {
      if (!this.#knowsRoom(head)) continue;
      this.#heldHeads.delete(log);
      this.#takeHead(head);
    }
  }

  /** A log is what its id says: the hub cannot pass one off as another. */
  #checkHead(head: Head): void {
    if (expectedLog(this.#state, head) !== toHex(head.log)) {
      throw new RemoteError("protocol", "the hub announced a log that is not what its id says");
    }
  }

  #checkStory(log: Log, head: Head): void {
    const { stored } = log;
    if (head.seq < stored.seq) {
      const text =
        `The hub has ${head.seq} entries of this conversation, we have ${stored.seq}: it lost some, or was ` +
        "restored from an old copy. Nothing of ours is deleted. Tell the person who runs it.";
      this.#stop(log, "hub_rolled_back", text);
    } else if (head.seq === stored.seq && !equalBytes(head.hash, stored.hash)) {
      this.#stopForked(log, stored.seq);
    }
    if (stored.kind !== LogKind.INBOX || head.seq > stored.seq) return;
    log.stored = { ...stored, seq: head.seq, hash: head.hash };
    this.#effects.save(log.stored);
  }

  #stopForked(log: Log, seq: number): void {
    const text =
      `The hub has told two different stories about entry ${seq} of this conversation. Nothing more is taken ` +
      "from it. Tell the person who runs it; do not trust it with this conversation.";
    this.#stop(log, "forked_log", text);
  }

  /** Take no more of a log; of our inbox we do, or the device would get no key ever again: see `sync.py`. */
  #stop(log: Log, kind: AlarmKind, text: string): void {
    if (log.isStopped) return;
    log.isStopped = log.stored.kind !== LogKind.INBOX;
    this.#alarm(log, kind, log.isStopped ? text : INBOX_TEXT);
  }

  #alarm(log: Log, kind: AlarmKind, text: string): void {
    const conversation = log.isConversation ? this.#state.conversationOf(log) : null;
    this.#effects.emit({ type: "alarm", kind, text, conversation });
  }

  /**
   * The hub has more from us than we remember: our store is an old copy.
   *
   * The sessions of that time must never be used again: a key would be used twice.
   */
  #storeWasRolledBack(log: Log): void {
    this.#parts.rewind(log);
    if (this.#isRolledBack) return;
    this.#isRolledBack = true;
    const text =
      "This browser's store is older than what it has already sent (restored from a copy?). New keys are used " +
      "from here on; what was sent since then comes back from the hub.";
    this.#effects.emit({ type: "alarm", kind: "store_rolled_back", text, conversation: null });
  }

  /** Note the highest counter of ours that the hub has accepted. */
  setCounter(log: Log, counter: number): void {
    if (counter <= log.stored.counter) return;
    log.stored = { ...log.stored, counter };
    this.#effects.save(log.stored);
  }

  /** The hub once said that it had more from us than it has; what stands in the log is no word of the hub's. */
  #lowerCounter(log: Log, said: number): void {
    const counter = Math.max(said, this.#parts.ownCounter(log));
    if (counter >= log.stored.counter) return;
    log.stored = { ...log.stored, counter };
    this.#effects.save(log.stored);
  }

  /**
   * Somebody says that they were told another story about this entry than we were.
   *
   * It is an alarm and stops nothing: who lies, the hub or they, can't be seen from here, and no member may
   * shut a conversation down for all others.
   */
  forked(log: Log, seq: number, saidBy: DeviceId): void {
    const name = `${log.id}/${saidBy}`;
    if (this.#toldForks.has(name)) return;
    this.#toldForks.add(name);
    const handle = this.#state.handleOfDevice(saidBy);
    const text =
      `${handle} was shown another entry ${seq} than we were: the hub tells people different stories, or ` +
      `${handle}'s program lies. Compare with ${handle} what you see, and tell the person who runs the hub.`;
    this.#alarm(log, "forked_log", text);
  }

  // --- fetching ---

  /** Ask for what is missing: people first, then keys, then conversations, a few at a time. */
  fetch(): void {
    const logs = [...this.#state.logs.values()];
    this.#takeHeldHeads();
    let behind = this.#firstBehind();
    if (!behind.length && this.hasAllHeads) {
      behind = [...this.#state.logs.values()].filter((log) => log.isBehind);
      if (!behind.length && !this.#isCaughtUp) {
        this.#isCaughtUp = true;
        this.#parts.caughtUp();
      }
    }
    const room = PARALLEL_FETCHES - logs.filter((log) => log.isFetching).length;
    for (const log of behind.filter((each) => !each.isFetching).slice(0, Math.max(room, 0))) this.#ask(log);
  }

  #ask(log: Log): void {
    log.isFetching = true;
    if (!this.#parts.members.fetch(log)) {
      this.#effects.send({ type: "fetch", log: fromHex(log.id), after: log.stored.seq });
    }
  }

  /**
   * We were taken out of a room that we were still fetching: what we have is all that is for us.
   *
   * The hub does not say which. A page that comes all the same, for another room, says again where its log
   * stands.
   */
  fetchRefused(frame: Refused): void {
    if (frame.code !== "not_a_member" && frame.code !== "unknown_log") return;
    for (const log of this.#state.logs.values()) {
      if (log.stored.kind !== LogKind.ROOM || !log.isFetching) continue;
      log.head = log.stored.seq;
      log.isFetching = false;
      log.needsMembers = false;
    }
    this.fetch();
  }

  /** Return the directory, or else the inbox, if it is behind: nothing else is of use before it. */
  #firstBehind(): Log[] {
    for (const id of [this.#state.directoryLog, this.#state.inbox]) {
      const log = this.#state.logs.get(id);
      if (log?.isBehind) return [log];
    }
    return [];
  }

  /** Take MEMBERS entries from before we came to a room, and go on with the room. */
  takeMembers(frame: Members): void {
    this.#parts.members.takeMembers(frame);
    const log = this.#state.logs.get(toHex(frame.log));
    if (log) log.needsMembers = this.#parts.members.needs(log);
    this.fetch();
  }

  // --- entries ---

  /** Take a run, live or fetched. */
  async takeEntries(frame: Entries): Promise<void> {
    const log = this.#state.logs.get(toHex(frame.log));
    if (!log || log.isStopped) return;
    this.#skipPruned(log, frame);
    // An empty page is the end of what we may read, whatever the hub says of the log: never ask on and on.
    log.head = frame.items.length ? Math.max(log.head, frame.head) : log.stored.seq;
    // Of a room whose members we do not know, everything is fetched again when we know who was in it.
    if (!log.needsMembers) await this.#takeOrKeep(log, frame);
    this.fetch();
    await this.checkPruned();
  }

  async #takeOrKeep(log: Log, frame: Entries): Promise<void> {
    if (this.#comesTooEarly(log)) {
      log.isFetching = false;
    } else if (frame.firstSeq > log.stored.seq + 1) {
      this.#buffer(log, frame);
    } else {
      log.isFetching = false; // whichever run closes the gap; a second answer is skipped as known
      if (lastSeq(frame) <= log.stored.seq) return;
      await this.#takeRun(log, frame);
      await this.#takeBuffered(log);
    }
  }

  /**
   * Tell whether a run must be fetched again later: its senders or its keys are not here yet.
   *
   * A share whose sender is unknown would be dropped, and with it the only copy of a key.
   */
  #comesTooEarly(log: Log): boolean {
    const [first] = this.#firstBehind();
    return first !== undefined && log !== first && log.stored.kind !== LogKind.DIRECTORY;
  }

  /** Pass over what we once acknowledged and no longer have, for the hub has deleted it. */
  #skipPruned(log: Log, frame: Entries): void {
    if (!(log.stored.seq + 1 < frame.firstSeq && frame.firstSeq <= log.acknowledged + 1)) return;
    log.stored = { ...log.stored, seq: frame.firstSeq - 1, hash: frame.previous };
    this.#effects.save(log.stored);
  }

  /** Keep a live run until the gap before it is closed; too many are simply fetched again. */
  #buffer(log: Log, frame: Entries): void {
    let size = frame.items.length;
    for (const each of log.buffered.values()) size += each.items.length;
    if (size <= GAP_BUFFER_ENTRIES) log.buffered.set(frame.firstSeq, frame);
  }

  async #takeBuffered(log: Log): Promise<void> {
    for (const firstSeq of [...log.buffered.keys()].sort((one, other) => one - other)) {
      if (firstSeq > log.stored.seq + 1 || log.isStopped) return;
      const frame = log.buffered.get(firstSeq);
      log.buffered.delete(firstSeq);
      if (frame && lastSeq(frame) > log.stored.seq) await this.#takeRun(log, frame);
    }
  }

  async #takeRun(log: Log, frame: Entries): Promise<void> {
    const { stored } = log;
    if (frame.firstSeq === stored.seq + 1 && !equalBytes(frame.previous, stored.hash)) {
      this.#stopForked(log, stored.seq);
    }
    const run = chain(frame.log, frame.firstSeq, frame.previous, frame.items);
    const known = stored.seq - frame.firstSeq + 1; // entries that we have: a live run may overlap a fetched one
    const [atCursor, last] = [run[known - 1], run.at(-1)];
    if (atCursor && !equalBytes(atCursor.hash, stored.hash)) this.#stopForked(log, stored.seq);
    if (!last || log.isStopped) return;
    log.stored = { ...stored, seq: last.seq, hash: last.hash };
    if (log.isBehind && !log.isFetching && !log.buffered.size) {
      this.#ask(log);
      this.#parts.flush();
    }
    await this.#parts.takeRun(log, run.slice(known));
    this.#effects.save(log.stored);
    if (stored.kind !== LogKind.DIRECTORY) {
      this.#effects.send({ type: "ack", log: frame.log, seq: log.stored.seq });
    }
  }
}

function lastSeq(frame: Entries): number {
  return frame.firstSeq + frame.items.length - 1;
}
