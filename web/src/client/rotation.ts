/**
 * When our sending sessions end because somebody must not follow them any more. Mirrors `client/rotation.py`.
 *
 * Whom we gave a session's key is not all who have it: a person's first device hands a new one the past, and members
 * of a room that keeps its history hand it to newcomers, and both may hold the key of a session that is still in use.
 * So a session ends at once when anybody who could have been given it goes, whether we gave it to them or not.
 */

import type { MessageKeys } from "$client/message-keys";
import type { UserId } from "$client/model";
import type { ClientState } from "$client/state";
import { LogKind } from "$wire/entries";

/**
 * A device of this user was cut off: end each session that it may follow.
 *
 * That is also those of rooms where the user isn't: the directory and a room's log come in any order.
 */
export function endSessionsWith(state: ClientState, keys: MessageKeys, user: UserId): void {
  for (const id of keys.sendingLogs) {
    const stored = state.logs.get(id)?.stored;
    const isOthersAccount = stored?.kind === LogKind.ACCOUNT && user !== state.user;
    if (!isOthersAccount && (!stored?.users.length || stored.users.includes(user))) keys.dropSending(id);
  }
}
