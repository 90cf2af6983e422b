/** Bytes to frames and back: the 4-byte length prefix, msgpack, and what to do with strangers. */
import { joinBytes } from "./bytes";
import { RemoteError } from "./errors";
import { ClientFrame, FIRST_SKIPPABLE_TAG, HubFrame, type Frame } from "./frames";
import { MsgpackReader } from "./msgpack-reader";
import { MsgpackWriter } from "./msgpack-writer";
import type { Shape, Union } from "./shapes";

const LENGTH_BYTES = 4;

/** Encodes a struct as msgpack, without a length prefix. Throws LocalError for text that is not valid Unicode. */
export function encode<T>(shape: Shape<T>, value: T): Uint8Array<ArrayBuffer> {
  const writer = new MsgpackWriter();
  shape.write(writer, value);
  return writer.take();
}

/** Decodes a struct; `what` is its name in the error. Throws RemoteError (MALFORMED). */
export function decodeAs<T>(shape: Shape<T>, bytes: Uint8Array, what: string): T {
  try {
    return decoded(shape, bytes);
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    throw new RemoteError("malformed", `${what} does not decode: ${error.detail}`);
  }
}

function decoded<T>(shape: Shape<T>, bytes: Uint8Array): T {
  const reader = new MsgpackReader(bytes);
  const value = shape.read(reader);
  reader.end();
  return value;
}

/** Encodes a frame with its length prefix (4 bytes, big-endian), ready for a link. */
export function encodeFrame(frame: Frame): Uint8Array<ArrayBuffer> {
  const payload = ClientFrame.types.has(frame.type)
    ? encode(ClientFrame, frame as ClientFrame)
    : encode(HubFrame, frame as HubFrame);
  const length = new Uint8Array(LENGTH_BYTES);
  new DataView(length.buffer).setUint32(0, payload.length);
  return joinBytes([length, payload]);
}

/** Decodes what a hub sent, without its length prefix; null for a frame that may be skipped. Throws RemoteError. */
export function decodeFrame(payload: Uint8Array): HubFrame | null {
  return frameOf(HubFrame, payload);
}

/** Decodes what a client sent, as hubs do; the same rules. */
export function decodeClientFrame(payload: Uint8Array): ClientFrame | null {
  return frameOf(ClientFrame, payload);
}

function frameOf<T>(frames: Union<T>, payload: Uint8Array): T | null {
  try {
    return decoded(frames, payload);
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    const tag = tagOf(payload);
    if (tag >= FIRST_SKIPPABLE_TAG && !frames.tags.has(tag)) return null;
    throw new RemoteError("malformed", `a frame does not decode: ${error.detail}`);
  }
}

/** Returns the tag of any well-formed list; 0 for everything else. */
function tagOf(payload: Uint8Array): number {
  try {
    const reader = new MsgpackReader(payload);
    const count = reader.listLength({ min: 1 });
    const tag = reader.anyInt();
    for (let left = count - 1; left > 0; left--) reader.skip();
    reader.end();
    return tag;
  } catch (error) {
    if (error instanceof RemoteError) return 0;
    throw error;
  }
}

/**
 * Cuts a byte stream into frame payloads, however it was cut on its way.
 *
 * `maxFrameBytes` may be raised after login. Memory is bounded by one frame and what is fed at once.
 */
export class FrameSplitter {
  maxFrameBytes: number;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(maxFrameBytes: number) {
    this.maxFrameBytes = maxFrameBytes;
  }

  /** Takes received bytes; returns the payloads that are now complete. Throws RemoteError (TOO_LARGE). */
  feed(received: Uint8Array): Uint8Array[] {
    const bytes = this.#rest.length ? joinBytes([this.#rest, received]) : received;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const payloads: Uint8Array[] = [];
    let start = 0;
    while (bytes.length - start >= LENGTH_BYTES) {
      const after = start + LENGTH_BYTES + this.#checked(view.getUint32(start));
      if (after > bytes.length) break;
      payloads.push(bytes.subarray(start + LENGTH_BYTES, after));
      start = after;
    }
    this.#rest = bytes.slice(start);
    return payloads;
  }

  #checked(size: number): number {
    if (size <= this.maxFrameBytes) return size;
    throw new RemoteError("too_large", `a frame of ${size} bytes; at most ${this.maxFrameBytes} are allowed`);
  }
}
