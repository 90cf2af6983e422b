/** The verbs of a recorded client about conversations and messages. */

import {
  conversationKey,
  EVERYONE,
  type Conversation,
  type ConversationKey,
  type Gap,
  type Message,
  type SearchHit,
} from "$client/model";
import { RecordedPeople } from "./rooms";

export class RecordedTalk extends RecordedPeople {
  /** What the hub had removed, by conversation. */
  readonly missing = new Map<ConversationKey, readonly Gap[]>();
  readonly #lifetimes = new Map<ConversationKey, number>();

  // --- conversations and messages -------------------------------------------------------------

  conversation(target: string): Conversation {
    const name = target.replace(/^@/, "");
    if (["#", "everyone", ""].includes(name)) return EVERYONE;
    if (name.includes(",")) return this.group(name.split(/,@?/));
    const room = this.allRooms.find((one) => one.name === name);
    return room?.conversation ?? { kind: "direct", key: this.person(name).user };
  }

  conversationName(conversation: Conversation): string {
    if (conversation.kind === "everyone") return "everyone";
    if (conversation.kind === "room")
      return `@${this.allRooms.find((one) => one.conversation.key === conversation.key)?.name ?? "?"}`;
    const users: readonly string[] = conversation.key.match(/.{32}/g) ?? [];
    const named = this.everybody.filter(
      (one) => users.includes(one.user) && (!one.isMe || users.length === 1),
    );
    return named.map((one) => `@${one.handle}`).join(",");
  }

  conversations(): readonly Conversation[] {
    return [...this.log.logs.keys()].map((key) => {
      const [kind, rest] = key.split("/") as [Conversation["kind"], string];
      return { kind, key: rest };
    });
  }

  history(
    conversation: Conversation,
    options: { limit?: number; before?: number } = {},
  ): Promise<readonly Message[]> {
    const before = options.before ?? Infinity;
    const found = this.log
      .of(conversation)
      .filter((one) => one.seq < before && (one.seq > 0 || before === Infinity));
    return Promise.resolve(found.slice(-(options.limit ?? 50)));
  }

  page(conversation: Conversation, options: { after?: number; limit?: number } = {}) {
    const limit = options.limit ?? 200;
    const found = this.log.of(conversation).filter((one) => one.seq > (options.after ?? 0) || one.seq === 0);
    const messages = found.slice(0, limit);
    return Promise.resolve({
      messages,
      nextAfter: found.length > limit ? (messages.at(-1)?.seq ?? null) : null,
    });
  }

  message(id: string): Promise<Message | null> {
    return Promise.resolve([...this.log.logs.values()].flat().find((one) => one.id === id) ?? null);
  }

  thread(id: string): Promise<readonly Message[]> {
    const all = [...this.log.logs.values()].flat();
    return Promise.resolve(all.filter((one) => one.id === id || one.replyTo === id));
  }

  pinned(conversation: Conversation): Promise<readonly Message[]> {
    return Promise.resolve(this.log.of(conversation).filter((one) => one.isPinned));
  }

  async send(
    conversation: Conversation,
    text: string,
    options: { isAction?: boolean; replyTo?: string } = {},
  ): Promise<Message> {
    const person = this.everybody.find((one) => one.user === conversation.key);
    if (person?.trust === "changed")
      throw new Error(`The identity of ${person.handle} has changed, so nothing was sent.`);
    const given = {
      sender: "mara",
      text,
      isAction: options.isAction ?? false,
      replyTo: options.replyTo ?? null,
    };
    return Promise.resolve(this.log.add(conversation, given, this.isOnline));
  }

  withdraw(id: string): Promise<boolean> {
    const isWaiting = this.log.find(id).state === "waiting";
    if (isWaiting) this.log.remove(id);
    return Promise.resolve(isWaiting);
  }

  edit(id: string, text: string): Promise<Message> {
    return Promise.resolve(this.log.change(id, "edited", { text, editedAtMs: Date.now() }));
  }

  delete(id: string): Promise<void> {
    this.log.change(id, "deleted", { text: "", isDeleted: true, deletedBy: "mara", reactions: [] });
    return Promise.resolve();
  }

  react(id: string, emoji: string, options: { remove?: boolean } = {}): Promise<Message> {
    const before = this.log.find(id).reactions;
    const others = before.filter((one) => one.emoji !== emoji);
    const people = (before.find((one) => one.emoji === emoji)?.people ?? []).filter((one) => one !== "mara");
    const after = options.remove === true ? people : [...people, "mara"];
    const reaction = { emoji, people: after, hasOurs: options.remove !== true };
    return Promise.resolve(
      this.log.change(id, "reaction", { reactions: after.length > 0 ? [...others, reaction] : others }),
    );
  }

  pin(id: string, options: { remove?: boolean } = {}): Promise<Message> {
    return Promise.resolve(this.log.change(id, "pin", { isPinned: options.remove !== true }));
  }

  gaps(conversation: Conversation): readonly Gap[] {
    return this.missing.get(conversationKey(conversation)) ?? [];
  }

  lifetime(conversation: Conversation): number {
    return this.#lifetimes.get(conversationKey(conversation)) ?? 0;
  }

  setLifetime(conversation: Conversation, seconds: number): Promise<void> {
    this.#lifetimes.set(conversationKey(conversation), seconds);
    const conversationName = this.conversationName(conversation);
    this.emit({
      type: "lifetime_changed",
      conversation,
      conversationName,
      by: "mara",
      seconds,
      isBacklog: false,
    });
    return Promise.resolve();
  }

  search(query: string, options: { limit?: number; before?: number } = {}): Promise<readonly SearchHit[]> {
    if (/from:$/.test(query))
      return Promise.reject(new Error("from: needs a word right behind it, as in from:bob"));
    const word =
      query
        .toLowerCase()
        .split(/\s+/)
        .filter((one) => !one.includes(":"))
        .at(-1) ?? "";
    const found = [...this.log.logs.values()].flat().filter((one) => one.text.toLowerCase().includes(word));
    const hits = found.map((message, index) => {
      const start = message.text.toLowerCase().indexOf(word);
      const marks = word === "" ? [] : [{ start, end: start + word.length }];
      return { place: found.length - index, message, before: null, after: null, marks };
    });
    return Promise.resolve(
      hits.filter((hit) => hit.place < (options.before ?? Infinity)).slice(0, options.limit ?? 20),
    );
  }
}
