/**
 * Staying connected: dial, check the hub, log in, listen, and after every loss begin again. Mirrors
 * `client/connection.py`.
 *
 * Waiting times are full jitter between 0 and a doubling bound, so that many clients which lost one hub do not come
 * back in step. Nothing here is needed for safety: a lost connection loses no message.
 */

import { type Clock, sleep } from "$client/clock";
import type { Engine } from "$client/engine";
import { HubIdentityChanged, HubReplaced } from "$client/errors";
import type { ClientEvent } from "$client/events";
import type { HubLink } from "$client/hub-link";
import { type Introduction, logIn } from "$client/login";
import { meet, type Meeting } from "$client/meeting";
import type { AheadParts, ReadingAhead } from "$client/reading-ahead";
import type { ClientSurroundings } from "$client/surroundings";
import { LinkLost, Refusal, RemoteError } from "$wire/errors";
import type { HubFrame } from "$wire/frames";
import { toHex } from "$wire/hex";
import { HASH_BYTES } from "$wire/ids";
import { DEAD_AFTER_S, PING_INTERVAL_S } from "$wire/limits";

/** Less is no time: a timer may ring that much early. */
const CLOCK_GRAIN_S = 0.01;
export const FIRST_RETRY_S = 0.5;
export const LONGEST_RETRY_S = 30;
/** A hub that says when to come back is heeded for so long at most: it may be wrong, or lie. */
export const LONGEST_FAREWELL_S = 600;
/** More change nothing, the bound is reached long before: it keeps the power a small number. */
const MOST_DOUBLINGS = 10;

/** Codes after which trying again by ourselves can't help. */
const FINAL: ReadonlySet<string> = new Set([
  "revoked_device",
  "unknown_device",
  "protocol_too_new",
  "protocol_too_old",
  "displaced",
  "bad_signature",
  "not_vouched_for",
  "name_taken",
  "name_illegal",
  "name_looks_like",
  "invite_needed",
  "invite_unknown",
]);

/**
 * Return how long to wait before this attempt to connect; the first after a loss is number 0. `share` (from 0 to 1)
 * is chance (`docs/protocol.md` §1.5).
 */
export function retryDelayS(attempt: number, share: number): number {
  return Math.min(LONGEST_RETRY_S, FIRST_RETRY_S * 2 ** Math.min(attempt, MOST_DOUBLINGS)) * share;
}

/** What a connection works with. */
export interface ConnectionParts {
  readonly engine: Engine;
  readonly surroundings: ClientSurroundings;
  readonly emit: (event: ClientEvent) => void;
  /** See `AheadParts`. */
  readonly pickleOf: AheadParts["pickleOf"];
}

/** Keeps a client connected. */
export class Connection {
  readonly #engine: Engine;
  readonly #surroundings: ClientSurroundings;
  readonly #clock: Clock;
  readonly #emit: (event: ClientEvent) => void;
  readonly #pickleOf: AheadParts["pickleOf"];
  readonly #ahead: ReadingAhead | undefined;
  #attempts = 0;
  #meeting: Meeting | null = null;
  #isClosed = false;
  #wakeUp: () => void = () => undefined;
  readonly #endWaking: (() => void) | undefined;
  title: string;

