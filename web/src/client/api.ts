/**
 * The face of the client library in the browser: what the view may ask and do. Types only.
 *
 * The same verbs, rules and errors as `docs/client-library.md` and `src/lanmsg/client/verbs/`, in camelCase.
 * What lies in memory (people, rooms, conversations, unread, drafts, preferences) is answered at once; what
 * is read from the store comes as a promise. Where Python raises, these throw or reject with the error of
 * the same name from `$wire/errors` or `$client/errors`; its `message` is what a person reads.
 */

import type { ClientEvent, MessageAdded } from "$client/events";
import type {
  Conversation,
  ConversationKey,
  DeviceCode,
  DeviceId,
  DeviceInfo,
  Gap,
  MemberInfo,
  MemberRole,
  Message,
  MessageId,
  MessagePage,
  PersonInfo,
  RoomInfo,
  SearchHit,
  Unread,
  VerificationInfo,
} from "$client/model";
import type { HubAdmin } from "$client/verbs/admin";
import type { Bell, Level, Preferences, QuietHours } from "$client/preferences";

// --- opening ----------------------------------------------------------------------------------

/** What a browser knows of the hub that served the page, before it is anybody there. */
export interface Door {
  /** What the hub calls itself; a remote string. Empty while it can't be reached. */
  readonly hubTitle: string;
  /** `HOST:PORT` of the page. */
  readonly hubAddress: string;
  /** The hub's Ed25519 key (32 bytes). */
  readonly hubIdentityKey: Uint8Array;
  /** Return the four check words of that key; it takes the page a moment. */
  checkWords(): Promise<readonly string[]>;
  /** The link that was followed has the same key: nobody sits between, no words need comparing. */
  readonly isKeyFromLink: boolean;
  /** Whether one needs an invite to enrol, and the link that was followed has none. */
  readonly isInviteNeeded: boolean;
  /** The link that was followed lets a second device of a person in. */
  readonly isPairingLink: boolean;
  /** Who this browser is here already; null: nobody yet, so a name is needed to `open`. */
  readonly handle: string | null;
  /** A name to fill in, for those who have none; it may be taken. */
  readonly suggestedName: string;
  /** Another tab has this store open: `open` rejects with `StoreLocked` unless told to take over. */
  readonly isOpenElsewhere: boolean;
  /** This browser was somebody here, but has lost its store (cleared, or evicted by the browser). */
  readonly isStoreLost: boolean;
  /** Load what `open` needs, ahead of it. Rejects with `HubNotFound` if it does not come. */
  prepare(): Promise<void>;
  /**
   * Open the store, log in (enrol if need be), and return the client; at once, if the hub is known but can't
   * be reached now. May be called again after an error.
   *
   * Rejects with `Refusal` (`code` is name_taken, name_looks_like, name_illegal, invite_needed, invite_unknown,
   * pairing_unknown, full), `HubNotFound`, `HubIdentityChanged`, `StoreLocked`, `StoreFailed`, `LocalError`.
   */
  open(settings: OpenSettings): Promise<Client>;
  /** Take everything of this hub from this browser, for good: the key first. */
  wipe(): Promise<void>;
  /** The hash of the program that the hub serves (64 hex digits): what `lanmsg doctor` compares. Empty: not known. */
  bundle(): Promise<string>;
}

/** How a client is opened. */
export interface OpenSettings {
  /** The handle to enrol with; not needed where `Door.handle` is one. */
  readonly name?: string;
  /** A join link as pasted, if the page's own address had none. */
  readonly invite?: string;
  /** What another device of this person shows, to be let in as a second one. */
  readonly pairingCode?: string;
  readonly deviceName?: string;
  /** Take the store over from another tab, whose client stops with `taken_over`. */
  readonly takesOver?: boolean;
}

/**
 * Meet the hub that served the page and look at what this browser has of it.
 *
 * Rejects with `HubNotFound` (neither reachable nor known), `HubIdentityChanged` (a hard stop),
 * `LocalError` (the page's address has a damaged link behind its #).
 */
