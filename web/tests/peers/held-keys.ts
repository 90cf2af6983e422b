/** What somebody holds who was put out and kept everything: every key of messages that a client was ever given. */

import { CannotDecrypt, type ReceivingSession } from "$client/crypto/interface";
import { OlmCrypto } from "$client/crypto/olm";
import { fromHex, toHex } from "$wire/hex";

/** The real encryption; it remembers each receiving session that was made, also those the client has dropped. */
export class KeepingCrypto extends OlmCrypto {
  readonly #kept = new Map<string, Set<string>>();

  override receivingSessionFromKey(key: Uint8Array): ReturnType<OlmCrypto["receivingSessionFromKey"]> {
    return this.#keep(super.receivingSessionFromKey(key));
  }

  override receivingSessionFromExport(key: Uint8Array): ReturnType<OlmCrypto["receivingSessionFromExport"]> {
    return this.#keep(super.receivingSessionFromExport(key));
  }

  #keep<T extends ReceivingSession>(session: T): T {
    const id = toHex(session.id);
    const pickles = this.#kept.get(id) ?? new Set();
    this.#kept.set(id, pickles.add(session.pickle()));
    return session;
  }

  /** Tell whether any key that was ever held opens a ciphertext of this session (both hex). */
  couldOpen(session: string, ciphertext: string): boolean {
    return [...(this.#kept.get(session) ?? [])].some((pickle) => this.#opens(pickle, fromHex(ciphertext)));
  }

  #opens(pickle: string, ciphertext: Uint8Array): boolean {
    const session = this.receivingSession(pickle);
    try {
      session.decrypt(ciphertext);
      return true;
    } catch (error) {
      if (!(error instanceof CannotDecrypt)) throw error;
      return false;
    } finally {
      session.free();
    }
  }
}
