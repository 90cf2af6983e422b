/** From entries and outbox rows to messages as faces show them. Mirrors `client/conversations.py`. */

import type { Amended, EmojiPeople } from "$client/amendments";
import { GroupMentions, hasGroupMention } from "$client/group-mentions";
import { contentOf, Looks } from "$client/looks";
import { isShown, type Messages } from "$client/messages";
import {
  type Conversation,
  conversationKey,
  type DeviceId,
  type Message,
  type MessageId,
  type MessagePage,
  type MessageReaction,
  type MessageState,
} from "$client/model";
import type { Outbox } from "$client/outbox";
import { contentIn, isMessage } from "$client/outbox-rows";
import type { ClientState, Log } from "$client/state";
import type { Store } from "$client/store/interface";
import type { OutboxRow, StoredMessage } from "$client/store/records";
import { toHex } from "$wire/hex";
import { mentionsIn } from "$wire/mentions";

/** What a message has that nobody did anything to. */
const UNTOUCHED = {
  isAction: false,
  replyTo: null,
  reason: "",
  deliveredTo: 0,
  readBy: [],
  editedAtMs: 0,
  isDeleted: false,
  deletedBy: "",
  reactions: [],
  isPinned: false,
  mentions: [],
  mentionsMe: false,
} as const;

/** Makes messages for display. */
export class Conversations {
  readonly #state: ClientState;
  readonly #store: Store;
  readonly #outbox: Outbox;
  readonly #groupMentions: GroupMentions;
  readonly looks: Looks;

  constructor(state: ClientState, store: Store, messages: Messages, outbox: Outbox) {
    this.#state = state;
    this.#store = store;
    this.#outbox = outbox;
    this.#groupMentions = new GroupMentions(state, messages);
    this.looks = new Looks(state, messages, outbox);
  }

  /** Show an entry of a log. */
  async ofStored(log: Log, stored: StoredMessage): Promise<Message> {
    const [look] = await this.looks.of(log, [stored]);
    return this.withLook(log, stored, look as Amended);
  }

  /** Show entries of a log, in their order. */
  async ofMany(log: Log, stored: readonly StoredMessage[]): Promise<Message[]> {
    const looks = await this.looks.of(log, stored);
    const messages: Message[] = [];
    for (const [place, each] of stored.entries()) {
      messages.push(await this.withLook(log, each, looks[place] as Amended));
    }
    return messages;
  }

  /** Show an entry of a log that looks like this. */
  async withLook(log: Log, stored: StoredMessage, look: Amended): Promise<Message> {
    const state = this.#state;
    const conversation = state.conversationOf(log);
    const content = contentOf(stored);
    const isOwn = state.isOwnDevice(stored.sender);
    const readBy = this.#readBy(log, stored);
    const deliveredTo = isOwn ? this.deliveredTo(log, stored.seq, stored.sender) : 0;
    const message: Message = {
      ...UNTOUCHED,
      conversation,
      conversationName: state.nameOf(conversation),
      id: stored.messageId,
      seq: stored.seq,
      sender: state.handleOfDevice(stored.sender),
      senderDevice: stored.sender,
      isOwn,
      text: look.text ?? "",
      sentAtMs: stored.atMs,
      state: stateOf(stored, isOwn, deliveredTo > 0, readBy.length > 0),
      isAction: content?.type === "text" && content.isAction,
      replyTo: isShown(stored) && stored.target ? stored.target : null,
      reason: stored.reason,
      deliveredTo: isOwn ? Math.max(deliveredTo, readBy.length) : 0,
      readBy,
    };
    const shown = this.#withAmendments(message, look);
    return shown.mentions.length ? this.#withCalls(log, stored, shown) : shown;
  }

  /** Show a message that waits or has failed; not a change of one. */
  ofRow(row: OutboxRow): Message {
    const content = contentIn(row);
    const look = this.looks.ofRow(row);
    const isReply = content?.type === "text" && content.replyTo.length > 0;
    const message: Message = {
      ...UNTOUCHED,
      conversation: row.conversation,
      conversationName: this.#state.nameOf(row.conversation),
      id: row.messageId,
      seq: 0,
      sender: this.#state.profile.handle,
      senderDevice: this.#state.device,
      isOwn: true,
      text: look.text ?? "",
      sentAtMs: row.queuedAtMs,
      state: this.#stateOfRow(row),
      isAction: content?.type === "text" && content.isAction,
      replyTo: isReply ? toHex(content.replyTo) : null,
      reason: row.failed,
    };
    return this.#withAmendments(message, look);
  }