export type OpenDoor = () => Promise<Door>;

// --- the client -------------------------------------------------------------------------------

/** What a new message calls for: nothing, being shown without a noise, a noise. */
export type Attention = "none" | "quiet" | "ring";

/** Everything a client can do. Every verb but those of rooms, devices and joining works offline. */
export interface Client
  extends
    ClientFacts,
    ConversationVerbs,
    MessageVerbs,
    AmendmentVerbs,
    SearchVerbs,
    PeopleVerbs,
    RoomVerbs,
    PersonalVerbs,
    NowVerbs,
    JoiningVerbs,
    VerificationVerbs,
    DeviceVerbs,
    AdminVerbs {
  /** Leave the hub, finish what is being stored, close the store. */
  close(): Promise<void>;
}

/** Who we are, and where. */
export interface ClientFacts {
  readonly handle: string;
  readonly hubTitle: string;
  readonly hubAddress: string;
  readonly hubIdentityKey: Uint8Array;
  /** Return the four check words of that key; it takes the page a moment. */
  checkWords(): Promise<readonly string[]>;
  readonly isNewHub: boolean;
  readonly isOnline: boolean;
  /** How many of our messages wait for the hub. */
  readonly waiting: number;
  /** Whether the device that let this one in has not handed over all of the past yet. */
  readonly isPastComing: boolean;
  /** What who runs the hub has to say to everybody; empty: nothing. A remote string, nobody's message. */
  readonly hubNotice: string;
  /**
   * Call `listener` with every event from now on, in order; returns what ends it. The first listener is told first
   * what happened while the client was opened.
   */
  listen(listener: (event: ClientEvent) => void): () => void;
  /** Wait until all that the hub had for us when we connected is stored. */
  synced(): Promise<void>;
}

/** Finds conversations and reads them. */
export interface ConversationVerbs {
  /** `@bob`, `bob`, `@kitchen`, `@ann,@bob`, `#`, `everyone`. Throws UnknownPerson, LocalError. */
  conversation(target: string): Conversation;
  /** `everyone`, `@bob`, `@kitchen`, or the others of a group as in `@ann,@bob`. */
  conversationName(conversation: Conversation): string;
  /** Those in which something was said or waits: everyone first, then by name. */
  conversations(): readonly Conversation[];
  /** The newest messages (before this seq), oldest first, our waiting ones last. `limit`: 50. */
  history(
    conversation: Conversation,
    options?: { readonly limit?: number; readonly before?: number },
  ): Promise<readonly Message[]>;
  /** The oldest messages after this seq (0), for reading all of a conversation. `limit`: 200. */
  page(
    conversation: Conversation,
    options?: { readonly after?: number; readonly limit?: number },
  ): Promise<MessagePage>;
  /** A message as it looks now; null if there is none with this id. */
  message(id: MessageId): Promise<Message | null>;
  /** A message and all that replies to it, oldest first, at most 1000. Rejects with UnknownMessage. */
  thread(id: MessageId): Promise<readonly Message[]>;
  /** The pinned messages in the order of the conversation, at most the newest 100. */
  pinned(conversation: Conversation): Promise<readonly Message[]>;

  /** Where the hub had removed messages before this device got them, oldest first. */
  gaps(conversation: Conversation): readonly Gap[];
}

/** Sends. */
export interface MessageVerbs {
  /**
   * Queue a message and return it, waiting, once it is on our own disk. Rejects with LocalError (empty, too
   * large), IdentityNotTrusted, NotInRoom, StoreFailed.
   */
  send(
    conversation: Conversation,
    text: string,
    options?: { readonly isAction?: boolean; readonly replyTo?: MessageId },
  ): Promise<Message>;
  /** Take back a message that nobody can have; false: too late, it may arrive. */
  withdraw(id: MessageId): Promise<boolean>;
}

