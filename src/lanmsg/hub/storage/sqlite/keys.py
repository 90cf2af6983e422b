"""One-time keys, fallback keys, invites and settings: small tables, written straight through."""

from collections.abc import Sequence
from typing import cast

from lanmsg.hub.storage.sqlite.database import Database
from lanmsg.wire.ids import DeviceId
from lanmsg.wire.statements import PublishedKey


class KeyTables:
    """The keys that devices have published."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_one_time_keys(self, device: DeviceId, keys: Sequence[PublishedKey], *, at_most: int) -> int:
        """See `Storage.add_one_time_keys`."""
        stock = self.stock(device)
        for key in keys:
            if stock >= at_most:
                break
            stock += self._add_one_time_key(device, key)
        return stock

    def _add_one_time_key(self, device: DeviceId, key: PublishedKey) -> int:
        """Return how many keys that made: none if it was published before."""
        added = self._database.rows(
            "INSERT INTO one_time_key (device, key, signature) VALUES (?, ?, ?) "
            "ON CONFLICT DO NOTHING RETURNING number",
            (device, key.key, key.signature),
        )
        return len(added)

    def take_key(self, device: DeviceId) -> tuple[PublishedKey, bool] | None:
        """See `Storage.take_key`."""
        oldest = self._database.row(
            "SELECT number, key, signature FROM one_time_key "
            "WHERE device = ? AND signature IS NOT NULL ORDER BY number LIMIT 1",
            (device,),
        )
        if oldest is None:
            return self._fallback_key(device)
        number, key, signature = oldest
        assert isinstance(key, bytes)
        assert isinstance(signature, bytes)
        self._database.rows("UPDATE one_time_key SET signature = NULL WHERE number = ?", (number,))
        return PublishedKey(key, signature), False

    def _fallback_key(self, device: DeviceId) -> tuple[PublishedKey, bool] | None:
        row = self._database.row("SELECT key, signature FROM fallback_key WHERE device = ?", (device,))
        if row is None:
            return None
        key, signature = row
        assert isinstance(key, bytes)
        assert isinstance(signature, bytes)
        return PublishedKey(key, signature), True

    def stock(self, device: DeviceId) -> int:
        """See `Storage.stock`."""
        sql = "SELECT count(*) FROM one_time_key WHERE device = ? AND signature IS NOT NULL"
        return _count(self._database, sql, device)

    def set_fallback_key(self, device: DeviceId, key: PublishedKey) -> None:
        """See `Storage.set_fallback_key`."""
        self._database.rows(
            "INSERT INTO fallback_key VALUES (?, ?, ?) "
            "ON CONFLICT DO UPDATE SET key = excluded.key, signature = excluded.signature",
            (device, key.key, key.signature),
        )

    def has_fallback_key(self, device: DeviceId) -> bool:
        """See `Storage.has_fallback_key`."""
        return self._fallback_key(device) is not None


class SettingTable:
    """The table `setting`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write_setting(self, name: str, value: bytes) -> None:
        """See `Storage.write_setting`."""
        self._database.rows("INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, value))

    def read_settings(self) -> dict[str, bytes]:
        """See `Storage.read_settings`."""
        return dict(cast("list[tuple[str, bytes]]", self._database.rows("SELECT name, value FROM setting")))


class InviteTable:
    """The invites that are neither used nor deleted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_invite(self, secret_hash: bytes, expires_at_ms: int) -> None:
        """See `Storage.add_invite`."""
        sql = "INSERT INTO invite VALUES (?, ?) ON CONFLICT DO NOTHING"
        self._database.rows(sql, (secret_hash, expires_at_ms))

    def take_invite(self, secret_hash: bytes, now_ms: int) -> bool:
        """See `Storage.take_invite`."""
        self._database.rows("DELETE FROM invite WHERE expires_at_ms <= ?", (now_ms,))
        sql = "DELETE FROM invite WHERE secret_hash = ? RETURNING secret_hash"
        return self._database.row(sql, (secret_hash,)) is not None

    def open_invites(self, now_ms: int) -> int:
        """See `Storage.open_invites`."""
        return _count(self._database, "SELECT count(*) FROM invite WHERE expires_at_ms > ?", now_ms)


def _count(database: Database, sql: str, binding: bytes | int) -> int:
    ((count,),) = database.rows(sql, (binding,))
    assert isinstance(count, int)
    return count
