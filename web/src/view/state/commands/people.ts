/** Commands about people, and what they see of us. */

import { t } from "$view/i18n/texts.svelte";
import { hasRoomTrust } from "$view/state/abilities";
import { roomFor } from "$view/state/commands/subject";
import type { CommandHandler } from "$view/state/commands/table";
import type { Desk } from "$view/state/desk.svelte";

export const peopleCommands: Readonly<Record<string, CommandHandler>> = {
  who: (desk, command) => {
    const name = command.arguments[0];
    if (name === undefined) desk.place.openDialog({ type: "browse" });
    else {
      desk.open(roomFor(desk, name).conversation);
      desk.place.openPanel({ type: "info" });
    }
  },
  whois: (desk, command) => {
    desk.place.openPanel({ type: "person", handle: desk.client.person(first(command.arguments)).handle });
  },
  verify: async (desk, command) => {
    const { handle } = desk.client.person(first(command.arguments));
    await desk.client.verify(handle);
    desk.place.openDialog({ type: "verify", handle });
  },
  same: (desk, command) => desk.client.confirmEmoji(comparedWith(desk, command.arguments[0])),
  different: (desk, command) =>
    desk.client.cancelVerification(comparedWith(desk, command.arguments[0]), { isDifferent: true }),
  away: (desk, command) => {
    const isReadable = desk.client.away(command.rawArguments);
    desk.notices.info(t(isReadable ? "notice.away" : "notice.awayUnread"));
  },
  back: (desk) => {
    desk.client.back();
    desk.notices.info(t("notice.back"));
  },
  dnd: (desk) => {
    desk.client.doNotDisturb();
    desk.notices.info(t("notice.dnd"));
  },
  status: (desk) => {
    desk.place.openDialog({ type: "settings", page: "general" });
  },
  devices: async (desk, command) => {
    const [action, id, ...name] = command.arguments;
    const device = desk.client.devices().find((one) => id !== undefined && one.shortId.startsWith(id));
    if (action === "rename" && device !== undefined)
      await desk.client.renameDevice(device.device, name.join(" "));
    desk.place.openDialog({ type: "settings", page: "devices" });
  },
  link: (desk) => {
    desk.place.openDialog({ type: "link_device" });
  },
  trust: (desk, command) => {
    const name = first(command.arguments);
    const room = desk.facts.rooms.find((one) => one.name === name);
    if (room === undefined || !hasRoomTrust(desk.client)) return desk.client.trust(name);
    return desk.client.trustRoom(room.conversation);
  },
};

function first(words: readonly string[]): string {
  return (words[0] ?? "").replace(/^@/, "");
}

function comparedWith(desk: Desk, name: string | undefined): string {
  const found = desk.client.verifications().find((one) => name === undefined || one.handle === first([name]));
  if (found === undefined) throw new Error(t("verify.none"));
  return found.handle;
}
