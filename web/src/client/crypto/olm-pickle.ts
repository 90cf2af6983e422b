/**
 * Objects of libolm as text. The key is fixed: the store that keeps them is encrypted as a whole, and a
 * second key kept beside the first would protect nothing.
 */

import type { OlmModule, OlmObject, PickledKind } from "$client/crypto/olm-module";

const PICKLE_KEY = new Uint8Array(32);

/** Serialise an object. */
export function pickled(object: OlmObject): string {
  const kind = object.kind as PickledKind;
  const text = object.module.withMemory((memory) => {
    const length = object.call(`olm_pickle_${kind}_length`);
    const output = memory.room(length);
    object.call(`olm_pickle_${kind}`, memory.put(PICKLE_KEY), PICKLE_KEY.length, output, length);
    return memory.take(output, length);
  });
  return new TextDecoder().decode(text);
}

/** Restore an object. Throws `OlmRefused` if the text is no pickle of this kind. */
export function unpickled(module: OlmModule, kind: PickledKind, pickle: string): OlmObject {
  const text = new TextEncoder().encode(pickle);
  return made(module, kind, (object) => {
    module.withMemory((memory) => {
      const key = memory.put(PICKLE_KEY);
      object.call(`olm_unpickle_${kind}`, key, PICKLE_KEY.length, memory.put(text), text.length);
    });
  });
}

/** Make an object and fill it; if that throws, it is freed. */
export function made(module: OlmModule, kind: PickledKind, fill: (object: OlmObject) => void): OlmObject {
  const object = module.make(kind);
  try {
    fill(object);
    return object;
  } catch (error) {
    object.free();
    throw error;
  }
}