  #stateOfRow(row: OutboxRow): MessageState {
    if (row.failed) return "failed";
    return this.#outbox.isAcknowledged(row.messageId) ? "sent" : "waiting";
  }

  // --- what was done to it, and whom it names ---

  #withAmendments(message: Message, look: Amended): Message {
    return {
      ...message,
      editedAtMs: look.editedAtMs,
      isDeleted: look.isDeleted,
      deletedBy: look.deletedBy === null ? "" : this.#state.handleOf(look.deletedBy),
      reactions: look.reactions.map((each) => this.#reaction(each)),
      isPinned: look.isPinned,
      mentions: message.text.includes("@") ? this.#mentions(message) : [],
    };
  }

  #reaction({ emoji, users }: EmojiPeople): MessageReaction {
    const people = users.map((user) => this.#state.handleOf(user));
    return { emoji, people, hasOurs: users.includes(this.#state.user) };
  }

  #mentions(message: Message): readonly string[] {
    return mentionsIn(message.text, (handle) => {
      const person = this.#state.directory.named(handle);
      return person !== null && this.#state.isMember(message.conversation, toHex(person.user));
    });
  }

  /** Note whether somebody else's message names us, or all of us. */
  async #withCalls(log: Log, stored: StoredMessage, message: Message): Promise<Message> {
    const author = this.#state.ownerOf(stored.sender);
    if (author === null || author === this.#state.user) return message;
    const isNamed = message.mentions.includes(this.#state.profile.handle);
    const mentionsMe =
      isNamed || (hasGroupMention(message.mentions) && (await this.#groupMentions.counts(log, stored)));
    return { ...message, mentionsMe };
  }

  // --- receipts ---

  /** Count the people, the author apart, of whom a device has this entry in its store. */
  deliveredTo(log: Log, seq: number, author: DeviceId): number {
    const people = this.#peopleAt(this.#state.receipts.get(log.id), seq);
    const user = this.#state.ownerOf(author);
    const areNotes = log.stored.users.length === 1 && log.stored.users[0] === user;
    if (user !== null && !areNotes) people.delete(user);
    return people.size;
  }

  /** Name the people, the author apart, who say that they have read up to here. */
  #readBy(log: Log, stored: StoredMessage): string[] {
    const reads = this.#state.reads.get(log.id);
    if (!reads?.size) return [];
    const people = this.#peopleAt(reads, stored.seq);
    const author = this.#state.ownerOf(stored.sender);
    if (author !== null) people.delete(author);
    return [...people].map((user) => this.#state.handleOf(user)).sort();
  }

  #peopleAt(seqs: ReadonlyMap<DeviceId, number> | undefined, seq: number): Set<string> {
    const people = new Set<string>();
    for (const [device, reached] of seqs ?? []) {
      const owner = reached >= seq ? this.#state.ownerOf(device) : null;
      if (owner !== null) people.add(owner);
    }
    return people;
  }

  // --- finding ---

  /** Return the newest stored messages, oldest first, then what waits (not with `before`). */
  async history(conversation: Conversation, limit: number, before: number | null): Promise<Message[]> {
    const log = this.#state.logFor(conversation);
    const messages = log ? await this.ofMany(log, await this.#newest(log, limit, before)) : [];
    return before === null ? [...messages, ...this.#waiting(conversation, messages)] : messages;
  }

  /** Return the newest messages, those of ignored people apart. */
  async #newest(log: Log, limit: number, before: number | null): Promise<StoredMessage[]> {
    let found: StoredMessage[] = [];
    let end = before;
    while (found.length < limit) {
      const page = await this.#store.messages(log.id, { before: end, limit });
      const shown = page.filter((each) => !this.#state.isIgnored(each.sender));
      found = [...shown, ...found];
      const [first] = page;
      if (!first || page.length < limit || found.length === page.length) break;
      end = first.seq;
    }
    return found.slice(-limit);
  }

  /** Return the oldest stored messages with seq > `after`; the last page ends with what waits. */
  async page(conversation: Conversation, after: number, limit: number): Promise<MessagePage> {
    const log = this.#state.logFor(conversation);
    const stored = log ? await this.#store.messagesAfter(log.id, { after, limit }) : [];
    const messages = log ? await this.ofMany(log, stored.filter(isShown)) : [];
    const last = stored.at(-1);
    if (last && stored.length >= limit) return { messages, nextAfter: last.seq };
    return { messages: [...messages, ...this.#waiting(conversation, messages)], nextAfter: null };
  }

  /** Return what waits of a conversation, and is not among its messages yet. */
  #waiting(conversation: Conversation, messages: readonly Message[]): Message[] {
    const known = new Set(messages.map((message) => message.id));
    const waiting = this.#outbox.book.shownRowsOf(conversation).filter((row) => !known.has(row.messageId));
    return waiting.filter(isMessage).map((row) => this.ofRow(row));
  }

  /** Find a message, in the logs or waiting, and show it; null for what is no message of its own. */
  async message(messageId: MessageId): Promise<Message | null> {
    const row = this.#outbox.book.shownRow(messageId);
    if (row) return isMessage(row) ? this.ofRow(row) : null;
    const stored = await this.#store.findMessage(messageId);
    const log = stored && isShown(stored) ? this.#state.logs.get(stored.log) : undefined;
    return stored && log?.isConversation ? this.ofStored(log, stored) : null;
  }

  /** Return those in which something was said or waits: everyone first, then by name. */
  conversations(): Conversation[] {
    const used = new Map<string, Conversation>();
    for (const log of this.#state.logs.values()) {
      if (!log.isConversation || log.stored.seq <= log.stored.base) continue;
      const conversation = this.#state.conversationOf(log);
      used.set(conversationKey(conversation), conversation);
    }
    for (const each of this.#outbox.book.conversations()) {
      if (each.kind !== "account") used.set(conversationKey(each), each);
    }
    const named = [...used.values()].map((each) => ({ each, name: this.#state.nameOf(each) }));
    named.sort((one, other) => place(one.each) - place(other.each) || compare(one.name, other.name));
    return named.map(({ each }) => each);
  }
}

function place(conversation: Conversation): number {
  return conversation.kind === "everyone" ? 0 : 1;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

function stateOf(stored: StoredMessage, isOwn: boolean, isDelivered: boolean, isRead: boolean): MessageState {
  if (stored.reason) return "unreadable";
  if (!isOwn) return "received";
  if (isRead) return "read";
  return isDelivered ? "delivered" : "sent";
}
