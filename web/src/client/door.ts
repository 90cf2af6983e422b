/** The door: what a browser knows before it is anybody at the hub, and the way in (`$client/api`). */

import type { Client, Door, OpenSettings } from "$client/api";
import { type StartedClient, startClient } from "$client/client";
import { HubNotFound, StoreLocked } from "$client/errors";
import { once } from "$client/once";
import { retireSending } from "$client/old-copy";
import {
  meetIfThere,
  type Opened,
  openedAnew,
  openedOffline,
  openedOnline,
  openedPaired,
} from "$client/opening";
import type { Meeting } from "$client/connection";
import {
  forgetHub,
  type Memory,
  type RememberedHub,
  rememberedHub,
  rememberHub,
} from "$client/remembered-hub";
import type { BrowserStores } from "$client/store/opening";
import type { TabEvents, TabLock } from "$client/store/tab-lock";
import type { ClientSurroundings } from "$client/surroundings";
import { EMPTY_BYTES, equalBytes } from "$wire/bytes";
import { checkWords } from "$wire/check-words";
import { LocalError } from "$wire/errors";
import { toHex } from "$wire/hex";
import { hubId } from "$wire/ids";
import { formatWebInvite, type Invite, parseInvite, SCHEME } from "$wire/invites";
import { parseCode } from "$wire/pairing";

const SUGGESTED_NAMES = 10_000;

/** What a door is made of. */
export interface DoorSurroundings {
  readonly client: ClientSurroundings;
  readonly stores: BrowserStores;
  readonly memory: Memory;
  /** What stands behind the # of the page's address: the code of a link, or nothing. */
  readonly fragment: string;
  readonly deviceName: string;
  /** See `Door.bundle`. */
  readonly bundle: () => Promise<string>;
  /** Make this tab's hand on the lock of this name. */
  readonly makeLock: (name: string, events: TabEvents) => TabLock;
}

/**
 * Meet the hub that served the page and look at what this browser has of it.
 *
 * Rejects with HubNotFound (neither reachable nor known), HubIdentityChanged, LocalError (a damaged link).
 */
export async function doorOf(surroundings: DoorSurroundings): Promise<Door> {
  const { client, memory, fragment } = surroundings;
  const link = fragment ? followedLink(client.hubAddress, fragment) : null;
  const remembered = rememberedHub(memory);
  const known = remembered ?? link;
  const meeting = await meetIfThere(client, known ? known.identityKey : null);
  meeting?.hubLink.leave(); // a person takes longer to type a name than the hub waits
  const hubIdentityKey = meeting ? meeting.challenge.identityKey : remembered?.identityKey;
  if (!hubIdentityKey) throw new HubNotFound(`there is no hub at ${client.hubAddress} now`);
  const way = new WayIn(surroundings, toHex(hubId(hubIdentityKey)), link);
  const isFree = await way.tryLock();
  const { isStoreLost, handle } = await way.whoWeAre();
  return {
    ...titleAndNeeds(meeting, remembered, link),
    ...linkFacts(link, hubIdentityKey),
    hubAddress: client.hubAddress,
    hubIdentityKey,
    checkWords: once(() => checkWords(hubIdentityKey)),
    handle,
    suggestedName: `guest-${1 + Math.floor(client.random() * SUGGESTED_NAMES)}`,
    isOpenElsewhere: !isFree,
    isStoreLost,
    open: (settings) => way.open(settings),
    wipe: () => way.wipe(),
    bundle: surroundings.bundle,
  };
}

/** Read the code behind the #. Its checksum covers the address for which it was made. Throws LocalError. */
function followedLink(address: string, fragment: string): Invite {
  try {
    return parseInvite(`${SCHEME}${address}/#${fragment}`);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new LocalError(
      `The link that led here can't be used (${cause}). Either it is damaged, or it was made for another address of ` +
        `this hub than ${address}: open it exactly as you were given it. Nothing was sent.`,
    );
  }
}

