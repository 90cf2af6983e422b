/** An Olm session with another device, on libolm. */

import { fromBase64, toBase64 } from "$client/crypto/base64";
import { CannotDecrypt, type PeerSession } from "$client/crypto/interface";
import type { OlmBody } from "$wire/entries";
import { OlmRefused, type OlmObject } from "$client/crypto/olm-module";
import { pickled } from "$client/crypto/olm-pickle";

/** The type of a message that starts a session. */
export const PRE_KEY_TYPE = 0;
const NORMAL_TYPE = 1;

/** Run what reads foreign bytes: what libolm refuses becomes `CannotDecrypt`. */
export function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof OlmRefused) throw new CannotDecrypt(error.message);
    throw error;
  }
}

/** Check that it is a type of message there is. Throws `CannotDecrypt`. */
export function checkType(body: OlmBody): void {
  if (body.messageType === PRE_KEY_TYPE || body.messageType === NORMAL_TYPE) return;
  throw new CannotDecrypt(`${body.messageType} is no type of Olm message`);
}

/** `PeerSession` on libolm. */
export class OlmPeerSession implements PeerSession {
  readonly #object: OlmObject;
  readonly id: string;

  /** Takes over the object. */
  constructor(object: OlmObject) {
    this.#object = object;
    this.id = new TextDecoder().decode(object.read("olm_session_id", "olm_session_id_length"));
  }

  pickle(): string {
    return pickled(this.#object);
  }

  encrypt(plaintext: Uint8Array): OlmBody {
    const object = this.#object;
    return object.module.withMemory((memory) => {
      const messageType = object.call("olm_encrypt_message_type");
      const length = object.call("olm_encrypt_message_length", plaintext.length);
      const output = memory.room(length);
      const randomLength = object.call("olm_encrypt_random_length");
      const random = memory.random(randomLength);
      const input = memory.put(plaintext);
      object.call("olm_encrypt", input, plaintext.length, random, randomLength, output, length);
      return { messageType, ciphertext: fromBase64(memory.take(output, length)) };
    });
  }

  decrypt(body: OlmBody): Uint8Array {
    checkType(body);
    return reading(() => this.#decrypt(body.messageType, toBase64(body.ciphertext)));
  }

  #decrypt(type: number, message: Uint8Array): Uint8Array {
    const object = this.#object;
    return object.module.withMemory((memory) => {
      // Each call destroys its input.
      const most = object.call("olm_decrypt_max_plaintext_length", type, memory.put(message), message.length);
      const output = memory.room(most);
      const length = object.call("olm_decrypt", type, memory.put(message), message.length, output, most);
      return memory.take(output, length);
    });
  }

  matches(body: OlmBody): boolean {
    checkType(body);
    if (body.messageType !== PRE_KEY_TYPE) return false;
    const message = toBase64(body.ciphertext);
    return reading(() =>
      this.#object.module.withMemory(
        (memory) =>
          this.#object.call("olm_matches_inbound_session", memory.put(message), message.length) === 1,
      ),
    );
  }

  /** Where libolm has it: what it needs to forget the one-time key that this session began with. */
  get address(): number {
    return this.#object.address;
  }

  free(): void {
    this.#object.free();
  }
}
