/**
 * A client at work, as the screen sees it: facts, the open conversation, what is written, what is told.
 *
 * Events are gathered and taken in a few times a second: what comes after a while is drawn in the next frame, what
 * follows it closely waits a little, so that a hundred messages a second leave the page free for who types; those
 * of a backlog wait longer, for drawing all of it would take as long as getting it.
 */

import type { Client, Door } from "$client/api";
import type { ClientEvent } from "$client/events";
import {
  conversationKey,
  EVERYONE,
  isSameConversation,
  parseConversationKey,
  type Conversation,
  type Message,
  type MessageId,
} from "$client/model";
import type { Command } from "$wire/typed-line";
import { t } from "$view/i18n/texts.svelte";
import { Attend } from "$view/state/attend.svelte";
import type { Choices } from "$view/state/choices.svelte";
import { COMMAND_HANDLERS } from "$view/state/commands/table";
import { Composer } from "$view/state/composer.svelte";
import type { CompletionSources } from "$view/state/completion";
import { emojiWords } from "$view/state/emoji.svelte";
import { Facts } from "$view/state/facts.svelte";
import { inOrder, listOfConversations, neighbour, nextActive, type ConversationList } from "$view/state/list";
import { Notices } from "$view/state/notices.svelte";
import { Place, type Steps } from "$view/state/place.svelte";
import { tellOf } from "$view/state/telling";
import { Timeline } from "$view/state/timeline.svelte";

/** How long events of a backlog may wait to be shown; all of it is shown as soon as it is there. */
const BACKLOG_MS = 1000;
/** So long after events were taken in, others wait: each drawing keeps the page busy for some ten milliseconds. */
const REST_MS = 100;

/** What a desk needs from the page: time, frames, the browser's history. */
export interface Page {
  readonly nowMs: () => number;
  /** Call back before the next drawing; soon also when the page is hidden. */
  readonly nextFrame: (run: () => void) => void;
  readonly later: (run: () => void, ms: number) => unknown;
  readonly steps: Steps;
  /** Whether the person looks at the page now. */
  readonly isLookedAt: () => boolean;
  /** Whether list and conversation fit side by side: then one is always open. */
  readonly isWide: () => boolean;
}

export class Desk {
  readonly client: Client;
  /** By which we came in: what is asked of the browser and not of the client. */
  readonly door: Pick<Door, "wipe" | "bundle">;
  readonly facts: Facts;
  readonly notices: Notices;
  readonly place: Place;
  readonly attend: Attend;
  readonly page: Page;
  timeline = $state.raw<Timeline | null>(null);
  composer = $state.raw<Composer | null>(null);
  /** The message to show and mark, after a jump. */
  jumpTo = $state.raw<{ readonly id: MessageId } | null>(null);
  /** The message that the keys are about. */
  selected = $state<MessageId | null>(null);
  /** The time, for what is relative to it; a minute exact. */
  nowMs = $state(0);
  /** The newest message that was told, for screen readers. */
  announced = $state("");
  /** Where a picked emoji goes; null: nothing is being picked. */
  picking = $state.raw<((emoji: string) => void) | null>(null);
  stopped = $state.raw<{ readonly code: string; readonly text: string } | null>(null);
  readonly list: ConversationList = $derived.by(() =>
    listOfConversations({
      conversations: this.#listed(),
      rooms: this.facts.rooms,
      byUser: this.facts.byUser,
      unread: this.facts.unread,
      drafts: this.facts.drafts,
      preferences: this.facts.preferences,
      nowMs: this.nowMs,
      nameOf: (conversation) => this.client.conversationName(conversation),
    }),
  );
  #events: ClientEvent[] = [];
  #isFoldingSoon = false;
  #isFoldingLater = false;
  #isResting = false;
  #ignored = "";
  readonly #endListening: () => void;

