"""The hub's storage in one SQLite database: the default."""

from lanmsg.hub.storage.sqlite.storage import SqliteStorage

__all__ = ["SqliteStorage"]
