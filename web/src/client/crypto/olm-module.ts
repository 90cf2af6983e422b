/**
 * libolm as WebAssembly: how it is loaded, and how bytes get into it and out.
 *
 * The package's own classes take text and return text; our messages are bytes. So this calls the C functions
 * below them (`olm.h` of libolm 3.2), which know nothing but bytes.
 */

import Olm from "@towns-protocol/olm";

/** A C function; lengths and addresses are numbers, and so is what it returns. */
type Native = (...values: number[]) => number;

/** Kinds of objects that can be serialised. */
export type PickledKind = "account" | "session" | "outbound_group_session" | "inbound_group_session";
/** What kinds of objects libolm has; each has a size, a constructor, a wipe, and its last error. */
export type ObjectKind = PickledKind | "utility";

type FunctionName =
  | `olm_${ObjectKind}`
  | `olm_${ObjectKind}_size`
  | `olm_clear_${ObjectKind}`
  | `olm_${ObjectKind}_last_error`
  | `olm_pickle_${PickledKind}`
  | `olm_pickle_${PickledKind}_length`
  | `olm_unpickle_${PickledKind}`
  | "olm_create_account"
  | "olm_create_account_random_length"
  | "olm_account_identity_keys"
  | "olm_account_identity_keys_length"
  | "olm_account_signature_length"
  | "olm_account_sign"
  | "olm_account_one_time_keys"
  | "olm_account_one_time_keys_length"
  | "olm_account_mark_keys_as_published"
  | "olm_account_generate_one_time_keys"
  | "olm_account_generate_one_time_keys_random_length"
  | "olm_account_generate_fallback_key"
  | "olm_account_generate_fallback_key_random_length"
  | "olm_account_unpublished_fallback_key"
  | "olm_account_unpublished_fallback_key_length"
  | "olm_remove_one_time_keys"
  | "olm_create_outbound_session"
  | "olm_create_outbound_session_random_length"
  | "olm_create_inbound_session_from"
  | "olm_session_id"
  | "olm_session_id_length"
  | "olm_matches_inbound_session"
  | "olm_encrypt"
  | "olm_encrypt_message_type"
  | "olm_encrypt_message_length"
  | "olm_encrypt_random_length"
  | "olm_decrypt"
  | "olm_decrypt_max_plaintext_length"
  | "olm_init_outbound_group_session"
  | "olm_init_outbound_group_session_random_length"
  | "olm_outbound_group_session_id"
  | "olm_outbound_group_session_id_length"
  | "olm_outbound_group_session_key"
  | "olm_outbound_group_session_key_length"
  | "olm_outbound_group_session_message_index"
  | "olm_group_encrypt"
  | "olm_group_encrypt_message_length"
  | "olm_init_inbound_group_session"
  | "olm_import_inbound_group_session"
  | "olm_inbound_group_session_id"
  | "olm_inbound_group_session_id_length"
  | "olm_inbound_group_session_first_known_index"
  | "olm_export_inbound_group_session"
  | "olm_export_inbound_group_session_length"
  | "olm_group_decrypt"
  | "olm_group_decrypt_max_plaintext_length"
  | "olm_ed25519_verify";

/** What Emscripten puts into the object it was started with. */
type Exports = Readonly<Record<`_${FunctionName}`, Native>> & {
  /** The memory; another array after it has grown. */
  readonly HEAPU8: Uint8Array;
  readonly _malloc: (size: number) => number;
  readonly _free: (address: number) => void;
};

/** libolm refused; `message` is its own word for why (`BAD_MESSAGE_MAC`, …). */
export class OlmRefused extends Error {
  override readonly name = "OlmRefused";
}

/** Makes random bytes, for secrets. */
export type RandomBytes = (count: number) => Uint8Array;

const ERROR = -1; // olm_error(): a size_t with all bits set

/** libolm, loaded. One for the whole page: it has one memory. */
export class OlmModule {
  readonly #exports: Exports;
  readonly #randomBytes: RandomBytes;
  #liveObjects = 0;

  constructor(exports: Exports, randomBytes: RandomBytes) {
    this.#exports = exports;
    this.#randomBytes = randomBytes;
  }

  /** How many objects were made and not freed: for tests of who frees what. */
  get liveObjects(): number {
    return this.#liveObjects;
  }

