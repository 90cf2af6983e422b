"""People as this client sees them: the directory's statements, checked, and what we hold of their keys."""

import dataclasses
from collections import OrderedDict
from collections.abc import Callable

from lanmsg.client.devices import device_info
from lanmsg.client.effects import Effects
from lanmsg.client.events import (
    Alarm,
    AlarmKind,
    DeviceAdded,
    DeviceRevoked,
    PersonJoined,
    PresenceChanged,
    VerificationDone,
)
from lanmsg.client.message_keys import MessageKeys
from lanmsg.client.model import Trust
from lanmsg.client.rotation import end_sessions_with
from lanmsg.client.state import ClientState
from lanmsg.client.store.interface import StoredPerson, StoredStatement
from lanmsg.wire import ids
from lanmsg.wire.directory import decode_statement
from lanmsg.wire.entries import Entry
from lanmsg.wire.errors import Refusal, RemoteError
from lanmsg.wire.frames import PersonPresence, Presence
from lanmsg.wire.ids import LogId, UserId
from lanmsg.wire.limits import MAX_USERS
from lanmsg.wire.statements import DeviceStatement, RevokeStatement, RoomStatement, Statement, UserStatement


class People:
    """Takes directory entries and presence.

    The hub stores statements; whether they count is decided here, by every client for itself, with
    the hub's own rules. `status_changed` is called for others who are here and were, with another status.
    """

    def __init__(
        self,
        state: ClientState,
        effects: Effects,
        keys: MessageKeys,
        *,
        status_changed: Callable[[PersonPresence], None],
        room_changed: Callable[[LogId], None],
    ) -> None:
        self._state = state
        self._effects = effects
        self._keys = keys
        self.own_device_added: Callable[[], None] = lambda: None
        """Called for each other device of ours that is added, before its run of entries ends."""
        self.has_verified: Callable[[UserId, bytes], None] = lambda _user, _key: None
        """Called when this device has verified somebody: our other devices are told."""
        self.verified_key: Callable[[UserId], bytes | None] = lambda _: None
        """Returns the key with which some device of ours has verified somebody."""
        self.trust_gained: Callable[[], None] = lambda: None
        """Called when a changed key was accepted: what waited because of it may go."""
        self._status_changed = status_changed
        self._room_changed = room_changed
        self.is_live = False
        """Whether newcomers are news (and not the backlog of our own first minute)."""
        self._early: OrderedDict[UserId, PersonPresence] = OrderedDict()
        """Presence of those whom the directory does not name yet: a login's comes before the directory."""

    def logged_in(self) -> None:
        """A new connection: the hub says anew who is there."""
        self.is_live = False
        self._state.presence.clear()
        self._early.clear()

    def caught_up(self) -> None:
        """Who is new from now on is news."""
        self.is_live = True

    def take_entry(self, seq: int, entry_hash: bytes, entry: Entry) -> None:
        """Check a directory entry and record it, counting or not."""
        try:
            statement = decode_statement(entry.kind, entry.body)
            self._state.directory.check(statement)
        except (RemoteError, Refusal) as error:
            self._state.directory.skip(seq)
            self._save(seq, entry_hash, entry, is_valid=False)
            self._alarm_false_statement(seq, error)
            return
        self._state.directory.apply(seq, statement)
        self._save(seq, entry_hash, entry, is_valid=True)
        self._state.note_own_device(statement, entry.at_ms)
        self._note(seq, statement)
        if isinstance(statement, RevokeStatement):
            end_sessions_with(self._state, self._keys, statement.user)

    def _save(self, seq: int, entry_hash: bytes, entry: Entry, *, is_valid: bool) -> None:
        self._effects.save(
            StoredStatement(seq, entry_hash, entry.kind, entry.body, is_valid=is_valid, at_ms=entry.at_ms)
        )

    def _alarm_false_statement(self, seq: int, error: Exception) -> None:
        text = (
            f"The hub's list of people has a false entry (number {seq}: {error}). It was ignored. "
            "The hub accepted what it must refuse: tell the person who runs it."
        )
        self._effects.emit(Alarm(kind=AlarmKind.FALSE_STATEMENT, text=text))

    def _note(self, seq: int, statement: Statement) -> None:
        match statement:
            case UserStatement():
                self._pin(statement)
                if (early := self._early.pop(statement.user, None)) is not None:
                    self._take_one(early)
            case DeviceStatement() if statement.device == self._state.device:
                self._state.profile = dataclasses.replace(self._state.profile, device_seq=seq)
                self._effects.save(self._state.profile)
            case DeviceStatement() | RevokeStatement() if statement.user == self._state.user:
                if isinstance(statement, DeviceStatement):
                    self.own_device_added()
                self._tell_own_device(seq, statement)
            case RoomStatement():
                self._state.take_rooms()
                self._room_changed(ids.room_log(self._state.database, statement.room))
            case _:
                pass

    def _tell_own_device(self, seq: int, statement: DeviceStatement | RevokeStatement) -> None:
        """Tell of another device of ours; of what was there before this one, nothing."""
        if not 0 < self._state.profile.device_seq < seq:
            return
        info = device_info(self._state, statement.device)
        is_new = isinstance(statement, DeviceStatement)
        self._effects.emit(DeviceAdded(device=info) if is_new else DeviceRevoked(device=info))

    def _pin(self, statement: UserStatement) -> None:
        pin = self._state.pins.get(statement.handle)
        if pin is None:
            is_verified = self.verified_key(statement.user) == statement.identity_key
            trust = Trust.VERIFIED if is_verified else Trust.FIRST_SEEN
            self._save_pin(StoredPerson(statement.handle, statement.identity_key, trust))
            if self.is_live:
                self._effects.emit(PersonJoined(handle=statement.handle))
        elif pin.identity_key != statement.identity_key:
            self._save_pin(dataclasses.replace(pin, trust=Trust.CHANGED))
            known = "the one you verified" if pin.trust is Trust.VERIFIED else "before"
            text = (
                f"{statement.handle} has another identity key than {known}. It may be another person, or the "
                f"same one with a new device after a loss. Nothing is sent to {statement.handle} until you "
                f"have compared emoji with them (/verify {statement.handle}), or have asked them in person "
                f"and typed /trust {statement.handle}"
            )
            self._effects.emit(Alarm(kind=AlarmKind.IDENTITY_CHANGED, text=text))

    def _save_pin(self, pin: StoredPerson) -> None:
        self._state.pins[pin.handle] = pin
        self._effects.save(pin)
        if pin.trust is Trust.CHANGED:
            self._state.changed.add(pin.handle)
        elif pin.handle in self._state.changed:
            self._state.changed.discard(pin.handle)
            self.trust_gained()

    def trust(self, handle: str) -> None:
        """Accept the identity key this name has now; one that was verified stays so."""
        person = self._state.directory.named(handle)
        if person is not None and self._state.trust_of(person) is not Trust.VERIFIED:
            self._save_pin(StoredPerson(handle, person.identity_key, Trust.FIRST_SEEN))

    def verified(self, handle: str, identity_key: bytes) -> None:
        """Record that this name's key was compared with the person, here."""
        self._save_pin(StoredPerson(handle, identity_key, Trust.VERIFIED))
        self.has_verified(ids.user_id(identity_key), identity_key)

    def verified_elsewhere(self, user: UserId, identity_key: bytes) -> None:
        """Another device of ours says that this key was compared with the person.

        Where we hold another key for the name, one of the two devices was told a false one: that is an alarm.
        Whom we do not know yet is looked up when they appear.
        """
        person = self._state.directory.person(user)
        pin = self._state.pins.get(person.handle) if person is not None else None
        if person is None or pin is None or pin == StoredPerson(pin.handle, identity_key, Trust.VERIFIED):
            return
        if pin.identity_key == person.identity_key == identity_key:
            self._save_pin(dataclasses.replace(pin, trust=Trust.VERIFIED))
            self._effects.emit(VerificationDone(handle=person.handle))
            return
        self._save_pin(dataclasses.replace(pin, trust=Trust.CHANGED))
        text = (
            f"Another device of yours has verified {person.handle} with another identity key than this "
            f"device knows. Nothing is sent from here to {person.handle} until you have compared emoji with "
            f"them on this device: /verify {person.handle}"
        )
        self._effects.emit(Alarm(kind=AlarmKind.IDENTITY_CHANGED, text=text))

    def take_presence(self, frame: Presence) -> None:
        """Record who is there, and tell what changed.

        Nothing is told of people whom the directory does not name; of the newest `MAX_USERS` of them it
        is remembered until it does.
        """
        for presence in frame.people:
            if self._state.directory.person(presence.user) is not None:
                self._take_one(presence)
                continue
            self._early[presence.user] = presence
            self._early.move_to_end(presence.user)
            if len(self._early) > MAX_USERS:
                self._early.popitem(last=False)

    def _take_one(self, presence: PersonPresence) -> None:
        before = self._state.presence.get(presence.user)
        self._state.presence[presence.user] = presence
        if presence.user != self._state.user and self.is_live:
            self._tell(before, presence)

    def _tell(self, before: PersonPresence | None, presence: PersonPresence) -> None:
        was_online = before is not None and before.online
        if presence.online != was_online:
            self._effects.emit(
                PresenceChanged(
                    handle=self._state.handle_of(presence.user),
                    is_online=presence.online,
                    last_seen_ms=presence.last_seen_ms,
                )
            )
        elif before is not None and (presence.status, presence.note) != (before.status, before.note):
            self._status_changed(presence)
