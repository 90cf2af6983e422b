/** The door: what a browser knows before it is anybody at the hub (`$client/api`); the way in is loaded behind it. */

import type { Door } from "$client/api";
import { HubNotFound } from "$client/errors";
import { type Meeting, meetIfThere } from "$client/meeting";
import { once } from "$client/once";
import { type Memory, type RememberedHub, rememberedHub } from "$client/remembered-hub";
import type { BrowserStorage } from "$client/store/opening";
import type { TabEvents, TabLock } from "$client/store/tab-lock";
import { lookForStore } from "$client/store/traces";
import type { ClientSurroundings } from "$client/surroundings";
import type { WayIn, WayInParts } from "$client/way-in";
import { equalBytes } from "$wire/bytes";
import { checkWords } from "$wire/check-words";
import { LocalError } from "$wire/errors";
import { toHex } from "$wire/hex";
import { hubId } from "$wire/ids";
import { type Invite, parseInvite, SCHEME } from "$wire/invites";

const SUGGESTED_NAMES = 10_000;

/** What a door is made of. */
export interface DoorSurroundings {
  readonly client: ClientSurroundings;
  readonly storage: BrowserStorage;
  readonly memory: Memory;
  /** What stands behind the # of the page's address: the code of a link, or nothing. */
  readonly fragment: string;
  readonly deviceName: string;
  /** See `Door.bundle`. */
  readonly bundle: () => Promise<string>;
  /** Make this tab's hand on the lock of this name. */
  readonly makeLock: (name: string, events: TabEvents) => TabLock;
}

/** Who this browser is here. */
type WhoWeAre = Pick<Door, "handle" | "isStoreLost">;

/** The way in, loaded when it is asked for. Rejects with HubNotFound. */
type LoadWayIn = () => Promise<WayIn>;

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
  try {
    return await doorWith(surroundings, { link, remembered, meeting });
  } catch (error) {
    meeting?.hubLink.leave();
    throw error;
  }
}

/** How a door was found. */
interface Found {
  readonly link: Invite | null;
  readonly remembered: RememberedHub | null;
  readonly meeting: Meeting | null;
}

async function doorWith(surroundings: DoorSurroundings, found: Found): Promise<Door> {
  const { client } = surroundings;
  const { link, remembered, meeting } = found;
  const hubIdentityKey = meeting ? meeting.challenge.identityKey : remembered?.identityKey;
  if (!hubIdentityKey) throw new HubNotFound(`there is no hub at ${client.hubAddress} now`);
  const hub = toHex(hubId(hubIdentityKey));
  const { lock, wayIn } = behindDoor({ surroundings, hub, hubIdentityKey, link, meeting });
  const isFree = await lock.tryTake();
  const { handle, isStoreLost } = await whoWeAre(surroundings, hub, wayIn);
  // A person takes longer to type a name than the hub waits; who is known goes in at once.
  if (!isFree || handle === null) meeting?.hubLink.leave();
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
    prepare: async () => {
      await wayIn();
    },
    open: async (settings) => (await wayIn()).open(settings),
    wipe: async () => (await wayIn()).wipe(),
    bundle: surroundings.bundle,
  };
}

/** Make this tab's hand on the lock at once, and the rest of the way in once it is loaded. */
function behindDoor(parts: Omit<WayInParts, "lock">): { readonly lock: TabLock; readonly wayIn: LoadWayIn } {
  let loaded: WayIn | null = null;
  const leave = async (): Promise<void> => {
    await loaded?.giveUp();
  };
  const events: TabEvents = { asked: leave, lost: () => void leave() };
  const lock = parts.surroundings.makeLock(`lanmsg ${parts.hub}`, events);
  const wayIn = async (): Promise<WayIn> => {
    const WayIn = await loadWayIn();
    return (loaded ??= new WayIn({ ...parts, lock }));
  };
  return { lock, wayIn };
}

/** Load what is behind the door, if it is not here yet. Rejects with HubNotFound. */
export async function loadWayIn(): Promise<typeof WayIn> {
  try {
    return (await import("$client/way-in")).WayIn;
  } catch (cause) {
    const text =
      "the rest of this page did not come: the hub is away, or has another version of the page by now. Load the " +
      "page again";
    throw new HubNotFound(text, [cause instanceof Error ? cause.message : String(cause)]);
  }
}

/**
 * Tell who this browser is here, and whether it was somebody whose store is lost, all of it or what opens it. The
 * store knows its name also where the browser has thrown away what lies beside it.
 */
async function whoWeAre(
  { memory, storage }: DoorSurroundings,
  hub: string,
  wayIn: LoadWayIn,
): Promise<WhoWeAre> {
  const remembered = rememberedHub(memory);
  const look = await lookForStore(storage, hub);
  if (look === "lost" || (remembered && look === "none")) return { handle: null, isStoreLost: true };
  if (look === "none") return { handle: null, isStoreLost: false };
  const handle = remembered?.handle ?? (await (await wayIn()).storedHandle());
  return { handle: handle || null, isStoreLost: false };
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
