/**
 * Who is typing where: ours, told now and then; theirs, until they say so no more.
 *
 * Nothing here is stored or has to arrive. A notice that is repeated by the hub is dropped by its time, and would do
 * no more than show a person as typing for some seconds.
 */

import type { Effects } from "$client/effects";
import type { CallLater } from "$client/later";
import {
  type Conversation,
  conversationKey,
  type ConversationKey,
  type DeviceId,
  type UserId,
} from "$client/model";
import type { Opened, Signals } from "$client/signals";
import type { ClientState, Log } from "$client/state";
import type { ChainedEntry } from "$wire/entries";
import type { Signal } from "$wire/frames";
import { fromHex, toHex } from "$wire/hex";
import { MAX_SIGNAL_PEOPLE, SIGNAL_MAX_AGE_S, TYPING_INTERVAL_S, TYPING_LASTS_S } from "$wire/limits";

/** A timer may ring a little early; a shorter one would spin. */
const SHORTEST_WAIT_S = 0.05;

interface Typist {
  readonly conversation: Conversation;
  readonly user: UserId;
  readonly untilS: number;
}

/** What typing notices work with. */
export interface TypingParts {
  readonly state: ClientState;
  readonly effects: Effects;
  readonly signals: Signals;
  readonly nowS: () => number;
  readonly callLater: CallLater;
}

/** Sends ours and shows theirs. */
export class TypingNotices {
  readonly #parts: TypingParts;
  readonly #toldAtS = new Map<ConversationKey, number>();
  readonly #theirs = new Map<string, Typist>();
  readonly #newestMs = new Map<DeviceId, number>();
  #isWatching = false;

  constructor(parts: TypingParts) {
    this.#parts = parts;
  }

  // --- ours ---

  /** Tell that we are typing, unless that was told a moment ago. */
  typing(conversation: Conversation): void {
    const [nowS, key] = [this.#parts.nowS(), conversationKey(conversation)];
    if (nowS - (this.#toldAtS.get(key) ?? -Infinity) < TYPING_INTERVAL_S) return;
    this.#toldAtS.set(key, nowS);
    this.#tell(conversation, true);
  }

  /** Tell that we type no more, if anybody may think so. */
  stoppedTyping(conversation: Conversation): void {
    const key = conversationKey(conversation);
    const toldAtS = this.#toldAtS.get(key);
    this.#toldAtS.delete(key);
    if (toldAtS !== undefined && this.#parts.nowS() - toldAtS < TYPING_LASTS_S)
      this.#tell(conversation, false);
  }

  #tell(conversation: Conversation, isTyping: boolean): void {
    const { state, signals, effects } = this.#parts;
    if (!state.isOnline || state.members(conversation).length > MAX_SIGNAL_PEOPLE) return;
    const log = state.logOf(conversation);
    const body = signals.seal(log, { type: "typing_notice", isTyping });
    if (body) effects.send({ type: "signal", log: fromHex(log), body });
  }

  // --- theirs ---

  /** Show that somebody is typing, or types no more. */
  take(frame: Signal): void {
    const { state, signals, nowS } = this.#parts;
    const opened = signals.open(frame.log, frame.body);
    const log = state.logs.get(toHex(frame.log));
    if (!log || !opened || opened.user === state.user || !this.#isNew(opened)) return;
    if (opened.content.type !== "typing_notice") return;
    const conversation = state.conversationOf(log);
    const typist = { conversation, user: opened.user, untilS: nowS() + TYPING_LASTS_S };
    if (opened.content.isTyping) this.#started(typist);
    else this.#ended(typist);
  }

  /** Tell whether a signal was made just now, and after all we had from its device. */
  #isNew({ device, madeAtMs }: Opened): boolean {
    const ageMs = Math.abs(this.#parts.signals.hubNowMs() - madeAtMs);
    if (ageMs > SIGNAL_MAX_AGE_S * 1000 || madeAtMs <= (this.#newestMs.get(device) ?? 0)) return false;
    this.#newestMs.set(device, madeAtMs);
    return true;
  }

  #started(typist: Typist): void {
    if (!this.#theirs.has(nameOf(typist))) this.#emit(typist, true);
    this.#theirs.set(nameOf(typist), typist);
    if (this.#isWatching) return;
    this.#isWatching = true;
    this.#parts.callLater(TYPING_LASTS_S, this.#look);
  }

  #ended(typist: Typist): void {
    if (this.#theirs.delete(nameOf(typist))) this.#emit(typist, false);
  }

  #emit({ conversation, user }: Typist, isTyping: boolean): void {
    this.#parts.effects.emit({
      type: "typing",
      conversation,
      handle: this.#parts.state.handleOf(user),
      isTyping,
    });
  }

  /** End what has lasted long enough, and look again when the next may have. */
  readonly #look = (): void => {
    const nowS = this.#parts.nowS();
    for (const typist of [...this.#theirs.values()]) if (typist.untilS <= nowS) this.#ended(typist);
    this.#isWatching = this.#theirs.size > 0;
    if (!this.#isWatching) return;
    const nextS = Math.min(...[...this.#theirs.values()].map((each) => each.untilS));
    this.#parts.callLater(Math.max(nextS - nowS, SHORTEST_WAIT_S), this.#look);
  };

  /** Whoever has said something has typed it; we, too, tell anew when we type again. */
  tookMessages(log: Log, run: readonly ChainedEntry[]): void {
    const { state } = this.#parts;
    if (!this.#theirs.size && !this.#toldAtS.size) return;
    const conversation = state.conversationOf(log);
    for (const { entry } of run) {
      const user = state.ownerOf(toHex(entry.sender));
      if (user === state.user) this.#toldAtS.delete(conversationKey(conversation));
      else if (user !== null) this.#ended({ conversation, user, untilS: 0 });
    }
  }

  /** Nobody tells us any more. */
  linkLost(): void {
    this.#toldAtS.clear();
    for (const typist of [...this.#theirs.values()]) this.#ended(typist);
  }
}

function nameOf({ conversation, user }: Typist): string {
  return `${conversationKey(conversation)}/${user}`;
}
