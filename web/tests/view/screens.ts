/**
 * Every screen on recorded data, for looking at and for tests in a browser: `screens.html?screen=talk`.
 * `door=…` shows the way in instead, `long=100000` a conversation of so many messages. The client is
 * `window.recorded`.
 */

import { mount } from "svelte";
import "$view/theme.css";
import App from "$view/App.svelte";
import { useLanguage } from "$view/i18n/texts.svelte";
import { Choices } from "$view/state/choices.svelte";
import { RecordedClient } from "./recorded/client";
import { recordedDoor } from "./recorded/door";
import { EVERYONE, type Message } from "$client/model";
import { idOf, NOW_MS } from "./recorded/people";
import { messageOf } from "./recorded/said";

declare global {
  interface Window {
    recorded: RecordedClient;
  }
}

const asked = new URLSearchParams(location.search);
const client = new RecordedClient();
window.recorded = client;
const long = Number(asked.get("long") ?? 0);
if (long > 0) client.log.logs.set("everyone/", longTalk(long));

const DOORS = {
  new: recordedDoor(client),
  link: recordedDoor(client, { isKeyFromLink: true }),
  invite: recordedDoor(client, { isInviteNeeded: true }),
  pairing: recordedDoor(client, { isPairingLink: true, isKeyFromLink: true }),
  elsewhere: recordedDoor(client, { isOpenElsewhere: true }),
  lost: recordedDoor(client, { isStoreLost: true }),
  known: recordedDoor(client, { handle: "mara" }),
} as const;

class HubNotFound extends Error {
  override readonly name = "HubNotFound";
}

/** So many messages to everyone, one a minute. */
function longTalk(count: number): Message[] {
  return Array.from({ length: count }, (_, place) =>
    messageOf({
      id: idOf(100_000 + place),
      seq: place + 1,
      conversation: EVERYONE,
      sender: place % 7 < 3 ? "ben" : "lena",
      text:
        `number ${place + 1}` + (place % 10 === 0 ? " and several words more".repeat(1 + (place % 9)) : ""),
      sentAtMs: NOW_MS - (count - place) * 60_000,
    }),
  );
}

async function openDoor() {
  await Promise.resolve();
  const door = asked.get("door") ?? "known";
  if (door === "nothing") throw new HubNotFound("192.168.1.7:7777 does not answer.");
  return DOORS[door as keyof typeof DOORS];
}

const choices = new Choices(() => localStorage, navigator.languages);
void useLanguage(choices.language).then(() => {
  const target = document.getElementById("app");
  if (target !== null) mount(App, { target, props: { openDoor, forgetHub: () => undefined, choices } });
});
