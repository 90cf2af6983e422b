/** Commands about people, and what they see of us. */

import type { DeviceInfo, VerificationInfo } from "$client/model";
import type { Command } from "$wire/typed-line";
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
  same: (desk, command) => {
    const comparing = desk.client.verifications().filter((one) => one.stage === "comparing");
    return desk.client.confirmEmoji(meant(desk, command, comparing).handle);
  },
  // Before there is anything to compare, it declines; what differs is an alarm.
  different: (desk, command) => {
    const one = meant(desk, command, desk.client.verifications());
    return desk.client.cancelVerification(one.handle, { isDifferent: one.stage === "comparing" });
  },
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
    const [action, id, ...words] = command.arguments;
    if (action === "rename" && id !== undefined && words.length > 0)
      await desk.client.renameDevice(deviceOf(desk, id).device, words.join(" "));
    else if (action === "revoke" && id !== undefined && words.join(" ") === "yes")
      await desk.client.revokeDevice(deviceOf(desk, id).device);
    else if (action === "revoke" && id !== undefined && words.length === 0)
      desk.notices.info(t("command.revoke", { device: deviceOf(desk, id).shortId }));
    else if (action !== undefined) throw new Error(t("command.devices"));
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

function meant(desk: Desk, command: Command, choices: readonly VerificationInfo[]): VerificationInfo {
  const name = command.arguments[0];
  const handle = name === undefined ? undefined : desk.client.person(first([name])).handle;
  const found = choices.filter((one) => handle === undefined || one.handle === handle);
  if (found[0] === undefined) throw new Error(t("verify.none"));
  if (found.length > 1)
    throw new Error(t("verify.whom", { names: found.map((one) => one.handle), command: command.name }));
  return found[0];
}

function deviceOf(desk: Desk, id: string): DeviceInfo {
  const found = desk.client.devices().filter((one) => one.shortId.startsWith(id.toLowerCase()));
  if (found[0] === undefined || found.length > 1) throw new Error(t("command.noDevice", { device: id }));
  return found[0];
}
