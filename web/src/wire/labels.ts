/** Domain labels, and the one hash everything uses (`docs/protocol.md` §2.1). */
import { sha256 } from "@noble/hashes/sha2.js";
import { joinBytes, utf8 } from "./bytes";

export * from "./generated/labels";

const LENGTH_BYTES = 4;
const INTEGER_BYTES = 8;

/**
 * Joins a label and its fields so that no two different lists give the same bytes.
 *
 * Each item is preceded by its length in 4 bytes, big-endian; an integer (0 to 2**53 - 1) counts as its 8 bytes,
 * big-endian.
 */
export function labelledBytes(
  label: string,
  ...fields: readonly (Uint8Array | number)[]
): Uint8Array<ArrayBuffer> {
  const items = [utf8(label), ...fields.map((field) => (typeof field === "number" ? uint64(field) : field))];
  return joinBytes(items.flatMap((item) => [uint32(item.length), item]));
}

/** Returns the 32 bytes SHA-256 of `labelledBytes`. */
export function labelledHash(label: string, ...fields: readonly (Uint8Array | number)[]): Uint8Array {
  return sha256(labelledBytes(label, ...fields));
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(LENGTH_BYTES);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function uint64(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0) throw new TypeError("no integer that a hash can hold");
  const bytes = new Uint8Array(INTEGER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(value / 2 ** 32));
  view.setUint32(4, value >>> 0);
  return bytes;
}
