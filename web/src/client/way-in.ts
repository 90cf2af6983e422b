/** What is behind the door: the store, the login, the client. Loaded when it is needed, or a little before. */

import type { Client, OpenSettings } from "$client/api";
import { type StartedClient, startClient } from "$client/client";
import type { DoorSurroundings } from "$client/door";
import { StoreLocked } from "$client/errors";
import type { HubLink } from "$client/hub-link";
import { type Meeting, meetIfThere } from "$client/meeting";
import { retireSending } from "$client/old-copy";
import { type Opened, openedAnew, openedOffline, openedOnline, openedPaired } from "$client/opening";
import { forgetHub, rememberHub } from "$client/remembered-hub";
import { BrowserStores } from "$client/store/opening";
import type { TabLock } from "$client/store/tab-lock";
import { EMPTY_BYTES, equalBytes } from "$wire/bytes";
import { LocalError } from "$wire/errors";
import { formatWebInvite, type Invite, parseInvite } from "$wire/invites";
import { parseCode } from "$wire/pairing";

/** A hub that was met longer ago is met again: it gives up who says nothing for `LOGIN_TIMEOUT_S`. */
const FRESH_S = 2;

/** One tab's door to one hub. */
export interface WayInParts {
  readonly surroundings: DoorSurroundings;
  /** The hub's id (hex) and its key: another one is not let in. */
  readonly hub: string;
  readonly hubIdentityKey: Uint8Array;
  /** The link that was followed. */
  readonly link: Invite | null;
  readonly lock: TabLock;
  /** How the hub was met at the door, if that link was kept. */
  readonly meeting: Meeting | null;
}

/** A pasted link names its hub: nothing of it goes to another one. Throws LocalError. */
function checkPastedLinks(meeting: Meeting | null, { invite, pairingCode }: OpenSettings): void {
  for (const text of [invite, pairingCode]) {
    if (!meeting || !text?.includes("://")) continue;
    const link = parseInvite(text);
    if (equalBytes(link.identityKey, meeting.challenge.identityKey)) continue;
    meeting.hubLink.leave();
    throw new LocalError(
      `This link leads to another hub, at ${link.addresses.join(" or ")}. Nothing was sent. Open ` +
        `${formatWebInvite(link)} instead; the browser does not go there by itself.`,
    );
  }
}

/** One tab's way in. */
export class WayIn {
  readonly #parts: WayInParts;
  readonly #surroundings: DoorSurroundings;
  readonly #lock: TabLock;
  readonly #stores: BrowserStores;
  #meeting: Meeting | null;
  #started: StartedClient | null = null;

  constructor(parts: WayInParts) {
    this.#parts = parts;
    this.#surroundings = parts.surroundings;
    this.#lock = parts.lock;
    this.#meeting = parts.meeting;
    this.#stores = new BrowserStores(parts.surroundings.storage);
  }

  /** Another tab takes over: the face is told, then the client is closed. */
  async giveUp(): Promise<void> {
    await this.#started?.giveUp();
  }

  /** The handle that the store knows. Rejects with `StoreFailed`. */
  async storedHandle(): Promise<string | null> {
    return (await this.#stores.read(this.#parts.hub))?.profile?.handle ?? null;
  }

  /** See `Door.open`. */
  async open(settings: OpenSettings): Promise<Client> {
    await this.#takeLock(settings);
    const { client: surroundings, memory } = this.#surroundings;
    const meeting = await this.#met();
    checkPastedLinks(meeting, settings);
    const inviteSecret = this.#inviteSecret(settings);
    const opened = await this.#opened(meeting, settings);
    const started = await startClient({
      surroundings,
      opened,
      settings,
      inviteSecret,
      released: this.#released,
    });
    const { hubIdentityKey: identityKey, hubTitle: title, handle } = started.client;
    rememberHub(memory, { identityKey, title, handle });
    this.#started = started;
    return started.client;
  }

  /** The hub as it was met at the door, if that was just now; else it is met again. */
  async #met(): Promise<Meeting | null> {
    const { client } = this.#surroundings;
    const meeting = this.#meeting;
    this.#meeting = null;
    if (meeting && isFresh(meeting.hubLink, client.clock.timeS())) return meeting;
    meeting?.hubLink.leave();
    return meetIfThere(client, this.#parts.hubIdentityKey);
  }

  readonly #released = (): void => {
    this.#started = null;
    this.#lock.release();
  };

  async #takeLock({ takesOver = false }: OpenSettings): Promise<void> {
    if (this.#lock.isHeld || (await this.#lock.tryTake())) return;
    if (!takesOver) throw new StoreLocked();
    await this.#lock.takeOver();
  }

  // --- the store ---

  async #opened(meeting: Meeting | null, settings: OpenSettings): Promise<Opened> {
    const { store, past } = await this.#stores.open(this.#parts.hub);
    try {
      if (past === "older") await retireSending(store);
      if (!meeting) return await openedOffline(store);
      return await this.#openedOnline(meeting, store, settings);
    } catch (error) {
      store.close();
      meeting?.hubLink.leave();
      throw error;
    }
  }

  async #openedOnline(meeting: Meeting, store: Opened["store"], settings: OpenSettings): Promise<Opened> {
    const { client: surroundings } = this.#surroundings;
    const deviceName = settings.deviceName ?? this.#surroundings.deviceName;
    const code = this.#pairingCode(settings);
    if (code) return openedPaired(surroundings, meeting, store, { code, deviceName });
    const opened = await openedOnline(surroundings, meeting, store, deviceName);
    if (opened) return opened;
    const old = await store.load();
    store.close();
    return openedAnew(surroundings, meeting, old, async (first) => {
      await this.#stores.replace(this.#parts.hub, first);
      return (await this.#stores.open(this.#parts.hub)).store;
    });
  }

  // --- links ---

  #inviteSecret({ invite }: OpenSettings): Uint8Array {
    const link = invite ? parseInvite(invite) : this.#parts.link;
    return link && !link.isPairing ? link.secret : EMPTY_BYTES;
  }

  #pairingCode({ pairingCode, invite }: OpenSettings): Uint8Array | null {
    if (pairingCode) return pairingCode.includes("://") ? this.#codeIn(pairingCode) : parseCode(pairingCode);
    if (invite) return null;
    return this.#parts.link?.isPairing ? this.#parts.link.secret : null;
  }

  #codeIn(text: string): Uint8Array {
    const link = parseInvite(text);
    if (link.isPairing) return link.secret;
    throw new LocalError("this link lets a new person in, not another device of yours");
  }

  /** See `Door.wipe`. */
  async wipe(): Promise<void> {
    await this.#started?.client.close();
    await this.#stores.forget(this.#parts.hub);
    forgetHub(this.#surroundings.memory);
    this.#lock.release();
  }
}

/** Tell whether the hub still waits on a link for our first word. */
export function isFresh(hubLink: HubLink, nowS: number): boolean {
  return !hubLink.isLeft && !hubLink.isLost && nowS - hubLink.receivedAtS < FRESH_S;
}
