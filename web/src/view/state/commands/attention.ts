/** Commands about what calls for attention. */

import type { Bell, Level } from "$client/preferences";
import { t } from "$view/i18n/texts.svelte";
import { here } from "$view/state/commands/subject";
import type { CommandHandler } from "$view/state/commands/table";
import { parseQuietHours, parseTime } from "$view/state/spans";

const LEVELS: readonly string[] = ["all", "mentions", "nothing"];
const BELLS: readonly string[] = ["on", "off", "all"];

export const attentionCommands: Readonly<Record<string, CommandHandler>> = {
  unread: (desk) => {
    desk.openNextActive();
  },
  read: (desk) => {
    desk.client.markRead(here(desk));
  },
  notify: async (desk, command) => {
    const level = command.arguments[0];
    if (level === undefined) desk.place.openPanel({ type: "info" });
    else if (level === "default") await desk.client.setLevel(here(desk), null);
    else if (LEVELS.includes(level)) await desk.client.setLevel(here(desk), level as Level);
    else throw new Error(t("command.levels"));
  },
  mute: (desk, command) => {
    const time = command.arguments[0];
    return desk.client.mute(here(desk), time === undefined ? {} : { forS: parseTime(time) });
  },
  unmute: (desk) => desk.client.unmute(here(desk)),
  keywords: async (desk, command) => {
    const word = command.rawArguments.trim();
    if (word === "") desk.place.openDialog({ type: "settings", page: "attention" });
    else if (word.startsWith("-")) await desk.client.removeKeyword(word.slice(1));
    else await desk.client.addKeyword(word);
  },
  quiet: async (desk, command) => {
    const hours = command.rawArguments.trim();
    if (hours === "") desk.place.openDialog({ type: "settings", page: "attention" });
    else await desk.client.setQuietHours(hours === "off" ? null : parseQuietHours(hours));
  },
  bell: async (desk, command) => {
    const bell = command.arguments[0];
    if (bell === undefined) desk.place.openDialog({ type: "settings", page: "attention" });
    else if (BELLS.includes(bell)) await desk.client.setBell(bell as Bell);
    else throw new Error(t("command.bells"));
  },
  ignore: async (desk, command) => {
    const name = command.arguments[0];
    if (name !== undefined) await desk.client.ignore(name.replace(/^@/, ""));
    const ignored = [...desk.client.preferences.ignored];
    desk.notices.info(ignored.length === 0 ? t("ignore.nobody") : t("ignore.list", { names: ignored }));
  },
  unignore: (desk, command) => desk.client.unignore((command.arguments[0] ?? "").replace(/^@/, "")),
};
