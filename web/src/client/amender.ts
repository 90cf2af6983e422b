/**
 * What we do to messages: checks by the rules everybody else will apply, then the outbox.
 *
 * A message of ours that was never sealed is changed in the outbox itself: nobody ever sees what it was.
 */

import { WAITING_SEQ } from "$client/amendments";
import { changeOf } from "$client/changes";
import { settingOf } from "$client/conversation-rules";
import type { Conversations } from "$client/conversations";
import type { Effects } from "$client/effects";
import { NotAllowed, UnknownMessage } from "$client/errors";
import type { Message, MessageId } from "$client/model";
import type { Outbox } from "$client/outbox";
import { amendedBy, contentIn } from "$client/outbox-rows";
import type { ClientState } from "$client/state";
import type { OutboxRow } from "$client/store/records";
import { EMPTY_BYTES } from "$wire/bytes";
import { type Amending, encodeContent, type Reaction } from "$wire/content";
import { LocalError } from "$wire/errors";
import { fromHex } from "$wire/hex";
import { MAX_EMOJI_PER_MESSAGE } from "$wire/limits";

/** What an amender works with. */
export interface AmenderParts {
  readonly state: ClientState;
  readonly effects: Effects;
  readonly outbox: Outbox;
  readonly conversations: Conversations;
  readonly newMessageId: () => MessageId;
}

/** Queues amendments, and tells at once how the message looks with them. */
export class Amender {
  readonly #state: ClientState;
  readonly #effects: Effects;
  readonly #outbox: Outbox;
  readonly #conversations: Conversations;
  readonly #newMessageId: () => MessageId;

  constructor(parts: AmenderParts) {
    this.#state = parts.state;
    this.#effects = parts.effects;
    this.#outbox = parts.outbox;
    this.#conversations = parts.conversations;
    this.#newMessageId = parts.newMessageId;
  }

  /** Return a message that can be changed. Rejects with UnknownMessage, LocalError if it was deleted. */
  async find(messageId: MessageId): Promise<Message> {
    const message = await this.#conversations.message(messageId);
    if (!message) throw new UnknownMessage();
    if (message.isDeleted) {
      throw new LocalError("that message was deleted: nothing more can be done to it");
    }
    return message;
  }

  /** Forget what the hub refused for good and is no message of its own; tell what is not done by it. */
  async failed(row: OutboxRow): Promise<void> {
    this.#outbox.withdraw(row.messageId);
    const { conversation } = row;
    const setting = settingOf(contentIn(row));
    if (setting) {
      const conversationName = this.#state.nameOf(conversation);
      this.#effects.emit({
        type: "setting_failed",
        conversation,
        conversationName,
        setting,
        text: row.failed,
      });
    }
    const target = amendedBy(row);
    const message = target === null ? null : await this.#conversations.message(target);
    if (message) this.#effects.emit({ type: "change_failed", message, text: row.failed });
  }

  // --- verbs ---

  /** Give a message of ours another text. Rejects with NotAllowed, LocalError. */
  async edit(message: Message, text: string): Promise<Message> {
    this.#checkAuthor(message, "edit");
    checkSendable(message);
    if (message.state === "unreadable") {
      throw new LocalError("this device can't read that message, so it can't edit it");
    }
    const edit = { type: "edit", target: fromHex(message.id), text } as const;
    const row = this.#outbox.book.row(message.id);
    if (!row || row.frames.length) return this.#add(message, edit);
    const replyTo = message.replyTo === null ? EMPTY_BYTES : fromHex(message.replyTo);
    this.#outbox.rewrite(
      message.id,
      encodeContent({ type: "text", text, isAction: message.isAction, replyTo }),
    );
    return this.#tell(message.id, edit);
  }

  /** Take a message away. Rejects with NotAllowed. */
  async delete(message: Message): Promise<void> {
    const powers = this.#state.powers(message.conversation);
    if (!powers.mayDelete(this.#state.user, WAITING_SEQ)) this.#checkAuthor(message, "delete");
    if (!this.#outbox.withdraw(message.id)) {
      await this.#add(message, { type: "delete", target: fromHex(message.id) });
      return;
    }
    for (const row of this.#outbox.book.amendmentsOf(message.id)) this.#outbox.withdraw(row.messageId);
    this.#effects.emit({ type: "message_withdrawn", id: message.id });
  }

  /** Put an emoji to a message, or take it back. Rejects with LocalError. */
  async react(message: Message, emoji: string, isRemoved: boolean): Promise<Message> {
    checkSendable(message);
    const reaction: Reaction = { type: "reaction", target: fromHex(message.id), emoji, isRemoved };
    encodeContent(reaction); // says what is no emoji
    const known = message.reactions.find((each) => each.emoji === emoji);
    if ((known?.hasOurs ?? false) !== isRemoved) return message;
    if (!known && message.reactions.length >= MAX_EMOJI_PER_MESSAGE) {
      throw new LocalError(
        `that message has ${MAX_EMOJI_PER_MESSAGE} different emoji already: use one of them`,
      );
    }
    return this.#add(message, reaction);
  }

  /** Pin a message, or unpin it. Rejects with NotAllowed, LocalError. */
  async pin(message: Message, isRemoved: boolean): Promise<Message> {
    checkSendable(message);
    if (!this.#state.powers(message.conversation).mayPin(this.#state.user, WAITING_SEQ)) {
      throw new NotAllowed("only moderators and owners pin messages in this room: ask one of them");
    }
    if (message.isPinned !== isRemoved) return message;
    return this.#add(message, { type: "pin", target: fromHex(message.id), isRemoved });
  }

  // --- steps ---

  #checkAuthor(message: Message, verb: "edit" | "delete"): void {
    if (this.#state.ownerOf(message.senderDevice) === this.#state.user) return;
    const isModerated = verb === "delete" && message.conversation.kind === "room";
    const others = isModerated ? ", or a moderator or owner of this room," : "";
    throw new NotAllowed(`only ${message.sender}${others} may ${verb} that message`);
  }

  async #add(message: Message, content: Amending): Promise<Message> {
    this.#outbox.add(message.conversation, this.#newMessageId(), encodeContent(content));
    return this.#tell(message.id, content);
  }

  async #tell(messageId: MessageId, content: Amending): Promise<Message> {
    const shown = await this.#conversations.message(messageId);
    if (!shown) throw new UnknownMessage(); // it was there a moment ago
    this.#effects.emit(changeOf(shown, content, this.#state.profile.handle));
    return shown;
  }
}

function checkSendable(message: Message): void {
  if (message.state === "failed") {
    throw new LocalError("that message was refused for good, nobody has it: write it anew");
  }
}
