/** A hub that answers its admin from memory, for looking at the dialog and for its tests. */

import type { AdminCommand, AdminResult, HubStatus, RoomRow, UserRow } from "$wire/admin";
import { fromHex } from "$wire/hex";
import { PEOPLE, ROOMS } from "./people";

const MB = 1_000_000;

/** Keeps what a hub keeps of how it is run. */
export class RecordedHub {
  readonly commands: AdminCommand[] = [];
  #status: HubStatus = {
    type: "hub_status",
    title: "kitchen table",
    software: "lanmsg 0.1",
    uptimeS: 3 * 86_400 + 7_200,
    users: PEOPLE.length,
    onlineUsers: PEOPLE.filter((person) => person.isOnline).length,
    connections: 9,
    rooms: ROOMS.length,
    banned: 0,
    admins: ["mara"],
    isInviteOnly: false,
    messagesPerSecond: 20,
    messagesBurst: 60,
    keepDays: 0,
    keepBytes: 0,
    notice: "",
  };
  #users: readonly UserRow[] = PEOPLE.map((person, place) => ({
    handle: person.handle,
    devices: person.devices,
    isOnline: person.isOnline,
    lastSeenMs: person.lastSeenMs,
    isBanned: false,
    isAdmin: person.isMe,
    messages: 1200 - 70 * place,
  }));

  readonly answer = (command: AdminCommand): Promise<AdminResult> => {
    this.commands.push(command);
    return Promise.resolve(this.#answered(command));
  };

  #answered(command: AdminCommand): AdminResult {
    switch (command.type) {
      case "get_status":
        return this.#status;
      case "get_users":
        return { type: "user_page", rows: this.#users.slice(command.after), total: this.#users.length };
      case "get_devices":
        return { type: "device_list", rows: [deviceRow] };
      case "get_rooms":
        return { type: "room_page", rows: roomRows.slice(command.after), total: roomRows.length };
      case "get_disk_use":
        return {
          type: "disk_use",
          databaseBytes: 84 * MB,
          journalBytes: 4 * MB,
          reusableBytes: 11 * MB,
          diskFreeBytes: 41_000 * MB,
          kinds: [2, 3, 5].map((kind) => ({
            kind,
            logs: kind,
            entries: 1000 * kind,
            sizeBytes: 9 * kind * MB,
          })),
        };
      default:
        return this.#changed(command);
    }
  }

  #changed(command: AdminCommand): AdminResult {
    if (command.type === "ban" || command.type === "unban")
      this.#changeUser(command.handle, { isBanned: command.type === "ban" });
    else if (command.type === "grant" || command.type === "ungrant")
      this.#changeUser(command.handle, { isAdmin: command.type === "grant" });
    else if (command.type === "set_invite_only")
      this.#status = { ...this.#status, isInviteOnly: command.isOn };
    else if (command.type === "set_notice") this.#status = { ...this.#status, notice: command.text };
    else if (command.type === "set_rates" || command.type === "set_retention")
      this.#status = { ...this.#status, ...command, type: "hub_status" };
    return { type: "admin_done", count: 1 };
  }

  #changeUser(handle: string, changed: Partial<UserRow>): void {
    this.#users = this.#users.map((one) => (one.handle === handle ? { ...one, ...changed } : one));
  }
}

const deviceRow = {
  device: fromHex("3fa9c2d1".repeat(4)),
  name: "desk",
  address: "192.168.1.23",
  connectedS: 5_400,
};

const roomRows: readonly RoomRow[] = ROOMS.map((room, place) => ({
  room: fromHex(room.conversation.key),
  name: room.name,
  isOpen: room.isOpen,
  isArchived: room.isArchived,
  members: 3 + place,
  entries: 800 - 40 * place,
  sizeBytes: (8 - place) * MB,
}));
