/**
 * What new entries of a conversation mean for those who watch it: messages, and changes of messages.
 *
 * A message comes as it looks with all that is known, so one that was edited or deleted before we came is told as
 * it is now. What was deleted loses its content in the same commit that stores the deletion.
 */

import { unamended } from "$client/amendments";
import type { Breathe } from "$client/breath";
import type { Conversations } from "$client/conversations";
import type { Effects } from "$client/effects";
import type { MessageChanged } from "$client/events";
import { textOf } from "$client/looks";
import { isShown, type Messages } from "$client/messages";
import type { Message, MessageId } from "$client/model";
import type { Outbox } from "$client/outbox";
import type { ClientState, Log } from "$client/state";
import type { StoredMessage } from "$client/store/records";
import type { UnreadBook } from "$client/unread";
import { EMPTY_BYTES } from "$wire/bytes";
import { type Amending, ContentKind } from "$wire/content";

/** What makes something to erase: a deletion, and an edit of what was deleted before. */
const ERASING: readonly number[] = [ContentKind.DELETE, ContentKind.EDIT];

/** New entries of a log. */
export interface Run {
  readonly messages: readonly StoredMessage[];
  /** The seqs of those that waited in our outbox. */
  readonly returned: ReadonlySet<number>;
  /** Up to here it was written before we came. */
  readonly backlogEnd: number;
}

/** What `Changes` works with. */
export interface ChangesParts {
  readonly state: ClientState;
  readonly effects: Effects;
  readonly messages: Messages;
  readonly outbox: Outbox;
  readonly conversations: Conversations;
  readonly unread: UnreadBook;
  /** See `EngineSurroundings`. */
  readonly breathe: Breathe;
}

/** Tells what saved entries have added and changed. */
export class Changes {
  readonly #state: ClientState;
  readonly #effects: Effects;
  readonly #messages: Messages;
  readonly #outbox: Outbox;
  readonly #conversations: Conversations;
  readonly #unread: UnreadBook;
  readonly #breathe: Breathe;

  constructor(parts: ChangesParts) {
    this.#state = parts.state;
    this.#effects = parts.effects;
    this.#messages = parts.messages;
    this.#outbox = parts.outbox;
    this.#conversations = parts.conversations;
    this.#unread = parts.unread;
    this.#breathe = parts.breathe;
  }

  // --- entries as they come ---

  /** Tell of a run of new entries. */
  async take(log: Log, run: Run): Promise<void> {
    const seqs = seqsByTarget(run.messages);
    const erasing = run.messages.filter((each) => ERASING.includes(each.kind)).map((each) => each.target);
    const erased = await this.#erase(log, new Set(erasing));
    const added = run.messages.filter(isShown).map((each) => erased.get(each.seq) ?? each);
    await this.#add(log, added, seqs, run.backlogEnd);
    const addedIds = new Set(added.map((each) => each.messageId));
    for (const [target, places] of seqs) {
      if (!addedIds.has(target)) await this.#tell(log, target, new Set(places), run);
    }
  }

