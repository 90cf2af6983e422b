/** Olm sessions with other devices: found, started, chosen, saved. Mirrors `client/peer_sessions.py`. */

import { CannotDecrypt, type Account, type Crypto, type PeerSession } from "$client/crypto/interface";
import type { DeviceId } from "$client/model";
import { MAX_OLM_SESSIONS, type Profile, type Saver, type Store } from "$client/store/interface";
import type { OlmBody } from "$wire/entries";
import { toHex } from "$wire/hex";
import { deviceId } from "$wire/ids";
import type { DeviceStatement } from "$wire/statements";

const PRE_KEY_TYPE = 0;

/** A restored session and how recently the other end has used it; if below 1, it may only decrypt (retired). */
interface Known {
  readonly session: PeerSession;
  used: number;
}

/** What it needs of the client's state; it changes the profile when our own keys change. */
export interface PeerSessionsState {
  readonly account: Account;
  profile: Profile;
  readonly directory: {
    readonly people: Iterable<{ readonly devices: ReadonlyMap<DeviceId, DeviceStatement> }>;
  };
}

/** What peer sessions work with. */
export interface PeerSessionsParts {
  readonly state: PeerSessionsState;
  readonly effects: Saver;
  readonly store: Pick<Store, "olmSessions">;
  readonly crypto: Crypto;
}

/**
 * All of them; it owns them. One serves both directions.
 *
 * When both sides start one at once there are two for a while; each side encrypts with the one it last
 * received on, so they soon agree.
 */
export class PeerSessions {
  readonly #parts: PeerSessionsParts;
  readonly #known = new Map<DeviceId, Known[]>();
  /** Called when somebody has started a session with our fallback key. */
  fallbackUsed: () => void = () => undefined;

  constructor(parts: PeerSessionsParts) {
    this.#parts = parts;
  }

  /** Tell whether we can encrypt for a device without claiming a key of it. */
  has(device: DeviceId): boolean {
    return this.#sessions(device).some((known) => known.used >= 1);
  }

  /** Return a device's sessions, most recently used first. */
  #sessions(device: DeviceId): Known[] {
    let known = this.#known.get(device);
    if (!known) {
      const { crypto, store } = this.#parts;
      const restored = ({ pickle, used }: { pickle: string; used: number }): Known => ({
        session: crypto.peerSession(pickle),
        used,
      });
      known = store.olmSessions(device).map(restored);
      this.#known.set(device, known);
    }
    return known;
  }

  /** Start a session with a key the device has published. Throws `CannotDecrypt`. */
  start(device: DeviceStatement, oneTimeKey: Uint8Array): void {
    const session = this.#parts.state.account.openOutbound(device.agreementKey, oneTimeKey);
    this.#add(idOf(device), session);
  }

  #add(device: DeviceId, session: PeerSession): void {
    const sessions = this.#sessions(device);
    const known = { session, used: 1 };
    sessions.push(known);
    this.#touch(device, known);
    for (const { session: least } of sessions.splice(MAX_OLM_SESSIONS)) least.free();
  }

  /** Move a session to the front, unless it is retired, and save it. */
  #touch(device: DeviceId, known: Known): void {
    const sessions = this.#sessions(device);
    if (known.used >= 1) {
      known.used = 1 + Math.max(...sessions.map((each) => each.used));
      sessions.sort((one, other) => other.used - one.used);
    }
    this.#save(device, known);
  }

  /**
   * Never encrypt on any session of now again: the store is an old copy, they have moved on since.
   *
   * They still decrypt. The first message on a new session makes the other end use that one.
   */
  retire(): void {
    for (const { devices } of this.#parts.state.directory.people) {
      for (const device of devices.keys()) this.#retire(device);
    }
  }

  #retire(device: DeviceId): void {
    for (const known of this.#sessions(device)) {
      known.used = Math.min(known.used, -known.used);
      this.#save(device, known);
    }
  }

  #save(device: DeviceId, { session, used }: Known): void {
    const pickle = session.pickle();
    this.#parts.effects.save({ type: "olm_session", device, sessionId: session.id, pickle, used });
  }

  /** Encrypt for a device we have a session with (`has`). */
  encrypt(device: DeviceId, plaintext: Uint8Array): OlmBody {
    const [known] = this.#sessions(device);
    if (!known) throw new Error("there is no session with this device");
    const body = known.session.encrypt(plaintext);
    this.#save(device, known);
    return body;
  }

  /**
   * Decrypt what a device sent, starting a session if it starts one.
   *
   * Throws `CannotDecrypt` if no session fits; nothing has changed, no one-time key is used up.
   */
  decrypt(sender: DeviceStatement, body: OlmBody): Uint8Array {
    const device = idOf(sender);
    const known = this.#matching(device, body);
    if (known) {
      const plaintext = known.session.decrypt(body);
      this.#touch(device, known);
      return plaintext;
    }
    if (body.messageType === PRE_KEY_TYPE) return this.#accept(sender, body);
    return this.#decryptWithAny(device, body);
  }

  #matching(device: DeviceId, body: OlmBody): Known | undefined {
    if (body.messageType !== PRE_KEY_TYPE) return undefined;
    return this.#sessions(device).find((known) => known.session.matches(body));
  }

  #accept(sender: DeviceStatement, body: OlmBody): Uint8Array {
    const { account } = this.#parts.state;
    const { session, plaintext, usedFallback } = account.openInbound(sender.agreementKey, body);
    this.#add(idOf(sender), session);
    if (usedFallback) this.fallbackUsed();
    this.saveAccount();
    return plaintext;
  }

  /** Save our own keys after they changed. */
  saveAccount(): void {
    const { state, effects } = this.#parts;
    state.profile = { ...state.profile, account: state.account.pickle() };
    effects.save(state.profile);
  }

  #decryptWithAny(device: DeviceId, body: OlmBody): Uint8Array {
    for (const known of [...this.#sessions(device)]) {
      try {
        const plaintext = known.session.decrypt(body);
        this.#touch(device, known);
        return plaintext;
      } catch (error) {
        if (!(error instanceof CannotDecrypt)) throw error;
      }
    }
    throw new CannotDecrypt("no session with this device fits");
  }

  /** Free them all; nothing may be asked of it after that. */
  free(): void {
    for (const sessions of this.#known.values()) for (const { session } of sessions) session.free();
    this.#known.clear();
  }
}

function idOf(device: DeviceStatement): DeviceId {
  return toHex(deviceId(device.signingKey, device.agreementKey));
}
