/**
 * What is unread: counted as messages arrive, and right after every restart. Mirrors `client/unread.py`.
 *
 * Each conversation has a mark, up to which it is read on some device of ours, and a tally of what counts behind
 * it. A message adds to the tally in the transaction that stores it; nothing is looked through. Only when a mark
 * falls into the middle of what is unread does the store count again.
 */

import type { Effects } from "$client/effects";
import type { Later } from "$client/later";
import { isShown } from "$client/messages";
import type { Unread } from "$client/model";
import type { ClientState, Log } from "$client/state";
import type { Store } from "$client/store/interface";
import type { LogId, StoredMessage, StoredUnread, UnreadCount } from "$client/store/records";

/** Unread messages that name us and are counted as such, of one conversation; more only count as unread. */
export const MAX_MENTIONS = 1000;
/** Of messages that count as unread. */
const COUNTED_REASONS: readonly string[] = ["", "missing_key", "unknown_content"];

/** `isStale`: what is stored between the mark and some place is not in `count` yet. */
class Tally {
  readSeq = 0;
  count = 0;
  firstSeq = 0;
  mentions: number[] = [];
  isStale = false;
  /** How often the store was asked to count: only the newest answer is of use. */
  recounts = 0;

  get unread(): Unread {
    return { count: this.count, mentions: this.mentions.length, firstUnreadSeq: this.firstSeq };
  }

  /** Add what stands before all that was counted meanwhile. */
  add(counted: UnreadCount): void {
    this.count += counted.count;
    this.firstSeq = counted.firstSeq || this.firstSeq;
    this.isStale = false;
  }

  readUpTo(seq: number): void {
    this.readSeq = seq;
    this.mentions = this.mentions.filter((each) => each > seq);
  }

  forgetCount(isStale: boolean): void {
    this.count = this.firstSeq = 0;
    this.isStale = isStale;
    this.recounts += 1;
  }
}

/** What an unread book works with. */
export interface UnreadParts {
  readonly state: ClientState;
  readonly effects: Effects;
  readonly store: Store;
  readonly later: Later;
  /** Whether a message calls us. */
  readonly namesUs: (log: Log, message: StoredMessage) => Promise<boolean>;
  /** Save the tallies together with the marks, so that a crash leaves both or none. */
  readonly saveAll: () => void;
}

/** The tallies of all conversations. */
export class UnreadBook {
  readonly #parts: UnreadParts;
  readonly #state: ClientState;
  readonly #tallies = new Map<LogId, Tally>();
  readonly #unsaved = new Set<LogId>();

  constructor(parts: UnreadParts) {
    this.#parts = parts;
    this.#state = parts.state;
  }

