/**
 * What is known of the hub, people, rooms and conversations, as last looked up. The client is asked again
 * for what a batch of events is about, once a batch.
 */

import { SvelteMap } from "svelte/reactivity";
import type { Client } from "$client/api";
import type { ClientEvent } from "$client/events";
import {
  conversationKey,
  EVERYONE,
  type Conversation,
  type ConversationKey,
  type DeviceInfo,
  type PersonInfo,
  type RoomInfo,
  type Unread,
  type VerificationInfo,
} from "$client/model";
import type { Preferences } from "$client/preferences";

/** The parts that are looked up apart. */
type Part =
  "hub" | "people" | "rooms" | "conversations" | "unread" | "drafts" | "preferences" | "devices" | "checks";

/** Which parts an event may have changed. */
const TOUCHED: Readonly<Record<ClientEvent["type"], readonly Part[]>> = {
  connected: ["hub", "people", "rooms", "conversations", "unread"],
  synced: ["hub", "people", "rooms", "conversations", "unread", "devices"],
  disconnected: ["hub", "people"],
  stopped: ["hub"],
  message_added: ["hub", "conversations"],
  message_changed: ["hub", "conversations"],
  change_failed: [],
  setting_failed: [],
  message_withdrawn: ["hub", "conversations"],
  message_expired: ["conversations"],
  person_joined: ["people"],
  presence_changed: ["people"],
  status_changed: ["people"],
  typing: [],
  unread_changed: ["unread"],
  draft_changed: ["drafts"],
  preferences_changed: ["preferences", "devices"],
  alarm: ["people"],
  device_added: ["devices"],
  device_revoked: ["devices"],
  history_progress: ["hub"],
  verification_requested: ["checks"],
  verification_emoji: ["checks"],
  verification_done: ["checks", "people"],
  verification_cancelled: ["checks"],
  room_changed: ["rooms", "conversations"],
  members_changed: ["rooms", "conversations"],
  topic_changed: ["rooms"],
  lifetime_changed: ["rooms"],
  gap_found: [],
  hub_notice: ["hub"],
};

export class Facts {
  isOnline = $state(false);
  waiting = $state(0);
  /** What who runs the hub has to say; empty: nothing. A remote string. */
  hubNotice = $state("");
  people = $state.raw<readonly PersonInfo[]>([]);
  rooms = $state.raw<readonly RoomInfo[]>([]);
  conversations = $state.raw<readonly Conversation[]>([]);
  unread = $state.raw<ReadonlyMap<ConversationKey, Unread>>(new Map());
  drafts = $state.raw<ReadonlySet<ConversationKey>>(new Set());
  preferences = $state.raw<Preferences>() as Preferences;
  devices = $state.raw<readonly DeviceInfo[]>([]);
  verifications = $state.raw<readonly VerificationInfo[]>([]);
  /** Who is typing, by conversation. */
  readonly typing = new SvelteMap<ConversationKey, readonly string[]>();
  /** The past that comes from another device: `done` of `total`; null: none is coming. */
  past = $state.raw<{ readonly done: number; readonly total: number } | null>(null);
  /** Seconds until the hub is tried again, as last told. */
  retryInS = $state(0);

  readonly byHandle = $derived(new Map(this.people.map((person) => [person.handle, person])));
  readonly byUser = $derived(new Map(this.people.map((person) => [person.user, person])));
  readonly byRoom = $derived(new Map(this.rooms.map((room) => [room.conversation.key, room])));
  readonly me = $derived(this.people.find((person) => person.isMe) ?? null);
  readonly onlineCount = $derived(this.people.filter((person) => person.isOnline).length);
  readonly myRoomNames = $derived(this.rooms.filter((room) => room.isMine).map((room) => room.name));

  readonly #client: Client;
  readonly #look: Readonly<Record<Part, () => void>>;

  constructor(client: Client) {
    this.#client = client;
    this.#look = {
      hub: () => {
        this.isOnline = client.isOnline;
        this.waiting = client.waiting;
        this.hubNotice = client.hubNotice;
      },
      people: () => (this.people = client.people()),
      rooms: () => (this.rooms = client.rooms()),
      conversations: () => (this.conversations = withEveryone(client.conversations())),
      unread: () => (this.unread = new Map(client.allUnread())),
      drafts: () => (this.drafts = withText(client.drafts())),
      preferences: () => (this.preferences = client.preferences),
      devices: () => (this.devices = client.devices()),
      checks: () => (this.verifications = client.verifications()),
    };
    for (const look of Object.values(this.#look)) look();
  }

  /** Look up again what these events are about. */
  fold(events: readonly ClientEvent[]): void {
    const parts = new Set(events.flatMap((event) => TOUCHED[event.type]));
    for (const part of parts) this.#look[part]();
    for (const event of events) this.#foldOne(event);
  }

  #foldOne(event: ClientEvent): void {
    if (event.type === "typing")
      this.#foldTyping(conversationKey(event.conversation), event.handle, event.isTyping);
    else if (event.type === "disconnected") {
      this.retryInS = event.retryInS;
      this.typing.clear();
    } else if (event.type === "history_progress") {
      const isOver = event.done >= event.total && !this.#client.isPastComing;
      this.past = isOver ? null : { done: event.done, total: event.total };
    }
  }

  #foldTyping(key: ConversationKey, handle: string, isTyping: boolean): void {
    const others = (this.typing.get(key) ?? []).filter((name) => name !== handle);
    if (isTyping) this.typing.set(key, [...others, handle]);
    else if (others.length > 0) this.typing.set(key, others);
    else this.typing.delete(key);
  }
}

function withText(drafts: ReadonlyMap<ConversationKey, string>): ReadonlySet<ConversationKey> {
  return new Set([...drafts].filter(([, text]) => text.trim() !== "").map(([key]) => key));
}

function withEveryone(conversations: readonly Conversation[]): readonly Conversation[] {
  const others = conversations.filter((conversation) => conversation.kind !== "everyone");
  return [EVERYONE, ...others];
}
