import { joinBytes } from "$wire/bytes";
import { decodeClientFrame, decodeFrame, encode, encodeFrame, FrameSplitter } from "$wire/codec";
import { LocalError, RemoteError } from "$wire/errors";
import { ClientFrame, HubFrame } from "$wire/frames";
import { toHex } from "$wire/hex";
import { describe, expect, test } from "vitest";
import { unhex, vectors } from "./vectors";

interface Vectors {
  frames: { frame: string; tag: number; from: "client" | "hub"; encoded: string }[];
  odd: { from: "client" | "hub"; outcome: "take" | "skip" | "refuse"; why: string; payload: string }[];
}
const { frames: FRAMES, odd: ODD } = vectors<Vectors>("frames");
const decoderFor = { client: decodeClientFrame, hub: decodeFrame };

test("there is a frame for each vector and a vector for each frame", () => {
  const tags = new Set(FRAMES.map(({ tag }) => tag));
  expect(new Set([...ClientFrame.tags, ...HubFrame.tags])).toEqual(tags);
});

describe.each(FRAMES)("$frame", (vector) => {
  const encoded = unhex(vector.encoded);
  const [payload] = new FrameSplitter(1 << 16).feed(encoded);
  const decode = decoderFor[vector.from];

  test("decodes and encodes to the same bytes", () => {
    const frame = decode(payload!)!;
    const name = vector.frame.replace(/(?!^)(?=[A-Z])/g, "_").toLowerCase();
    expect(frame.type).toBe(name);
    expect(toHex(encodeFrame(frame))).toBe(vector.encoded);
  });

  test("is refused when it is cut anywhere", () => {
    const taken = Array.from(payload!.keys()).filter((size) => isTaken(decode, payload!.subarray(0, size)));
    expect(taken).toEqual([]);
  });

  test("is refused when something follows it", () => {
    expect(() => decode(joinBytes([payload!, Uint8Array.of(0xc0)]))).toThrow(RemoteError);
  });

  test("throws nothing but RemoteError when any one bit of it is turned", () => {
    for (let bit = 0; bit < 8 * payload!.length; bit++) {
      const changed = payload!.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      isTaken(decode, changed);
    }
  });
});

/** Tells whether a payload is a frame or may be skipped; throws if anything but RemoteError is thrown. */
function isTaken(
  decode: (payload: Uint8Array) => ClientFrame | HubFrame | null,
  payload: Uint8Array,
): boolean {
  try {
    const frame = decode(payload);
    if (frame) comesBack(decode, encodeFrame(frame));
    return true;
  } catch (error) {
    if (error instanceof RemoteError && error.code === "malformed") return false;
    throw error;
  }
}

function comesBack(
  decode: (payload: Uint8Array) => ClientFrame | HubFrame | null,
  encoded: Uint8Array,
): void {
  const again = encodeFrame(decode(encoded.subarray(4))!);
  if (toHex(again) !== toHex(encoded)) throw new Error(`${toHex(encoded)} became ${toHex(again)}`);
}

test.each(ODD)("$from: $why: $outcome", ({ from, outcome, payload }) => {
  const decode = () => decoderFor[from](unhex(payload));
  if (outcome === "refuse") expect(decode).toThrow(RemoteError);
  else expect(decode() === null).toBe(outcome === "skip");
});

test("a hub's frame is none that a client may send, and the other way round", () => {
  expect(() =>
    decodeFrame(encode(ClientFrame, { type: "fetch", log: new Uint8Array(16), after: 1 })),
  ).toThrow(RemoteError);
  expect(decodeClientFrame(encode(HubFrame, { type: "pong", token: 1 }))).toBeNull();
});

test("text that no bytes stand for is the caller's mistake", () => {
  const frame = { type: "hello", version: 1, nonce: new Uint8Array(32), software: "\ud83d" } as const;
  expect(() => encodeFrame(frame)).toThrow(LocalError);
});

describe("a stream", () => {
  const stream = joinBytes(FRAMES.map(({ encoded }) => unhex(encoded)));
  const payloads = FRAMES.map(({ encoded }) => encoded.slice(8));

  test.each([1, 2, 3, 5, 7, 64, 1000, 1 << 20])(
    "cut into pieces of %d bytes gives the same frames",
    (size) => {
      const splitter = new FrameSplitter(1 << 16);
      const found: string[] = [];
      for (let at = 0; at < stream.length; at += size) {
        found.push(...splitter.feed(stream.subarray(at, at + size)).map(toHex));
      }
      expect(found).toEqual(payloads);
    },
  );

  test("with a frame that is too large is refused before the frame has come", () => {
    const splitter = new FrameSplitter(10);
    expect(() => splitter.feed(Uint8Array.of(0, 0, 0, 11))).toThrow(RemoteError);
    splitter.maxFrameBytes = 11;
    expect(new FrameSplitter(11).feed(Uint8Array.of(0, 0, 0, 11))).toEqual([]);
  });

  test("may hold empty frames", () => {
    expect(new FrameSplitter(10).feed(new Uint8Array(8)).map(toHex)).toEqual(["", ""]);
  });
});
