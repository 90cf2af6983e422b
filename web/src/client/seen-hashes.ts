/**
 * Two people comparing what the hub told them: each message says what its author had seen last, of its log and
 * of the directory. Another hash at the same place means that the hub tells two stories.
 */

import type { DeviceId } from "$client/model";
import type { ReaderParts, ReadingLog } from "$client/reader";
import type { LogId } from "$client/store/records";
import { equalBytes } from "$wire/bytes";
import type { Plaintext, Seen } from "$wire/content";
import { ZERO_HASH } from "$wire/ids";

/** Hashes of entries that may not be committed yet; older ones are in the store. */
const REMEMBERED_HASHES = 2048;

/** The place of the message that says what was seen. */
interface Sayer {
  readonly log: ReadingLog;
  readonly seq: number;
  readonly sender: DeviceId;
}

/** Remembers the hashes of entries, and compares. */
export class SeenHashes {
  readonly #parts: Pick<ReaderParts, "state" | "store" | "forked">;
  readonly #recent = new Map<string, Uint8Array>();
  #agreedDirectory: Seen = { seq: 0, hash: ZERO_HASH };
  /** What somebody has seen of the directory beyond our own place in it, and who. */
  readonly #ahead = new Map<number, { readonly hash: Uint8Array; readonly sender: DeviceId }>();

  constructor(parts: Pick<ReaderParts, "state" | "store" | "forked">) {
    this.#parts = parts;
  }

  /** Remember the hash of an entry. */
  remember(log: LogId, seq: number, hash: Uint8Array): void {
    this.#recent.set(`${log} ${seq}`, hash);
    if (this.#recent.size <= REMEMBERED_HASHES) return;
    for (const oldest of this.#recent.keys()) {
      this.#recent.delete(oldest);
      break;
    }
  }

  async #hashAt(log: LogId, seq: number): Promise<Uint8Array | null> {
    return this.#recent.get(`${log} ${seq}`) ?? (await this.#parts.store.entryHash(log, seq));
  }

  /** Compare what a message says with what we know; false if nobody can have seen that yet. */
  async check(sayer: Sayer, { seen, directorySeen }: Plaintext): Promise<boolean> {
    const { log, seq, sender } = sayer;
    if (seen.seq >= seq) {
      this.#parts.forked(log, seen.seq, sender); // it has seen what comes later here: we were not shown all
      return false;
    }
    const known = await this.#hashAt(log.stored.log, seen.seq);
    if (known && !equalBytes(known, seen.hash)) this.#parts.forked(log, seen.seq, sender);
    const { seq: agreedSeq, hash } = this.#agreedDirectory;
    const isAsBefore = directorySeen.seq === agreedSeq && equalBytes(directorySeen.hash, hash);
    if (!isAsBefore) await this.#checkDirectory(directorySeen, sender);
    return true;
  }

  async #checkDirectory(seen: Seen, sender: DeviceId): Promise<void> {
    const { state } = this.#parts;
    const directory = state.logs.get(state.directoryLog);
    if (!directory) return;
    if (seen.seq > directory.stored.seq) {
      this.#ahead.set(seen.seq, { hash: seen.hash, sender }); // compared when we get there
      return;
    }
    const known = await this.#hashAt(state.directoryLog, seen.seq);
    if (!known) return;
    if (equalBytes(known, seen.hash)) this.#agreedDirectory = seen;
    else this.#parts.forked(directory, seen.seq, sender);
  }

  /** Compare a new directory entry with what somebody has already seen there. */
  directoryAdvanced(directory: ReadingLog, seq: number, hash: Uint8Array): void {
    this.remember(directory.stored.log, seq, hash);
    const expected = this.#ahead.get(seq);
    if (!expected) return;
    this.#ahead.delete(seq);
    if (!equalBytes(expected.hash, hash)) this.#parts.forked(directory, seq, expected.sender);
  }
}
