/** What `sync` works with, and what it reports to. */

import type { Gaps } from "$client/gaps";
import type { RoomMembers } from "$client/members";
import type { Log } from "$client/log";
import type { ChainedEntry } from "$wire/entries";

/** How cursors pass what they can't take as it comes, and who is told what they have passed. */
export interface SyncParts {
  readonly members: RoomMembers;
  readonly gaps: Gaps;
  /** Take the entries that a log's cursor has passed: each once, in order. */
  takeRun(log: Log, run: readonly ChainedEntry[]): Promise<void>;
  /** Nothing is missing. */
  caughtUp(): void;
  /** Hand over what this step has left to be done so far. */
  flush(): void;
  /** The highest counter we may have used in a log, answered or not. */
  highestCounter(log: Log): number;
  /** The counter of our newest message that stands in a log. */
  ownCounter(log: Log): number;
  /** The hub knows newer messages of ours than this store does. */
  rewind(log: Log): void;
}
