"""A thousand people at a hub who have talked with kim, put there by the verbs of storage and store.

What they said is as good as said: the hub and kim's machine have it at the same place of the log, with the
same hash. To let them all enrol and write would take a minute.
"""

import itertools
from dataclasses import replace

from tests.hub.lab import Device

from lanmsg.client.model import Trust
from lanmsg.client.store.interface import (
    StoredLog,
    StoredMessage,
    StoredPerson,
    StoredStatement,
    StoredUnread,
)
from lanmsg.hub.storage.interface import PlacedEntry, StoredMember
from lanmsg.wire import ids, labels
from lanmsg.wire.codec import encode
from lanmsg.wire.content import ContentKind, Text, encode_content
from lanmsg.wire.entries import Entry, EntryKind, LogKind, MessageBody, View, entry_hash
from lanmsg.wire.ids import MessageId
from lanmsg.wire.statements import PublishedKey, published_key_bytes

_SYLLABLES = [first + second for first in "bdfgkt" for second in "aeou"]


def names(count):
    """Return names that nobody takes for each other, in the order of lists."""
    made = map("".join, itertools.product(_SYLLABLES, repeat=3))
    return sorted(itertools.islice(made, 0, 13 * count, 13))


class Filler:
    """Puts people and what they said into a hub that does not run, and into the store of `machine`."""

    def __init__(self, world, machine):
        self._world = world
        self._machine = machine
        self._storage = world.storage = world.storage.copy_durable()  # open once more
        self._store = machine.disk()
        stored = self._store.load()
        self._database = stored.profile.database
        self._logs = {log.log: log for log in stored.logs}
        kim = next(each for each in stored.people if each.handle == "kim")
        self._kim = ids.user_id(kim.identity_key)

    def add(self, name, *, is_unread):
        """Let somebody be there and have said hello to kim."""
        device, changes = Device(name), []
        everyone = self._logs[ids.everyone_log(self._database)]
        direct = ids.direct_log(self._database, self._kim, device.user)
        with self._storage.transaction():
            for kind, statement in (
                (EntryKind.USER, device.user_statement()),
                (EntryKind.DEVICE, device.device_statement()),
            ):
                changes += self._directory_entry(kind, device, statement)
            inbox = ids.inbox_log(self._database, device.id)
            self._storage.add_log(inbox, LogKind.INBOX)
            self._storage.set_fallback_key(device.id, self._fallback_key(device))
            self._storage.add_log(direct, LogKind.DIRECT)
            self._storage.add_members(
                [StoredMember(everyone.log, device.user, everyone.seq, everyone.hash)]
                + [StoredMember(direct, user, 0, ids.ZERO_HASH) for user in (self._kim, device.user)]
            )
            changes += self._message(direct, device, f"hello from {name}")
        if is_unread:
            changes.append(StoredUnread(direct, 0, 1, 1, 1, ()))
        changes.append(StoredPerson(name, device.identity_key, Trust.FIRST_SEEN))
        self._store.commit(changes)

    def done(self):
        """Let kim's machine have it."""
        self._machine.restore(self._store)

    def _directory_entry(self, kind, device, statement):
        log = self._logs[ids.directory_log(self._database)]
        body = encode(statement)
        placed = self._place(log, Entry(kind, device.id, self._message_id(), self._world.now_ms(), body))
        yield self._note(log, placed)
        yield StoredStatement(placed.seq, placed.hash, kind, body, is_valid=True, at_ms=placed.entry.at_ms)

    def _message(self, direct, device, text):
        log = StoredLog(
            direct, LogKind.DIRECT, 0, 0, ids.ZERO_HASH, 0, tuple(sorted((self._kim, device.user)))
        )
        seq = self._logs[ids.directory_log(self._database)].seq
        random = self._world.chance.randbytes
        body = MessageBody(View(0, seq), 1, random(32), random(340), random(64))
        entry = Entry(EntryKind.MESSAGE, device.id, self._message_id(), self._world.now_ms(), encode(body))
        placed = self._place(log, entry, counter=1)
        yield self._note(log, placed)
        yield StoredMessage(
            log=direct,
            seq=placed.seq,
            hash=placed.hash,
            message_id=entry.message_id,
            sender=device.id,
            counter=1,
            at_ms=entry.at_ms,
            directory_seq=seq,
            session=body.session,
            index=0,
            content=encode_content(Text(text)),
            reason="",
            raw=b"",
            kind=ContentKind.TEXT,
            target=b"",
        )

    def _place(self, log, entry, *, counter=None):
        seq, hash_ = log.seq + 1, entry_hash(log.log, log.seq + 1, log.hash, entry)
        placed = PlacedEntry(log.log, seq, log.hash, hash_, entry, counter)
        self._storage.add_entries([placed])
        return placed

    def _note(self, log, placed):
        self._logs[log.log] = replace(log, seq=placed.seq, hash=placed.hash)
        return self._logs[log.log]

    def _message_id(self):
        return MessageId(self._world.chance.randbytes(16))

    def _fallback_key(self, device):
        key = self._world.chance.randbytes(32)
        return PublishedKey(key, device.key.sign(published_key_bytes(labels.FALLBACK_KEY, device.id, key)))