function linkFacts(link: Invite | null, hubKey: Uint8Array): Pick<Door, "isKeyFromLink" | "isPairingLink"> {
  if (!link) return { isKeyFromLink: false, isPairingLink: false };
  return { isKeyFromLink: equalBytes(link.identityKey, hubKey), isPairingLink: link.isPairing };
}

function titleAndNeeds(
  meeting: Meeting | null,
  remembered: RememberedHub | null,
  link: Invite | null,
): Pick<Door, "hubTitle" | "isInviteNeeded"> {
  if (!meeting) return { hubTitle: remembered?.title ?? "", isInviteNeeded: false };
  const { title, inviteOnly } = meeting.challenge;
  return { hubTitle: title, isInviteNeeded: inviteOnly && !link?.secret.length };
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
class WayIn {
  readonly hub: string;
  readonly #surroundings: DoorSurroundings;
  readonly #link: Invite | null;
  readonly #lock: TabLock;
  #started: StartedClient | null = null;

  constructor(surroundings: DoorSurroundings, hub: string, link: Invite | null) {
    this.#surroundings = surroundings;
    this.hub = hub;
    this.#link = link;
    const leave = async (): Promise<void> => {
      await this.#started?.giveUp();
    };
    this.#lock = surroundings.makeLock(`lanmsg ${hub}`, { asked: leave, lost: () => void leave() });
  }

  /**
   * Tell who this browser is here, and whether it was somebody whose store is lost, all of it or what opens it. The
   * store knows its name also where the browser has thrown away what lies beside it.
   */
  async whoWeAre(): Promise<Pick<Door, "handle" | "isStoreLost">> {
    const { memory, stores } = this.#surroundings;
    const remembered = rememberedHub(memory);
    const look = await stores.look(this.hub);
    if (look === "lost" || (remembered && look === "none")) return { handle: null, isStoreLost: true };
    if (look === "none") return { handle: null, isStoreLost: false };
    const handle = remembered?.handle ?? (await stores.read(this.hub))?.profile?.handle;
    return { handle: handle || null, isStoreLost: false };
  }

  tryLock(): Promise<boolean> {
    return this.#lock.tryTake();
  }

  async open(settings: OpenSettings): Promise<Client> {
    await this.#takeLock(settings);
    const { client: surroundings, memory } = this.#surroundings;
    const expected = rememberedHub(memory)?.identityKey ?? this.#link?.identityKey ?? null;
    const meeting = await meetIfThere(surroundings, expected);
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
    const { stores } = this.#surroundings;
    const { store, past } = await stores.open(this.hub);
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
    const { client: surroundings, stores } = this.#surroundings;
    const deviceName = settings.deviceName ?? this.#surroundings.deviceName;
    const code = this.#pairingCode(settings);
    if (code) return openedPaired(surroundings, meeting, store, { code, deviceName });
    const opened = await openedOnline(surroundings, meeting, store, deviceName);
    if (opened) return opened;
    const old = await store.load();
    store.close();
    await stores.setAside(this.hub);
    return openedAnew(surroundings, meeting, (await stores.open(this.hub)).store, old);
  }

  // --- links ---

  #inviteSecret({ invite }: OpenSettings): Uint8Array {
    const link = invite ? parseInvite(invite) : this.#link;
    return link && !link.isPairing ? link.secret : EMPTY_BYTES;
  }

  #pairingCode({ pairingCode, invite }: OpenSettings): Uint8Array | null {
    if (pairingCode) return pairingCode.includes("://") ? this.#codeIn(pairingCode) : parseCode(pairingCode);
    if (invite) return null;
    return this.#link?.isPairing ? this.#link.secret : null;
  }

  #codeIn(text: string): Uint8Array {
    const link = parseInvite(text);
    if (link.isPairing) return link.secret;
    throw new LocalError("this link lets a new person in, not another device of yours");
  }

  /** Take everything of this hub from this browser, for good. */
  async wipe(): Promise<void> {
    await this.#started?.client.close();
    await this.#surroundings.stores.forget(this.hub);
    forgetHub(this.#surroundings.memory);
    this.#lock.release();
  }
}
