/**
 * The messages of the open conversation that are in memory: one run without a gap, bounded.
 *
 * `hasNewer`: the run ends before the newest message (after a jump into the past); what arrives then is only
 * counted, until the person goes back to the newest.
 */

import type { Client } from "$client/api";
import type { ClientEvent, LifetimeChanged, MembersChanged, RoomChanged, TopicChanged } from "$client/events";
import {
  isSameConversation,
  type Conversation,
  type Message,
  type MessageId,
  type RoomInfo,
} from "$client/model";
import { roomNews } from "$view/state/room-news";
import { rowsOf, type Note, type Row } from "$view/state/rows";

/** Messages asked for at once. */
export const PAGE = 60;
/** Messages asked for at once by who goes on and on. */
const LONGEST_PAGE = 8 * PAGE;
/** Messages kept in memory; scrolling further drops those at the other end. */
export const MAX_LOADED = 1500;
/** So many of the newest are kept when more than twice as many are in memory, and nobody looks at older ones. */
const FOLLOWED = 2 * PAGE;
const MAX_NOTES = 200;

/** A run of messages, and whether there are more at its ends. */
interface Opened {
  readonly messages: readonly Message[];
  readonly hasOlder: boolean;
  readonly hasNewer: boolean;
}

export class Timeline {
  messages = $state.raw<readonly Message[]>([]);
  notes = $state.raw<readonly Note[]>([]);
  /** What the hub had removed before we got it, as notes. */
  gaps = $state.raw<readonly Note[]>([]);
  hasOlder = $state(false);
  hasNewer = $state(false);
  isLoaded = $state(false);
  /** Messages of others that came while the newest were not in memory. */
  missed = $state(0);
  /** The last change put messages before those there were: the list keeps its place. */
  isPrepended = $state(false);
  /** The person is at the newest message: what is far above it may leave the memory. */
  isFollowed = false;
  firstUnreadSeq = $state(0);
  readonly rows: readonly Row[] = $derived(rowsOf(this.messages, this.#lines(), this.firstUnreadSeq));

  readonly conversation: Conversation;
  readonly #client: Client;
  /** The room as it was last told. */
  #room: RoomInfo | undefined;
  #isLoading = false;
  /** While messages are opened: what was told of any since; null: none are. */
  #toldMeanwhile: Map<MessageId, Message | null> | null = null;
  #noteId = 0;
  /** Doubles with each page in the same direction: who scrolls far waits less often. */
  #pageSize = PAGE;
  #isGoingBack = false;

  constructor(client: Client, conversation: Conversation) {
    this.#client = client;
    this.conversation = conversation;
    this.firstUnreadSeq = client.unread(conversation).firstUnreadSeq;
    this.#room = client.rooms().find((room) => isSameConversation(room.conversation, conversation));
    this.#lookForGaps();
  }

  /** Load the newest messages. */
  async openNewest(): Promise<void> {
    await this.#open(async () => {
      const messages = await this.#client.history(this.conversation, { limit: PAGE });
      return { messages, hasOlder: stored(messages).length >= PAGE, hasNewer: false };
    });
  }

  /** Read the same messages again: who is ignored has changed. */
  async reload(): Promise<void> {
    if (!this.hasNewer) return this.openNewest();
    const { oldest } = this.#bounds();
    await this.#open(() => this.#pageAfter(oldest - 1));
  }

  /** Load the messages around one of them, in the middle. */
  async openAround(seq: number): Promise<void> {
    if (this.#bounds().oldest <= seq && seq <= this.#bounds().newest) return;
    await this.#open(() => this.#pageAfter(Math.max(0, seq - PAGE / 2)));
  }

  async #pageAfter(after: number): Promise<Opened> {
    const { messages, nextAfter } = await this.#client.page(this.conversation, { after, limit: PAGE });
    return { messages, hasOlder: after > 0, hasNewer: nextAfter !== null };
  }

