"""A room's past for its newcomers: whoever was there hands over the keys of the old sessions.

Only of rooms that keep their history. A newcomer has every old entry and can't read it; it names the
sessions it lacks, those of the newest messages first, to one helper at a time, and the helper answers
with all keys it has, many in one message. Each step starts from what is unreadable still, so it goes on
by itself after a crash, a lost link, or with another helper when one goes away.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from lanmsg.client.crypto.interface import CannotDecrypt, Crypto
from lanmsg.client.device_messages import HistoryAnswer, HistoryKey, HistoryRequest
from lanmsg.client.inbox import Inbox
from lanmsg.client.key_requests import opens
from lanmsg.client.later import Later
from lanmsg.client.message_keys import MessageKeys
from lanmsg.client.model import UnreadableReason
from lanmsg.client.state import ClientState, Log
from lanmsg.client.store.interface import Store
from lanmsg.wire.entries import LogKind
from lanmsg.wire.ids import KEY_BYTES, DeviceId, LogId, UserId
from lanmsg.wire.limits import MAX_HISTORY_KEYS
from lanmsg.wire.token_bucket import TokenBucket

HELPER_TIMEOUT_S = 10.0
"""How long a helper has to answer before the next one is asked."""
MAX_HELPERS = 8
"""Devices asked for one room and connection: who has nothing is not asked again."""
KEYS_PER_STEP = 8
"""Keys used in one step: each opens up to 100 messages, and a person may be typing."""
ANSWERS_PER_SECOND = 2.0
ANSWERS_BURST = 16
"""What one device gets from us: an answer costs some 10 ms. A thousand sessions are 5 answers."""


@dataclass(slots=True)
class _Asking:
    """What is going on for one room. `lacking` is what the present helper does not have."""

    helper: DeviceId
    timer: asyncio.TimerHandle
    wanted: frozenset[bytes]
    lacking: set[bytes] = field(default_factory=set[bytes])
    keys: deque[HistoryKey] = field(default_factory=deque[HistoryKey])
    """Those that came and are not used yet."""


class HistoryKeys:
    """Asks for old keys and hands them over.

    `send` delivers to one device, `got_key` is called with the id of a session that can be read now.
    """

    def __init__(  # noqa: PLR0913 - the parts it works with, then what it reports to
        self,
        state: ClientState,
        store: Store,
        keys: MessageKeys,
        crypto: Crypto,
        *,
        later: Later,
        send: Callable[[DeviceId, HistoryRequest | HistoryAnswer], None],
        got_key: Callable[[bytes], None],
    ) -> None:
        self._state = state
        self._store = store
        self._keys = keys
        self._crypto = crypto
        self._later = later
        self._send = send
        self._got_key = got_key
        self._asking: dict[LogId, _Asking] = {}
        self._useless: dict[LogId, set[DeviceId]] = {}
        self._buckets: dict[DeviceId, TokenBucket] = {}

    def listen_to(self, inbox: Inbox) -> None:
        """Take requests and answers from the inbox."""
        inbox.on(HistoryRequest, lambda device, request, _at_ms: self.take_request(device, request))
        inbox.on(HistoryAnswer, lambda device, answer, _at_ms: self.take_answer(device, answer))

    def reset(self) -> None:
        """A new connection: whoever was asked may have gone; start again from what is missing."""
        for asking in self._asking.values():
            asking.timer.cancel()
        self._asking.clear()
        self._useless.clear()

    # --- asking ------------------------------------------------------------------------------

    def ask_all(self) -> None:
        """Ask for what is missing in any room; called when the backlog is in, and when somebody comes."""
        for log in list(self._state.logs.values()):
            self.ask(log)

    def ask(self, log: Log) -> None:
        """Ask for what is missing in a room, if it keeps its history and nobody is being asked."""
        log_id = log.stored.log
        if log_id in self._asking or not self._may_ask(log):
            return
        wanted = self._missing(log_id, lacking=set())
        helper = self._next_helper(log) if wanted else None
        if helper is not None:
            self._start(log, helper)

    def _may_ask(self, log: Log) -> bool:
        if log.stored.kind is not LogKind.ROOM or log.is_behind or not self._state.is_online:
            return False
        room = self._state.rooms.get(log.stored.log)
        return room is not None and room.room.statement.keeps_history and room.is_reader(self._state.user)

    def _missing(self, log: LogId, *, lacking: set[bytes]) -> list[bytes]:
        limit = MAX_HISTORY_KEYS + len(lacking)
        reason = UnreadableReason.BEFORE_YOU_JOINED
        found = self._store.missing_sessions(log, reason=reason, limit=limit)
        return [each for each in found if each not in lacking][:MAX_HISTORY_KEYS]

    def _start(self, log: Log, helper: DeviceId) -> None:
        timer = self._later.call_later(HELPER_TIMEOUT_S, partial(self._gave_up, log, helper))
        self._asking[log.stored.log] = _Asking(helper, timer, frozenset())
        self._ask_more(log)

    def _ask_more(self, log: Log) -> None:
        """Ask the present helper for the next sessions; end with it if it has no more."""
        asking = self._asking.get(log.stored.log)
        if asking is None or asking.keys:
            return
        wanted = self._missing(log.stored.log, lacking=asking.lacking)
        if not wanted:
            self._end(log, asking)
            return
        asking.wanted = frozenset(wanted)
        asking.timer.cancel()
        asking.timer = self._later.call_later(HELPER_TIMEOUT_S, partial(self._gave_up, log, asking.helper))
        self._send(asking.helper, HistoryRequest(log.stored.log, wanted))

    def _gave_up(self, log: Log, helper: DeviceId) -> None:
        """The helper did not answer in time: it may have gone away."""
        asking = self._asking.get(log.stored.log)
        if asking is not None and asking.helper == helper and not asking.keys:
            self._useless.setdefault(log.stored.log, set()).add(helper)
            self._end(log, asking)

    def _end(self, log: Log, asking: _Asking) -> None:
        """Leave this helper; another one may have what it lacks."""
        asking.timer.cancel()
        del self._asking[log.stored.log]
        if asking.lacking:
            self._useless.setdefault(log.stored.log, set()).add(asking.helper)
        self.ask(log)

    def _next_helper(self, log: Log) -> DeviceId | None:
        useless = self._useless.get(log.stored.log, set())
        if len(useless) >= MAX_HELPERS:
            return None
        return next((device for device in self._helpers(log) if device not in useless), None)

    def _helpers(self, log: Log) -> Iterable[DeviceId]:
        """Return devices of people who are here: the inviter's first, then by role, then the oldest."""
        for user in self._state.rooms[log.stored.log].helpers(self._state.user):
            presence = self._state.presence.get(user)
            if user == self._state.user or (presence is not None and presence.online):
                yield from self._devices_of(user)

    def _devices_of(self, user: UserId) -> list[DeviceId]:
        person = self._state.directory.person(user)
        devices = person.devices if person is not None else {}
        others = (device for device in devices if device != self._state.device)
        return sorted(others, key=self._state.directory.device_seq)

    # --- taking answers ----------------------------------------------------------------------

    def take_answer(self, device: DeviceId, answer: HistoryAnswer) -> None:
        """Use the keys that were asked for, some at a time; what is left out, the helper does not have."""
        asking = self._asking.get(answer.log)
        log = self._state.logs.get(answer.log)
        if asking is None or log is None or device != asking.helper or asking.keys or not asking.wanted:
            return
        asking.timer.cancel()
        asking.keys.extend(answer.keys)
        asking.lacking |= asking.wanted  # those that come are taken out again, once they are proved
        self._use_some(log)

    def _use_some(self, log: Log) -> None:
        asking = self._asking.get(log.stored.log)
        if asking is None:
            return
        for _ in range(min(KEYS_PER_STEP, len(asking.keys))):
            self._use(log, asking, asking.keys.popleft())
        if asking.keys:
            self._later.call_later(0.0, partial(self._use_some, log))
        else:
            asking.wanted = frozenset()
            self._later.when_stored(partial(self._ask_more, log))

    def _use(self, log: Log, asking: _Asking, key: HistoryKey) -> None:
        """Keep a key that opens a message of this room: an exported key is not signed, so it must."""
        try:
            session = self._crypto.receiving_session_from_export(key.key)
        except CannotDecrypt:
            return
        if session.id + key.device not in asking.wanted:
            return
        waiting = self._store.unreadable(session=session.id, reason=UnreadableReason.BEFORE_YOU_JOINED)
        ours = [each for each in waiting if each.log == log.stored.log and each.sender == key.device]
        if any(opens(session, message) for message in ours[:1] + ours[-1:]):
            self._keys.add_receiving(session, log=log.stored.log, device=key.device)
            self._got_key(session.id)

    # --- helping -----------------------------------------------------------------------------

    def take_request(self, device: DeviceId, request: HistoryRequest) -> None:
        """Hand over what we have, to a present member of a room that keeps its history.

        Policy is decided here, from the directory and our own copy of the room, whatever the asker says.
        """
        log = self._state.logs.get(request.log)
        if log is None or log.stored.kind is not LogKind.ROOM or not self._state.keeps_history(log):
            return
        if device not in self._state.readers(self._state.conversation_of(log)) or not self._has_turn(device):
            return
        keys = [key for each in request.sessions if (key := self._exported(log, each)) is not None]
        self._send(device, HistoryAnswer(request.log, keys))

    def _exported(self, log: Log, session_and_device: bytes) -> HistoryKey | None:
        session, device = session_and_device[:KEY_BYTES], DeviceId(session_and_device[KEY_BYTES:])
        receiving = self._keys.receiving(session, device)
        if receiving is None or receiving.log != log.stored.log:
            return None
        key = receiving.session.export(receiving.session.first_index)
        return None if key is None else HistoryKey(device, key)

    def _has_turn(self, device: DeviceId) -> bool:
        now_s = self._later.time_s()
        bucket = self._buckets.setdefault(
            device, TokenBucket(per_second=ANSWERS_PER_SECOND, burst=ANSWERS_BURST, now_s=now_s)
        )
        return bucket.wait_s(now_s) == 0
