/**
 * libolm as WebAssembly: how it is loaded, and how bytes get into it and out.
 *
 * The package's own classes take text and return text; our messages are bytes. So this calls the C functions
 * below them (`olm.h` of libolm 3.2), which know nothing but bytes, and uses nothing of the package but `olm.wasm`.
 */

import { OLM_EXPORTS } from "$client/crypto/olm-exports";

/** A C function; lengths and addresses are numbers, and so is what it returns. */
type Native = (...values: number[]) => number;

/** Kinds of objects that can be serialised. */
export type PickledKind = "account" | "session" | "outbound_group_session" | "inbound_group_session";
/** What kinds of objects libolm has; each has a size, a constructor, a wipe, and its last error. */
export type ObjectKind = PickledKind | "utility";

type ExportName = keyof typeof OLM_EXPORTS;
type FunctionName = Exclude<ExportName, "memory" | "start" | "malloc" | "free">;

/** libolm refused; `message` is its own word for why (`BAD_MESSAGE_MAC`, …). */
export class OlmRefused extends Error {
  override readonly name = "OlmRefused";
}

/** Makes random bytes, for secrets. */
export type RandomBytes = (count: number) => Uint8Array;

const ERROR = -1; // olm_error(): a size_t with all bits set

/** libolm, loaded. One for the whole page: it has one memory. */
export class OlmModule {
  readonly #functions: WebAssembly.Exports;
  readonly #memory: WebAssembly.Memory;
  readonly #randomBytes: RandomBytes;
  #heap: Uint8Array;
  #liveObjects = 0;

  /** `instance` is one of `olm.wasm` that has been started. */
  constructor(instance: WebAssembly.Instance, randomBytes: RandomBytes) {
    this.#functions = instance.exports;
    this.#memory = memoryOf(instance);
    this.#heap = new Uint8Array(this.#memory.buffer);
    this.#randomBytes = randomBytes;
  }

  #run(name: ExportName, ...values: number[]): number {
    return (this.#functions[OLM_EXPORTS[name]] as Native)(...values);
  }

  /** How many objects were made and not freed: for tests of who frees what. */
  get liveObjects(): number {
    return this.#liveObjects;
  }

  /** Make an empty object of a kind; the caller owns it. */
  make(kind: ObjectKind): OlmObject {
    const memory = this.allocate(this.#run(`olm_${kind}_size`));
    this.#liveObjects += 1;
    return new OlmObject(this, kind, this.#run(`olm_${kind}`, memory));
  }

  /** Wipe an object and give its memory back. */
  destroy(kind: ObjectKind, address: number): void {
    this.#run(`olm_clear_${kind}`, address);
    this.release(address);
    this.#liveObjects -= 1;
  }

  /** Call a function. Throws `OlmRefused` with the reason that this object has noted. */
  call(object: OlmObject, name: FunctionName, ...values: number[]): number {
    const result = this.#run(name, object.address, ...values);
    if (result !== ERROR) return result;
    const reason = this.#run(`olm_${object.kind}_last_error`, object.address);
    throw new OlmRefused(this.#textAt(reason));
  }

  /** Reserve memory. */
  allocate(size: number): number {
    const address = this.#run("malloc", Math.max(size, 1));
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
    if (this.#heap.buffer !== this.#memory.buffer) this.#heap = new Uint8Array(this.#memory.buffer);
    return this.#heap;
  }

  /** Give memory back. */
  release(address: number): void {
    this.#run("free", address);
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

const PAGE_BYTES = 65_536;

/**
 * Start libolm. `compiled` is `olm.wasm`; each start has a memory of its own.
 *
 * Rejects with what the engine says if it can't be run.
 */
export async function loadOlm(randomBytes: RandomBytes, compiled: WebAssembly.Module): Promise<OlmModule> {
  let memory: WebAssembly.Memory | null = null;
  const instance = await WebAssembly.instantiate(compiled, {
    // What its compiler (Emscripten) leaves to the page: to make the memory grow, and to copy within it.
    a: {
      a: (size: number) => (memory !== null && grown(memory, size >>> 0) ? 1 : 0),
      b: (to: number, from: number, length: number) => {
        if (memory !== null) new Uint8Array(memory.buffer).copyWithin(to, from, from + length);
      },
    },
  });
  memory = memoryOf(instance);
  (instance.exports[OLM_EXPORTS.start] as Native)();
  return new OlmModule(instance, randomBytes);
}

/** Make the memory hold so many bytes; false: there is no room. */
function grown(memory: WebAssembly.Memory, bytes: number): boolean {
  try {
    memory.grow(Math.ceil((bytes - memory.buffer.byteLength) / PAGE_BYTES));
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function memoryOf(instance: WebAssembly.Instance): WebAssembly.Memory {
  return instance.exports[OLM_EXPORTS.memory] as WebAssembly.Memory;
}
