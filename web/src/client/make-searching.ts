/** Joins the search to what it reads: conversations as faces show them, and who is ignored. */

import { unamended } from "$client/amendments";
import type { Conversations } from "$client/conversations";
import type { Messages } from "$client/messages";
import type { Outbox } from "$client/outbox";
import { Searching } from "$client/searching";
import type { ClientState } from "$client/state";
import type { Store } from "$client/store/interface";

/** What a search reads. */
export interface MakeSearchingParts {
  readonly state: ClientState;
  readonly store: Store;
  readonly messages: Messages;
  readonly outbox: Outbox;
  readonly conversations: Conversations;
}

/** Make what answers queries. */
export function makeSearching({
  state,
  store,
  messages,
  outbox,
  conversations,
}: MakeSearchingParts): Searching {
  return new Searching({
    store,
    logs: () => [...state.logs.values()].filter((log) => log.isConversation).map((log) => log.id),
    before: (log, seq, limit) => messages.before(log, seq, limit),
    texts: async (id, stored) => {
      const log = state.logs.get(id);
      const looks = log ? await conversations.looks.of(log, stored) : stored.map(() => unamended(null));
      return looks.map((look) => look.text);
    },
    authorOf: (device) => state.ownerOf(device),
    isChanging: (message) => outbox.book.shownAmendmentsOf(message).length > 0,
    show: async (id, stored) => {
      const log = state.logs.get(id);
      return log ? conversations.ofMany(log, stored) : [];
    },
    ignored: () => state.ignored,
    isIgnored: (device) => state.isIgnored(device),
  });
}
