/**
 * What belongs to a person and not to one device: read marks, preferences, drafts, kept in step. Mirrors
 * `client/personal.py`.
 *
 * It connects the account log (`account`) with the parts that its values are for.
 */

import { Account } from "$client/account";
import type { Clock } from "$client/clock";
import type { Conversations } from "$client/conversations";
import type { Effects } from "$client/effects";
import type { HandedSettings } from "$client/handed-settings";
import type { Later } from "$client/later";
import {
  type Conversation,
  conversationKey,
  type ConversationKey,
  type ConversationKind,
  type MessageId,
  type Unread,
  type UserId,
} from "$client/model";
import type { Outbox } from "$client/outbox";
import type { OwnStatus } from "$client/own-status";
import type { People } from "$client/people";
import { acceptedMember, ignoredUser, preferencesOf } from "$client/preference-values";
import type { Preferences, QuietHours } from "$client/preferences";
import { QuietTime } from "$client/quiet-time";
import type { ClientState } from "$client/state";
import type { Store } from "$client/store/interface";
import type { LogId, OutboxRow, StoredState } from "$client/store/interface";
import { UnreadBook } from "$client/unread";
import {
  type Change,
  checkChange,
  type Draft,
  type Preference,
  type ReadMark,
  type ConversationSettings,
} from "$wire/account";
import { LogKind } from "$wire/entries";
import { fromHex, toHex } from "$wire/hex";
import { KEY_BYTES } from "$wire/ids";

/** What a personal book works with. */
export interface PersonalParts {
  readonly state: ClientState;
  readonly effects: Effects;
  readonly store: Store;
  readonly outbox: Outbox;
  readonly conversations: Conversations;
  readonly people: People;
  readonly later: Later;
  readonly clock: Clock;
  readonly own: OwnStatus;
  readonly newMessageId: () => MessageId;
}

/** Owns what the devices of one person share. */
export class Personal {
  readonly #state: ClientState;
  readonly #effects: Effects;
  readonly #outbox: Outbox;
  readonly #people: People;
  readonly unread: UnreadBook;
  readonly account: Account;
  readonly #quietTime: QuietTime;
  /** What was set in conversations, for new devices; made when there is what it works with. */
  handed: HandedSettings | null = null;
  #preferences: Preferences | null = null;

  constructor(parts: PersonalParts) {
    const { state, effects, store, outbox, conversations, people, later, newMessageId } = parts;
    this.#state = state;
    this.#outbox = outbox;
    this.#people = people;
    this.#effects = effects;
    this.unread = new UnreadBook({
      state,
      effects,
      store,
      later,
      namesUs: async (log, message) => (await conversations.ofStored(log, message)).mentionsMe,
      saveAll: () => {
        this.account.save();
      },
    });
    this.account = new Account({
      state,
      effects,
      outbox,
      newMessageId,
      callLater: later.callLater,
      changed: (change) => {
        this.#changed(change);
      },
      saving: () => {
        this.unread.save();
      },
    });
    const { own, clock } = parts;
    const hours = (): QuietHours | null => this.preferences.quietHours;
    this.#quietTime = new QuietTime({ own, clock, hours, callLater: later.callLater });
  }

  /** Take over what the store holds. */
  async load(stored: StoredState): Promise<void> {
    this.account.load(stored.values);
    const marks = new Map<LogId, number>();
    for (const change of this.account.changes) {
      if (change.type === "preference") {
        this.#noteIgnored(change);
        this.#noteAccepted(change);
      }
      if (change.type !== "read_mark") continue;
      const conversation = conversationIn(change);
      if (conversation) marks.set(this.#state.logOf(conversation), change.seq);
    }
    await this.unread.load(stored.unread, marks);
    this.#quietTime.look();
  }

  /** Take the new state of an outbox row, if it is for our own devices. */
  took(row: OutboxRow): boolean {
    const isOurs = row.conversation.kind === "account";
    if (isOurs && row.failed) this.account.failed(row);
    return isOurs;
  }

  /** Another device of ours is new: it must hear all that holds. */
  deviceAdded(): void {
    this.handed?.deviceAdded();
  }

  // --- asking ---

  /** Return the key with which some device of ours has verified somebody; null for none. */
  verifiedKey(user: UserId): Uint8Array | null {
    const held = this.account.value({
      type: "verified",
      user: fromHex(user),
      identityKey: new Uint8Array(KEY_BYTES),
    });
    return held?.type === "verified" ? held.identityKey : null;
  }

  /** What we prefer; made anew when something changed. */
  get preferences(): Preferences {
    this.#preferences ??= preferencesOf(
      this.account.changes.filter((change) => change.type === "preference"),
      (user) => this.#state.handleOf(user),
    );
    return this.#preferences;
  }

