/** Labelled fields in a row (`labels.ts`), for what is computed of every entry: one piece of memory, no lists. */
import { utf8 } from "./bytes";

const LENGTH_BYTES = 4;
const INTEGER_BYTES = 8;

/** Bytes of a field of so many bytes, with its length before it. */
export function fieldSize(bytes: number): number {
  return LENGTH_BYTES + bytes;
}

/** Bytes of an integer field. */
export const INTEGER_SIZE = LENGTH_BYTES + INTEGER_BYTES;

/** Writes what `labelledBytes` returns, field by field. */
export class FieldWriter {
  /** What was written; whole once all fields are in it. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  #at = 0;

  /** `size` is that of all fields, without the label. */
  constructor(label: string, size: number) {
    const name = utf8(label);
    this.bytes = new Uint8Array(fieldSize(name.length) + size);
    this.#view = new DataView(this.bytes.buffer);
    this.field(name);
  }

  field(bytes: Uint8Array): this {
    this.#view.setUint32(this.#at, bytes.length);
    this.bytes.set(bytes, this.#at + LENGTH_BYTES);
    this.#at += LENGTH_BYTES + bytes.length;
    return this;
  }

  /** Writes an integer from 0 to 2**53 - 1. */
  integer(value: number): this {
    this.#view.setUint32(this.#at, INTEGER_BYTES);
    this.#view.setUint32(this.#at + 4, Math.floor(value / 2 ** 32));
    this.#view.setUint32(this.#at + 8, value >>> 0);
    this.#at += INTEGER_SIZE;
    return this;
  }
}
