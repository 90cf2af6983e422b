/** Receipts: which of our messages stand in whose store, and who has read them. */

import { changedTo } from "$client/changes";
import type { Conversations } from "$client/conversations";
import type { Effects } from "$client/effects";
import { keepNewest } from "$client/keep-newest";
import type { Messages } from "$client/messages";
import { ReadReceipts, type ReadReceiptsParts } from "$client/read-receipts";
import { type ClientState, type Log, mapAt } from "$client/state";
import type { LogId } from "$client/store/records";
import type { Receipt, Receipts } from "$wire/frames";
import { toHex } from "$wire/hex";

/** Own messages whose new delivery state is told at once; older ones are right when read again. */
export const MAX_DELIVERY_EVENTS = 256;

/** Receipts of devices that read a conversation only when what the hub sends next is here; oldest dropped. */
export const MAX_EARLY_RECEIPTS = 10_000;

/** What deliveries work with. */
export interface DeliveriesParts extends Omit<ReadReceiptsParts, "changed"> {
  readonly conversations: Conversations;
}

interface EarlyReceipt {
  readonly log: LogId;
  readonly receipt: Receipt;
}

/**
 * Takes receipts of both sorts, and tells which of our messages they change.
 *
 * Only devices of who reads a conversation count, so a hub can't fill our store with strangers.
 */
export class Deliveries {
  readonly #state: ClientState;
  readonly #effects: Effects;
  readonly #messages: Messages;
  readonly #conversations: Conversations;
  readonly reads: ReadReceipts;
  readonly #early = new Map<string, EarlyReceipt>();

  constructor(parts: DeliveriesParts) {
    this.#state = parts.state;
    this.#effects = parts.effects;
    this.#messages = parts.messages;
    this.#conversations = parts.conversations;
    this.reads = new ReadReceipts({ ...parts, changed: (log, after) => this.#announce(log, after) });
  }

  /** Note how far devices have a conversation; a receipt never takes anything back. */
  async takeReceipts(frame: Receipts): Promise<void> {
    const log = this.#state.logs.get(toHex(frame.log));
    if (!log?.isConversation) return;
    for (const receipt of frame.receipts) {
      if (!this.#isReaders(log, receipt)) this.#keepEarly(log.id, receipt);
    }
    await this.#note(
      log,
      frame.receipts.filter((each) => this.#isReaders(log, each)),
    );
  }

  /** Other people or devices read some conversation now: take what came too early for them. */
  async readersChanged(): Promise<void> {
    const found = new Map<Log, Receipt[]>();
    for (const [key, { log: id, receipt }] of this.#early) {
      const log = this.#state.logs.get(id);
      if (!log || !this.#isReaders(log, receipt)) continue;
      found.set(log, [...(found.get(log) ?? []), receipt]);
      this.#early.delete(key);
    }
    for (const [log, receipts] of found) await this.#note(log, receipts);
  }

  /** Tell whether a receipt is of a device that is or was one of somebody who reads a conversation now. */
  #isReaders(log: Log, receipt: Receipt): boolean {
    const owner = this.#state.ownerOf(toHex(receipt.device));
    return owner !== null && this.#state.couldRead(log, owner, log.stored.seq + 1);
  }

  #keepEarly(log: LogId, receipt: Receipt): void {
    keepNewest(this.#early, `${log}/${toHex(receipt.device)}`, { log, receipt }, MAX_EARLY_RECEIPTS);
  }

  async #note(log: Log, receipts: readonly Receipt[]): Promise<void> {
    const known = mapAt(this.#state.receipts, log.id);
    let after = log.stored.seq;
    for (const receipt of receipts) {
      const device = toHex(receipt.device);
      const before = known.get(device) ?? 0;
      if (receipt.seq <= before) continue;
      after = Math.min(after, before);
      known.set(device, receipt.seq);
      this.#effects.save(this.#state.receipt(log.id, device));
    }
    if (after < log.stored.seq) await this.#announce(log, after);
  }

  async #announce(log: Log, after: number): Promise<void> {
    const newest = await this.#messages.before(log.id, log.stored.seq + 1, MAX_DELIVERY_EVENTS);
    const own = newest.filter((each) => each.seq > after && this.#state.isOwnDevice(each.sender));
    for (const message of await this.#conversations.ofMany(log, own)) this.#effects.emit(changedTo(message));
  }
}
