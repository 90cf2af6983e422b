/** Commands about rooms. */

import type { RoomVerbs } from "$client/api";
import type { MemberRole } from "$client/model";
import { t } from "$view/i18n/texts.svelte";
import { here, roomFor } from "$view/state/commands/subject";
import type { CommandHandler } from "$view/state/commands/table";
import type { Desk } from "$view/state/desk.svelte";

const CREATE_WORDS: readonly string[] = ["private", "history"];
const SETTINGS: Readonly<Record<string, Parameters<RoomVerbs["setRoom"]>[1]>> = {
  open: { isOpen: true },
  private: { isOpen: false },
  history: { keepsHistory: true },
  "no-history": { keepsHistory: false },
  active: { isArchived: false },
};

export const roomCommands: Readonly<Record<string, CommandHandler>> = {
  rooms: (desk) => {
    desk.place.openDialog({ type: "browse" });
  },
  join: async (desk, command) => {
    desk.open(await desk.client.joinRoom(nameOf(command.arguments[0])));
  },
  leave: async (desk, command) => {
    const room = roomFor(desk, command.arguments[0]);
    await desk.client.leave(room.conversation);
    desk.notices.info(t("room.left", { room: room.name }));
  },
  create: async (desk, command) => {
    const [name, ...words] = command.arguments;
    if (words.some((word) => !CREATE_WORDS.includes(word))) throw new Error(t("command.create"));
    const options = { isOpen: !words.includes("private"), keepsHistory: words.includes("history") };
    desk.open(await desk.client.createRoom(nameOf(name), options));
  },
  topic: async (desk, command) => {
    if (command.rawArguments !== "") await desk.client.setTopic(here(desk), command.rawArguments);
    else desk.place.openPanel({ type: "info" });
  },
  invite: (desk, command) => invite(desk, command.arguments),
  kick: (desk, command) => {
    const room = roomFor(desk, command.arguments[1]);
    return desk.client.remove(room.conversation, nameOf(command.arguments[0]));
  },
  ban: (desk, command) => {
    const room = roomFor(desk, command.arguments[1]);
    return desk.client.remove(room.conversation, nameOf(command.arguments[0]), { ban: true });
  },
  unban: roleSetter("outsider"),
  op: roleSetter("moderator"),
  deop: roleSetter("member"),
  owner: roleSetter("owner"),
  set: async (desk, command) => {
    const [word, name] = command.arguments;
    const changes = word === undefined ? undefined : SETTINGS[word];
    if (changes !== undefined) await desk.client.setRoom(roomFor(desk, name).conversation, changes);
    else if (word === undefined) desk.place.openPanel({ type: "info" });
    else throw new Error(t("command.settings"));
  },
  rename: (desk, command) => {
    const room = roomFor(desk, command.arguments[1]);
    return desk.client.renameRoom(room.conversation, nameOf(command.arguments[0]));
  },
  archive: (desk, command) => desk.client.archiveRoom(roomFor(desk, command.arguments[0]).conversation),
};

function roleSetter(role: MemberRole): CommandHandler {
  return (desk, command) => {
    const room = roomFor(desk, command.arguments[1]);
    return desk.client.setRole(room.conversation, nameOf(command.arguments[0]), role);
  };
}

// The last word is a room if there is one of that name and more than one word; else the open room is meant.
async function invite(desk: Desk, words: readonly string[]): Promise<void> {
  const names = words.map(nameOf);
  if (names.length === 0) {
    desk.place.openDialog({ type: "invite" });
    return;
  }
  const last = names.at(-1);
  const isRoomNamed = names.length > 1 && desk.facts.rooms.some((room) => room.name === last);
  const room = roomFor(desk, isRoomNamed ? last : undefined);
  await desk.client.invite(room.conversation, isRoomNamed ? names.slice(0, -1) : names);
}

function nameOf(word: string | undefined): string {
  return (word ?? "").replace(/^[@#]/, "");
}
