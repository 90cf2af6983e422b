/** The messages of a recorded client: kept in memory, changed and told as the real one does. */

import type { ChangeKind, ClientEvent } from "$client/events";
import { conversationKey, type Conversation, type Message, type MessageId } from "$client/model";
import { everythingSaid, messageOf } from "./said";
import { idOf } from "./people";

export class RecordedLog {
  readonly logs = new Map<string, Message[]>();
  readonly #emit: (event: ClientEvent) => void;
  #next = 100_000;

  constructor(emit: (event: ClientEvent) => void) {
    this.#emit = emit;
    for (const [conversation, messages] of everythingSaid())
      this.logs.set(conversationKey(conversation), [...messages]);
  }

  of(conversation: Conversation): readonly Message[] {
    return this.logs.get(conversationKey(conversation)) ?? [];
  }

  find(id: MessageId): Message {
    const found = [...this.logs.values()].flat().find((one) => one.id === id);
    if (found === undefined) throw new Error("There is no such message here.");
    return found;
  }

  /** Add a message; `isStored`: the hub has it. */
  add(
    conversation: Conversation,
    given: Partial<Message> & Pick<Message, "sender" | "text">,
    isStored: boolean,
    { isBacklog } = { isBacklog: false },
  ): Message {
    this.#next += 1;
    const log = [...this.of(conversation)];
    const seq = isStored ? log.filter((one) => one.seq > 0).length + 1 : 0;
    const state = given.sender === "mara" ? (isStored ? "sent" : "waiting") : "received";
    const message = messageOf({
      id: idOf(this.#next),
      sentAtMs: Date.now(),
      conversation,
      state,
      deliveredTo: 0,
      ...given,
      seq,
    });
    log.push(message);
    this.logs.set(conversationKey(conversation), log);
    if (isStored) this.#emit({ type: "message_added", message, isBacklog });
    else this.told(message, "state");
    return message;
  }

  change(id: MessageId, change: ChangeKind, changed: Partial<Message>): Message {
    const before = this.find(id);
    const after = { ...before, ...changed };
    const key = conversationKey(before.conversation);
    this.logs.set(
      key,
      (this.logs.get(key) ?? []).map((one) => (one.id === id ? after : one)),
    );
    this.told(after, change);
    return after;
  }

  remove(id: MessageId): void {
    for (const [key, log] of this.logs)
      this.logs.set(
        key,
        log.filter((one) => one.id !== id),
      );
    this.#emit({ type: "message_withdrawn", id });
  }

  told(message: Message, change: ChangeKind): void {
    this.#emit({
      type: "message_changed",
      message,
      change,
      by: "mara",
      emoji: "",
      isRemoved: false,
      isBacklog: false,
    });
  }
}
