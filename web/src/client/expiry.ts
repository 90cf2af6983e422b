/**
 * Takes away what has lived its time: from the store and the screen, with all that was done to it. Mirrors
 * `client/expiry.py`.
 *
 * When a text is over is fixed by the log: the hub's clock of its entry, and the lifetime that held there
 * (`lifetimes`). "Now" is the hub's clock as of this login; before the first login, our own. What is over when it comes
 * is never stored or told. One timer stands for all texts, and looks again every `LOOK_AGAIN_S`, for a machine may have
 * slept, or its clock been set.
 */

import type { Timer } from "$client/clock";
import { hasSetting } from "$client/conversation-rules";
import type { Effects } from "$client/effects";
import type { Later } from "$client/later";
import { lifetimeAt, type LifetimeFrom, Lifetimes, spansOf } from "$client/lifetimes";
import type { Messages } from "$client/messages";
import type { MessageId } from "$client/model";
import type { Outbox } from "$client/outbox";
import type { ClientState, Log } from "$client/state";
import type { Store } from "$client/store/interface";
import type { StoredMessage } from "$client/store/records";
import type { UnreadBook } from "$client/unread";
import { EMPTY_BYTES } from "$wire/bytes";
import { ContentKind } from "$wire/content";

export const LOOK_AGAIN_S = 10;
const SHORTEST_WAIT_S = 0.001;
/** Texts of a step. */
const BATCH = 500;
/**
 * For how long after it was added a device waits for the past before it erases: a lifetime that was switched off again
 * may stand in an entry that can't be read yet.
 */
const SETTLING_MS = 24 * 60 * 60 * 1000;
const AMENDING: readonly number[] = [
  ContentKind.EDIT,
  ContentKind.DELETE,
  ContentKind.REACTION,
  ContentKind.PIN,
];

/** What expiry works with. */
export interface ExpiryParts {
  readonly state: ClientState;
  readonly effects: Effects;
  readonly store: Store;
  readonly messages: Messages;
  readonly outbox: Outbox;
  readonly unread: UnreadBook;
  readonly later: Later;
  readonly hubNowMs: () => number;
  /** Whether keys of the past are on their way to this device. */
  readonly isPastComing: () => boolean;
}

/** Erases. */
export class Expiry {
  readonly #parts: ExpiryParts;
  readonly #state: ClientState;
  readonly lifetimes: Lifetimes;
  #timer: { readonly timer: Timer; readonly atS: number } | null = null;

  constructor(parts: ExpiryParts) {
    this.#parts = parts;
    this.#state = parts.state;
    this.lifetimes = new Lifetimes(parts.state, parts.store);
  }

  // --- what comes ---

  /**
   * Store new entries, or ones that can be read now, and when they expire; return them.
   *
   * Of those that are over, and of what was done to them, only the places are stored.
   */
  async save(log: Log, read: readonly StoredMessage[]): Promise<readonly StoredMessage[]> {
    const [first, last] = [read[0], read.at(-1)];
    if (!hasSetting("lifetime", log.stored.kind) || !first || !last) {
      this.#parts.messages.save(read);
      return read;
    }
    const changedAfter = await this.lifetimes.note(log, read);
    const known = await this.lifetimes.of(log);
    const judged: StoredMessage[] = [];
    for (const message of read) {
      const isOver = this.#isOver(known, message) || (await this.#isOfNothing(log, known, message, judged));
      judged.push(isOver ? expired(message) : message);
    }
    this.#parts.messages.save(judged);
    if (changedAfter === null) this.#stamp(log, known, first.seq - 1, last.seq);
    else this.#stamp(log, known, Math.min(first.seq - 1, changedAfter), log.stored.seq);
    return judged;
  }

  /** Take the lifetimes that another device of ours has said, for what is here already, too. */
  async takeHanded(log: Log): Promise<void> {
    const changedAfter = await this.lifetimes.noteHanded(log);
    const known = await this.lifetimes.of(log);
    if (changedAfter !== null) this.#stamp(log, known, changedAfter, log.stored.seq);
  }

