/** Padding: a length, the bytes, and zeros up to the next of a few sizes that the hub can tell apart. */
import { LocalError, RemoteError } from "./errors";

/** How some kind of plaintext is padded. */
export interface Padding {
  readonly steps: readonly number[];
  readonly lengthBytes: 2 | 4;
  /** What is padded, for error texts, as in "the message". */
  readonly what: string;
}

/** Returns bytes with their length before and zeros behind them. Throws LocalError if no step is so large. */
export function pad(bytes: Uint8Array, padding: Padding): Uint8Array<ArrayBuffer> {
  const size = padding.lengthBytes + bytes.length;
  const step = padding.steps.find((each) => size <= each);
  if (step === undefined) {
    const most = (padding.steps.at(-1) ?? 0) - padding.lengthBytes;
    throw new LocalError(`the ${padding.what} has ${bytes.length} bytes; at most ${most} fit`);
  }
  const padded = new Uint8Array(step);
  writeLength(padded, bytes.length, padding.lengthBytes);
  padded.set(bytes, padding.lengthBytes);
  return padded;
}

/** Returns the bytes that were padded. Throws RemoteError (MALFORMED) if this is not what `pad` makes. */
export function unpad(padded: Uint8Array, padding: Padding): Uint8Array {
  const end = padding.lengthBytes + readLength(padded, padding.lengthBytes);
  const isPadded =
    padding.steps.includes(padded.length) &&
    end <= padded.length &&
    padded.subarray(end).every((byte) => byte === 0);
  if (!isPadded) throw new RemoteError("malformed", `a ${padding.what} is not padded as it must be`);
  return padded.subarray(padding.lengthBytes, end);
}

function writeLength(into: Uint8Array, length: number, size: number): void {
  for (let at = 0; at < size; at++) into[at] = (length >>> (8 * (size - 1 - at))) & 0xff;
}

function readLength(from: Uint8Array, size: number): number {
  return from.subarray(0, size).reduce((length, byte) => length * 256 + byte, 0);
}
