/**
 * How messages look now: the stored ones and our waiting ones, with what was done to each.
 *
 * Joins the store to the pure fold of `amendments`: who an amendment's author is, which message it means.
 */

import {
  amended,
  type Amended,
  type Amendment,
  fold,
  type Original,
  type Powers,
  unamended,
  WAITING_SEQ,
} from "$client/amendments";
import { isShown, type Messages } from "$client/messages";
import type { MessageId } from "$client/model";
import type { Outbox } from "$client/outbox";
import { contentIn, isAmending } from "$client/outbox-rows";
import type { ClientState, Log } from "$client/state";
import type { OutboxRow, StoredMessage } from "$client/store/records";
import { type Content, ContentKind, decodeContent } from "$wire/content";
import { RemoteError } from "$wire/errors";

/** What nobody has written there: no amendment can mean it. */
const NOBODYS = new Set(["unknown_sender", "bad_signature", "misplaced"]);

/** An amendment that counts, `stored`, and the message it changed. */
export interface Step {
  readonly message: StoredMessage;
  readonly stored: StoredMessage;
  readonly amendment: Amendment;
}

/** Tells how messages look. */
export class Looks {
  readonly #state: ClientState;
  readonly #messages: Messages;
  readonly #outbox: Outbox;

  constructor(state: ClientState, messages: Messages, outbox: Outbox) {
    this.#state = state;
    this.#messages = messages;
    this.#outbox = outbox;
  }

  /** Return how these messages of a log look, in their order; what waits in our outbox included. */
  async of(log: Log, messages: readonly StoredMessage[]): Promise<Amended[]> {
    // Before those of the store are read: what is stored meanwhile is then there twice, which changes nothing.
    const waiting = messages.map(({ messageId }) => this.#waiting(messageId));
    const found = await this.#amendmentsOf(log, messages);
    const looks: Amended[] = [];
    for (const [place, each] of messages.entries()) {
      const amendments = [...(found.get(each.messageId) ?? []), ...(waiting[place] ?? [])];
      looks.push(await this.#look(log, each, amendments));
    }
    return looks;
  }

  async #amendmentsOf(log: Log, messages: readonly StoredMessage[]): Promise<Map<MessageId, Amendment[]>> {
    const byTarget = new Map<MessageId, Amendment[]>();
    const wanted = messages.map((message) => message.messageId);
    for (const stored of await this.#messages.amendments(log.id, wanted)) {
      const amendment = this.#amendment(stored);
      if (!amendment) continue;
      const known = byTarget.get(stored.target) ?? [];
      known.push(amendment);
      byTarget.set(stored.target, known);
    }
    return byTarget;
  }

  async #look(log: Log, message: StoredMessage, amendments: readonly Amendment[]): Promise<Amended> {
    if (!amendments.length) return unamended(textOf(message));
    return fold(await this.#original(log, message), amendments, this.#powers(log));
  }

  #powers(log: Log): Powers {
    return this.#state.powers(this.#state.conversationOf(log));
  }

  /** Return how a message looks that waits in the outbox. */
  ofRow(row: OutboxRow): Amended {
    const content = contentIn(row);
    const text = content?.type === "text" ? content.text : null;
    const original = { user: this.#state.user, seq: 0, text, isFirst: true, isFirstOfAuthor: true };
    return fold(original, this.#waiting(row.messageId), this.#state.powers(row.conversation));
  }

  /** Return the stored amendments of a target that count, with the message each changed, in order. */
  async steps(log: Log, target: MessageId): Promise<Step[]> {
    const powers = this.#powers(log);
    const amendments = await this.#messages.amendments(log.id, [target]);
    const steps: Step[] = [];
    for (const message of await this.#messages.withId(log.id, target)) {
      const original = await this.#original(log, message);
      let look = unamended(original.text);
      for (const stored of amendments) {
        const amendment = this.#amendment(stored);
        const after = amendment ? amended(original, look, amendment, powers) : look;
        if (amendment && after !== look) steps.push({ message, stored, amendment });
        look = after;
      }
    }
    return steps;
  }

  /** Return what must lose its content: the messages of this id that are deleted, and their edits. */
  async erased(log: Log, target: MessageId): Promise<StoredMessage[]> {
    const deleted = (await this.steps(log, target)).filter((step) => step.stored.kind === ContentKind.DELETE);
    if (!deleted.length) return [];
    const amendments = await this.#messages.amendments(log.id, [target]);
    const edits = amendments.filter((each) => each.kind === ContentKind.EDIT);
    const found = deleted.flatMap(({ message }) => {
      const author = this.#state.ownerOf(message.sender);
      return [message, ...edits.filter((each) => this.#state.ownerOf(each.sender) === author)];
    });
    return found.filter((message) => message.content.length);
  }

  // --- what the fold works with ---

  async #original(log: Log, message: StoredMessage): Promise<Original> {
    const { seq } = message;
    if (!canBeMeant(message)) return { user: null, seq, text: null, isFirst: false, isFirstOfAuthor: false };
    const user = this.#state.ownerOf(message.sender);
    const sameId = await this.#messages.withId(log.id, message.messageId);
    const earlier = sameId.filter((each) => each.seq < seq && canBeMeant(each));
    const isFirstOfAuthor = earlier.every((each) => this.#state.ownerOf(each.sender) !== user);
    return { user, seq, text: textOf(message), isFirst: !earlier.length, isFirstOfAuthor };
  }

  #amendment(stored: StoredMessage): Amendment | null {
    const user = this.#state.ownerOf(stored.sender);
    const content = contentOf(stored);
    if (user === null || content === null || !isAmending(content)) return null;
    return { user, seq: stored.seq, atMs: stored.atMs, content };
  }

  #waiting(target: MessageId): Amendment[] {
    const { user } = this.#state;
    return this.#outbox.book.shownAmendmentsOf(target).flatMap((row) => {
      const content = contentIn(row);
      if (content === null || !isAmending(content) || row.failed) return [];
      return [{ user, seq: WAITING_SEQ, atMs: row.queuedAtMs, content }];
    });
  }
}

/** Return what an entry says; null if it can't be read, or was erased. */
export function contentOf(stored: StoredMessage): Content | null {
  if (stored.kind === ContentKind.UNREADABLE || !stored.content.length) return null;
  try {
    return decodeContent(stored.content);
  } catch (error) {
    if (error instanceof RemoteError) return null;
    throw error;
  }
}

/** Return the text an entry was written with, or null. */
export function textOf(stored: StoredMessage): string | null {
  const content = contentOf(stored);
  return content?.type === "text" ? content.text : null;
}

/** What has expired keeps its id: no other message inherits what was done to it. */
function canBeMeant(message: StoredMessage): boolean {
  const isMessage = isShown(message) || message.kind === ContentKind.EXPIRED;
  return isMessage && !NOBODYS.has(message.reason);
}
