/**
 * Every screen on recorded data, for looking at and for tests in a browser: `screens.html?screen=talk`.
 * `door=…` shows the way in instead. The client is `window.recorded`.
 */

import { mount } from "svelte";
import "$view/theme.css";
import App from "$view/App.svelte";
import { useLanguage } from "$view/i18n/texts.svelte";
import { Choices } from "$view/state/choices.svelte";
import { RecordedClient } from "./recorded/client";
import { recordedDoor } from "./recorded/door";

declare global {
  interface Window {
    recorded: RecordedClient;
  }
}

const asked = new URLSearchParams(location.search);
const client = new RecordedClient();
window.recorded = client;

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

async function openDoor() {
  await Promise.resolve();
  const door = asked.get("door") ?? "known";
  if (door === "nothing") throw new HubNotFound("192.168.1.7:7777 does not answer.");
  return DOORS[door as keyof typeof DOORS];
}

const choices = new Choices(() => localStorage, navigator.languages);
void useLanguage(choices.language).then(() => {
  const target = document.getElementById("app");
  if (target !== null) mount(App, { target, props: { openDoor, choices } });
});
