/**
 * How long messages of a conversation live, from which entry on. Mirrors `client/lifetimes.py`.
 *
 * A fold over the `Lifetime` entries of its log that their authors were allowed to write: the same on every device that
 * has read them, whenever their keys came.
 */

import { hasSetting, placeOf } from "$client/conversation-rules";
import { contentOf } from "$client/looks";
import type { Conversation } from "$client/model";
import type { ClientState, Log } from "$client/state";
import type { Store } from "$client/store/interface";
import type { ExpirySpan, LogId, StoredMessage } from "$client/store/records";
import type { LifetimeSince } from "$wire/account";
import { ContentKind } from "$wire/content";
import { MAX_LIFETIME_CHANGES } from "$wire/limits";

/** Texts behind `seq` live so many seconds, 0: for ever. `saidSeq` is the entry that said so. */
export interface LifetimeFrom {
  readonly seq: number;
  readonly saidSeq: number;
  readonly seconds: number;
}

/** Knows those of all conversations; what the store holds is looked up when first asked for. */
export class Lifetimes {
  readonly #state: ClientState;
  readonly #store: Store;
  readonly #known = new Map<LogId, LifetimeFrom[]>();
  /** What other devices of ours say was set: the hub may have removed those entries. */
  handed: (log: Log) => readonly LifetimeSince[] = () => [];

  constructor(state: ClientState, store: Store) {
    this.#state = state;
    this.#store = store;
  }

  /** Return all changes of a log, in their order. */
  async of(log: Log): Promise<LifetimeFrom[]> {
    let known = this.#known.get(log.id);
    if (known) return known;
    known = [];
    if (hasSetting("lifetime", log.stored.kind)) {
      const stored = await this.#store.ofKind(log.id, ContentKind.LIFETIME, MAX_LIFETIME_CHANGES);
      this.#note(log, known, stored);
      this.#noteHanded(log, known);
    }
    this.#known.set(log.id, known);
    return known;
  }

  /** Look up those of all conversations, so that `current` knows them. */
  async load(): Promise<void> {
    await Promise.all([...this.#state.logs.values()].map((log) => this.of(log)));
  }

  /** Return how many seconds the next message lives; 0: for ever. */
  current(conversation: Conversation): number {
    return this.#known.get(this.#state.logOf(conversation))?.at(-1)?.seconds ?? 0;
  }

  /** Return those that `of` has looked up. */
  knownOf(log: Log): readonly LifetimeFrom[] {
    return this.#known.get(log.id) ?? [];
  }

  /** Take what our devices say, unless its entry is here; return as `note`. */
  async noteHanded(log: Log): Promise<number | null> {
    return this.#noteHanded(log, await this.of(log));
  }

  #noteHanded(log: Log, known: LifetimeFrom[]): number | null {
    const isKnown = (seq: number): boolean => known.some((each) => each.seq === seq || each.saidSeq === seq);
    const handed = this.handed(log).filter((each) => !isKnown(each.seq));
    known.push(...handed.map(({ seq, seconds }) => ({ seq, saidSeq: seq, seconds })));
    sort(known);
    return handed.length ? Math.min(...handed.map((each) => each.seq)) : null;
  }

  /** Take what entries say, each once; return behind which seq that changes anything, null: nowhere. */
  async note(log: Log, messages: readonly StoredMessage[]): Promise<number | null> {
    return this.#note(log, await this.of(log), messages);
  }

  #note(log: Log, known: LifetimeFrom[], messages: readonly StoredMessage[]): number | null {
    const places: number[] = [];
    for (const message of messages) {
      const from = this.#from(log, known, message);
      if (!from) continue;
      known.push(from);
      sort(known);
      places.push(from.seq);
    }
    return places.length ? Math.min(...places) : null;
  }

  /** Return the change that an entry makes; null if it makes none. */
  #from(log: Log, known: readonly LifetimeFrom[], message: StoredMessage): LifetimeFrom | null {
    const content = contentOf(message);
    if (content?.type !== "lifetime" || known.some((each) => each.saidSeq === message.seq)) return null;
    const { seconds, since } = content;
    const seq = placeOf(this.#state, log, { setting: "lifetime", message, since });
    if (seq === null) return null;
    if (since && lifetimeAt(known, seq + 1) === seconds) return null; // others have said it again already
    return { seq, saidSeq: message.seq, seconds };
  }
}

function sort(known: LifetimeFrom[]): void {
  known.sort((one, other) => one.seq - other.seq || one.saidSeq - other.saidSeq);
}

/** Return how many seconds the text at `seq` lives; 0: for ever. */
export function lifetimeAt(known: readonly LifetimeFrom[], seq: number): number {
  return known.findLast((each) => each.seq < seq)?.seconds ?? 0;
}

/** Return what holds for a part of a log (`after` < seq <= `upTo`), piece by piece. */
export function spansOf(
  log: LogId,
  known: readonly LifetimeFrom[],
  after: number,
  upTo: number,
): ExpirySpan[] {
  const all = [{ seq: 0, saidSeq: 0, seconds: 0 }, ...known];
  return all.flatMap((each, place) => {
    const end = all[place + 1]?.seq ?? upTo;
    const [first, last] = [Math.max(each.seq, after), Math.min(end, upTo)];
    if (first >= last) return [];
    return [{ type: "expiry_span", log, after: first, upTo: last, lifetimeS: each.seconds } as const];
  });
}
