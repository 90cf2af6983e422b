/** Receipts: which of our messages stand in whose store, and who has read them. */

import { changedTo } from "$client/changes";
import type { Conversations } from "$client/conversations";
import type { Effects } from "$client/effects";
import type { Messages } from "$client/messages";
import { ReadReceipts, type ReadReceiptsParts } from "$client/read-receipts";
import { type ClientState, type Log, mapAt } from "$client/state";
import type { Receipts } from "$wire/frames";
import { toHex } from "$wire/hex";

/** Own messages whose new delivery state is told at once; older ones are right when read again. */
export const MAX_DELIVERY_EVENTS = 256;

/** What deliveries work with. */
export interface DeliveriesParts extends Omit<ReadReceiptsParts, "changed"> {
  readonly conversations: Conversations;
}

/** Takes receipts of both sorts, and tells which of our messages they change. */
export class Deliveries {
  readonly #state: ClientState;
  readonly #effects: Effects;
  readonly #messages: Messages;
  readonly #conversations: Conversations;
  readonly reads: ReadReceipts;

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
    const known = mapAt(this.#state.receipts, log.id);
    let after = log.stored.seq;
    for (const receipt of frame.receipts) {
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
