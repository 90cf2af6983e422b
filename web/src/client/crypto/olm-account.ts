/**
 * A device's keys, on libolm.
 *
 * An account of libolm holds 100 one-time keys and silently forgets the oldest when another is made; but a
 * key that somebody has claimed may come back much later, and its message would be lost. So there are many
 * accounts with the same identity, each with the keys of one publication (a bag): none is ever forgotten
 * before it was used. What an account without any key looks like is kept to make the next bag from.
 */

import { fromBase64, toBase64 } from "$client/crypto/base64";
import { CannotDecrypt, type Account, type Opened } from "$client/crypto/interface";
import type { OlmBody } from "$wire/entries";
import { OlmRefused, type OlmModule, type OlmObject } from "$client/crypto/olm-module";
import { made, pickled, unpickled } from "$client/crypto/olm-pickle";
import { checkType, OlmPeerSession, PRE_KEY_TYPE, reading } from "$client/crypto/olm-session";

/** Keys of one publication at most: half of what an account of libolm holds. */
const KEYS_PER_BAG = 50;
/** With those of 100 publications a device has as many keys as vodozemac keeps; then the oldest go. */
const MAX_BAGS = 100;

interface Bag {
  readonly object: OlmObject;
  /** Keys nobody has used yet. */
  left: number;
  isPublished: boolean;
}

/** How an account is stored, as JSON. */
interface StoredAccount {
  readonly blank: string;
  readonly base: string;
  readonly bags: readonly { readonly pickle: string; readonly left: number; readonly isPublished: boolean }[];
}

/** `Account` on libolm. `base` has the identity and the fallback keys. */
export class OlmAccount implements Account {
  readonly #module: OlmModule;
  readonly #blank: string;
  readonly #base: OlmObject;
  readonly #bags: Bag[];
  readonly signingKey: Uint8Array;
  readonly agreementKey: Uint8Array;

  private constructor(module: OlmModule, blank: string, base: OlmObject, bags: Bag[]) {
    this.#module = module;
    this.#blank = blank;
    this.#base = base;
    this.#bags = bags;
    const keys = json(base.read("olm_account_identity_keys", "olm_account_identity_keys_length"));
    this.signingKey = keyIn(keys["ed25519"]);
    this.agreementKey = keyIn(keys["curve25519"]);
  }

  /** Make new keys. */
  static create(module: OlmModule): OlmAccount {
    const base = made(module, "account", (object) => {
      module.withMemory((memory) => {
        const length = object.call("olm_create_account_random_length");
        object.call("olm_create_account", memory.random(length), length);
      });
    });
    return new OlmAccount(module, pickled(base), base, []);
  }

  /** Restore what `pickle` has made. */
  static restore(module: OlmModule, pickle: string): OlmAccount {
    const stored = JSON.parse(pickle) as StoredAccount;
    const bags = stored.bags.map(({ pickle: text, left, isPublished }) => ({
      object: unpickled(module, "account", text),
      left,
      isPublished,
    }));
    return new OlmAccount(module, stored.blank, unpickled(module, "account", stored.base), bags);
  }

