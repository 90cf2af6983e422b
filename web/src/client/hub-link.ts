/** The client's end of a link: frames one by one while we introduce ourselves, then all to the engine. */

import type { Clock } from "$client/clock";
import type { Link, LinkHandler } from "$client/link";
import { decodeFrame, encodeFrame } from "$wire/codec";
import { type Code, isCode, LinkLost, RemoteError } from "$wire/errors";
import type { Bye, Frame, HubFrame } from "$wire/frames";

/** Takes the frames that arrived together. */
export type TakeBatch = (frames: readonly HubFrame[]) => void;

/** Until `attach`, frames wait to be asked for with `next`. */
export class HubLink implements LinkHandler {
  readonly #clock: Clock;
  #waiting: HubFrame[] = [];
  #arrived: () => void = () => undefined;
  #takeBatch: TakeBatch | null = null;
  #link: Link | null = null;
  #error: RemoteError | null = null;
  #tellLost: () => void = () => undefined;
  /** The hub's farewell, if it said one. */
  bye: Bye | null = null;
  lostReason = "";
  isLost = false;
  /** We have left it; that it is lost is heard only later. */
  isLeft = false;
  /** Fulfilled when the link is lost. */
  readonly lost: Promise<void>;
  /** By the clock's seconds. */
  receivedAtS: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.receivedAtS = clock.timeS();
    this.lost = new Promise((resolve) => {
      this.#tellLost = resolve;
    });
  }

  /** The link; only once it is open. */
  get link(): Link {
    if (!this.#link) throw new LinkLost("the link never opened");
    return this.#link;
  }

  // --- LinkHandler ---

  linkOpened(link: Link): void {
    this.#link = link;
  }

  framesReceived(payloads: readonly Uint8Array[]): void {
    this.receivedAtS = this.#clock.timeS();
    try {
      this.#handOn(payloads.map(decodeFrame).filter((frame) => frame !== null));
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      this.linkBroken(error);
    }
  }

  /** The hub broke the protocol: leave it. */
  linkBroken(error: RemoteError): void {
    this.#error = error;
    this.#link?.abort();
  }

  linkLost(reason: string): void {
    const said = this.bye === null ? "" : this.bye.text;
    this.lostReason = this.#error?.message ?? (said === "" ? reason : said);
    this.isLost = true;
    this.#tellLost();
    this.#arrived();
  }

  /** Leave a hub that does not answer. */
  giveUp(reason: string): void {
    this.linkBroken(new RemoteError("stuck", reason));
  }

  /** Leave, whatever the state of the link is. */
  leave(): void {
    this.isLeft = true;
    this.#link?.abort();
  }

  // --- handing on ---

  #handOn(frames: readonly HubFrame[]): void {
    for (const frame of frames) if (frame.type === "bye") this.bye = frame;
    if (this.#takeBatch) {
      this.#takeBatch(frames);
      return;
    }
    this.#waiting.push(...frames);
    this.#arrived();
  }

  /** From now on give everything to `takeBatch`, what has waited first. */
  attach(takeBatch: TakeBatch): void {
    this.#takeBatch = takeBatch;
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length) takeBatch(waiting);
  }

  /** Send a frame. */
  send(frame: Frame): void {
    this.link.send(encodeFrame(frame));
  }

  /**
   * Return the next frame, which must be of one of these types.
   *
   * Rejects with RemoteError (the hub sent something else, or said `bye`) and LinkLost (the link was lost, or
   * nothing came in time).
   */
  async next<T extends HubFrame["type"]>(
    types: readonly T[],
    timeoutS: number,
  ): Promise<Extract<HubFrame, { type: T }>> {
    await this.#arrival(timeoutS);
    const frame = this.#waiting.shift();
    if (!frame) throw this.#error ?? new LinkLost(this.lostReason);
    if (isOneOf(frame, types)) return frame;
    if (frame.type === "bye") throw new RemoteError(codeOf(frame.code), frame.text);
    throw new RemoteError("protocol", `the hub sent ${frame.type} where it may not come`);
  }

  async #arrival(timeoutS: number): Promise<void> {
    const endS = this.#clock.timeS() + timeoutS;
    while (!this.#waiting.length && !this.isLost) {
      const leftS = endS - this.#clock.timeS();
      if (leftS <= 0) throw new LinkLost(`the hub said nothing for ${timeoutS} s`);
      await new Promise<void>((resolve) => {
        const timer = this.#clock.callLater(leftS, resolve);
        this.#arrived = () => {
          timer.cancel();
          resolve();
        };
      });
    }
  }
}

function isOneOf<T extends HubFrame["type"]>(
  frame: HubFrame,
  types: readonly T[],
): frame is Extract<HubFrame, { type: T }> {
  return (types as readonly string[]).includes(frame.type);
}

function codeOf(text: string): Code {
  return isCode(text) ? text : "protocol";
}
