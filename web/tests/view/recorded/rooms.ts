/** The verbs of a recorded client about people and rooms. */

import type { Conversation, MemberInfo, PersonInfo, RoomInfo } from "$client/model";
import { RecordedBase } from "./base";
import { idOf, ROOMS } from "./people";

export abstract class RecordedPeople extends RecordedBase {
  abstract conversationName(conversation: Conversation): string;

  // --- people and rooms -----------------------------------------------------------------------

  people(): readonly PersonInfo[] {
    return this.everybody.map((one) =>
      this.isOnline ? one : { ...one, isOnline: false, status: "offline" },
    );
  }

  person(handle: string): PersonInfo {
    const found = this.everybody.find((one) => one.handle === handle.replace(/^@/, ""));
    if (found === undefined) throw new Error(`Nobody here is called ${handle}. /who shows everybody.`);
    return found;
  }

  trust(handle: string): Promise<void> {
    this.changePerson(handle, { trust: "first_seen" });
    return Promise.resolve();
  }

  protected changePerson(handle: string, changed: Partial<PersonInfo>): void {
    this.everybody = this.everybody.map((one) => (one.handle === handle ? { ...one, ...changed } : one));
    this.emit({ type: "presence_changed", handle, isOnline: true, lastSeenMs: 0 });
  }

  rooms(): readonly RoomInfo[] {
    return this.allRooms;
  }

  room(name: string): RoomInfo {
    const found = this.allRooms.find((one) => one.name === name);
    if (found === undefined) throw new Error(`There is no room ${name} here.`);
    return found;
  }

  group(handles: readonly string[]): Conversation {
    const users = [...new Set([idOf(1), ...handles.map((one) => this.person(one).user)])].sort();
    return users.length === 2
      ? { kind: "direct", key: users[1] as string }
      : { kind: "group", key: users.join("") };
  }

  members(conversation: Conversation): readonly MemberInfo[] {
    const users: readonly string[] = conversation.key.match(/.{32}/g) ?? [];
    const inside =
      conversation.kind === "group"
        ? this.everybody.filter((one) => users.includes(one.user))
        : this.everybody.slice(0, 5);
    return inside.map((one, index) => ({
      handle: one.handle,
      role:
        conversation.kind === "group"
          ? "member"
          : index === 0
            ? "owner"
            : index === 1
              ? "moderator"
              : "member",
      isMe: one.isMe,
      isOnline: one.isOnline,
      lastSeenMs: one.lastSeenMs,
    }));
  }

  topic(conversation: Conversation): string {
    return this.allRooms.find((one) => one.conversation.key === conversation.key)?.topic ?? "";
  }

  createRoom(
    name: string,
    options: { isOpen?: boolean; keepsHistory?: boolean } = {},
  ): Promise<Conversation> {
    if (this.allRooms.some((one) => one.name === name))
      return Promise.reject(new Error(`${name} is taken here: choose another name`));
    const conversation: Conversation = { kind: "room", key: idOf(0xb00 + this.allRooms.length) };
    const room: RoomInfo = {
      ...(ROOMS[0] as RoomInfo),
      conversation,
      name,
      topic: "",
      members: 1,
      isOpen: options.isOpen ?? true,
      keepsHistory: options.keepsHistory ?? false,
    };
    this.allRooms = [...this.allRooms, room];
    this.emit({ type: "room_changed", room, by: "" });
    return Promise.resolve(conversation);
  }

  joinRoom(name: string): Promise<Conversation> {
    return Promise.resolve(
      this.#changeRoom(this.room(name).conversation, { role: "member", isMine: true, members: 3 }),
    );
  }

  leave(conversation: Conversation): Promise<void> {
    this.#changeRoom(conversation, { role: "outsider", isMine: false, members: 0 });
    return Promise.resolve();
  }

  renameRoom(conversation: Conversation, name: string): Promise<void> {
    this.#changeRoom(conversation, { name });
    return Promise.resolve();
  }

  archiveRoom(conversation: Conversation): Promise<void> {
    this.#changeRoom(conversation, { isArchived: true });
    return Promise.resolve();
  }

  setRoom(conversation: Conversation, changes: Partial<RoomInfo>): Promise<void> {
    this.#changeRoom(conversation, changes);
    return Promise.resolve();
  }

  setTopic(conversation: Conversation, topic: string): Promise<void> {
    this.#changeRoom(conversation, { topic });
    const conversationName = this.conversationName(conversation);
    this.emit({ type: "topic_changed", conversation, conversationName, by: "mara", topic, isBacklog: false });
    return Promise.resolve();
  }

  #changeRoom(conversation: Conversation, changed: Partial<RoomInfo>): Conversation {
    this.allRooms = this.allRooms.map((one) =>
      one.conversation.key === conversation.key ? { ...one, ...changed } : one,
    );
    const room = this.allRooms.find((one) => one.conversation.key === conversation.key);
    if (room !== undefined) this.emit({ type: "room_changed", room, by: "" });
    return conversation;
  }

  invite = (_: Conversation, handles: readonly string[]): Promise<void> =>
    this.#called(`invite ${handles.join(" ")}`);
  remove = (_: Conversation, handle: string): Promise<void> => this.#called(`remove ${handle}`);
  setRole = (_: Conversation, handle: string, role: string): Promise<void> =>
    this.#called(`setRole ${handle} ${role}`);

  #called(call: string): Promise<void> {
    this.calls.push(call);
    return Promise.resolve();
  }
}