  /** Make an empty object of a kind; the caller owns it. */
  make(kind: ObjectKind): OlmObject {
    const memory = this.allocate(this.#exports[`_olm_${kind}_size`]());
    this.#liveObjects += 1;
    return new OlmObject(this, kind, this.#exports[`_olm_${kind}`](memory));
  }

  /** Wipe an object and give its memory back. */
  destroy(kind: ObjectKind, address: number): void {
    this.#exports[`_olm_clear_${kind}`](address);
    this.#exports._free(address);
    this.#liveObjects -= 1;
  }

  /** Call a function. Throws `OlmRefused` with the reason that this object has noted. */
  call(object: OlmObject, name: FunctionName, ...values: number[]): number {
    const result = this.#exports[`_${name}`](object.address, ...values);
    if (result !== ERROR) return result;
    const reason = this.#exports[`_olm_${object.kind}_last_error`](object.address);
    throw new OlmRefused(this.#textAt(reason));
  }

  /** Reserve memory. */
  allocate(size: number): number {
    const address = this.#exports._malloc(Math.max(size, 1));
    if (address === 0) throw new RangeError("libolm has no memory left");
    return address;
  }

  /** Run what needs memory for its arguments; all of it is wiped and given back at the end. */
  withMemory<T>(use: (memory: Memory) => T): T {
    const memory = new Memory(this, this.#randomBytes);
    try {
      return use(memory);
    } finally {
      memory.release();
    }
  }

  /** The memory as it is now; to be asked for again after every call, which may have made it grow. */
  get heap(): Uint8Array {
    return this.#exports.HEAPU8;
  }

  /** Give memory back. */
  release(address: number): void {
    this.#exports._free(address);
  }

  #textAt(address: number): string {
    const end = this.heap.indexOf(0, address);
    return new TextDecoder().decode(this.heap.slice(address, end));
  }
}

/** An object of libolm, and its one owner's way to free it. */
export class OlmObject {
  readonly module: OlmModule;
  readonly kind: ObjectKind;
  readonly #address: number;
  #isFree = false;

  constructor(module: OlmModule, kind: ObjectKind, address: number) {
    this.module = module;
    this.kind = kind;
    this.#address = address;
  }

  /** Where it is. Throws `Error` once it is freed: that is a bug of ours, and would read others' memory. */
  get address(): number {
    if (this.#isFree) throw new Error(`this ${this.kind} was freed`);
    return this.#address;
  }

  /** Call a function of it. Throws `OlmRefused`. */
  call(name: FunctionName, ...values: number[]): number {
    return this.module.call(this, name, ...values);
  }

  /** Return what a function writes into as many bytes as another one says. */
  read(name: FunctionName, lengthName: FunctionName, ...more: number[]): Uint8Array {
    return this.module.withMemory((memory) => {
      const length = this.call(lengthName);
      const output = memory.room(length);
      this.call(name, output, length, ...more);
      return memory.take(output, length);
    });
  }

  /** Wipe it and give its memory back. */
  free(): void {
    this.module.destroy(this.kind, this.address);
    this.#isFree = true;
  }
}

/** The memory of one call's arguments and results. */
export class Memory {
  readonly #module: OlmModule;
  readonly #randomBytes: RandomBytes;
  readonly #blocks: { readonly address: number; readonly length: number }[] = [];

  constructor(module: OlmModule, randomBytes: RandomBytes) {
    this.#module = module;
    this.#randomBytes = randomBytes;
  }

  /** Reserve so many bytes; return their address. */
  room(length: number): number {
    const address = this.#module.allocate(length);
    this.#blocks.push({ address, length });
    return address;
  }

  /** Copy bytes in; return their address. */
  put(data: Uint8Array): number {
    const address = this.room(data.length);
    this.#module.heap.set(data, address);
    return address;
  }

  /** Put random bytes in; return their address. */
  random(length: number): number {
    return this.put(this.#randomBytes(length));
  }

  /** Copy bytes out. */
  take(address: number, length: number): Uint8Array {
    return this.#module.heap.slice(address, address + length);
  }

  /** Wipe and give back everything. */
  release(): void {
    for (const { address, length } of this.#blocks) {
      this.#module.heap.fill(0, address, address + length);
      this.#module.release(address);
    }
  }
}

let loading: Promise<Exports> | null = null; // the package can be started once only

/**
 * Load libolm. `url` is where `olm.wasm` is served; without it the package looks beside itself (Node).
 *
 * Rejects if it can't be fetched or run; the next call gives the same answer, for the package remembers it.
 */
export async function loadOlm(randomBytes: RandomBytes, url?: string): Promise<OlmModule> {
  loading ??= start(url);
  return new OlmModule(await loading, randomBytes);
}

async function start(url: string | undefined): Promise<Exports> {
  const module = url === undefined ? {} : { locateFile: () => url };
  await Olm.initAsync(module);
  return module as Exports;
}