  constructor(client: Client, choices: Choices, page: Page, door: Pick<Door, "wipe" | "bundle">) {
    this.client = client;
    this.door = door;
    this.page = page;
    this.facts = new Facts(client);
    this.#ignored = [...this.facts.preferences.ignored].sort().join(" ");
    this.notices = new Notices(page.later);
    this.place = new Place(page.steps);
    this.attend = new Attend(this, choices);
    this.nowMs = page.nowMs();
    this.#endListening = client.listen((event) => {
      this.#take(event);
    });
    if (page.isWide()) this.open(EVERYONE);
  }

  /** Stop listening; the client is closed by who opened it. */
  close(): void {
    this.#endListening();
  }

  // --- events ---------------------------------------------------------------------------------

  #take(event: ClientEvent): void {
    this.#events.push(event);
    if (isOfBacklog(event)) this.#foldLater();
    else if (event.type === "unread_changed" && this.#isFoldingLater) return;
    else if (!this.#isResting || isOwnMessage(event)) this.#foldSoon();
  }

  #foldSoon(): void {
    if (this.#isFoldingSoon) return;
    this.#isFoldingSoon = true;
    this.page.nextFrame(() => {
      this.#isFoldingSoon = false;
      this.#foldAll();
      this.#rest();
    });
  }

  // Where nobody looks, nobody types: and timers of such a page ring late.
  #rest(): void {
    if (this.#isResting || !this.page.isLookedAt()) return;
    this.#isResting = true;
    this.page.later(() => {
      this.#isResting = false;
      if (this.#events.some((event) => !isOfBacklog(event))) this.#foldSoon();
    }, REST_MS);
  }

  #foldLater(): void {
    if (this.#isFoldingLater) return;
    this.#isFoldingLater = true;
    this.page.later(() => {
      this.#isFoldingLater = false;
      this.#foldAll();
    }, BACKLOG_MS);
  }

  /** Take in at once what has come: what is done next goes by it. */
  foldNow(): void {
    this.#foldAll();
  }

  #foldAll(): void {
    const events = this.#events;
    if (!events.length) return;
    this.#events = [];
    this.nowMs = this.page.nowMs();
    this.facts.fold(events);
    this.timeline?.fold(events);
    this.#showIgnored(events);
    for (const event of events) tellOf(event, this);
    this.attend.fold(events);
    this.#markSeen(events);
  }

  // Who is ignored any more, or no more, is shown or not shown at once.
  #showIgnored(events: readonly ClientEvent[]): void {
    if (!events.some((event) => event.type === "preferences_changed")) return;
    const ignored = [...this.facts.preferences.ignored].sort().join(" ");
    if (ignored === this.#ignored) return;
    this.#ignored = ignored;
    void this.try(() => this.timeline?.reload());
  }

  #markSeen(events: readonly ClientEvent[]): void {
    if (events.some((event) => event.type === "message_added")) this.markRead();
  }

  // --- going places ---------------------------------------------------------------------------

  /** Open a conversation at its newest messages, or at what is unread. */
  open(conversation: Conversation): void {
    this.place.openConversation(conversation);
    this.#showConversation(conversation);
  }

  /** The browser's history was gone through. */
  restored(state: unknown): void {
    this.place.restored(state);
    this.#showConversation(this.place.conversation);
  }

  #showConversation(conversation: Conversation | null): void {
    if (conversation === null) {
      this.timeline = null;
      this.composer = null;
      return;
    }
    if (this.timeline !== null && isSameConversation(this.timeline.conversation, conversation)) return;
    this.selected = null;
    this.jumpTo = null;
    const timeline = new Timeline(this.client, conversation);
    this.timeline = timeline;
    this.composer = new Composer(this, conversation);
    if (this.page.isWide()) this.composer.focus();
    void this.try(async () => {
      await timeline.openNewest();
      this.markRead();
    });
  }

  /** Show a message where it was said. */
  async showMessage(message: Message): Promise<void> {
    const isOpen =
      this.timeline !== null && isSameConversation(this.timeline.conversation, message.conversation);
    if (!isOpen || !this.page.isWide()) this.open(message.conversation);
    if (message.seq > 0) await this.timeline?.openAround(message.seq);
    this.jumpTo = { id: message.id };
  }

  /** Show a message, if it is still there. */
  async showKnown(id: MessageId): Promise<void> {
    const message = await this.client.message(id);
    if (message !== null) await this.showMessage(message);
  }

  /** Go back to the newest messages of the open conversation. */
  async showNewest(): Promise<void> {
    const timeline = this.timeline;
    if (timeline?.hasNewer === true) await timeline.openNewest();
    const last = timeline?.messages.at(-1);
    if (last !== undefined) this.jumpTo = { id: last.id };
  }

  /** Open the conversation next to this one in the list. */
  openNeighbour(step: 1 | -1, onlyUnread: boolean): void {
    const found = neighbour(inOrder(this.list), this.openKey, step, (item) => !onlyUnread || item.unread > 0);
    if (found !== null) this.open(found.conversation);
  }

  openNextActive(): void {
    const found = nextActive(inOrder(this.list), this.openKey);
    if (found !== null) this.open(found.conversation);
  }

  openNumber(number: number): void {
    const found = inOrder(this.list)[number - 1];
    if (found !== undefined) this.open(found.conversation);
  }

  get openKey(): string | null {
    return this.place.conversation === null ? null : conversationKey(this.place.conversation);
  }

  // --- reading --------------------------------------------------------------------------------

  /** Note that what is shown was read, if somebody looks and the newest is in memory. */
  markRead(): void {
    const timeline = this.timeline;
    if (timeline?.isLoaded !== true || timeline.hasNewer || !this.page.isLookedAt()) return;
    if (this.client.unread(timeline.conversation).count > 0) this.client.markRead(timeline.conversation);
  }

  // --- doing ----------------------------------------------------------------------------------

  /** Do something, and say so if it was not done. True: done. */
  async try(action: () => Promise<unknown> | undefined): Promise<boolean> {
    try {
      await action();
      return true;
    } catch (error) {
      this.notices.error(error);
      return false;
    }
  }

  /** Run a command that was typed. */
  async runCommand(command: Command): Promise<void> {
    const handler = COMMAND_HANDLERS[command.name];
    if (handler === undefined) throw new Error(t("command.notHere", { command: command.name }));
    await handler(this, command);
  }

  /** Say that a text went elsewhere than here. */
  sentElsewhere(conversation: Conversation): void {
    this.notices.info(t("notice.sentTo", { name: this.nameOf(conversation) }), () => {
      this.open(conversation);
    });
  }

  /** What a conversation is called on this screen. */
  nameOf(conversation: Conversation): string {
    if (conversation.kind === "everyone") return t("everyone.name");
    // What draws it follows a new name of the room.
    const room = conversation.kind === "room" ? this.facts.byRoom.get(conversation.key) : undefined;
    return room === undefined ? this.client.conversationName(conversation) : `@${room.name}`;
  }

  /** What Tab completes with. */
  completionSources(): CompletionSources {
    return {
      people: this.facts.people.filter((person) => !person.isMe).map((person) => person.handle),
      rooms: this.facts.rooms.filter((room) => room.isMine && !room.isArchived).map((room) => room.name),
      emoji: emojiWords(),
    };
  }

  /** The conversations of the list: where nothing was said yet, the open one too, and those with a draft. */
  #listed(): readonly Conversation[] {
    const all = this.facts.conversations;
    const known = new Set(all.map(conversationKey));
    const begun = [...this.facts.drafts].map(parseConversationKey);
    const more = new Map<string, Conversation>();
    for (const one of [...begun, this.place.conversation]) {
      if (one !== null && !known.has(conversationKey(one))) more.set(conversationKey(one), one);
    }
    return [...all, ...more.values()];
  }
}

/** Tell what our person has just written, and wants to see. */
function isOwnMessage(event: ClientEvent): boolean {
  return event.type === "message_added" && event.message.isOwn;
}

/** Tell what was written while we were away. */
function isOfBacklog(event: ClientEvent): boolean {
  return "isBacklog" in event && event.isBacklog;
}
