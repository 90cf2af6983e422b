/**
 * What newcomers of a room can't read because it was said before they came: its topic, its lifetime. Mirrors
 * `client/newcomers.py`.
 *
 * Whoever leads the room says it again, with the place where it was said first: who has that entry passes it over. Of
 * several who could, the first one who is here does; the others see it said, and need not.
 */

import { couldSet, type Setting } from "$client/conversation-rules";
import type { Later } from "$client/later";
import type { Lifetimes } from "$client/lifetimes";
import type { MessageId } from "$client/model";
import type { Outbox } from "$client/outbox";
import type { RoomState } from "$client/room-state";
import type { ClientState, Log } from "$client/state";
import type { Store } from "$client/store/interface";
import type { LogId } from "$client/store/records";
import type { RandomBytes } from "$client/surroundings";
import { type Content, ContentKind, encodeContent } from "$wire/content";

/** After somebody came in: several who come at once are told at once. */
export const SAY_AFTER_S = 2;
/** How long the next who could say it leaves to the one before. */
const NEXT_AFTER_S = 5;
/** Among how many of the newest entries of a kind one is looked for that counts. */
const LOOKED_AT = 20;
const KINDS: Readonly<Record<Setting, number>> = { topic: ContentKind.TOPIC, lifetime: ContentKind.LIFETIME };

/** What newcomers are looked after with. */
export interface NewcomersParts {
  readonly state: ClientState;
  readonly store: Store;
  readonly outbox: Outbox;
  readonly lifetimes: Lifetimes;
  readonly later: Later;
  readonly randomBytes: RandomBytes;
  readonly newMessageId: () => MessageId;
}

/** Looks after them in the rooms that we lead. */
export class Newcomers {
  readonly #parts: NewcomersParts;
  readonly #state: ClientState;
  readonly #waiting = new Set<LogId>();

  constructor(parts: NewcomersParts) {
    this.#parts = parts;
    this.#state = parts.state;
  }

  /** Everything of before we came is stored: look at all rooms. */
  lookEverywhere(): void {
    for (const room of this.#state.rooms.values()) this.look(room);
  }

  /** Somebody may have come in: see soon whether they lack something, and nobody was quicker. */
  look(room: RoomState): void {
    if (this.#waiting.has(room.log) || !this.#isOursToSay(room)) return;
    this.#waiting.add(room.log);
    const [chance = 0] = this.#parts.randomBytes(1); // two devices of one person are not equal
    const waitS = SAY_AFTER_S * (1 + chance / 256) + NEXT_AFTER_S * this.#rank(room);
    this.#parts.later.callLater(waitS, () => this.#say(room));
  }

  #isOursToSay(room: RoomState): boolean {
    const { keepsHistory, isArchived } = room.room.statement;
    return this.#state.isOnline && !keepsHistory && !isArchived && room.leadsNow(this.#state.user);
  }

  /** Return how many who are here come before us. */
  #rank(room: RoomState): number {
    const { user, presence } = this.#state;
    const here = room.readers.filter((each) => each < user && room.leadsNow(each));
    return here.filter((each) => presence.get(each)?.online === true).length;
  }

  // --- saying it ---

  async #say(room: RoomState): Promise<void> {
    this.#waiting.delete(room.log);
    const log = this.#state.logs.get(room.log);
    if (!log || !this.#isOursToSay(room)) return;
    const others = room.readers.filter((user) => user !== this.#state.user);
    const cameSeq = Math.max(0, ...others.map((user) => room.cameInAt(user)));
    for (const setting of ["topic", "lifetime"] as const) {
      const content = await this.#content(log, setting);
      const saidSeq = content ? await this.#saidSeq(log, setting) : 0;
      if (!content || saidSeq === 0 || saidSeq >= cameSeq) continue;
      const conversation = this.#state.conversationOf(log);
      this.#parts.outbox.add(conversation, this.#parts.newMessageId(), encodeContent(content));
    }
  }

  /** Return what holds now, with the place it has; null if we know of nothing. */
  async #content(log: Log, setting: Setting): Promise<Content | null> {
    if (setting === "lifetime") {
      const last = (await this.#parts.lifetimes.of(log)).at(-1);
      return last ? { type: "lifetime", seconds: last.seconds, since: last.seq } : null;
    }
    const topic = this.#state.topics.get(log.id);
    return topic ? { type: "topic", text: topic.text, since: topic.seq } : null;
  }

  /** Return the newest entry that said it, or said it again; 0 if there is none. */
  async #saidSeq(log: Log, setting: Setting): Promise<number> {
    const stored = await this.#parts.store.ofKind(log.id, KINDS[setting], LOOKED_AT);
    const said = stored.filter((each) => couldSet(setting, this.#state, log, each));
    return Math.max(0, ...said.map((each) => each.seq));
  }
}
