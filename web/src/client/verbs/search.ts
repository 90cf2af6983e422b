/** Finding what was said. */

import type { SearchVerbs } from "$client/api";
import { conversationNamed } from "$client/verbs/conversations";
import { personNamed, type VerbParts } from "$client/verbs/base";
import { MAX_SEARCH_HITS } from "$wire/limits";
import { parseQuery, QueryError } from "$wire/search-query";

const SEARCH_LIMIT = 20;
const OURSELVES: readonly string[] = ["me", "@me"];

/** Make the verb that searches everything this device can read. */
export function searchVerbs({ engine }: VerbParts): SearchVerbs {
  const { state, searching } = engine;
  const names = {
    user: (name: string) =>
      OURSELVES.includes(name.toLowerCase()) ? state.user : personNamed(engine, name).key,
    log: (name: string) => state.logOf(conversationNamed(engine, name)),
  };
  return {
    async search(query, { limit = SEARCH_LIMIT, before } = {}) {
      if (!Number.isInteger(limit) || limit < 1 || limit > MAX_SEARCH_HITS) {
        throw new QueryError(`a page has 1 to ${MAX_SEARCH_HITS} hits, not ${limit}`);
      }
      return searching.search(parseQuery(query), names, { limit, before: before ?? null });
    },
  };
}