  async #add(
    log: Log,
    added: readonly StoredMessage[],
    seqs: ReadonlyMap<MessageId, readonly number[]>,
    backlogEnd: number,
  ): Promise<void> {
    const namingUs = new Set<number>();
    for (const stored of added) {
      await this.#breathe();
      const message = await this.#showNew(log, stored, seqs);
      if (message.mentionsMe) namingUs.add(stored.seq);
      if (this.#state.isIgnored(stored.sender)) continue;
      this.#effects.emit({ type: "message_added", message, isBacklog: stored.seq <= backlogEnd });
    }
    this.#unread.take(log, added, namingUs);
  }

  /** Only what stands behind a message can change it: of most there is nothing to look up. */
  #showNew(
    log: Log,
    message: StoredMessage,
    targets: ReadonlyMap<MessageId, readonly number[]>,
  ): Promise<Message> {
    if (targets.has(message.messageId) || this.#outbox.book.amendmentsOf(message.messageId).length) {
      return this.#conversations.ofStored(log, message);
    }
    return this.#conversations.withLook(log, message, unamended(textOf(message)));
  }

  /** Tell of an entry that was stored unreadable, and can be read now. */
  async takeLate(log: Log, message: StoredMessage, isBacklog: boolean): Promise<void> {
    const erased = await this.#erase(log, new Set([isShown(message) ? message.messageId : message.target]));
    const now = erased.get(message.seq) ?? message;
    await this.#unread.takeLate(log, now);
    if (!isShown(message)) {
      this.#effects.emit({ type: "message_withdrawn", id: message.messageId });
      const backlogEnd = isBacklog ? message.seq : 0;
      const run = { messages: [message], returned: new Set<number>(), backlogEnd };
      await this.#tell(log, message.target, new Set([message.seq]), run);
    } else if (!this.#state.isIgnored(message.sender)) {
      const shown = await this.#conversations.ofStored(log, now);
      this.#effects.emit(changedTo(shown, { change: "readable", isBacklog }));
    }
  }

  // --- changes of a message ---

  /** Tell what the amendments at these seqs did; of a backlog only the last, ours as a new state. */
  async #tell(log: Log, target: MessageId, seqs: ReadonlySet<number>, run: Run): Promise<void> {
    if (!target) return;
    const isBacklog = Math.max(...seqs) <= run.backlogEnd;
    const all = await this.#conversations.looks.steps(log, target);
    const steps = all.filter((step) => seqs.has(step.stored.seq) && !run.returned.has(step.stored.seq));
    for (const step of isBacklog ? steps.slice(-1) : steps) {
      const message = await this.#conversations.ofStored(log, step.message);
      const by = this.#state.handleOf(step.amendment.user);
      this.#effects.emit({ ...changeOf(message, step.amendment.content, by), isBacklog });
    }
    if ([...seqs].some((seq) => run.returned.has(seq))) await this.#tellState(log, target);
  }

  async #tellState(log: Log, target: MessageId): Promise<void> {
    for (const message of await this.#messages.withId(log.id, target)) {
      if (isShown(message)) this.#effects.emit(changedTo(await this.#conversations.ofStored(log, message)));
    }
  }

  /** Take the content from what is deleted; return what was changed so, by its seq. */
  async #erase(log: Log, targets: ReadonlySet<MessageId>): Promise<Map<number, StoredMessage>> {
    const erased = new Map<number, StoredMessage>();
    for (const target of targets) {
      const gone = target ? await this.#conversations.looks.erased(log, target) : [];
      for (const each of gone) erased.set(each.seq, { ...each, content: EMPTY_BYTES });
    }
    if (erased.size) {
      this.#messages.save([...erased.values()]);
      this.#unread.erased(log, new Set(erased.keys()));
    }
    return erased;
  }
}

function seqsByTarget(messages: readonly StoredMessage[]): Map<MessageId, number[]> {
  const seqs = new Map<MessageId, number[]>();
  for (const message of messages) {
    if (!message.target || isShown(message)) continue;
    const known = seqs.get(message.target) ?? [];
    known.push(message.seq);
    seqs.set(message.target, known);
  }
  return seqs;
}

/** Return the event that a message looks different; by default that its state is another one. */
export function changedTo(message: Message, details: Partial<MessageChanged> = {}): MessageChanged {
  const nothing = { change: "state", by: "", emoji: "", isRemoved: false, isBacklog: false } as const;
  return { ...nothing, ...details, type: "message_changed", message };
}

/** Return the event that says what somebody did to a message. */
export function changeOf(message: Message, content: Amending, by: string): MessageChanged {
  switch (content.type) {
    case "edit":
      return changedTo(message, { change: "edited", by });
    case "delete":
      return changedTo(message, { change: "deleted", by });
    case "reaction":
      return changedTo(message, {
        change: "reaction",
        by,
        emoji: content.emoji,
        isRemoved: content.isRemoved,
      });
    case "pin":
      return changedTo(message, { change: "pin", by, isRemoved: content.isRemoved });
  }
}