  /** Return what waits to be finished in a conversation. */
  draft(conversation: Conversation): string {
    const held = this.account.value({ type: "draft", ...named(conversation), text: "" });
    return held?.type === "draft" ? held.text : "";
  }

  /** Return all that waits to be finished. */
  drafts(): Map<ConversationKey, string> {
    const found = new Map<ConversationKey, string>();
    for (const change of this.account.changes) {
      const conversation = change.type === "draft" && change.text ? conversationIn(change) : null;
      if (conversation && change.type === "draft") found.set(conversationKey(conversation), change.text);
    }
    return found;
  }

  /** Return what is unread of a conversation. */
  unreadOf(conversation: Conversation): Unread {
    return this.unread.of(this.#state.logOf(conversation));
  }

  /** Return the conversations in which something is unread. */
  allUnread(): Map<ConversationKey, Unread> {
    const found = new Map<ConversationKey, Unread>();
    for (const [id, unread] of this.unread.all()) {
      const log = this.#state.logs.get(id);
      if (log) found.set(conversationKey(this.#state.conversationOf(log)), unread);
    }
    return found;
  }

  // --- changing ---

  /** Mark a conversation as read up to a seq that it has, null: all of it; return that seq. */
  markRead(conversation: Conversation, upTo: number | null): number {
    const end = this.#state.logFor(conversation)?.stored.seq ?? 0;
    const seq = upTo === null ? end : Math.min(upTo, end);
    if (seq > 0) this.account.putSoon({ type: "read_mark", ...named(conversation), seq });
    return seq;
  }

  /** Throw LocalError if a draft is larger than a message can be. */
  checkDraft(conversation: Conversation, text: string): void {
    checkChange({ type: "draft", ...named(conversation), text });
  }

  /** Keep what waits to be finished. Throws LocalError. */
  setDraft(conversation: Conversation, text: string): void {
    this.account.putSoon({ type: "draft", ...named(conversation), text });
  }

  #changed(change: Change): void {
    switch (change.type) {
      case "read_mark":
        this.#marked(change);
        break;
      case "draft": {
        const conversation = conversationIn(change);
        if (conversation) this.#effects.emit({ type: "draft_changed", conversation, text: change.text });
        break;
      }
      case "preference":
        this.#preferences = null;
        if (this.#noteIgnored(change)) this.unread.ignoredChanged();
        if (this.#noteAccepted(change)) this.#outbox.pump();
        this.#quietTime.look();
        this.#effects.emit({ type: "preferences_changed" });
        break;
      case "conversation_settings":
        this.handed?.take(change);
        break;
      case "verified":
        this.#people.verifiedElsewhere(toHex(change.user), change.identityKey);
        break;
    }
  }

  #marked(mark: ReadMark): void {
    const conversation = conversationIn(mark);
    if (conversation) this.unread.mark(this.#state.logOf(conversation), mark.seq);
  }

  #noteAccepted(preference: Preference): boolean {
    const accepted = acceptedMember(preference);
    if (accepted === null || !preference.value) return false;
    this.#state.accepted.add(accepted);
    return true;
  }

  #noteIgnored(preference: Preference): boolean {
    const user = ignoredUser(preference);
    if (user === null) return false;
    if (preference.value) this.#state.ignored.add(user);
    else this.#state.ignored.delete(user);
    return true;
  }
}

const KINDS: Readonly<Record<ConversationKind, number>> = {
  direct: LogKind.DIRECT,
  everyone: LogKind.EVERYONE,
  account: LogKind.ACCOUNT,
  group: LogKind.GROUP,
  room: LogKind.ROOM,
};

/** Return how a conversation is named in an account log: the kind of its log, and its key. */
export function named(conversation: Conversation): { readonly kind: number; readonly key: Uint8Array } {
  return { kind: KINDS[conversation.kind], key: fromHex(conversation.key) };
}

/** Return the conversation a change is about; null for a kind that this program does not know. */
export function conversationIn(change: ReadMark | Draft | ConversationSettings): Conversation | null {
  const found = Object.entries(KINDS).find(([kind, number]) => number === change.kind && kind !== "account");
  return found ? { kind: found[0] as ConversationKind, key: toHex(change.key) } : null;
}
