/** Our own status: what the person chose, and whether they have touched this device lately. */

import type { Effects } from "$client/effects";
import type { CallLater } from "$client/later";
import type { Signals } from "$client/signals";
import type { ClientState } from "$client/state";
import { EMPTY_BYTES } from "$wire/bytes";
import { Status } from "$wire/status";

/** A timer may ring a little early; a shorter one would spin. */
const SHORTEST_WAIT_S = 0.05;

/** What an own status works with. */
export interface OwnStatusParts {
  readonly state: ClientState;
  readonly effects: Effects;
  readonly signals: Signals;
  /** After so long without a key we are shown as idle; 0: never. */
  readonly idleAfterS: number;
  readonly nowS: () => number;
  readonly callLater: CallLater;
}

/** Tells the hub, when it has changed and after each login. Lives as long as the client. */
export class OwnStatus {
  readonly #parts: OwnStatusParts;
  /** ONLINE, AWAY or DO_NOT_DISTURB. */
  chosen: Status = Status.ONLINE;
  /** Why we are away; may be empty. */
  reason = "";
  /** When it was last chosen, by the hub's clock (Unix ms; 0: never). */
  sinceMs = 0;
  #isQuietTime = false;
  #inputAtS = 0;
  #isIdle = false;
  #isWatching = false;

  constructor(parts: OwnStatusParts) {
    this.#parts = parts;
  }

  /** What others are shown of this device. */
  get status(): Status {
    if (this.chosen !== Status.ONLINE) return this.chosen;
    if (this.#isQuietTime) return Status.DO_NOT_DISTURB;
    return this.#isIdle ? Status.IDLE : Status.ONLINE;
  }

  /** Tell whether somebody could read this reason now; without one there is nothing to read. */
  isReadable(reason: string): boolean {
    return !reason || this.#parts.signals.hasReaders(this.#parts.state.everyoneLog);
  }

  /** Take what the person chose. Throws LocalError if the reason is too long. */
  choose(status: Status, reason: string): void {
    const note = this.#seal(reason);
    this.chosen = status;
    this.reason = reason;
    this.#isQuietTime = false; // until the next quiet hours: the person knows better
    this.sinceMs = this.#parts.signals.hubNowMs();
    this.#tell(note);
  }

  /** Quiet hours have begun or ended: that shows, unless the person has chosen a status. */
  setQuietTime(isQuiet: boolean): void {
    const before = this.status;
    this.#isQuietTime = isQuiet;
    if (this.status === before) return;
    this.sinceMs = this.#parts.signals.hubNowMs();
    this.#tell(EMPTY_BYTES);
  }

  /** The person is here: a key was pressed. Without any, a device never counts as idle. */
  touched(): void {
    this.#inputAtS = this.#parts.nowS();
    if (this.#isIdle) this.#setIdle(false);
    if (this.#isWatching || this.#parts.idleAfterS <= 0) return;
    this.#isWatching = true;
    this.#parts.callLater(this.#parts.idleAfterS, this.#look);
  }

  readonly #look = (): void => {
    const leftS = this.#inputAtS + this.#parts.idleAfterS - this.#parts.nowS();
    this.#isWatching = leftS > 0;
    if (leftS > 0) this.#parts.callLater(Math.max(leftS, SHORTEST_WAIT_S), this.#look);
    else this.#setIdle(true);
  };

  #setIdle(isIdle: boolean): void {
    const before = this.status;
    this.#isIdle = isIdle;
    if (this.status !== before) this.#tell(EMPTY_BYTES);
  }

  #tell(note: Uint8Array): void {
    this.#parts.effects.send({ type: "set_status", status: this.status, note });
  }

  /** A new connection: the hub takes us for online until we say otherwise. */
  loggedIn(): void {
    if (this.status !== Status.ONLINE) this.#tell(EMPTY_BYTES);
  }

  /** Now we know who reads: the reason may go to them. */
  caughtUp(): void {
    if (this.reason) this.#tell(this.#seal(this.reason));
  }

  #seal(reason: string): Uint8Array {
    const { state, signals } = this.#parts;
    const note = reason ? signals.seal(state.everyoneLog, { type: "away_reason", text: reason }) : null;
    return note ?? EMPTY_BYTES;
  }
}
