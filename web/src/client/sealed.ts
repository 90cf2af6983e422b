/** A sealed message as bytes: an append with its shares, in as few frames as fit. Mirrors `client/sealed.py`. */

import type { DeviceId } from "$client/model";
import { joinBytes } from "$wire/bytes";
import { decodeClientFrame, encodeFrame, FrameSplitter } from "$wire/codec";
import { decodeMessageBody } from "$wire/entries";
import type { Append, Share } from "$wire/frames";
import { toHex } from "$wire/hex";
import { MAX_FRAME_BYTES } from "$wire/limits";

/** Shares beyond this travel in `shares` frames before the append; half a frame leaves room for it. */
export const SHARES_PER_FRAME_BYTES = MAX_FRAME_BYTES / 2;

/** Encode an append with these shares: in one frame if they fit, else in `shares` frames before it. */
export function encodeAppend(append: Append, shares: readonly Share[]): Uint8Array {
  const { messageId } = append;
  const pieces = piecesOf(shares);
  const last = pieces.pop() ?? [];
  const before = pieces.map((piece) => encodeFrame({ type: "shares", messageId, shares: piece }));
  return joinBytes([...before, encodeFrame({ ...append, shares: last })]);
}

/** Cut shares into runs that fit a frame each; at least one run, perhaps empty. */
function piecesOf(shares: readonly Share[]): Share[][] {
  const pieces: Share[][] = [[]];
  let size = 0;
  for (const share of shares) {
    if (size + share.body.length > SHARES_PER_FRAME_BYTES) {
      pieces.push([]);
      size = 0;
    }
    pieces.at(-1)?.push(share);
    size += share.body.length;
  }
  return pieces;
}

/** The shares a sealed message carries: of which sending session (its id in hex), for which devices. */
export interface Carried {
  readonly session: string;
  readonly devices: readonly DeviceId[];
}

/** Return what shares these stored frames carry. */
export function carriedBy(frames: Uint8Array): Carried {
  let session = "";
  const devices: DeviceId[] = [];
  for (const payload of new FrameSplitter(MAX_FRAME_BYTES).feed(frames)) {
    const frame = decodeClientFrame(payload);
    if (frame?.type !== "append" && frame?.type !== "shares") continue;
    devices.push(...frame.shares.map((share) => toHex(share.device)));
    if (frame.type === "append") session = toHex(decodeMessageBody(frame.body).session);
  }
  return { session, devices };
}
