/** What the id of a log must be, by what the hub says that it is: no log can be passed off as another. */

import type { ClientState } from "$client/state";
import type { LogId } from "$client/store/records";
import { LogKind } from "$wire/entries";
import type { Head } from "$wire/frames";
import { fromHex, toHex } from "$wire/hex";
import { directLog, groupLog } from "$wire/ids";

/** Return the id that the log of a head must have; null if there can't be such a log here. */
export function expectedLog(state: ClientState, head: Head): LogId | null {
  switch (head.kind) {
    case LogKind.DIRECTORY:
      return state.directoryLog;
    case LogKind.EVERYONE:
      return state.everyoneLog;
    case LogKind.INBOX:
      return state.inbox;
    case LogKind.ROOM:
      return state.rooms.has(toHex(head.log)) ? toHex(head.log) : null;
    default:
      return areOurs(state, head) ? logOfPeople(state, head) : null;
  }
}

/** Tell whether we are one of these people, each named once; a direct log with oneself may name one twice. */
function areOurs(state: ClientState, { kind, users }: Head): boolean {
  const named = users.map(toHex);
  const isEachOnce = new Set(named).size === named.length || (kind === LogKind.DIRECT && named.length === 2);
  return isEachOnce && named.includes(state.user);
}

function logOfPeople(state: ClientState, { kind, users }: Head): LogId | null {
  const database = fromHex(state.database);
  const [first, last] = [users[0], users.at(-1)];
  if (kind === LogKind.ACCOUNT) return users.length === 1 ? state.accountLog : null;
  if (kind === LogKind.GROUP) return toHex(groupLog(database, users));
  const isPair = kind === LogKind.DIRECT && first !== undefined && last !== undefined && users.length <= 2;
  return isPair ? toHex(directLog(database, first, last)) : null;
}
