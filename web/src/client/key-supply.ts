/**
 * Our one-time keys at the hub: made, stored, published, and only then counted as published. Mirrors
 * `client/key_supply.py`.
 *
 * In that order, so that a crash anywhere publishes the same keys again and never forgets a key that somebody may
 * already be using. The fallback key, which many may use, is replaced every week, and an hour after its first use;
 * the one before it opens sessions until the next replacement, for who had claimed it by then.
 */

import type { Effects } from "$client/effects";
import type { Timer } from "$client/clock";
import type { CallLater } from "$client/later";
import type { PeerSessions } from "$client/peer-sessions";
import type { ClientState } from "$client/state";
import type { Stock } from "$wire/frames";
import { fromHex } from "$wire/hex";
import { FALLBACK_KEY, ONE_TIME_KEY } from "$wire/labels";
import { ONE_TIME_KEYS_LOW, ONE_TIME_KEYS_STOCK } from "$wire/limits";
import { publishedKeyBytes, type PublishedKey } from "$wire/statements";

export const KEYS_PER_PUBLICATION = 50;
/** A fallback key is replaced after so long, used or not: whether it was handed out is the hub's word. */
export const FALLBACK_LIFETIME_MS = 7 * 24 * 60 * 60 * 1000;
/** After its first use it is replaced so soon; not at once, so that nobody can make us forget the last two. */
export const FALLBACK_USED_MS = 60 * 60 * 1000;

/** What a key supply works with. */
export interface KeySupplyParts {
  readonly state: ClientState;
  readonly effects: Effects;
  readonly sessions: PeerSessions;
  readonly callLater: CallLater;
  readonly nowMs: () => number;
}

/** The keys of an enrolment. */
export interface FirstKeys {
  readonly fallback: PublishedKey;
  readonly keys: readonly PublishedKey[];
}

/** What the hub says of its stock. */
export interface StockNews {
  /** Whether it has a fallback key of ours; true unless it says otherwise. */
  readonly hasFallbackKey?: boolean;
  /** Whether this answers a publication. */
  readonly isAnswer?: boolean;
}

/** Keeps the stock filled. */
export class KeySupply {
  readonly #state: ClientState;
  readonly #effects: Effects;
  readonly #callLater: CallLater;
  readonly #nowMs: () => number;
  #stock = 0;
  #isPublishing = false;
  #hasNewFallback = false; // in what is being published
  #timer: Timer | null = null;

  constructor({ state, effects, sessions, callLater, nowMs }: KeySupplyParts) {
    this.#state = state;
    this.#effects = effects;
    this.#callLater = callLater;
    this.#nowMs = nowMs;
    sessions.fallbackUsed = () => {
      this.#fallbackUsed();
    };
  }

  /** Return a fallback key and one-time keys for an enrolment, saved before it is sent. */
  firstKeys(): FirstKeys {
    const { account } = this.#state;
    const fallback = this.#signed(FALLBACK_KEY, account.fallbackKey());
    const keys = account.unpublishedKeys(KEYS_PER_PUBLICATION).map((key) => this.#signed(ONE_TIME_KEY, key));
    this.#save();
    return { fallback, keys };
  }

  /** The hub has the first keys. */
  enrolled(): void {
    this.#state.account.markPublished();
    this.#replaceFallbackAt(this.#nowMs() + FALLBACK_LIFETIME_MS);
    this.#save();
  }

  /** The hub says how many it holds; an answer that nothing was asked for is none. */
  takeFrame(frame: Stock): void {
    if (frame.isAnswer && !this.#isPublishing) return;
    this.takeStock(frame.count, { isAnswer: frame.isAnswer });
  }

  /**
   * The hub holds so many of our keys: refill if that is little.
   *
   * Only with its answer to a publication are those keys published for certain.
   */
  takeStock(count: number, { hasFallbackKey = true, isAnswer = false }: StockNews): void {
    if (this.#isPublishing && !isAnswer) return;
    if (isAnswer) this.#published();
    this.#stock = count;
    const isFallbackDue = !hasFallbackKey || this.#nowMs() >= this.#state.profile.newFallbackMs;
    if (count < ONE_TIME_KEYS_LOW || isFallbackDue) this.#publish(isFallbackDue);
    else this.#lookAgain();
  }

  #published(): void {
    this.#state.account.markPublished();
    if (this.#hasNewFallback) this.#replaceFallbackAt(this.#nowMs() + FALLBACK_LIFETIME_MS);
    this.#save();
    this.#isPublishing = this.#hasNewFallback = false;
  }

  #publish(isFallbackDue: boolean): void {
    const { account } = this.#state;
    const count = Math.min(KEYS_PER_PUBLICATION, ONE_TIME_KEYS_STOCK - this.#stock);
    const keys = account.unpublishedKeys(Math.max(count, 0));
    const fallbackKey = isFallbackDue ? this.#signed(FALLBACK_KEY, account.fallbackKey()) : null;
    this.#hasNewFallback = isFallbackDue;
    this.#save();
    const oneTimeKeys = keys.map((key) => this.#signed(ONE_TIME_KEY, key));
    this.#effects.send({ type: "publish_keys", oneTimeKeys, fallbackKey });
    this.#isPublishing = true;
  }

  /** No answer will come; the same keys are published again at the next login. */
  linkLost(): void {
    this.#isPublishing = this.#hasNewFallback = false;
  }

  // --- the fallback key ---

  /** Somebody has started a session with it; the caller saves the profile. */
  #fallbackUsed(): void {
    const { newFallbackMs } = this.#state.profile;
    this.#replaceFallbackAt(Math.min(newFallbackMs, this.#nowMs() + FALLBACK_USED_MS));
    this.#lookAgain();
  }

  #replaceFallbackAt(newFallbackMs: number): void {
    this.#state.profile = { ...this.#state.profile, newFallbackMs };
  }

  /** Look when the fallback key is to be replaced; after a sleep of the machine the next login does. */
  #lookAgain(): void {
    this.#timer?.cancel();
    const waitS = Math.max(0, this.#state.profile.newFallbackMs - this.#nowMs()) / 1000;
    this.#timer = this.#callLater(waitS, () => {
      this.#timer = null;
      if (this.#state.isOnline) this.takeStock(this.#stock, {});
    });
  }

  #signed(label: string, key: Uint8Array): PublishedKey {
    const signed = publishedKeyBytes(label, fromHex(this.#state.device), key);
    return { key, signature: this.#state.account.sign(signed) };
  }

  #save(): void {
    this.#state.profile = { ...this.#state.profile, account: this.#state.account.pickle() };
    this.#effects.save(this.#state.profile);
  }
}
