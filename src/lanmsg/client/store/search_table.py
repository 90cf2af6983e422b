"""The index in the database: FTS5 over words that we cut ourselves.

FTS5 gets words of letters and digits separated by spaces and no syntax of anybody's: its tokenizer has
nothing left to do but to split, so the index of a database, the one in memory and the marks on a screen
agree on what a word is. Rows are in the order of search: the newest hits are read first and no more of
them than are wanted, however many there are.
"""

from collections.abc import Sequence
from typing import Final, cast

from lanmsg.client.store.database import Database
from lanmsg.client.store.interface import Placed, StoredMessage
from lanmsg.client.store.messages import MessageTable
from lanmsg.client.store.schema import DROP_SEARCH, MAX_SEQ, SEARCH_TABLES, SEQ_BITS
from lanmsg.client.store.search_index import SearchMark, SearchMatch, SearchText, place_of
from lanmsg.wire.errors import LocalError
from lanmsg.wire.ids import LogId
from lanmsg.wire.search_words import WORDS_VERSION, Phrase

_VERSION_NAME: Final = "search_words"
_FIND: Final = """
SELECT search_place.id, search_words.rowid FROM search_words
CROSS JOIN search_place ON search_place.place = search_words.rowid
WHERE search_words MATCH ? AND search_words.rowid >= ? AND search_words.rowid < ?
ORDER BY search_words.rowid DESC LIMIT ?
"""
_RAISE_MARK: Final = f"""
INSERT INTO search_mark VALUES (?1 >> {SEQ_BITS}, ?1) ON CONFLICT DO UPDATE SET id = max(id, excluded.id)
"""  # noqa: S608 - a number of ours
_UNINDEXED: Final = f"""
SELECT id FROM (SELECT id FROM search_again ORDER BY id LIMIT ?1)
UNION ALL
SELECT id FROM (
  SELECT message.id FROM log LEFT JOIN search_mark USING (number)
  CROSS JOIN message ON message.id > coalesce(search_mark.id, log.number << {SEQ_BITS})
                    AND message.id < (log.number + 1) << {SEQ_BITS}
  ORDER BY log.number, message.id LIMIT ?1
)
LIMIT ?1
"""  # noqa: S608 - a number of ours


class SearchTable:
    """Searches on the event loop's thread; `write` runs inside a transaction on any thread."""

    def __init__(self, database: Database, messages: MessageTable) -> None:
        self._database = database
        self._messages = messages
        self._start_anew_if_other()

    def _start_anew_if_other(self) -> None:
        """Drop an index whose words were cut by other rules: what is asked for would not be found in it."""
        row = self._database.row("SELECT value FROM meta WHERE name = ?", (_VERSION_NAME,))
        version = WORDS_VERSION.encode()
        if row == (version,):
            return
        with self._database.transaction():
            self._database.run(DROP_SEARCH + SEARCH_TABLES)
            self._database.run("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_VERSION_NAME, version))

    # --- writing ------------------------------------------------------------------------------

    def write(self, changes: Sequence[SearchText | SearchMark], logs: dict[LogId, int]) -> None:
        """Index texts and move marks. `logs` has the number of each log, those of this transaction too.

        Raises:
            LocalError: there is no such message, or no such log.
        """
        texts = {_id(text, logs): text for text in changes if isinstance(text, SearchText)}
        ids = [(each,) for each in texts]
        self._database.run_many("DELETE FROM search_again WHERE id = ?", ids)
        self._database.run_many(
            "DELETE FROM search_words WHERE rowid = (SELECT place FROM search_place WHERE id = ?)", ids
        )
        self._database.run_many("DELETE FROM search_place WHERE id = ?", ids)
        places = {each: self._take_place(each, text) for each, text in texts.items()}
        rows = sorted((places[each], " ".join(text.words)) for each, text in texts.items() if text.words)
        # In order: FTS5 writes a part of the index each time it meets a lower row than the one before.
        self._database.run_many("INSERT INTO search_words (rowid, words) VALUES (?, ?)", rows)
        marks = [(_id(mark, logs),) for mark in changes if isinstance(mark, SearchMark)]
        self._database.run_many(_RAISE_MARK, marks)

    def _take_place(self, message: int, text: SearchText) -> int:
        if not self._database.run("SELECT 1 FROM message WHERE id = ?", (message,)):
            raise LocalError(f"there is no message {text.seq} in log {text.log.hex()} to index")
        place = place_of(text.at_ms, message >> SEQ_BITS, text.seq)
        while self._database.run("SELECT 1 FROM search_place WHERE place = ?", (place,)):
            place += 1
        if text.words:
            self._database.run("INSERT INTO search_place VALUES (?, ?)", (message, place))
        return place

    # --- reading ------------------------------------------------------------------------------

    def search(self, match: SearchMatch, *, limit: int) -> list[Placed]:
        """See `Store.search`."""
        rows = cast(
            "list[tuple[int, int]]",
            self._database.rows(_FIND, (fts5_query(match), match.since, match.until, limit)),
        )
        messages = self._messages.with_ids([each for each, _ in rows])
        return [Placed(place, messages[each]) for each, place in rows if each in messages]

    def placed(self, messages: Sequence[StoredMessage]) -> list[Placed]:
        """See `Store.placed`."""
        logs = self._messages.logs
        return [Placed(place_of(each.at_ms, logs[each.log], each.seq), each) for each in messages]

    def unindexed(self, *, limit: int) -> list[Placed]:
        """See `Store.unindexed`."""
        ids = [each for (each,) in cast("list[tuple[int]]", self._database.rows(_UNINDEXED, (limit,)))]
        messages = self._messages.with_ids(ids)
        return self.placed([messages[each] for each in ids if each in messages])


def _id(change: SearchText | SearchMark, logs: dict[LogId, int]) -> int:
    number = logs.get(change.log)
    if number is None or not 0 <= change.seq <= MAX_SEQ:
        raise LocalError(f"there is no place {change.seq} in log {change.log.hex()}")
    return number << SEQ_BITS | change.seq


def fts5_query(match: SearchMatch) -> str:
    """Return a match in FTS5's words. All of them are quoted, so nothing in them is syntax."""
    wanted = " AND ".join(map(_any_of, match.all_of))
    return f"({wanted}) NOT {_any_of(match.none_of)}" if match.none_of else wanted


def _any_of(phrases: Sequence[Phrase]) -> str:
    return f"({' OR '.join(map(_quoted, phrases))})"


def _quoted(phrase: Phrase) -> str:
    words = " ".join(phrase.words).replace('"', '""').replace("\0", " ")
    return f'"{words}" *' if phrase.is_prefix else f'"{words}"'
