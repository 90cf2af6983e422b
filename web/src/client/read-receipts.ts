/**
 * Read receipts: how far people have read, told among few, and never more often than needed.
 *
 * A receipt is an entry like a message, so it waits for nobody to be connected, and all devices of those who get it
 * learn the same. One that comes late or twice changes nothing: the farthest counts.
 */

import type { Clock } from "$client/clock";
import type { Effects } from "$client/effects";
import type { CallLater } from "$client/later";
import { contentOf } from "$client/looks";
import type { Messages } from "$client/messages";
import { type Conversation, conversationKey, type ConversationKey, type MessageId } from "$client/model";
import type { Outbox } from "$client/outbox";
import { type ClientState, type Log, mapAt } from "$client/state";
import type { LogId, StoredMessage } from "$client/store/records";
import { ContentKind, encodeContent } from "$wire/content";
import { LogKind } from "$wire/entries";
import { MAX_READERS_TOLD, READ_RECEIPT_INTERVAL_S } from "$wire/limits";

/** Among how many of the newest messages one of somebody else is looked for. */
const LOOKED_BACK = 50;
const NEVER_TOLD: ReadonlySet<number> = new Set([LogKind.EVERYONE, LogKind.ACCOUNT]);

/** What read receipts work with. */
export interface ReadReceiptsParts {
  readonly state: ClientState;
  readonly effects: Effects;
  readonly messages: Messages;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly newMessageId: () => MessageId;
  readonly callLater: CallLater;
  /** Whether our person wants others to know; the preference of all their devices. */
  readonly isWanted: () => boolean;
  /** Called with a log and the seq behind which messages of it may be read by more people. */
  readonly changed: (log: Log, after: number) => Promise<void>;
}

interface Untold {
  readonly conversation: Conversation;
  readonly seq: number;
}

/** Tells what we have read, and takes what others have. */
export class ReadReceipts {
  readonly #parts: ReadReceiptsParts;
  readonly #untold = new Map<ConversationKey, Untold>();
  readonly #told = new Map<ConversationKey, number>();
  readonly #toldAtS = new Map<ConversationKey, number>();

  constructor(parts: ReadReceiptsParts) {
    this.#parts = parts;
  }

  // --- ours ---

  /** We have read a conversation up to here; it is told soon, if it is to be told there. */
  async read(conversation: Conversation, seq: number): Promise<void> {
    if (!this.#parts.isWanted() || !this.#isToldIn(conversation)) return;
    const key = conversationKey(conversation);
    const due = this.#untold.get(key);
    this.#untold.set(key, { conversation, seq: Math.max(seq, due?.seq ?? 0) });
    if (due || !this.#parts.state.isOnline) return;
    const toldAtS = this.#toldAtS.get(key);
    const waitS = toldAtS === undefined ? 0 : toldAtS + READ_RECEIPT_INTERVAL_S - this.#parts.clock.timeS();
    if (waitS > 0) this.#parts.callLater(waitS, () => this.#tell(key));
    else await this.#tell(key);
  }

  /** Tell whether others read this, and few enough of them. */
  #isToldIn(conversation: Conversation): boolean {
    if (conversation.kind === "everyone" || conversation.kind === "account") return false;
    const people = this.#parts.state.members(conversation).length;
    return people > 1 && people <= MAX_READERS_TOLD;
  }

  async #tell(key: ConversationKey): Promise<void> {
    const untold = this.#untold.get(key);
    if (!untold || !this.#parts.state.isOnline) return; // `caughtUp` will
    this.#untold.delete(key);
    const seq = await this.#newestOfOthers(untold.conversation, untold.seq);
    if (seq <= this.#toldUpTo(untold.conversation)) return;
    this.#told.set(key, seq);
    this.#toldAtS.set(key, this.#parts.clock.timeS());
    const content = encodeContent({ type: "read_up_to", seq });
    this.#parts.outbox.add(untold.conversation, this.#parts.newMessageId(), content);
  }

  /** The hub is back: tell what was read meanwhile. */
  async caughtUp(): Promise<void> {
    for (const key of [...this.#untold.keys()]) await this.#tell(key);
  }

  /** Return the newest message up to here that somebody else wrote; 0 if there is none lately. */
  async #newestOfOthers(conversation: Conversation, seq: number): Promise<number> {
    const { state, messages } = this.#parts;
    const newest = await messages.before(state.logOf(conversation), seq + 1, LOOKED_BACK);
    return newest.findLast((each) => state.ownerOf(each.sender) !== state.user)?.seq ?? 0;
  }

  /** Return how far others know that we have read, from this device or another one of ours. */
  #toldUpTo(conversation: Conversation): number {
    const { state } = this.#parts;
    const reads = state.reads.get(state.logOf(conversation));
    const ours = [...(state.person(state.user)?.devices.keys() ?? [])].map((each) => reads?.get(each) ?? 0);
    return Math.max(this.#told.get(conversationKey(conversation)) ?? 0, ...ours);
  }

  // --- theirs ---

  /**
   * Note how far people have read, from new entries of a log or from one whose key came late.
   *
   * Where nobody tells it, as in everyone, it is not taken either.
   */
  async take(log: Log, messages: readonly StoredMessage[]): Promise<void> {
    if (NEVER_TOLD.has(log.stored.kind)) return;
    let after = log.stored.seq;
    for (const message of messages) {
      const isReceipt = message.kind === ContentKind.READ_UP_TO && !message.reason;
      if (isReceipt) after = Math.min(after, this.#note(log.id, message));
    }
    if (after < log.stored.seq) await this.#parts.changed(log, after);
  }

  /** Keep how far a device says its person has read; return how far that was before. */
  #note(log: LogId, message: StoredMessage): number {
    const content = contentOf(message);
    if (content?.type !== "read_up_to") return message.seq;
    const reads = mapAt(this.#parts.state.reads, log);
    const before = reads.get(message.sender) ?? 0;
    const seq = Math.min(content.seq, message.seq - 1); // nobody has read what came later
    if (seq <= before) return message.seq;
    reads.set(message.sender, seq);
    this.#parts.effects.save(this.#parts.state.receipt(log, message.sender));
    return before;
  }
}
