/**
 * Our one-time keys at the hub: made, stored, published, and only then counted as published. Mirrors
 * `client/key_supply.py`.
 *
 * In that order, so that a crash anywhere publishes the same keys again and never forgets a key that somebody may
 * already be using.
 */

import type { Effects } from "$client/effects";
import type { ClientState } from "$client/state";
import type { Stock } from "$wire/frames";
import { fromHex } from "$wire/hex";
import { FALLBACK_KEY, ONE_TIME_KEY } from "$wire/labels";
import { ONE_TIME_KEYS_LOW, ONE_TIME_KEYS_STOCK } from "$wire/limits";
import { publishedKeyBytes, type PublishedKey } from "$wire/statements";

export const KEYS_PER_PUBLICATION = 50;

/** What a key supply works with. */
export interface KeySupplyParts {
  readonly state: ClientState;
  readonly effects: Effects;
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
  #isPublishing = false;

  constructor({ state, effects }: KeySupplyParts) {
    this.#state = state;
    this.#effects = effects;
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
    this.#save();
  }

  /** The hub says how many it holds. */
  takeFrame(frame: Stock): void {
    this.takeStock(frame.count, { isAnswer: frame.isAnswer });
  }

  /**
   * The hub holds so many of our keys: refill if that is little.
   *
   * Only with its answer to a publication are those keys published for certain.
   */
  takeStock(count: number, { hasFallbackKey = true, isAnswer = false }: StockNews): void {
    if (this.#isPublishing && !isAnswer) return;
    if (isAnswer) {
      this.enrolled();
      this.#isPublishing = false;
    }
    if (count >= ONE_TIME_KEYS_LOW && hasFallbackKey) return;
    this.#publish(Math.min(KEYS_PER_PUBLICATION, ONE_TIME_KEYS_STOCK - count), hasFallbackKey);
  }

  #publish(count: number, hasFallbackKey: boolean): void {
    const { account } = this.#state;
    const keys = account.unpublishedKeys(Math.max(count, 0));
    const fallbackKey = hasFallbackKey ? null : this.#signed(FALLBACK_KEY, account.fallbackKey());
    this.#save();
    const oneTimeKeys = keys.map((key) => this.#signed(ONE_TIME_KEY, key));
    this.#effects.send({ type: "publish_keys", oneTimeKeys, fallbackKey });
    this.#isPublishing = true;
  }

  /** No answer will come; the same keys are published again at the next login. */
  linkLost(): void {
    this.#isPublishing = false;
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