  /** Take over what the store holds, before the first commit; count what a crash left uncounted. */
  async load(rows: readonly StoredUnread[], marks: ReadonlyMap<LogId, number>): Promise<void> {
    const counted = new Map<LogId, number>();
    for (const row of rows) {
      counted.set(row.log, row.countedSeq);
      const { readSeq, count, firstSeq } = row;
      Object.assign(this.#tallyOf(row.log), { readSeq, count, firstSeq, mentions: [...row.mentions] });
    }
    for (const [log, seq] of marks) {
      const tally = this.#tallyOf(log);
      if (seq <= tally.readSeq) continue;
      tally.readUpTo(seq);
      counted.set(log, 0);
    }
    for (const [log, tally] of this.#tallies) {
      if ((counted.get(log) ?? 0) >= this.#end(log)) continue;
      tally.forgetCount(false);
      tally.add(await this.#count(log, tally.readSeq, this.#end(log)));
    }
  }

  #tallyOf(log: LogId): Tally {
    let tally = this.#tallies.get(log);
    if (!tally) {
      tally = new Tally();
      this.#tallies.set(log, tally);
    }
    return tally;
  }

  // --- asking ---

  /** Return what is unread of a conversation. */
  of(log: LogId): Unread {
    return (this.#tallies.get(log) ?? new Tally()).unread;
  }

  /** Return what is unread of each conversation in which something is. */
  all(): Map<LogId, Unread> {
    const counted = [...this.#tallies].filter(([, tally]) => tally.count);
    return new Map(counted.map(([log, tally]) => [log, tally.unread]));
  }

  /** Tell whether a message counts until it is read: somebody else wrote it, and there is something. */
  counts(message: StoredMessage): boolean {
    return (
      isShown(message) &&
      COUNTED_REASONS.includes(message.reason) &&
      (message.content.length > 0 || message.reason !== "") &&
      !this.#state.isOwnDevice(message.sender) &&
      !this.#state.isIgnored(message.sender)
    );
  }

  // --- what arrives ---

  /** Count new messages of a log, in the step that stores them; those at some seqs name us. */
  take(log: Log, messages: readonly StoredMessage[], namingUs: ReadonlySet<number>): void {
    const tally = this.#tallyOf(log.id);
    const added = messages.filter((each) => each.seq > tally.readSeq && this.counts(each));
    const [first] = added;
    if (!first) return;
    tally.count += added.length;
    tally.firstSeq ||= first.seq;
    const room = Math.max(MAX_MENTIONS - tally.mentions.length, 0);
    const naming = added.map((each) => each.seq).filter((seq) => namingUs.has(seq));
    tally.mentions.push(...naming.slice(0, room));
    this.#changed(log.id);
    this.#parts.saveAll();
  }

  /** Count anew, for the key of a message has come late. */
  async takeLate(log: Log, message: StoredMessage): Promise<void> {
    const tally = this.#tallyOf(log.id);
    const { seq } = message;
    if (seq <= tally.readSeq) return;
    const isNew = !tally.mentions.includes(seq) && tally.mentions.length < MAX_MENTIONS;
    if (isNew && this.counts(message) && (await this.#parts.namesUs(log, message))) {
      tally.mentions = [...tally.mentions, seq].sort((one, other) => one - other);
    }
    this.#recount(log.id);
  }

  /** Count anew, for messages were deleted. */
  erased(log: Log, seqs: ReadonlySet<number>): void {
    const tally = this.#tallies.get(log.id);
    if (!tally || ![...seqs].some((seq) => seq > tally.readSeq)) return;
    tally.mentions = tally.mentions.filter((seq) => !seqs.has(seq));
    this.#recount(log.id);
  }

  /** A conversation is read up to here. What is stored of it changes with the next `save`. */
  mark(log: LogId, seq: number): void {
    const tally = this.#tallyOf(log);
    if (seq <= tally.readSeq) return;
    const hadUnread = tally.count > 0 || tally.isStale;
    const isBeforeAll = !tally.isStale && seq < tally.firstSeq;
    tally.readUpTo(seq);
    this.#unsaved.add(log);
    if (seq >= this.#end(log)) {
      tally.forgetCount(false);
      this.#changed(log);
    } else if (hadUnread && !isBeforeAll) {
      this.#recount(log);
    }
  }

  /** Other people are ignored than before: count everything anew. */
  ignoredChanged(): void {
    for (const [id, tally] of this.#tallies) {
      const log = this.#state.logs.get(id);
      if (!log || tally.readSeq >= log.stored.seq) continue;
      const end = log.stored.seq;
      this.#parts.later.whenStored(() => this.#findMentions(log, end));
      this.#recount(id);
    }
  }

  /** Save every tally that changed since it was last saved. */
  save(): void {
    for (const log of this.#unsaved) {
      const { readSeq, count, firstSeq, mentions, isStale } = this.#tallyOf(log);
      const countedSeq = isStale ? 0 : this.#end(log);
      this.#parts.effects.save({
        type: "stored_unread",
        log,
        readSeq,
        countedSeq,
        count,
        firstSeq,
        mentions: [...mentions],
      });
    }
    this.#unsaved.clear();
  }

  // --- counting again ---

  /** Let the store count up to here as soon as it has everything; what comes next is added meanwhile. */
  #recount(log: LogId): void {
    const tally = this.#tallyOf(log);
    tally.forgetCount(true);
    this.#unsaved.add(log);
    const [end, { recounts }] = [this.#end(log), tally];
    this.#parts.later.whenStored(() => this.#recounted(log, end, recounts));
  }

  async #recounted(log: LogId, upTo: number, recount: number): Promise<void> {
    const tally = this.#tallyOf(log);
    if (recount !== tally.recounts) return;
    tally.add(await this.#count(log, tally.readSeq, upTo));
    this.#changed(log);
    this.#parts.saveAll();
  }

  async #count(log: LogId, after: number, upTo: number): Promise<UnreadCount> {
    if (after >= upTo) return { count: 0, firstSeq: 0 };
    return this.#parts.store.countUnread(log, { after, upTo, butFrom: this.#state.silentDevices() });
  }

  /** Look for mentions again, up to here; what came later was looked at as it came. */
  async #findMentions(log: Log, upTo: number): Promise<void> {
    const tally = this.#tallyOf(log.id);
    const newest = await this.#parts.store.messages(log.id, { before: upTo + 1, limit: MAX_MENTIONS });
    const found: number[] = [];
    for (const each of newest) {
      const isUnread = each.seq > tally.readSeq && this.counts(each);
      if (isUnread && (await this.#parts.namesUs(log, each))) found.push(each.seq);
    }
    tally.mentions = [...found, ...tally.mentions.filter((seq) => seq > upTo)];
  }

  #end(log: LogId): number {
    return this.#state.logs.get(log)?.stored.seq ?? 0;
  }

  #changed(id: LogId): void {
    this.#unsaved.add(id);
    const log = this.#state.logs.get(id);
    if (!log) return;
    const conversation = this.#state.conversationOf(log);
    this.#parts.effects.emit({ type: "unread_changed", conversation, unread: this.of(id) });
  }
}
