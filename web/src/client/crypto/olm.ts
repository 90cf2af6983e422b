/**
 * Olm and Megolm from libolm, behind `interface`; mirrors `src/lanmsg/client/crypto/olm.py`.
 *
 * It speaks with vodozemac of the other clients: version 1 of Megolm and of Olm (version byte 3, MACs of
 * 8 bytes), which is what vodozemac uses unless told otherwise. Pickles are its own.
 */

import { toBase64 } from "$client/crypto/base64";
import type { Crypto } from "$client/crypto/interface";
import { MegolmReceivingSession, MegolmSendingSession } from "$client/crypto/megolm";
import { OlmAccount } from "$client/crypto/olm-account";
import { OlmRefused, type OlmModule, type OlmObject } from "$client/crypto/olm-module";
import { unpickled } from "$client/crypto/olm-pickle";
import { OlmPeerSession } from "$client/crypto/olm-session";
import { SIGNATURE_BYTES } from "$wire/ids";

/** `Crypto` on libolm. */
export class OlmCrypto implements Crypto {
  readonly #module: OlmModule;
  readonly #utility: OlmObject;

  constructor(module: OlmModule) {
    this.#module = module;
    this.#utility = module.make("utility");
  }

  verify(signingKey: Uint8Array, signature: Uint8Array, message: Uint8Array): boolean {
    if (signature.length !== SIGNATURE_BYTES) return false; // libolm reads no further, and would not mind
    const [key, digits] = [toBase64(signingKey), toBase64(signature)];
    return this.#module.withMemory((memory) => {
      const values = [memory.put(key), key.length, memory.put(message), message.length];
      try {
        this.#utility.call("olm_ed25519_verify", ...values, memory.put(digits), digits.length);
        return true;
      } catch (error) {
        if (error instanceof OlmRefused) return false;
        throw error;
      }
    });
  }

  newAccount(): OlmAccount {
    return OlmAccount.create(this.#module);
  }

  account(pickle: string): OlmAccount {
    return OlmAccount.restore(this.#module, pickle);
  }

  peerSession(pickle: string): OlmPeerSession {
    return new OlmPeerSession(unpickled(this.#module, "session", pickle));
  }

  newSendingSession(): MegolmSendingSession {
    return MegolmSendingSession.create(this.#module);
  }

  sendingSession(pickle: string): MegolmSendingSession {
    return MegolmSendingSession.restore(this.#module, pickle);
  }

  receivingSession(pickle: string): MegolmReceivingSession {
    return MegolmReceivingSession.restore(this.#module, pickle);
  }

  receivingSessionFromKey(key: Uint8Array): MegolmReceivingSession {
    return MegolmReceivingSession.fromKey(this.#module, key);
  }

  receivingSessionFromExport(key: Uint8Array): MegolmReceivingSession {
    return MegolmReceivingSession.fromExport(this.#module, key);
  }
}
