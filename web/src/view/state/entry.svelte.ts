/** The way in: meeting the hub, choosing a name, opening the client; and what is shown when it does not open. */

import { tick } from "svelte";
import type { Client, Door, OpenDoor, OpenSettings } from "$client/api";
import { t, type TextKey } from "$view/i18n/texts.svelte";
import { pastedLink } from "$view/state/web-link";
import { messageOf } from "$view/state/notices.svelte";

/** Where on the way we are. */
export type Stage =
  | { readonly type: "knocking" }
  | { readonly type: "problem"; readonly error: unknown }
  | { readonly type: "lost"; readonly door: Door }
  | { readonly type: "elsewhere"; readonly door: Door }
  | { readonly type: "door"; readonly door: Door }
  | { readonly type: "opening" }
  | { readonly type: "open"; readonly client: Client; readonly door: Door };

/** Which field of the form an error is about. */
export type DoorField = "name" | "invite" | "pairing";

/** What of a refusal is said in our own words, and at which field. */
const REFUSALS: Readonly<Record<string, { readonly text: TextKey; readonly field: DoorField }>> = {
  name_taken: { text: "door.nameTaken", field: "name" },
  name_looks_like: { text: "door.nameLooksLike", field: "name" },
  name_illegal: { text: "door.nameIllegal", field: "name" },
  invite_needed: { text: "door.inviteNeeded", field: "invite" },
  invite_unknown: { text: "door.inviteUnknown", field: "invite" },
  pairing_unknown: { text: "door.pairingUnknown", field: "pairing" },
};

export class Entry {
  stage = $state.raw<Stage>({ type: "knocking" });
  name = $state("");
  invite = $state("");
  pairingCode = $state("");
  /** The hub said that an invite is needed, or the person has one. */
  showsInvite = $state(false);
  /** The person is here already, on another device. */
  isPairing = $state(false);
  isBusy = $state(false);
  error = $state.raw<{ readonly field: DoorField; readonly text: string } | null>(null);
  readonly #openDoor: OpenDoor;
  readonly #loadInside: () => Promise<void>;

  /** `loadInside` loads what is shown once a client is open; called often. Rejects if it does not come. */
  constructor(openDoor: OpenDoor, loadInside: () => Promise<void>) {
    this.#openDoor = openDoor;
    this.#loadInside = loadInside;
  }

  /** Meet the hub, and go on as far as nothing needs to be asked. */
  async knock(): Promise<void> {
    this.stage = { type: "knocking" };
    try {
      const door = await this.#openDoor();
      this.name = door.suggestedName;
      this.showsInvite = door.isInviteNeeded;
      this.isPairing = door.isPairingLink;
      await this.#goOn(door);
    } catch (error) {
      this.stage = { type: "problem", error };
    }
  }

  async #goOn(door: Door): Promise<void> {
    if (door.isOpenElsewhere) this.stage = { type: "elsewhere", door };
    else if (door.isStoreLost) this.stage = { type: "lost", door };
    else if (door.handle !== null) await this.#open(door, {});
    else await this.#ask(door);
  }

  /** Ask for a name; what is behind the door is loaded once all of the door is there. */
  async #ask(door: Door): Promise<void> {
    this.stage = { type: "door", door };
    await door.checkWords().catch(() => undefined);
    await tick(); // the words are shown first
    await Promise.allSettled([door.prepare(), this.#loadInside()]); // what fails is said when it is needed
  }

  /** The person knows that the store is lost, and goes on. */
  startAnew(door: Door): void {
    this.stage = { type: "door", door };
  }

  /** Take the client over from another tab. */
  async takeOver(door: Door): Promise<void> {
    await this.#open(door, { takesOver: true });
  }

  /** Join with what is in the form. What is wrong is said at its field. */
  async join(door: Door): Promise<void> {
    this.error = null;
    this.isBusy = true;
    try {
      this.stage = { type: "open", client: await this.#enter(door, this.#settings(door)), door };
    } catch (error) {
      this.#refused(error);
    } finally {
      this.isBusy = false;
    }
  }

  async #open(door: Door, settings: OpenSettings): Promise<void> {
    this.stage = { type: "opening" };
    try {
      this.stage = { type: "open", client: await this.#enter(door, settings), door };
    } catch (error) {
      if (error instanceof Error && error.name === "StoreLocked") this.stage = { type: "elsewhere", door };
      else this.stage = { type: "problem", error };
    }
  }

  async #enter(door: Door, settings: OpenSettings): Promise<Client> {
    const loading = this.#loadInside().then(
      () => true,
      () => false,
    );
    const client = await door.open(settings);
    if (await loading) return client;
    await client.close();
    throw new Error(t("page.partMissing"));
  }

  #settings(door: Door): OpenSettings {
    if (this.isPairing) return door.isPairingLink ? {} : { pairingCode: pastedLink(this.pairingCode) };
    const invite = pastedLink(this.invite);
    return invite === "" ? { name: this.name.trim() } : { name: this.name.trim(), invite };
  }

  #refused(error: unknown): void {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const known = REFUSALS[code];
    if (known?.field === "invite") this.showsInvite = true;
    const field = known?.field ?? (this.isPairing ? "pairing" : "name");
    const text = known === undefined ? messageOf(error) : t(known.text, { name: this.name.trim() });
    this.error = { field, text };
  }
}