  constructor({ engine, surroundings, emit, pickleOf }: ConnectionParts) {
    this.#pickleOf = pickleOf;
    this.#ahead = surroundings.ahead;
    this.#engine = engine;
    this.#surroundings = surroundings;
    this.#clock = surroundings.clock;
    this.#emit = emit;
    this.title = engine.state.profile.hubTitle;
    this.#endWaking = surroundings.onWaking?.(() => {
      this.hurry();
    });
  }

  // --- one connection ---

  /** Log in over a link, and give it to the engine. Rejects as `logIn`, and with HubReplaced. */
  async logIn(meeting: Meeting, introduction: Introduction, isNewHub: boolean): Promise<void> {
    const { hubLink, challenge } = meeting;
    const { state, effects, supply } = this.#engine;
    try {
      if (toHex(challenge.database) !== state.database) throw new HubReplaced();
      const nonce = this.#surroundings.randomBytes(HASH_BYTES);
      const perform = this.#engine.perform;
      const welcome = await logIn(
        { hubLink, challenge, state, effects, supply, nonce, perform },
        introduction,
      );
      this.#meeting = meeting;
      this.#attempts = 0;
      this.title = challenge.title;
      this.#engine.loggedIn(hubLink.link, welcome);
    } catch (error) {
      hubLink.leave();
      throw error;
    }
    this.#emit({
      type: "connected",
      hubTitle: this.title,
      address: this.#surroundings.hubAddress,
      handle: state.profile.handle,
      isNewHub,
    });
    hubLink.attach((frames) => {
      this.#takeBatch(hubLink, frames);
    });
  }

  #takeBatch(hubLink: HubLink, frames: readonly HubFrame[]): void {
    for (const frame of frames) {
      if (frame.type === "entries")
        this.#ahead?.begin(frame, { state: this.#engine.state, pickleOf: this.#pickleOf });
    }
    this.#engine.takeFrames(frames).catch((error: unknown) => {
      if (error instanceof RemoteError) hubLink.linkBroken(error);
      else this.#engine.failed(error);
    });
  }

  /** Return when the link is lost; ping when it is silent. */
  async #listen({ hubLink }: Meeting): Promise<void> {
    while (!isLost(hubLink)) {
      const leftS = hubLink.receivedAtS + DEAD_AFTER_S - this.#clock.timeS();
      if (leftS < CLOCK_GRAIN_S) {
        hubLink.giveUp(`the hub has not answered for ${DEAD_AFTER_S} s`);
        await hubLink.lost;
        break;
      }
      await this.#lostOrAfter(hubLink, Math.min(PING_INTERVAL_S, leftS));
      // whatever has come: the hub, too, listens for signs of life
      if (!isLost(hubLink)) hubLink.send({ type: "ping", token: 0 });
    }
    this.#engine.linkLost();
  }

  async #lostOrAfter(hubLink: HubLink, delayS: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = this.#clock.callLater(delayS, resolve);
      void hubLink.lost.then(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  // --- for ever ---

  /** Stay connected until closed, or until something says that trying again can't help. */
  async run(): Promise<void> {
    while (!this.#isClosed) {
      let [reason, retryAfterS] = ["not connected", 0];
      if (this.#meeting) {
        const { hubLink } = this.#meeting;
        await this.#listen(this.#meeting);
        this.#meeting = null;
        reason = hubLink.lostReason;
        retryAfterS = Math.min((hubLink.bye?.retryAfterMs ?? 0) / 1000, LONGEST_FAREWELL_S);
        if (hubLink.bye && (retryAfterS < 0 || FINAL.has(hubLink.bye.code))) {
          this.#stop(hubLink.bye.code, hubLink.bye.text);
        }
      }
      if (!(await this.#reconnect(reason, retryAfterS))) return;
    }
  }

  /** Try until it works; false if it never will. */
  async #reconnect(firstReason: string, firstRetryAfterS: number): Promise<boolean> {
    let [reason, retryAfterS] = [firstReason, firstRetryAfterS];
    while (!this.#isClosed) {
      const retryInS = retryAfterS + retryDelayS(this.#attempts, this.#surroundings.random());
      this.#attempts += 1;
      this.#emit({ type: "disconnected", reason, retryInS, waiting: this.#engine.outbox.waiting });
      await this.#sleep(retryInS);
      if (this.#hasLeft()) return false;
      try {
        await this.#tryOnce();
        return true;
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error);
        retryAfterS = error instanceof Refusal ? Math.min(error.retryAfterMs / 1000, LONGEST_FAREWELL_S) : 0;
        this.#stopIfFinal(error);
      }
    }
    return false;
  }

  #stopIfFinal(error: unknown): void {
    if (error instanceof Refusal || error instanceof RemoteError) {
      if (FINAL.has(error.code)) this.#stop(error.code, error.message);
    } else if (error instanceof HubIdentityChanged) {
      this.#stop("hub_identity_changed", error.message);
    } else if (error instanceof HubReplaced) {
      this.#stop("hub_replaced", error.message);
    } else if (!(error instanceof LinkLost)) {
      this.#engine.failed(error);
      this.#isClosed = true;
    }
  }

  #stop(code: string, text: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#emit({ type: "stopped", code, text });
  }

  async #tryOnce(): Promise<void> {
    const { profile } = this.#engine.state;
    const meeting = await meet(this.#surroundings, profile.hubIdentityKey);
    const introduction = { name: null, loginName: profile.handle, invite: new Uint8Array(0) };
    await this.logIn(meeting, introduction, false);
  }

  async #sleep(delayS: number): Promise<void> {
    await Promise.race([
      sleep(this.#clock, delayS),
      new Promise<void>((resolve) => {
        this.#wakeUp = resolve;
      }),
    ]);
  }

  #hasLeft(): boolean {
    return this.#isClosed;
  }

  /** Try now instead of later: the network is back, or the page is looked at again. */
  hurry(): void {
    this.#attempts = 0;
    this.#wakeUp();
  }

  /** Leave the hub. */
  close(): void {
    this.#isClosed = true;
    this.#endWaking?.();
    this.#meeting?.hubLink.link.close();
    this.#wakeUp();
  }
}

/** A look at what changes while we wait. */
function isLost(hubLink: HubLink): boolean {
  return hubLink.isLost;
}