/**
 * Changes messages. Each returns at once how the message looks with the change. Each rejects with
 * UnknownMessage, LocalError (deleted, or refused by the hub) and IdentityNotTrusted.
 */
export interface AmendmentVerbs {
  /** Give a message of ours another text. Rejects with NotAllowed. */
  edit(id: MessageId, text: string): Promise<Message>;
  /** Take a message of ours away, or in a room that we moderate anybody's. Rejects with NotAllowed. */
  delete(id: MessageId): Promise<void>;
  /** Put an emoji to a message, or take ours back. Rejects with LocalError (no emoji; 20 there already). */
  react(id: MessageId, emoji: string, options?: { readonly remove?: boolean }): Promise<Message>;
  /** Pin a message in its conversation, or unpin it. Rejects with NotAllowed. */
  pin(id: MessageId, options?: { readonly remove?: boolean }): Promise<Message>;
}

/** Disappearing messages. Not every client has these yet: a face looks before it offers them. */
export interface LifetimeVerbs {
  /** After how many seconds what is written there now disappears; 0: it stays. */
  lifetime(conversation: Conversation): number;
  /** At most 366 days. Rejects with NotAllowed, LocalError, NotInRoom, IdentityNotTrusted. */
  setLifetime(conversation: Conversation, seconds: number): Promise<void>;
}

/** Searches everything this device can read. */
export interface SearchVerbs {
  /** The newest messages a query finds, newest first (`limit`: 20). Rejects with QueryError, UnknownPerson. */
  search(
    query: string,
    options?: { readonly limit?: number; readonly before?: number },
  ): Promise<readonly SearchHit[]>;
}

/** Asks about people. */
export interface PeopleVerbs {
  /** Everybody enrolled, in the order they came. */
  people(): readonly PersonInfo[];
  /** One of them. Throws UnknownPerson. */
  person(handle: string): PersonInfo;
  /** Accept the identity key this name has now. Rejects with UnknownPerson. */
  trust(handle: string): Promise<void>;
}

/** Rooms with people whose keys have changed. Not every client has these yet: a face looks before it offers them. */
export interface RoomTrustVerbs {
  /** Because of whose changed keys nothing is sent there; of everyone never. */
  untrusted(conversation: Conversation): readonly string[];
  /** Write to a room although these people in it have changed keys; of the next change it asks again. */
  trustRoom(conversation: Conversation): Promise<void>;
}

/** Rooms and groups. What changes a room needs the hub: all reject with Refusal, LinkLost. */
export interface RoomVerbs {
  /** All rooms of the hub, ours or not, archived ones too, in the order they were made. */
  rooms(): readonly RoomInfo[];
  /** The room with this name. Throws UnknownRoom. */
  room(name: string): RoomInfo;
  /** The conversation of us and these people. Throws UnknownPerson, LocalError. */
  group(handles: readonly string[]): Conversation;
  /** Who reads a conversation; of a room also who is banned. Throws NotInRoom. */
  members(conversation: Conversation): readonly MemberInfo[];
  /** The topic of a room or group; empty if there is none. */
  topic(conversation: Conversation): string;
  /** `isOpen`: true; `keepsHistory`: false. */
  createRoom(
    name: string,
    options?: { readonly isOpen?: boolean; readonly keepsHistory?: boolean },
  ): Promise<Conversation>;
  joinRoom(name: string): Promise<Conversation>;
  leave(conversation: Conversation): Promise<void>;
  invite(conversation: Conversation, handles: readonly string[]): Promise<void>;
  remove(conversation: Conversation, handle: string, options?: { readonly ban?: boolean }): Promise<void>;
  setRole(conversation: Conversation, handle: string, role: MemberRole): Promise<void>;
  renameRoom(conversation: Conversation, name: string): Promise<void>;
  archiveRoom(conversation: Conversation): Promise<void>;
  /** What is not given stays as it is. */
  setRoom(
    conversation: Conversation,
    changes: { readonly isOpen?: boolean; readonly keepsHistory?: boolean; readonly isArchived?: boolean },
  ): Promise<void>;
  setTopic(conversation: Conversation, text: string): Promise<void>;
}

