/** Whether messages have a place to be stored in. */

import { MAX_SEQ, type Change, type LogId } from "$client/store/interface";
import { LocalError } from "$wire/errors";

/** Refuse messages that have no place, before anything is written. `isLog` knows what is or gets stored. */
export function checkPlaces(changes: readonly Change[], isLog: (log: LogId) => boolean): void {
  for (const change of changes) {
    if (change.type !== "stored_message") continue;
    const isPlaced = Number.isInteger(change.seq) && change.seq >= 1 && change.seq <= MAX_SEQ;
    if (!isPlaced || !isLog(change.log)) {
      throw new LocalError(`there is no place ${change.seq} in log ${change.log}`);
    }
  }
}
