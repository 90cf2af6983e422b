/** What faces are told of rooms and groups: what there is, who is in it, what it is about. */

import { couldSet, placeOf, settingOf } from "$client/conversation-rules";
import type { Effects } from "$client/effects";
import { contentOf } from "$client/looks";
import type { Conversation, MemberInfo, MemberRole, RoomInfo, UserId } from "$client/model";
import type { RoomState } from "$client/room-state";
import type { ClientState, Log } from "$client/state";
import type { LogId, StoredMessage, StoredTopic } from "$client/store/records";
import { toHex } from "$wire/hex";

/** Describes rooms, and keeps their topics. */
export class Rooms {
  readonly #state: ClientState;
  readonly #effects: Effects;
  readonly #ownRoles = new Map<LogId, MemberRole>();

  constructor(state: ClientState, effects: Effects) {
    this.#state = state;
    this.#effects = effects;
  }

  // --- asking ---

  /** Describe a room as it is now. */
  info(room: RoomState): RoomInfo {
    const { user } = this.#state;
    const record = room.room.statement;
    const isMine = room.isReader(user);
    const conversation: Conversation = { kind: "room", key: toHex(record.room) };
    return {
      conversation,
      name: record.name,
      role: room.shownRole(user),
      isMine,
      isOpen: record.isOpen,
      keepsHistory: record.keepsHistory,
      isArchived: record.isArchived,
      owners: record.owners.map((owner) => this.#state.handleOf(toHex(owner))),
      members: isMine ? room.readers.length : 0,
      topic: isMine ? this.topic(conversation) : "",
    };
  }

  /** Return the topic of a room or group; empty if there is none, or we know of none. */
  topic(conversation: Conversation): string {
    return this.#state.topics.get(this.#state.logOf(conversation))?.text ?? "";
  }

  /** Return who reads a conversation; of a room also who is banned. */
  members(conversation: Conversation): MemberInfo[] {
    const room = this.#state.roomFor(conversation);
    if (!room) {
      const people = this.#state.members(conversation);
      return people.map((person) => this.#member(toHex(person.user), "member"));
    }
    const roles = [...room.membership.roles.keys()].map((user) => ({
      user,
      role: room.shownRole(user),
    }));
    return roles.filter(({ role }) => role !== "outsider").map(({ user, role }) => this.#member(user, role));
  }

  #member(user: UserId, role: MemberRole): MemberInfo {
    const presence = this.#state.presence.get(user);
    const isMe = user === this.#state.user;
    return {
      handle: this.#state.handleOf(user),
      role,
      isMe,
      isOnline: this.#state.isOnline && (isMe || (presence?.online ?? false)),
      lastSeenMs: presence?.lastSeenMs ?? 0,
    };
  }

  // --- what happens ---

  /** The directory has a new version of a room's record. */
  readonly recordChanged = (log: LogId): void => {
    const room = this.#state.rooms.get(log);
    if (!room) return;
    this.#ownRoles.set(log, room.shownRole(this.#state.user));
    const by = this.#state.handleOfDevice(toHex(room.room.statement.device));
    this.#effects.emit({ type: "room_changed", room: this.info(room), by });
  };

  /** Somebody came or went: that changes the room for us if it was us. */
  readonly membersChanged = (room: RoomState): void => {
    const role = room.shownRole(this.#state.user);
    if (this.#ownRoles.get(room.log) === role) return;
    this.#ownRoles.set(room.log, role);
    this.#effects.emit({ type: "room_changed", room: this.info(room), by: "" });
  };

  /** Note a topic, if its author could set it and nobody has set a later one (its key came late). */
  takeTopic(log: Log, message: StoredMessage, isBacklog: boolean): void {
    const topic = contentOf(message);
    if (topic?.type !== "topic") return;
    const known = this.#state.topics.get(log.id);
    const seq = placeOf(this.#state, log, { setting: "topic", message, since: topic.since });
    if (seq === null || (known && known.seq >= seq)) return;
    const { sender } = message;
    const stored: StoredTopic = { type: "stored_topic", log: log.id, seq, sender, text: topic.text };
    this.#keepTopic(this.#state.conversationOf(log), stored, isBacklog);
  }

  /** Note a topic as another device of ours knows it, unless we know of a later one. */
  takeHandedTopic(conversation: Conversation, topic: StoredTopic): void {
    if ((this.#state.topics.get(topic.log)?.seq ?? 0) < topic.seq) this.#keepTopic(conversation, topic, true);
  }

  #keepTopic(conversation: Conversation, topic: StoredTopic, isBacklog: boolean): void {
    this.#state.topics.set(topic.log, topic);
    this.#effects.save(topic);
    this.#effects.emit({
      type: "topic_changed",
      conversation,
      conversationName: this.#state.nameOf(conversation),
      by: this.#state.handleOfDevice(topic.sender),
      topic: topic.text,
      isBacklog,
    });
  }

  /** Tell us if what we have just set does not count: we might when we wrote it, and no more there. */
  checkSetting(log: Log, message: StoredMessage): void {
    const setting = settingOf(contentOf(message));
    if (!setting || couldSet(setting, this.#state, log, message)) return;
    const conversation = this.#state.conversationOf(log);
    this.#effects.emit({
      type: "setting_failed",
      conversation,
      conversationName: this.#state.nameOf(conversation),
      setting,
      text: "you were no moderator or owner any more when it came: ask one of them",
    });
  }
}
