/** Writes msgpack items, each in its shortest form: the same bytes as msgspec writes in Python. */
import { utf8 } from "./bytes";

const FIRST_BYTES = 256;

export class MsgpackWriter {
  #bytes = new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  /** Returns what was written, in memory of its own. */
  take(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#at);
  }

  nil(): void {
    this.#head(0xc0);
  }

  bool(value: boolean): void {
    this.#head(value ? 0xc3 : 0xc2);
  }

  float(value: number): void {
    this.#head(0xcb);
    this.#view.setFloat64(this.#room(8), value);
  }

  /** Writes an integer between -2**53 and 2**53, both excluded; another number is a bug of the caller. */
  int(value: number): void {
    if (!Number.isSafeInteger(value)) throw new TypeError("no integer that the protocol can carry");
    if (value < 0) this.#negative(value);
    else if (value < 0x80) this.#head(value);
    else if (value < 2 ** 32) this.#sized(value, 0xcc);
    else this.#long(0xcf, value);
  }

  /** Writes text. Throws LocalError if it is not valid Unicode. */
  text(value: string): void {
    const bytes = utf8(value);
    if (bytes.length < 32) this.#head(0xa0 + bytes.length);
    else this.#sized(bytes.length, 0xd9);
    this.#copy(bytes);
  }

  bytes(value: Uint8Array): void {
    this.#sized(value.length, 0xc4);
    this.#copy(value);
  }

  /** Writes the head of a list, whose items come next. */
  listLength(length: number): void {
    if (length < 16) this.#head(0x90 + length);
    else if (length < 0x10000) this.#short(0xdc, length);
    else this.#middle(0xdd, length);
  }

  // --- the parts ---------------------------------------------------------------------------------

  /** Makes room for bytes and returns where they begin. */
  #room(count: number): number {
    const start = this.#at;
    this.#at += count;
    if (this.#at > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#at));
      larger.set(this.#bytes.subarray(0, start));
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return start;
  }

  #copy(bytes: Uint8Array): void {
    const at = this.#room(bytes.length);
    this.#bytes.set(bytes, at);
  }

  #head(byte: number): void {
    const at = this.#room(1);
    this.#bytes[at] = byte;
  }

  /** Writes 1, 2 or 4 bytes behind the first, second or third head from `head` on. */
  #sized(value: number, head: number): void {
    if (value < 0x100) {
      this.#head(head);
      this.#head(value);
    } else if (value < 0x10000) this.#short(head + 1, value);
    else this.#middle(head + 2, value);
  }

  #short(head: number, value: number): void {
    this.#head(head);
    const at = this.#room(2);
    this.#view.setUint16(at, value);
  }

  #middle(head: number, value: number): void {
    this.#head(head);
    const at = this.#room(4);
    this.#view.setUint32(at, value);
  }

  #long(head: number, value: number): void {
    this.#head(head);
    const at = this.#room(8);
    this.#view.setInt32(at, Math.floor(value / 2 ** 32));
    this.#view.setUint32(at + 4, value >>> 0);
  }

  #negative(value: number): void {
    if (value >= -0x20) this.#head(value + 0x100);
    else if (value >= -0x80) {
      this.#head(0xd0);
      this.#head(value + 0x100);
    } else if (value >= -0x8000) this.#short(0xd1, value);
    else if (value >= -(2 ** 31)) this.#middle(0xd2, value);
    else this.#long(0xd3, value);
  }
}
