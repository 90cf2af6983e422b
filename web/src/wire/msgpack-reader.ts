/**
 * Reads msgpack items one by one, as the caller says what must come next.
 *
 * As strict as msgspec in Python: an integer is no float, text is valid UTF-8, nothing is allocated before its
 * bytes are there, and everything else throws RemoteError (MALFORMED). `@msgpack/msgpack` decodes without
 * knowing what must come, takes 1.0 for 1 and replaces invalid UTF-8; so it is not used here.
 */
import { codePoints } from "./bytes";
import { RemoteError } from "./errors";

/** How long a text, a run of bytes or a list may be; both ends included. */
export interface Size {
  readonly min?: number;
  readonly max?: number;
}

const NIL = 0xc0;
const FALSE = 0xc2;
const TRUE = 0xc3;
const ASCII_CHUNK = 64;

/** Throws RemoteError: these bytes are not what they must be. */
export function malformed(detail: string): never {
  throw new RemoteError("malformed", detail);
}

export class MsgpackReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Throws if anything is left. */
  end(): void {
    if (this.#at !== this.#bytes.length) malformed("something follows the end");
  }

  /** Reads an integer of at least 0 and at most `max`, which is below 2**53. */
  uint(max: number): number {
    const value = this.int();
    if (value < 0 || value > max) malformed("an integer is out of its range");
    return value;
  }

  /** Reads an integer between -2**53 and 2**53, both excluded. */
  int(): number {
    const value = this.anyInt();
    if (!Number.isSafeInteger(value)) malformed("an integer is out of its range");
    return value;
  }

  /** Reads an integer of any size, rounded if it is beyond 2**53: to tell tags apart only. */
  anyInt(): number {
    return this.#anyInt(this.#byte()) ?? malformed("no integer where one must be");
  }

  /** Reads a number; integers are numbers too. */
  float(): number {
    const head = this.#byte();
    if (head === 0xca) return this.#view.getFloat32(this.#take(4));
    if (head === 0xcb) return this.#view.getFloat64(this.#take(8));
    return this.#anyInt(head) ?? malformed("no number where one must be");
  }

  bool(): boolean {
    const head = this.#byte();
    if (head !== TRUE && head !== FALSE) malformed("neither true nor false");
    return head === TRUE;
  }

  /** Reads nil if that comes next, and tells whether it did. */
  nil(): boolean {
    const isNil = this.#bytes[this.#at] === NIL;
    if (isNil) this.#at++;
    return isNil;
  }

  /** Reads text whose size is counted in code points. */
  text(size: Size): string {
    const length = this.#textLength(this.#byte());
    if (length < 0) malformed("no text where one must be");
    const start = this.#take(length);
    const text = this.#ascii(start, length) ?? this.#decoded(start, length);
    if (size.min || text.length > (size.max ?? Infinity)) check(codePoints(text), size, "a text");
    return text;
  }

  /** Reads bytes, into memory of their own: a part of a frame must not keep all of it. */
  bytes(size: Size): Uint8Array<ArrayBuffer> {
    const length = this.#bytesLength(this.#byte());
    if (length < 0) malformed("no bytes where some must be");
    check(length, size, "a run of bytes");
    const start = this.#take(length);
    return new Uint8Array(this.#bytes.subarray(start, start + length));
  }

  /** Reads the head of a list and returns how many items follow: never more than there are bytes. */
  listLength(size: Size): number {
    const length = this.#listLength(this.#byte());
    if (length < 0) malformed("no list where one must be");
    check(length, size, "a list");
    this.#need(length);
    return length;
  }

  /** Passes over one item of any kind, with all that is in it. */
  skip(): void {
    for (let left = 1; left > 0; left--) {
      left += this.#skipHead(this.#byte());
    }
  }

  // --- the parts ---------------------------------------------------------------------------------

  #need(count: number): void {
    if (count > this.#bytes.length - this.#at) malformed("the bytes are cut off");
  }

  #take(count: number): number {
    this.#need(count);
    const start = this.#at;
    this.#at += count;
    return start;
  }

  #byte(): number {
    return this.#bytes[this.#take(1)] ?? 0;
  }

  /** Returns an integer by its head; null for another kind of item. */
  #anyInt(head: number): number | null {
    if (head < 0x80) return head;
    if (head >= 0xe0) return head - 0x100;
    const read = INTEGERS.get(head);
    return read ? read.value(this.#view, this.#take(read.bytes)) : null;
  }

  #textLength(head: number): number {
    if (head >= 0xa0 && head < 0xc0) return head - 0xa0;
    return head >= 0xd9 && head <= 0xdb ? this.#unsigned(1 << (head - 0xd9)) : -1;
  }

  #bytesLength(head: number): number {
    return head >= 0xc4 && head <= 0xc6 ? this.#unsigned(1 << (head - 0xc4)) : -1;
  }

  #listLength(head: number): number {
    if (head >= 0x90 && head < 0xa0) return head - 0x90;
    return head === 0xdc || head === 0xdd ? this.#unsigned(2 << (head - 0xdc)) : -1;
  }

  #mapLength(head: number): number {
    if (head >= 0x80 && head < 0x90) return head - 0x80;
    return head === 0xde || head === 0xdf ? this.#unsigned(2 << (head - 0xde)) : -1;
  }

  /** Bytes behind the kind of an extension; -1 for what is none. */
  #extensionLength(head: number): number {
    if (head >= 0xd4 && head <= 0xd8) return 1 << (head - 0xd4);
    return head >= 0xc7 && head <= 0xc9 ? this.#unsigned(1 << (head - 0xc7)) : -1;
  }

  #unsigned(size: number): number {
    const at = this.#take(size);
    if (size === 1) return this.#view.getUint8(at);
    return size === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
  }

  /** Passes over an item's own bytes; returns how many items are in it. */
  #skipHead(head: number): number {
    if (head === NIL || head === FALSE || head === TRUE) return 0;
    if (head === 0xca || head === 0xcb) return this.#skipBytes(head === 0xca ? 4 : 8);
    if (this.#anyInt(head) !== null) return 0;
    const length = Math.max(this.#textLength(head), this.#bytesLength(head));
    if (length >= 0) return this.#skipBytes(length);
    const items = Math.max(this.#listLength(head), 2 * this.#mapLength(head));
    if (items >= 0) return items;
    const extension = this.#extensionLength(head);
    if (extension >= 0) return this.#skipBytes(1 + extension);
    return malformed("a byte that begins nothing");
  }

  #skipBytes(count: number): number {
    this.#take(count);
    return 0;
  }

  /** Returns a short text of ASCII characters without the cost of a decoder; null for any other. */
  #ascii(start: number, length: number): string | null {
    if (length > ASCII_CHUNK) return null;
    let text = "";
    for (let at = start; at < start + length; at++) {
      const byte = this.#bytes[at] ?? 0;
      if (byte >= 0x80) return null;
      text += String.fromCharCode(byte);
    }
    return text;
  }

  #decoded(start: number, length: number): string {
    try {
      return this.#decoder.decode(this.#bytes.subarray(start, start + length));
    } catch {
      return malformed("a text is not valid UTF-8");
    }
  }
}

interface IntegerForm {
  readonly bytes: number;
  readonly value: (view: DataView, at: number) => number;
}

// Of 8 bytes, a number beyond 2**53 is rounded, and stays beyond it.
const INTEGERS: ReadonlyMap<number, IntegerForm> = new Map([
  [0xcc, { bytes: 1, value: (view, at) => view.getUint8(at) }],
  [0xcd, { bytes: 2, value: (view, at) => view.getUint16(at) }],
  [0xce, { bytes: 4, value: (view, at) => view.getUint32(at) }],
  [0xcf, { bytes: 8, value: (view, at) => view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4) }],
  [0xd0, { bytes: 1, value: (view, at) => view.getInt8(at) }],
  [0xd1, { bytes: 2, value: (view, at) => view.getInt16(at) }],
  [0xd2, { bytes: 4, value: (view, at) => view.getInt32(at) }],
  [0xd3, { bytes: 8, value: (view, at) => view.getInt32(at) * 2 ** 32 + view.getUint32(at + 4) }],
]);

function check(length: number, size: Size, what: string): void {
  if (length < (size.min ?? 0) || length > (size.max ?? Infinity)) {
    malformed(`${what} has ${length} items, which is not allowed there`);
  }
}
