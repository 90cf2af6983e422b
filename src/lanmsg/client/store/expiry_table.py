"""When texts expire, in the database."""

from collections.abc import Sequence
from typing import Final, cast

from lanmsg.client.store.database import Database
from lanmsg.client.store.interface import ExpirySpan, StoredMessage
from lanmsg.client.store.messages import MessageTable
from lanmsg.client.store.schema import MAX_SEQ, SEQ_BITS
from lanmsg.wire.content import ContentKind
from lanmsg.wire.ids import LogId

_FORGET: Final = "DELETE FROM expiry WHERE id > ? AND id <= ?"
_NOTE: Final = f"""
INSERT INTO expiry SELECT id, at_ms + ? FROM message WHERE id > ? AND id <= ? AND kind = {ContentKind.TEXT:d}
"""  # noqa: S608 - a number of ours
_DUE: Final = "SELECT id FROM expiry WHERE at_ms <= ? ORDER BY at_ms, id LIMIT ?"


def write_spans(database: Database, spans: Sequence[ExpirySpan], logs: dict[LogId, int]) -> None:
    """Note when texts expire, inside the caller's transaction. `logs` has the number of each log."""
    for span in spans:
        number = logs.get(span.log)
        if number is None:
            continue  # no log, no texts
        first = number << SEQ_BITS
        bounds = first + max(span.after, 0), first + min(span.up_to, MAX_SEQ)
        database.run(_FORGET, bounds)
        if span.lifetime_s:
            database.run(_NOTE, (span.lifetime_s * 1000, *bounds))


class ExpiryTable:
    """Reads on the event loop's thread."""

    def __init__(self, database: Database, messages: MessageTable) -> None:
        self._database = database
        self._messages = messages

    def expiring(self, *, until_ms: int, limit: int) -> list[StoredMessage]:
        """See `Store.expiring`."""
        rows = cast("list[tuple[int]]", self._database.rows(_DUE, (until_ms, limit)))
        messages = self._messages.with_ids([each for (each,) in rows])
        return [messages[each] for (each,) in rows]

    def next_ms(self) -> int | None:
        """See `Store.next_expiry_ms`."""
        row = self._database.row("SELECT min(at_ms) FROM expiry")
        return cast("int | None", row[0]) if row is not None else None
