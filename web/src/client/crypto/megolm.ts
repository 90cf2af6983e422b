/** Megolm sessions, on libolm. */

import { fromBase64, toBase64 } from "$client/crypto/base64";
import {
  CannotDecrypt,
  type Decrypted,
  type ReceivingSession,
  type SendingSession,
} from "$client/crypto/interface";
import { OlmRefused, type OlmModule, type OlmObject } from "$client/crypto/olm-module";
import { made, pickled, unpickled } from "$client/crypto/olm-pickle";
import { reading } from "$client/crypto/olm-session";

/** `SendingSession` on libolm. */
export class MegolmSendingSession implements SendingSession {
  readonly #object: OlmObject;
  readonly id: Uint8Array;

  private constructor(object: OlmObject) {
    this.#object = object;
    this.id = fromBase64(
      object.read("olm_outbound_group_session_id", "olm_outbound_group_session_id_length"),
    );
  }

  /** Start a ratchet. */
  static create(module: OlmModule): MegolmSendingSession {
    const object = made(module, "outbound_group_session", (session) => {
      module.withMemory((memory) => {
        const length = session.call("olm_init_outbound_group_session_random_length");
        session.call("olm_init_outbound_group_session", memory.random(length), length);
      });
    });
    return new MegolmSendingSession(object);
  }

  /** Restore what `pickle` has made. */
  static restore(module: OlmModule, pickle: string): MegolmSendingSession {
    return new MegolmSendingSession(unpickled(module, "outbound_group_session", pickle));
  }

  get index(): number {
    return this.#object.call("olm_outbound_group_session_message_index") >>> 0;
  }

  pickle(): string {
    return pickled(this.#object);
  }

  key(): Uint8Array {
    const key = this.#object.read("olm_outbound_group_session_key", "olm_outbound_group_session_key_length");
    return fromBase64(key);
  }

  encrypt(plaintext: Uint8Array): Uint8Array {
    const message = this.#object.module.withMemory((memory) => {
      const length = this.#object.call("olm_group_encrypt_message_length", plaintext.length);
      const output = memory.room(length);
      this.#object.call("olm_group_encrypt", memory.put(plaintext), plaintext.length, output, length);
      return memory.take(output, length);
    });
    return fromBase64(message);
  }

  free(): void {
    this.#object.free();
  }
}

/** `ReceivingSession` on libolm. */
export class MegolmReceivingSession implements ReceivingSession {
  readonly #object: OlmObject;
  readonly id: Uint8Array;

  private constructor(object: OlmObject) {
    this.#object = object;
    this.id = fromBase64(object.read("olm_inbound_group_session_id", "olm_inbound_group_session_id_length"));
  }

  /** Take a key from a share. Throws `CannotDecrypt`. */
  static fromKey(module: OlmModule, key: Uint8Array): MegolmReceivingSession {
    return MegolmReceivingSession.#from(module, "olm_init_inbound_group_session", key);
  }

  /** Take an exported key. Throws `CannotDecrypt`. */
  static fromExport(module: OlmModule, key: Uint8Array): MegolmReceivingSession {
    return MegolmReceivingSession.#from(module, "olm_import_inbound_group_session", key);
  }

  static #from(
    module: OlmModule,
    name: "olm_init_inbound_group_session" | "olm_import_inbound_group_session",
    key: Uint8Array,
  ): MegolmReceivingSession {
    const digits = toBase64(key);
    const fill = (session: OlmObject): void => {
      module.withMemory((memory) => session.call(name, memory.put(digits), digits.length));
    };
    return reading(() => new MegolmReceivingSession(made(module, "inbound_group_session", fill)));
  }

  /** Restore what `pickle` has made. */
  static restore(module: OlmModule, pickle: string): MegolmReceivingSession {
    return new MegolmReceivingSession(unpickled(module, "inbound_group_session", pickle));
  }

  get firstIndex(): number {
    return this.#object.call("olm_inbound_group_session_first_known_index") >>> 0;
  }

  pickle(): string {
    return pickled(this.#object);
  }

  decrypt(ciphertext: Uint8Array): Decrypted {
    // libolm takes an empty message for one byte of memory that is not there.
    if (ciphertext.length === 0) throw new CannotDecrypt("this is no message");
    const message = toBase64(ciphertext);
    return reading(() => this.#decrypt(message));
  }

  #decrypt(message: Uint8Array): Decrypted {
    const object = this.#object;
    return object.module.withMemory((memory) => {
      // Each call destroys its input.
      const most = object.call("olm_group_decrypt_max_plaintext_length", memory.put(message), message.length);
      const output = memory.room(most);
      const index = memory.put(new Uint8Array(4));
      const length = object.call(
        "olm_group_decrypt",
        memory.put(message),
        message.length,
        output,
        most,
        index,
      );
      return {
        plaintext: memory.take(output, length),
        index: new DataView(memory.take(index, 4).buffer).getUint32(0, true),
      };
    });
  }

  export(index: number): Uint8Array | null {
    try {
      const length = "olm_export_inbound_group_session_length";
      return fromBase64(this.#object.read("olm_export_inbound_group_session", length, index));
    } catch (error) {
      if (error instanceof OlmRefused) return null; // UNKNOWN_MESSAGE_INDEX: older than we can open
      throw error;
    }
  }

  free(): void {
    this.#object.free();
  }
}
