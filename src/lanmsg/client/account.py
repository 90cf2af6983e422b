"""What is the same on all our devices: read marks, preferences, drafts, verified people, what was set where.

Each thing has a key and one value. A change of ours holds at once on this device, waits on our disk, and
is said to our other devices in the account log as soon as there are any; somebody with one device says
nothing. Of two values of one key the one that entered the log later counts, and read marks only grow: so
every device that has read the log holds the same. A new device can't read what was said before it came;
the others say what holds again, and with each value when it was first said, so that it outranks nothing
newer.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from lanmsg.client.effects import Effects
from lanmsg.client.model import ACCOUNT
from lanmsg.client.outbox import Outbox
from lanmsg.client.state import ClientState
from lanmsg.client.store.interface import OutboxRow, StoredMessage, StoredValue
from lanmsg.wire.account import (
    Change,
    ConversationSettings,
    Draft,
    Item,
    Preference,
    ReadMark,
    Verified,
    check_change,
    decode_account,
    decode_change,
    encode_account,
    take_batch,
)
from lanmsg.wire.codec import encode
from lanmsg.wire.errors import RemoteError
from lanmsg.wire.ids import MessageId
from lanmsg.wire.limits import MAX_ACCOUNT_ITEMS

SAY_AFTER_S: Final = 3.0
"""What changes often (marks, drafts) is gathered for so long before it is stored and said."""


_Growing = ReadMark | ConversationSettings
"""Of two of these that are about the same, the one with the higher seq holds."""


@dataclass(frozen=True, slots=True)
class _Held:
    """A value. `since` is the seq at which it entered the log, 0: it is ours and has not come back yet."""

    change: Change
    since: int
    is_waiting: bool
    """Whether it must still be put into a message."""


class Account:
    """Holds the values of this person. `changed` is called with each one that is new here.

    `saving` is called when values are saved, for whoever keeps something beside them.
    """

    def __init__(  # noqa: PLR0913 - the parts it works with, then what it reports to
        self,
        state: ClientState,
        effects: Effects,
        outbox: Outbox,
        *,
        new_message_id: Callable[[], MessageId],
        call_later: Callable[[float, Callable[[], None]], asyncio.TimerHandle],
        changed: Callable[[Change], None],
        saving: Callable[[], None],
    ) -> None:
        self._state = state
        self._effects = effects
        self._outbox = outbox
        self._new_message_id = new_message_id
        self._call_later = call_later
        self._changed = changed
        self._saving = saving
        self._held: dict[bytes, _Held] = {}
        self._unsaved: set[bytes] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._has_news_for_device = False

    def load(self, items: Iterable[StoredValue]) -> None:
        """Take over what the store holds."""
        for item in items:
            change = _decoded(item.change)
            if change is not None:
                self._held[item.key] = _Held(change, item.since, item.is_waiting)

    @property
    def changes(self) -> list[Change]:
        """All values, in the order their keys were first used."""
        return [held.change for held in self._held.values()]

    def value(self, like: Change) -> Change | None:
        """Return the value with the same key as this one."""
        held = self._held.get(key_of(like))
        return held.change if held is not None else None

    # --- our own changes ---------------------------------------------------------------------

    def put(self, change: Change, *, is_urgent: bool = True) -> None:
        """Change a value on this device, and on the others soon.

        What is not urgent is stored and said with what follows it within `SAY_AFTER_S`; a crash in that
        time forgets it. Nothing happens for a value that holds already, or a mark that would go back.

        Raises:
            LocalError: it is larger than its limit.
        """
        check_change(change)
        key = key_of(change)
        held = self._held.get(key)
        if held is not None and not _is_news(change, held.change):
            return
        self._hold(key, _Held(change, 0, is_waiting=True))
        self._changed(change)
        if is_urgent:
            self.say()
        elif self._timer is None:
            self._timer = self._call_later(SAY_AFTER_S, self._say_gathered)

    def _say_gathered(self) -> None:
        self._timer = None
        self.say()

    def say(self) -> None:
        """Store what is new, and tell our other devices what they have not heard, one message at a time."""
        if self._may_speak():
            batch = take_batch([_item_of(held) for held in self._held.values() if held.is_waiting])
            if batch:
                self._queue(batch)
        self.save()

    def _may_speak(self) -> bool:
        """Tell whether somebody listens, and all that was said before has its place."""
        return (
            self._state.is_online
            and self._state.account_log in self._state.logs
            and bool(self._state.readers(ACCOUNT))
            and not self._outbox.book.rows_of(ACCOUNT)
        )

    def _queue(self, batch: list[Item]) -> None:
        for item in batch:
            key = key_of(item.change)
            self._hold(key, replace(self._held[key], is_waiting=False))
        self.save()
        self._outbox.add(ACCOUNT, self._new_message_id(), encode_account(batch))

    def failed(self, row: OutboxRow) -> None:
        """The hub refused a message for good: what it said waits for the next connection."""
        for item in decode_account(row.content):
            key = key_of(item.change)
            held = self._held.get(key)
            if held is not None:
                self._hold(key, replace(held, is_waiting=True))
        self.save()
        self._outbox.withdraw(row.message_id)

    def device_added(self) -> None:
        """Another device of ours is new: it must hear everything that holds, see `directory_taken`."""
        self._has_news_for_device = True
        for key, held in self._held.items():
            self._hold(key, replace(held, is_waiting=True))
        self.save()

    def directory_taken(self) -> None:
        """A run of the directory has been taken to its end: only now may anything be sealed."""
        if self._has_news_for_device:
            self._has_news_for_device = False
            self.say()

    # --- what our devices said ---------------------------------------------------------------

    def take(self, message: StoredMessage) -> None:
        """Take an entry of the account log, ours or another device's; one that can't be read says nothing."""
        if message.reason:
            return
        is_own = message.sender == self._state.device
        for item in decode_account(message.content):
            since = item.since if 0 < item.since < message.seq else message.seq
            self._take_change(item.change, since, is_own=is_own)
        self.save()
        if is_own and self._timer is None:
            self.say()  # what did not fit in that message

    def _take_change(self, change: Change, since: int, *, is_own: bool) -> None:
        key = key_of(change)
        held = self._held.get(key)
        if held is None:
            if len(self._held) < MAX_ACCOUNT_ITEMS:
                self._hold(key, _Held(change, since, is_waiting=False))
                self._changed(change)
            return
        if isinstance(change, _Growing):
            merged = _merge_mark(held, since, change)
        else:
            merged = _merge_value(held, since, change, is_own=is_own)
        if merged != held:
            self._hold(key, merged)
            if merged.change != held.change:
                self._changed(merged.change)

    # --- keeping -----------------------------------------------------------------------------

    def _hold(self, key: bytes, held: _Held) -> None:
        self._held[key] = held
        self._unsaved.add(key)

    def save(self) -> None:
        """Save what is not saved yet, and what is kept beside it."""
        for key in self._unsaved:
            held = self._held[key]
            self._effects.save(StoredValue(key, encode(held.change), held.since, held.is_waiting))
        self._unsaved.clear()
        self._saving()


def key_of(change: Change) -> bytes:
    """Return what names a value: two changes with the same key are about the same thing."""
    match change:
        case ReadMark() | Draft() | ConversationSettings():
            return encode((change.__struct_config__.tag, change.kind, change.key))
        case Preference():
            return encode((change.__struct_config__.tag, change.name))
        case Verified():
            return encode((change.__struct_config__.tag, change.user))


def for_new_hub(items: Iterable[StoredValue]) -> list[StoredValue]:
    """Return what still holds when the hub has a new database: all but what has seqs, which are void."""
    return [
        replace(item, since=0, is_waiting=True)
        for item in items
        if not isinstance(_decoded(item.change), _Growing)
    ]


def _is_news(change: Change, held: Change) -> bool:
    if isinstance(change, _Growing) and isinstance(held, _Growing):
        return change.seq > held.seq
    return change != held


def _item_of(held: _Held) -> Item:
    return Item(held.change, held.since)


def _merge_mark(held: _Held, since: int, change: ReadMark | ConversationSettings) -> _Held:
    """The higher seq holds; one of ours that another device has said too need not be said again."""
    assert isinstance(held.change, _Growing)
    if change.seq < held.change.seq:
        return held
    is_waiting = held.is_waiting and held.since > 0
    return _Held(change, since if change.seq > held.change.seq else held.since or since, is_waiting)


def _merge_value(held: _Held, since: int, change: Change, *, is_own: bool) -> _Held:
    """The later value holds; ours that is not in the log yet will be the later one."""
    if held.since == 0:
        return replace(held, since=since) if is_own and change == held.change else held
    return replace(held, change=change, since=since) if since > held.since else held


def _decoded(data: bytes) -> Change | None:
    try:
        return decode_change(data)
    except RemoteError:  # stored by a newer version of this program
        return None
