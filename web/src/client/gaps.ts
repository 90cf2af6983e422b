/**
 * What the hub had removed before we came for it: the only way in which a cursor passes what never came. Mirrors
 * `client/gaps.py`.
 *
 * A hub keeps messages for some days, or as many as fit. It says up to where a log is pruned; what we lack of
 * that is noted, told and never asked for again, and the chain of hashes goes on behind it. In a room the changes
 * of its members come first: without them nobody could tell whom what follows was for.
 */

import type { Effects } from "$client/effects";
import type { Pruned } from "$client/log";
import type { Conversation, Gap } from "$client/model";
import type { ClientState, Log } from "$client/state";
import type { LogId, Store } from "$client/store/interface";
import type { StoredGap } from "$client/store/records";
import { equalBytes } from "$wire/bytes";
import { LogKind } from "$wire/entries";
import { RemoteError } from "$wire/errors";
import type { Head } from "$wire/frames";
import { fromHex } from "$wire/hex";

/** What the hub says of an entry that is further back than the cursor: the store has its hash, if anybody. */
interface Claim extends Pruned {
  readonly log: Log;
}

/** Moves cursors over what is gone. */
export class Gaps {
  readonly #state: ClientState;
  readonly #effects: Effects;
  readonly #store: Pick<Store, "entryHash">;
  readonly #missing = new Map<LogId, StoredGap[]>();
  #claims: Claim[] = [];

  /** `stored` is what was found earlier. */
  constructor(
    state: ClientState,
    effects: Effects,
    store: Pick<Store, "entryHash">,
    stored: readonly StoredGap[],
  ) {
    this.#state = state;
    this.#effects = effects;
    this.#store = store;
    for (const gap of stored) this.#keep(gap);
  }

  /** Return what is missing of a conversation, oldest first. */
  of(conversation: Conversation): readonly Gap[] {
    return (this.#missing.get(this.#state.logOf(conversation)) ?? []).map(gapOf);
  }

  /**
   * Note up to where the hub has removed messages, and pass over what we lack of them.
   *
   * In a room that waits until we know its members (`passOver`). False: it contradicts what we have; of what is
   * further back than the cursor, `contradicted` tells. Throws RemoteError: nothing of such a log is ever removed,
   * or not so much.
   */
  takeHead(log: Log, head: Head): boolean {
    const { stored } = log;
    const [seq, hash] = [head.prunedSeq, head.prunedHash];
    if (!seq) return true;
    if (!log.isConversation || seq > head.seq) {
      throw new RemoteError("protocol", "the hub has removed what no hub removes");
    }
    if (seq === head.seq && !equalBytes(hash, head.hash)) return false;
    if (seq === stored.seq) return equalBytes(hash, stored.hash);
    if (seq < stored.seq) {
      this.#claims.push({ log, seq, hash });
      return true;
    }
    log.pruned = { seq, hash };
    if (stored.kind !== LogKind.ROOM) this.passOver(log);
    else log.isFetching = false; // a page that is on its way comes too early
    return true;
  }

  /** Return what the hub has said since the last call of entries we have, and is not true; where each stands. */
  async contradicted(): Promise<readonly Claim[]> {
    const [claims, false_]: [Claim[], Claim[]] = [this.#claims, []];
    this.#claims = [];
    for (const claim of claims) {
      const known = await this.#store.entryHash(claim.log.id, claim.seq);
      if (known && !equalBytes(known, claim.hash)) false_.push(claim);
    }
    return false_;
  }

  /** Go on behind what is gone. */
  passOver(log: Log): void {
    const { pruned, stored } = log;
    if (!pruned) return;
    log.pruned = null;
    log.stored = { ...stored, seq: pruned.seq, hash: pruned.hash };
    this.#effects.save(log.stored);
    if (stored.kind === LogKind.ROOM) {
      // or the hub would tell who is out of it again at each login
      this.#effects.send({ type: "ack", log: fromHex(log.id), seq: pruned.seq });
    }
    const count = pruned.seq - stored.seq - this.#changesOfMembers(log.id, stored.seq, pruned.seq);
    if (count) {
      this.#note(log, {
        type: "stored_gap",
        log: log.id,
        afterSeq: stored.seq,
        upToSeq: pruned.seq,
        count,
      });
    }
  }

  #changesOfMembers(log: LogId, after: number, upTo: number): number {
    const seqs = this.#state.rooms.get(log)?.seqs ?? [];
    return seqs.filter((seq) => after < seq && seq <= upTo).length;
  }

  #keep(gap: StoredGap): void {
    this.#missing.set(gap.log, [...(this.#missing.get(gap.log) ?? []), gap]);
  }

  #note(log: Log, stored: StoredGap): void {
    this.#keep(stored);
    this.#effects.save(stored);
    const conversation = this.#state.conversationOf(log);
    this.#effects.emit({
      type: "gap_found",
      conversation,
      conversationName: this.#state.nameOf(conversation),
      gap: gapOf(stored),
    });
  }
}

function gapOf({ afterSeq, upToSeq, count }: StoredGap): Gap {
  return { afterSeq, upToSeq, count };
}
