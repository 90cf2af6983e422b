/** What is of now and kept nowhere: statuses with their reasons, and who is typing. */

import type { Effects } from "$client/effects";
import type { CallLater } from "$client/later";
import type { DeviceId, PersonStatus, UserId } from "$client/model";
import { OwnStatus } from "$client/own-status";
import { Signals, type SignalsParts } from "$client/signals";
import type { ClientState } from "$client/state";
import { TypingNotices } from "$client/typing-notices";
import { EMPTY_BYTES, equalBytes } from "$wire/bytes";
import type { PersonPresence } from "$wire/frames";
import { fromHex, toHex } from "$wire/hex";
import { Status } from "$wire/status";

const SHOWN: Readonly<Record<number, PersonStatus>> = {
  [Status.ONLINE]: "online",
  [Status.IDLE]: "idle",
  [Status.AWAY]: "away",
  [Status.DO_NOT_DISTURB]: "do_not_disturb",
};

/** What `Now` works with. */
export interface NowParts extends SignalsParts {
  readonly effects: Effects;
  readonly idleAfterS: number;
  readonly callLater: CallLater;
}

interface Reason {
  readonly note: Uint8Array;
  readonly text: string;
}

/** Owns what says how things are at this moment. */
export class Now {
  readonly #state: ClientState;
  readonly #effects: Effects;
  readonly #signals: Signals;
  readonly typing: TypingNotices;
  readonly own: OwnStatus;
  readonly #reasons = new Map<UserId, Reason>();
  readonly #newestMs = new Map<DeviceId, number>();

  constructor(parts: NowParts) {
    this.#state = parts.state;
    this.#effects = parts.effects;
    this.#signals = new Signals(parts);
    const more = { ...parts, signals: this.#signals, nowS: () => parts.clock.timeS() };
    this.typing = new TypingNotices(more);
    this.own = new OwnStatus(more);
  }

  /** Somebody who is here has another status than before. */
  readonly statusChanged = (presence: PersonPresence): void => {
    this.#effects.emit({
      type: "status_changed",
      handle: this.#state.handleOf(toHex(presence.user)),
      status: this.statusOf(presence),
      reason: this.reasonOf(presence),
      sinceMs: presence.sinceMs,
    });
  };

  /** Return the status to show for a person. */
  statusOf({ online, status }: PersonPresence): PersonStatus {
    return online ? (SHOWN[status] ?? "online") : "offline";
  }

  /** Return our own, as this device tells it. */
  ownPresence(): PersonPresence {
    const { own } = this;
    const isSaid = own.status === Status.AWAY || own.status === Status.DO_NOT_DISTURB;
    const sinceMs = isSaid ? own.sinceMs : 0;
    const user = fromHex(this.#state.user);
    return { user, online: true, lastSeenMs: 0, status: own.status, sinceMs, note: EMPTY_BYTES };
  }

  /**
   * Return why a person is away, if they say so and we can read it. A remote string.
   *
   * It is opened when it is asked for: of a thousand people who are away, most are never looked at, and the key may
   * come later than the note.
   */
  reasonOf(presence: PersonPresence): string {
    if (!presence.online || !presence.note.length) return "";
    const known = this.#reasons.get(toHex(presence.user));
    return known && equalBytes(known.note, presence.note) ? known.text : this.#open(presence);
  }

  #open({ user, note }: PersonPresence): string {
    const opened = this.#signals.open(fromHex(this.#state.everyoneLog), note);
    if (!opened || opened.user !== toHex(user) || opened.content.type !== "away_reason") return "";
    if (opened.madeAtMs < (this.#newestMs.get(opened.device) ?? 0)) return ""; // an older one, repeated by the hub
    this.#newestMs.set(opened.device, opened.madeAtMs);
    const { text } = opened.content;
    this.#reasons.set(opened.user, { note, text });
    return text;
  }
}
