/** Messages that belong together: a thread of replies, and what is pinned. */

import type { Conversations } from "$client/conversations";
import { type Conversation, isSameConversation, type Message, type MessageId } from "$client/model";
import type { Outbox } from "$client/outbox";
import { amendedBy, contentIn } from "$client/outbox-rows";
import type { ClientState } from "$client/state";
import type { Store } from "$client/store/interface";
import type { LogId, StoredMessage } from "$client/store/records";
import { ContentKind } from "$wire/content";
import { toHex } from "$wire/hex";
import { MAX_PINS, MAX_THREAD_MESSAGES } from "$wire/limits";

/** Pins and unpins that are looked through: each pinned message has been pinned among them. */
const PINS_LOOKED_AT = 10 * MAX_PINS;

/** What threads work with. */
export interface ThreadsParts {
  readonly state: ClientState;
  readonly store: Store;
  readonly outbox: Outbox;
  readonly conversations: Conversations;
}

/** Finds them in the store and in the outbox. */
export class Threads {
  readonly #state: ClientState;
  readonly #store: Store;
  readonly #outbox: Outbox;
  readonly #conversations: Conversations;

  constructor(parts: ThreadsParts) {
    this.#state = parts.state;
    this.#store = parts.store;
    this.#outbox = parts.outbox;
    this.#conversations = parts.conversations;
  }

  /**
   * Return a message and what replies to it, directly or not: oldest first, ours that wait last; at most the first
   * `MAX_THREAD_MESSAGES`.
   */
  async thread(root: Message): Promise<Message[]> {
    const log = this.#state.logFor(root.conversation);
    const replies = log ? await this.#replies(log.id, root.id) : [];
    const messages = log ? await this.#conversations.ofMany(log, replies) : [];
    const waiting = this.#waitingReplies(root, new Set([root.id, ...messages.map((each) => each.id)]));
    return [root, ...messages, ...waiting].slice(0, MAX_THREAD_MESSAGES);
  }

  async #replies(log: LogId, root: MessageId): Promise<StoredMessage[]> {
    const found = new Map<MessageId, StoredMessage>();
    let wanted = new Set([root]);
    while (wanted.size && found.size < MAX_THREAD_MESSAGES) {
      const replies = await this.#store.replies(log, wanted, MAX_THREAD_MESSAGES);
      const added = replies.filter((each) => each.messageId !== root && !found.has(each.messageId));
      for (const each of added) found.set(each.messageId, each);
      wanted = new Set(added.map((each) => each.messageId));
    }
    return [...found.values()].sort((one, other) => one.seq - other.seq);
  }

  #waitingReplies(root: Message, thread: Set<MessageId>): Message[] {
    const waiting: Message[] = [];
    for (const row of this.#outbox.book.shownRowsOf(root.conversation)) {
      const content = contentIn(row);
      if (content?.type !== "text" || thread.has(row.messageId)) continue;
      if (!thread.has(toHex(content.replyTo))) continue;
      thread.add(row.messageId);
      waiting.push(this.#conversations.ofRow(row));
    }
    return waiting;
  }

  /** Return the pinned messages in the order of the conversation: at most the newest `MAX_PINS`. */
  async pinned(conversation: Conversation): Promise<Message[]> {
    const targets = new Set(this.#outbox.book.shownRowsOf(conversation).map(amendedBy));
    const log = this.#state.logFor(conversation);
    const pins = log ? await this.#store.ofKind(log.id, ContentKind.PIN, PINS_LOOKED_AT) : [];
    for (const pin of pins) targets.add(pin.target);
    const pinned: Message[] = [];
    for (const target of targets) {
      const message = target === null ? null : await this.#conversations.message(target);
      if (message?.isPinned && isSameConversation(message.conversation, conversation)) pinned.push(message);
    }
    return pinned.sort((one, other) => placeOf(one) - placeOf(other)).slice(-MAX_PINS);
  }
}

function placeOf(message: Message): number {
  return message.seq || Number.MAX_SAFE_INTEGER;
}