  // What is opened last stays; what is told while it is read stands in it.
  async #open(read: () => Promise<Opened>): Promise<void> {
    const told = (this.#toldMeanwhile = new Map());
    const isLast = (): boolean => told === this.#toldMeanwhile;
    const opened = await read().catch((error: unknown) => {
      if (isLast()) this.#toldMeanwhile = null;
      throw error;
    });
    if (!isLast()) return;
    this.#toldMeanwhile = null;
    this.#replace(opened.messages);
    this.hasOlder = opened.hasOlder;
    this.hasNewer = opened.hasNewer;
    if (!opened.hasNewer) this.missed = 0;
    this.#put(told);
  }

  /** Load what is before the oldest. */
  async loadOlder(): Promise<void> {
    if (!this.hasOlder) return;
    await this.#once(async () => {
      const before = this.#bounds().oldest;
      const limit = this.#nextPageSize(true);
      const page = await this.#client.history(this.conversation, { limit, before });
      if (this.#bounds().oldest !== before) return; // something else was opened meanwhile, or these went
      const older = stored(page).filter((message) => message.seq < before);
      const all = [...older, ...this.messages];
      this.isPrepended = true;
      this.hasOlder = older.length >= limit;
      this.messages = all;
    });
  }

  /** Load what is behind the newest one in memory. */
  async loadNewer(): Promise<void> {
    if (!this.hasNewer) return;
    await this.#once(async () => {
      const after = this.#bounds().newest;
      const limit = this.#nextPageSize(false);
      const page = await this.#client.page(this.conversation, { after, limit });
      if (!this.hasNewer || this.#bounds().newest !== after) return;
      const all = [...this.messages, ...page.messages];
      this.isPrepended = false;
      this.hasNewer = page.nextAfter !== null;
      this.messages = all;
      if (!this.hasNewer) this.missed = 0;
    });
  }

  /**
   * Forget what is too much, at the end that is far from where the person reads.
   *
   * For the list to call once it has drawn what came: it keeps its place when messages come at one end, and when
   * they go at one end, but not when both happen at once. Returns whether older messages went.
   */
  trim(): boolean {
    const { length } = this.messages;
    if (this.isFollowed && length > 2 * FOLLOWED) this.#keepNewest(FOLLOWED);
    else if (length <= MAX_LOADED) return false;
    else if (!this.#isGoingBack) this.#keepNewest(MAX_LOADED);
    else {
      this.#keepOldest(MAX_LOADED);
      return false;
    }
    return true;
  }

  #keepOldest(count: number): void {
    this.isPrepended = false;
    this.messages = this.messages.slice(0, count);
    this.hasNewer = true;
  }

  #keepNewest(count: number): void {
    this.isPrepended = true;
    this.messages = this.messages.slice(-count);
    this.hasOlder = true;
  }

  #nextPageSize(isGoingBack: boolean): number {
    const isSameWay = isGoingBack === this.#isGoingBack;
    const size = isSameWay ? this.#pageSize : PAGE;
    this.#isGoingBack = isGoingBack;
    this.#pageSize = Math.min(2 * size, LONGEST_PAGE);
    return size;
  }

  /** Take in events that happened since; those of other conversations change nothing. */
  fold(events: readonly ClientEvent[]): void {
    const changed = new Map<MessageId, Message | null>();
    for (const event of events) this.#foldOne(event, changed);
    if (changed.size === 0) return;
    for (const [id, message] of changed) this.#toldMeanwhile?.set(id, message);
    this.#put(changed);
  }

  #foldOne(event: ClientEvent, changed: Map<MessageId, Message | null>): void {
    if (event.type === "message_withdrawn" || event.type === "message_expired") changed.set(event.id, null);
    else if (
      event.type === "message_added" ||
      event.type === "message_changed" ||
      event.type === "change_failed"
    ) {
      if (isSameConversation(event.message.conversation, this.conversation))
        changed.set(event.message.id, event.message);
    } else this.#foldNoted(event);
  }

  #foldNoted(event: ClientEvent): void {
    if (event.type === "room_changed") this.#noteRoom(event);
    else if ((event.type !== "gap_found" && !isNoted(event)) || !this.#isHere(event.conversation)) return;
    else if (event.type === "gap_found") this.#lookForGaps();
    else if (!event.isBacklog) this.#addNote(event);
  }

  #isHere(conversation: Conversation): boolean {
    return isSameConversation(conversation, this.conversation);
  }

  #noteRoom(event: RoomChanged): void {
    if (!this.#isHere(event.room.conversation)) return;
    const news = this.#room === undefined ? null : roomNews(this.#room, event);
    this.#room = event.room;
    if (news !== null) this.#addNote(news);
  }

  #addNote(event: Note["event"]): void {
    this.#noteId += 1;
    const note = { id: this.#noteId, afterSeq: this.#bounds().newest, event };
    this.notes = [...this.notes, note].slice(-MAX_NOTES);
  }

  #lookForGaps(): void {
    const { conversation } = this;
    const conversationName = this.#client.conversationName(conversation);
    this.gaps = this.#client.gaps(conversation).map((gap) => ({
      id: -1 - gap.afterSeq,
      afterSeq: gap.afterSeq,
      event: { type: "gap_found", conversation, conversationName, gap },
    }));
  }

  /** All notes in order; of the gaps those that lie between messages in memory, or at an end of all. */
  #lines(): readonly Note[] {
    const { oldest, newest } = this.#bounds();
    const isHere = ({ afterSeq }: Note): boolean =>
      (!this.hasOlder || afterSeq >= oldest) && (!this.hasNewer || afterSeq < newest);
    const all = [...this.gaps.filter(isHere), ...this.notes];
    return all.sort((one, other) => one.afterSeq - other.afterSeq);
  }

  #put(changed: ReadonlyMap<MessageId, Message | null>): void {
    const left = new Map(changed);
    const kept: Message[] = [];
    for (const message of this.messages) {
      const next = left.get(message.id);
      if (next === undefined) kept.push(message);
      else if (next !== null) kept.push(next);
      left.delete(message.id);
    }
    const fresh = [...left.values()].filter((message) => message !== null);
    this.isPrepended = false;
    this.messages = this.#withFresh(kept, fresh);
  }

  #withFresh(kept: readonly Message[], fresh: readonly Message[]): readonly Message[] {
    const newest = kept.reduce((highest, message) => Math.max(highest, message.seq), 0);
    if (this.hasNewer) {
      // What is told while messages are opened is counted once they are there.
      if (this.#toldMeanwhile === null)
        this.missed += fresh.filter((message) => message.seq > newest && !message.isOwn).length;
      return kept;
    }
    // One that was stored before what is in memory (its key came late) is read when it is scrolled to.
    const oldest = this.hasOlder ? this.#bounds().oldest : 0;
    const wanted = fresh.filter((message) => message.seq === 0 || message.seq > oldest);
    return [...kept, ...wanted].sort(inOrder);
  }

  #replace(messages: readonly Message[]): void {
    this.#pageSize = PAGE;
    this.#isGoingBack = false;
    this.isPrepended = false;
    this.messages = [...messages].sort(inOrder);
    this.isLoaded = true;
  }

  #bounds(): { readonly oldest: number; readonly newest: number } {
    const seqs = stored(this.messages).map((message) => message.seq);
    return { oldest: seqs[0] ?? 0, newest: seqs.at(-1) ?? 0 };
  }

  async #once(load: () => Promise<void>): Promise<void> {
    if (this.#isLoading) return;
    this.#isLoading = true;
    try {
      await load();
    } finally {
      this.#isLoading = false;
    }
  }
}

/** What is told as it happened, and stands in the list from then on. */
type Noted = MembersChanged | TopicChanged | LifetimeChanged;

function isNoted(event: ClientEvent): event is Noted {
  return ["members_changed", "topic_changed", "lifetime_changed"].includes(event.type);
}

/** Those that the hub has, in the order of the log. */
function stored(messages: readonly Message[]): readonly Message[] {
  return messages.filter((message) => message.seq > 0);
}

/** By seq; those that wait come last, in the order they were written. */
function inOrder(one: Message, other: Message): number {
  if (one.seq > 0 && other.seq > 0) return one.seq - other.seq;
  if (one.seq === 0 && other.seq === 0) return one.sentAtMs - other.sentAtMs;
  return one.seq === 0 ? 1 : -1;
}
