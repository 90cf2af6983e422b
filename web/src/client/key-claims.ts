/** Claiming other devices' published keys, to start sessions with those we have none with. Mirrors `key_claims.py`. */

import { CannotDecrypt, type Crypto } from "$client/crypto/interface";
import type { Effects } from "$client/effects";
import type { DeviceId } from "$client/model";
import type { PeerSessions } from "$client/peer-sessions";
import type { ClientState } from "$client/state";
import { RemoteError } from "$wire/errors";
import type { ClaimedKey, ClaimedKeys, Refused } from "$wire/frames";
import { fromHex, toHex } from "$wire/hex";
import { FALLBACK_KEY, ONE_TIME_KEY } from "$wire/labels";
import { MAX_CLAIM_DEVICES } from "$wire/limits";
import { publishedKeyBytes } from "$wire/statements";

/** How long to wait at least before a refused claim is made again. */
const CLAIM_RETRY_S = 1;

/** What key claims work with. */
export interface KeyClaimsParts {
  readonly state: ClientState;
  readonly effects: Effects;
  readonly sessions: PeerSessions;
  readonly crypto: Crypto;
  readonly newRequest: () => number;
  /** Called after each answer. */
  readonly arrived: () => void;
  readonly retryLater: (delayS: number) => void;
}

/** Asks for each device once at a time. */
export class KeyClaims {
  readonly #parts: KeyClaimsParts;
  readonly #claims = new Map<number, readonly DeviceId[]>();
  readonly #claiming = new Set<DeviceId>();
  readonly #keyless = new Set<DeviceId>();

  constructor(parts: KeyClaimsParts) {
    this.#parts = parts;
  }

  /** A new connection: no earlier claim will be answered. */
  reset(): void {
    this.#claims.clear();
    this.#claiming.clear();
    this.#keyless.clear();
  }

  /**
   * Claim keys of those we have no session with; true if nobody is left to wait for.
   *
   * A device that has no key to claim is not waited for: it asks for what it misses.
   */
  ensure(devices: readonly DeviceId[]): boolean {
    const missing = devices.filter((each) => !this.#keyless.has(each) && !this.#parts.sessions.has(each));
    const toClaim = missing.filter((each) => !this.#claiming.has(each));
    for (let start = 0; start < toClaim.length; start += MAX_CLAIM_DEVICES) {
      this.#claim(toClaim.slice(start, start + MAX_CLAIM_DEVICES));
    }
    return !missing.length;
  }

  #claim(devices: readonly DeviceId[]): void {
    const request = this.#parts.newRequest();
    this.#claims.set(request, devices);
    for (const device of devices) this.#claiming.add(device);
    this.#parts.effects.send({ type: "claim_keys", request, devices: devices.map(fromHex) });
  }

  /** Start sessions with what came. Throws RemoteError for keys nobody asked for. */
  takeKeys(frame: ClaimedKeys): void {
    const devices = this.#take(frame.request);
    if (devices?.join() !== frame.keys.map((key) => toHex(key.device)).join()) {
      throw new RemoteError("protocol", "keys nobody asked for");
    }
    for (const claimed of frame.keys) this.#start(claimed);
    this.#parts.arrived();
  }

  #take(request: number): readonly DeviceId[] | undefined {
    const devices = this.#claims.get(request);
    this.#claims.delete(request);
    for (const device of devices ?? []) this.#claiming.delete(device);
    return devices;
  }

  #start({ device, key, isFallback }: ClaimedKey): void {
    const { state, crypto, sessions } = this.#parts;
    const statement = state.directory.device(toHex(device));
    if (!statement) return; // revoked meanwhile
    const signed = key && publishedKeyBytes(isFallback ? FALLBACK_KEY : ONE_TIME_KEY, device, key.key);
    if (!key || !signed || !crypto.verify(statement.signingKey, key.signature, signed)) {
      this.#keyless.add(toHex(device)); // none there, or swapped by the hub: never encrypt to it
      return;
    }
    try {
      sessions.start(statement, key.key);
    } catch (error) {
      if (!(error instanceof CannotDecrypt)) throw error;
      this.#keyless.add(toHex(device)); // useless from the start
    }
  }

  /** Ask again when the hub says so; a refusal of something else is not for us. */
  refused(frame: Refused): void {
    if (this.#take(frame.request)) this.#parts.retryLater(Math.max(frame.retryAfterMs / 1000, CLAIM_RETRY_S));
  }
}