  pickle(): string {
    const bags = this.#bags.map(({ object, left, isPublished }) => ({
      pickle: pickled(object),
      left,
      isPublished,
    }));
    return JSON.stringify({ blank: this.#blank, base: pickled(this.#base), bags } satisfies StoredAccount);
  }

  sign(message: Uint8Array): Uint8Array {
    const signature = this.#module.withMemory((memory) => {
      const length = this.#base.call("olm_account_signature_length");
      const output = memory.room(length);
      this.#base.call("olm_account_sign", memory.put(message), message.length, output, length);
      return memory.take(output, length);
    });
    return fromBase64(signature);
  }

  // --- the keys others start sessions with ------------------------------------------------------

  unpublishedKeys(count: number): Uint8Array[] {
    const wanted = Math.min(count, KEYS_PER_BAG);
    if (wanted > 0 && (this.#bags.at(-1)?.isPublished ?? true)) this.#openBag();
    const bag = this.#bags.at(-1);
    if (bag === undefined || bag.isPublished) return [];
    if (bag.left < wanted) this.#fill(bag, wanted - bag.left);
    return keysOf(bag.object.read("olm_account_one_time_keys", "olm_account_one_time_keys_length"));
  }

  #openBag(): void {
    if (this.#bags.length >= MAX_BAGS) this.#bags.shift()?.object.free();
    this.#bags.push({ object: unpickled(this.#module, "account", this.#blank), left: 0, isPublished: false });
  }

  #fill(bag: Bag, count: number): void {
    this.#module.withMemory((memory) => {
      const length = bag.object.call("olm_account_generate_one_time_keys_random_length", count);
      bag.object.call("olm_account_generate_one_time_keys", count, memory.random(length), length);
    });
    bag.left += count;
  }

  fallbackKey(): Uint8Array {
    const unpublished = this.#unpublishedFallbackKey();
    if (unpublished) return unpublished;
    this.#module.withMemory((memory) => {
      const length = this.#base.call("olm_account_generate_fallback_key_random_length");
      this.#base.call("olm_account_generate_fallback_key", memory.random(length), length);
    });
    const key = this.#unpublishedFallbackKey();
    if (!key) throw new Error("libolm has made no fallback key");
    return key;
  }

  #unpublishedFallbackKey(): Uint8Array | undefined {
    const keys = this.#base.read(
      "olm_account_unpublished_fallback_key",
      "olm_account_unpublished_fallback_key_length",
    );
    return keysOf(keys)[0];
  }

  markPublished(): void {
    this.#base.call("olm_account_mark_keys_as_published");
    const bag = this.#bags.at(-1);
    if (bag === undefined || bag.left === 0) return;
    bag.object.call("olm_account_mark_keys_as_published");
    bag.isPublished = true;
  }

  // --- sessions --------------------------------------------------------------------------------

  openOutbound(agreementKey: Uint8Array, oneTimeKey: Uint8Array): OlmPeerSession {
    const [theirs, once] = [toBase64(agreementKey), toBase64(oneTimeKey)];
    const fill = (session: OlmObject): void => {
      this.#module.withMemory((memory) => {
        const length = session.call("olm_create_outbound_session_random_length");
        const random = memory.random(length);
        session.call(
          "olm_create_outbound_session",
          this.#base.address,
          memory.put(theirs),
          theirs.length,
          memory.put(once),
          once.length,
          random,
          length,
        );
      });
    };
    return reading(() => new OlmPeerSession(made(this.#module, "session", fill)));
  }

  openInbound(agreementKey: Uint8Array, body: OlmBody): Opened {
    checkType(body);
    if (body.messageType !== PRE_KEY_TYPE) throw new CannotDecrypt("this message starts no session");
    for (const bag of this.#bags.toReversed()) {
      const session = this.#begun(bag.object, agreementKey, body);
      if (!session) continue;
      const opened = first(session, body);
      this.#forgetKey(bag, session);
      return { ...opened, usedFallback: false };
    }
    const session = this.#begun(this.#base, agreementKey, body); // by a fallback key, which is used again
    if (!session) throw new CannotDecrypt("this message was not made with a key of ours");
    return { ...first(session, body), usedFallback: true };
  }

  /** Return the session that a message begins with a key of this account; null if it has no such key. */
  #begun(account: OlmObject, agreementKey: Uint8Array, body: OlmBody): OlmPeerSession | null {
    const theirs = toBase64(agreementKey);
    const message = toBase64(body.ciphertext);
    const fill = (session: OlmObject): void => {
      this.#module.withMemory((memory) => {
        const key = memory.put(theirs);
        const input = memory.put(message);
        const values = [account.address, key, theirs.length, input, message.length];
        session.call("olm_create_inbound_session_from", ...values);
      });
    };
    try {
      return new OlmPeerSession(made(this.#module, "session", fill));
    } catch (error) {
      if (error instanceof OlmRefused) return null;
      throw error;
    }
  }

  #forgetKey(bag: Bag, session: OlmPeerSession): void {
    bag.object.call("olm_remove_one_time_keys", session.address);
    bag.left -= 1;
    if (bag.left > 0 || !bag.isPublished) return;
    this.#bags.splice(this.#bags.indexOf(bag), 1);
    bag.object.free();
  }

  free(): void {
    for (const bag of this.#bags) bag.object.free();
    this.#base.free();
  }
}

/** Return a session with what its first message says. Throws `CannotDecrypt`; then the session is freed. */
function first(session: OlmPeerSession, body: OlmBody): Omit<Opened, "usedFallback"> {
  try {
    return { session, plaintext: session.decrypt(body) };
  } catch (error) {
    session.free();
    throw error;
  }
}

function json(data: Uint8Array): Record<string, unknown> {
  return JSON.parse(new TextDecoder().decode(data)) as Record<string, unknown>;
}

/** Return the keys in what libolm says of them: their ids do not matter. */
function keysOf(data: Uint8Array): Uint8Array[] {
  return Object.values(json(data)["curve25519"] as Record<string, string>).map(keyIn);
}

function keyIn(text: unknown): Uint8Array {
  return fromBase64(new TextEncoder().encode(text as string));
}