  /** Note when the texts of a part of a log expire. */
  #stamp(log: Log, known: readonly LifetimeFrom[], after: number, upTo: number): void {
    if (!known.length) return;
    this.#parts.effects.save(...spansOf(log.id, known, after, upTo));
    this.#parts.later.whenStored(() => this.schedule());
  }

  #isOver(known: readonly LifetimeFrom[], message: StoredMessage): boolean {
    if (message.kind !== ContentKind.TEXT || this.#isSettling()) return false;
    const lifetimeS = lifetimeAt(known, message.seq);
    return lifetimeS > 0 && message.atMs + lifetimeS * 1000 <= this.#parts.hubNowMs();
  }

  /** Whether it amends what has expired, or what this device never had: it may hold the text of that. */
  async #isOfNothing(
    log: Log,
    known: readonly LifetimeFrom[],
    message: StoredMessage,
    run: readonly StoredMessage[],
  ): Promise<boolean> {
    const isLate = known.some((each) => each.saidSeq < message.seq);
    if (!AMENDING.includes(message.kind) || !isLate) return false;
    const inRun = run.filter((each) => each.messageId === message.target);
    return areExpired(inRun) && (await this.#isGone(log, message.target));
  }

  async #isGone(log: Log, target: MessageId): Promise<boolean> {
    return areExpired(await this.#parts.messages.withId(log.id, target));
  }

  /** Tell of an entry that set a lifetime. */
  async tell(log: Log, message: StoredMessage, isBacklog: boolean): Promise<void> {
    const known = await this.lifetimes.of(log);
    const change = known.find((each) => each.saidSeq === message.seq);
    if (!change) return;
    const conversation = this.#state.conversationOf(log);
    this.#parts.effects.emit({
      type: "lifetime_changed",
      conversation,
      conversationName: this.#state.nameOf(conversation),
      by: this.#state.handleOfDevice(message.sender),
      seconds: change.seconds,
      isBacklog,
    });
  }

  // --- what is over ---

  /** Whether keys of the past are on their way, to a device that is not older than a day. */
  #isSettling(): boolean {
    const addedMs = this.#state.deviceAddedMs.get(this.#state.device) ?? 0;
    return this.#parts.isPastComing() && this.#parts.hubNowMs() < addedMs + SETTLING_MS;
  }

  /** Erase at most `BATCH` texts that are over, with this step; false: there are none. */
  async eraseSome(): Promise<boolean> {
    if (this.#isSettling()) return false;
    const due = await this.#parts.store.expiring(this.#parts.hubNowMs(), BATCH);
    for (const id of new Set(due.map((message) => message.log))) {
      const log = this.#state.logs.get(id);
      const ofLog = due.filter((each) => each.log === id).map((each) => this.#parts.messages.latest(each));
      if (log) await this.#erase(log, ofLog);
    }
    return due.length > 0;
  }

  async #erase(log: Log, messages: readonly StoredMessage[]): Promise<void> {
    this.#parts.messages.save(messages.map(expired));
    for (const { seq, messageId } of messages) {
      this.#parts.effects.save({ type: "expiry_span", log: log.id, after: seq - 1, upTo: seq, lifetimeS: 0 });
      await this.eraseAmendments(log, messageId);
      const conversation = this.#state.conversationOf(log);
      const conversationName = this.#state.nameOf(conversation);
      this.#parts.effects.emit({
        type: "message_expired",
        conversation,
        conversationName,
        id: messageId,
        seq,
      });
    }
    this.#parts.unread.erased(log, new Set(messages.map((message) => message.seq)));
  }

  /** Erase what was done to a message that is over, also what waits to be done. */
  async eraseAmendments(log: Log, target: MessageId): Promise<void> {
    if (!(await this.#isGone(log, target))) return;
    const found = await this.#parts.messages.amendments(log.id, [target]);
    this.#parts.messages.save(found.map(expired));
    for (const row of this.#parts.outbox.book.amendmentsOf(target)) {
      this.#parts.outbox.withdraw(row.messageId); // what was sent already is erased when it comes back
    }
  }

  // --- when ---

  /** Look again when the next text is over. */
  async schedule(): Promise<void> {
    const nextMs = await this.#parts.store.nextExpiryMs();
    if (nextMs === null) return;
    const leftS = (nextMs - this.#parts.hubNowMs()) / 1000;
    const waitS = this.#isSettling()
      ? LOOK_AGAIN_S
      : Math.min(Math.max(leftS, SHORTEST_WAIT_S), LOOK_AGAIN_S);
    const atS = this.#parts.later.timeS() + waitS;
    if (this.#timer && this.#timer.atS <= atS) return;
    this.#timer?.timer.cancel();
    this.#timer = { timer: this.#parts.later.callLater(waitS, () => this.#ring()), atS };
  }

  async #ring(): Promise<void> {
    this.#timer = null;
    await this.eraseSome();
    this.#parts.later.whenStored(() => this.schedule());
  }
}

/** Return what is left of an entry: its place, its hash, who sent it. */
function expired(message: StoredMessage): StoredMessage {
  return { ...message, kind: ContentKind.EXPIRED, content: EMPTY_BYTES, target: "" };
}

function areExpired(messages: readonly StoredMessage[]): boolean {
  return messages.every((message) => message.kind === ContentKind.EXPIRED);
}
