"""Finding what was said."""

from lanmsg.client.model import SearchHit
from lanmsg.client.searching import Names
from lanmsg.client.verbs.conversations import ConversationVerbs
from lanmsg.wire.ids import LogId, UserId
from lanmsg.wire.limits import MAX_SEARCH_HITS
from lanmsg.wire.search_query import QueryError, parse_query

_OURSELVES = frozenset({"me", "@me"})
INDEXED_AT_ONCE = 2000
"""Messages a transaction while somebody waits for the index."""


class SearchVerbs(ConversationVerbs):
    """Searches everything this device can read."""

    def search(self, query: str, *, limit: int = 20, before: int | None = None) -> list[SearchHit]:
        """Return the newest messages a query finds, newest first; fast enough for each keystroke.

        `wire.search_query` has the grammar. `before` is the `place` of a page's last hit: the next page.
        Messages that came a moment ago are found too; after a long absence, call `index_messages` first.

        Raises:
            QueryError: the query means nothing, or `limit` is not from 1 to `MAX_SEARCH_HITS`.
            UnknownPerson: a name in it is nobody's here.
        """
        if not 1 <= limit <= MAX_SEARCH_HITS:
            raise QueryError(f"a page has 1 to {MAX_SEARCH_HITS} hits, not {limit}")
        names = Names(self._searched_user, self._searched_log)
        return self._engine.searching.search(parse_query(query), names, limit=limit, before=before)

    def _searched_user(self, name: str) -> UserId:
        return self._engine.state.user if name.casefold() in _OURSELVES else self._person(name).user

    def _searched_log(self, name: str) -> LogId:
        return self._engine.state.log_of(self.conversation(name))

    async def index_messages(self) -> None:
        """Wait until all that is stored is indexed, so that `search` misses nothing."""
        await self._done()  # what waits to be stored
        while self._engine.indexer.index_some(limit=INDEXED_AT_ONCE):
            await self._done()
