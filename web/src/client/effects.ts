/**
 * What one step of the engine leaves to be done, in this order: store, send, tell.
 *
 * Frames and events made in a step leave only after the step's changes are on disk. That one rule is why
 * an `ack` never lies and why a crash at any point is repaired by sending the same bytes again.
 */

import type { ClientEvent } from "$client/events";
import type { Change } from "$client/store/interface";
import { encodeFrame } from "$wire/codec";
import type { Frame } from "$wire/frames";

/** Collects a step's changes, frames and events. */
export class Effects {
  changes: Change[] = [];
  /** Encoded frames. */
  frames: Uint8Array[] = [];
  events: ClientEvent[] = [];
  callbacks: (() => void)[] = [];

  /** Store these. */
  save(...changes: readonly Change[]): void {
    for (const change of changes) this.changes.push(change);
  }

  /** Send a frame. */
  send(frame: Frame): void {
    this.frames.push(encodeFrame(frame));
  }

  /** Send frames that are encoded already. */
  sendEncoded(data: Uint8Array): void {
    this.frames.push(data);
  }

  /** Tell the faces. */
  emit(event: ClientEvent): void {
    this.events.push(event);
  }

  /** Call this when all of the step is done. It is no step itself: see `Later.whenStored`. */
  then(callback: () => void): void {
    this.callbacks.push(callback);
  }

  /** Whether there is nothing to do. */
  get isEmpty(): boolean {
    return !(this.changes.length || this.frames.length || this.events.length || this.callbacks.length);
  }

  /** Return everything collected, and start anew. */
  take(): Effects {
    const taken = new Effects();
    [taken.changes, this.changes] = [this.changes, []];
    [taken.frames, this.frames] = [this.frames, []];
    [taken.events, this.events] = [this.events, []];
    [taken.callbacks, this.callbacks] = [this.callbacks, []];
    return taken;
  }
}