/** Reads and changes what is the same on all devices of a person. */
export interface PersonalVerbs {
  unread(conversation: Conversation): Unread;
  /** The conversations in which something is unread. */
  allUnread(): ReadonlyMap<ConversationKey, Unread>;
  /** Note that the person has read up to a seq (without one: all that is here). */
  markRead(conversation: Conversation, upTo?: number): void;
  /** What waits to be finished there, on any device of ours; empty for nothing. */
  draft(conversation: Conversation): string;
  /** All that waits to be finished, by conversation. */
  drafts(): ReadonlyMap<ConversationKey, string>;
  /** Keep a text that waits to be finished. Throws LocalError (larger than a message). */
  setDraft(conversation: Conversation, text: string): void;
  /** Store at once what is gathered (drafts, marks): for a page that may be gone in a moment. */
  storeNow(): void;
  readonly preferences: Preferences;
  attention(event: MessageAdded): Attention;
  attentionFor(message: Message): Attention;
  rings(event: MessageAdded): boolean;
  /** null: the default. */
  setLevel(conversation: Conversation, level: Level | null): Promise<void>;
  /** Without a time: until `unmute`. */
  mute(conversation: Conversation, options?: { readonly forS?: number }): Promise<void>;
  unmute(conversation: Conversation): Promise<void>;
  addKeyword(word: string): Promise<void>;
  removeKeyword(word: string): Promise<void>;
  setQuietHours(hours: QuietHours | null): Promise<void>;
  ignore(handle: string): Promise<void>;
  unignore(handle: string): Promise<void>;
  setReadReceipts(options: { readonly isOn: boolean }): Promise<void>;
  setBell(bell: Bell): Promise<void>;
}

/** Says things of now. */
export interface NowVerbs {
  /** False: nobody has the key to read the reason. Throws LocalError (more than 120 characters). */
  away(reason?: string): boolean;
  doNotDisturb(): void;
  back(): void;
  /** A key was pressed: call it for each. */
  touched(): void;
  /** We are typing a text for them: call it for each key. */
  typing(conversation: Conversation, options?: { readonly isTyping?: boolean }): void;
}

/** Makes links. `lanmsg://HOST:PORT/#CODE`: a browser follows the same with `https://`. */
export interface JoiningVerbs {
  /** A link without a secret: the page's address and the hub's key. */
  joinLink(): string;
  /** A link that lets one person enrol within 24 hours. Rejects with Refusal, LinkLost. */
  createInvite(): Promise<string>;
}

/** Verifies people. At most one verification with each person is under way. */
export interface VerificationVerbs {
  /** Ask somebody to compare keys now. Rejects with PersonAway, LocalError, LinkLost, UnknownPerson. */
  verify(handle: string): Promise<void>;
  acceptVerification(handle: string): Promise<void>;
  confirmEmoji(handle: string): Promise<void>;
  cancelVerification(handle: string, options?: { readonly isDifferent?: boolean }): Promise<void>;
  /** What is under way, oldest first. */
  verifications(): readonly VerificationInfo[];
}

/** Leads to what an admin of the hub may ask and do; everybody else is refused, in words that say who may. */
export interface AdminVerbs {
  readonly admin: HubAdmin;
}

/** Lists the devices of our person and changes which there are. */
export interface DeviceVerbs {
  /** Our devices, in the order they were added. */
  devices(): readonly DeviceInfo[];
  /** An empty name takes it away. Rejects with LocalError (too long). */
  renameDevice(device: DeviceId, name: string): Promise<void>;
  /** Let another device of ours in. Rejects with LinkLost, Refusal. */
  linkDevice(): Promise<DeviceCode>;
  /** Cut a device of ours off, for good. Rejects with Refusal, LinkLost. */
  revokeDevice(device: DeviceId): Promise<void>;
}
