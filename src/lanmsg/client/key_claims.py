"""Claiming other devices' published keys, to start sessions with those we have none with."""

from collections.abc import Callable, Iterable

from lanmsg.client.crypto.interface import CannotDecrypt, Crypto
from lanmsg.client.effects import Effects
from lanmsg.client.peer_sessions import PeerSessions
from lanmsg.client.state import ClientState
from lanmsg.wire import labels
from lanmsg.wire.errors import Code, RemoteError
from lanmsg.wire.frame_parts import ClaimedKey
from lanmsg.wire.frames import ClaimedKeys, ClaimKeys, Refused
from lanmsg.wire.ids import DeviceId
from lanmsg.wire.limits import MAX_CLAIM_DEVICES
from lanmsg.wire.statements import published_key_bytes

CLAIM_RETRY_S = 1.0


class KeyClaims:
    """Asks for each device once at a time. `arrived` is called after each answer."""

    def __init__(  # noqa: PLR0913 - the parts it works with, then what it reports to
        self,
        state: ClientState,
        effects: Effects,
        sessions: PeerSessions,
        crypto: Crypto,
        *,
        new_request: Callable[[], int],
        arrived: Callable[[], None],
        retry_later: Callable[[float], None],
    ) -> None:
        self._state = state
        self._effects = effects
        self._sessions = sessions
        self._crypto = crypto
        self._new_request = new_request
        self._arrived = arrived
        self._retry_later = retry_later
        self._claims: dict[int, list[DeviceId]] = {}
        self._claiming: set[DeviceId] = set()
        self._keyless: set[DeviceId] = set()

    def reset(self) -> None:
        """A new connection: no earlier claim will be answered."""
        self._claims.clear()
        self._claiming.clear()
        self._keyless.clear()

    def ensure(self, devices: Iterable[DeviceId]) -> bool:
        """Claim keys of those we have no session with; True if nobody is left to wait for.

        A device that has no key to claim is not waited for: it asks for what it misses.
        """
        missing = [d for d in devices if d not in self._keyless and not self._sessions.has(d)]
        to_claim = [device for device in missing if device not in self._claiming]
        for start in range(0, len(to_claim), MAX_CLAIM_DEVICES):
            self._claim(to_claim[start : start + MAX_CLAIM_DEVICES])
        return not missing

    def _claim(self, devices: list[DeviceId]) -> None:
        request = self._new_request()
        self._claims[request] = devices
        self._claiming.update(devices)
        self._effects.send(ClaimKeys(request, devices))

    def take_keys(self, frame: ClaimedKeys) -> None:
        """Start sessions with what came. Raises RemoteError for keys nobody asked for or signed."""
        devices = self._claims.pop(frame.request, None)
        if devices is None or [key.device for key in frame.keys] != devices:
            raise RemoteError(Code.PROTOCOL, "keys nobody asked for")
        self._claiming.difference_update(devices)
        for claimed in frame.keys:
            self._start(claimed)
        self._arrived()

    def _start(self, claimed: ClaimedKey) -> None:
        statement = self._state.directory.device(claimed.device)
        if statement is None:
            return  # revoked meanwhile
        if claimed.key is None:
            self._keyless.add(claimed.device)
            return
        label = labels.FALLBACK_KEY if claimed.is_fallback else labels.ONE_TIME_KEY
        signed = published_key_bytes(label, claimed.device, claimed.key.key)
        if not self._crypto.verify(statement.signing_key, claimed.key.signature, signed):
            self._keyless.add(claimed.device)  # swapped by the hub: never encrypt to it
            return
        try:
            self._sessions.start(statement, claimed.key.key)
        except CannotDecrypt:  # useless from the start
            self._keyless.add(claimed.device)

    def refused(self, frame: Refused) -> None:
        """Ask again when the hub says so; a refusal of something else is not for us."""
        devices = self._claims.pop(frame.request, None)
        if devices is not None:
            self._claiming.difference_update(devices)
            self._retry_later(max(frame.retry_after_ms / 1000, CLAIM_RETRY_S))
