/**
 * What must be done to a store that was put back from a copy, before anything is sent from it. Mirrors
 * `client/old_copy.py`.
 *
 * Since the copy was made its device may have gone on sending. A key that was used then and would be used again for
 * another text would open both: so no session of the copy ever encrypts again. What came after the copy is found out
 * from the hub (`sync`: cursors and counters); what waited is sealed anew, under its own message id, so that the hub
 * takes each message once.
 */

import type { Change, Store } from "$client/store/interface";
import type { StoredStatement } from "$client/store/records";
import { EMPTY_BYTES } from "$wire/bytes";
import { decodeStatement } from "$wire/directory";
import { toHex } from "$wire/hex";
import { deviceOf } from "$wire/statements";

/**
 * Forget every sending session, retire every Olm session (they still decrypt), unseal what waits. Rejects with
 * StoreFailed.
 */
export async function retireSending(store: Store): Promise<void> {
  const state = await store.load();
  const unsealed = state.outbox.filter((row) => row.frames.length);
  const changes: readonly Change[] = [
    ...state.outbound.map(({ log }) => ({ type: "delete_outbound_session", log }) as const),
    ...unsealed.map((row) => ({ ...row, frames: EMPTY_BYTES, counter: 0 })),
    ...state.statements.flatMap((statement) => retired(store, statement)),
  ];
  await store.commit(changes);
}

/** Return the sessions with a device, so placed that none is used to encrypt (`PeerSessions.retire`). */
function retired(store: Store, stored: StoredStatement): Change[] {
  if (!stored.isValid) return [];
  const { type, statement } = decodeStatement(stored.kind, stored.body);
  if (type !== "device") return [];
  const sessions = store.olmSessions(toHex(deviceOf(statement)));
  return sessions.map((each) => ({ ...each, used: Math.min(each.used, -each.used) }));
}
