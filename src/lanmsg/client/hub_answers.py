"""The hub's answers to what we sent: each goes to the part that waits for it."""

from lanmsg.client.device_outbox import DeviceOutbox
from lanmsg.client.hub_requests import HubRequests
from lanmsg.client.key_claims import KeyClaims
from lanmsg.client.outbox import Outbox
from lanmsg.client.state import ClientState
from lanmsg.client.sync import Sync
from lanmsg.wire.errors import Code
from lanmsg.wire.frames import Appended, Refused
from lanmsg.wire.ids import MessageId


class HubAnswers:
    """Takes `appended` and `refused`."""

    def __init__(
        self,
        state: ClientState,
        requests: HubRequests,
        device_outbox: DeviceOutbox,
        outbox: Outbox,
        claims: KeyClaims,
        sync: Sync,
    ) -> None:
        self._state = state
        self._requests = requests
        self._device_outbox = device_outbox
        self._outbox = outbox
        self._claims = claims
        self._sync = sync

    def appended(self, frame: Appended) -> None:
        """The hub has it on disk. The entry itself comes by the log; until then it counts as sent."""
        self._requests.appended(frame)
        self._device_outbox.appended(MessageId(frame.message_id))
        log = self._state.logs.get(frame.log)
        row = self._outbox.book.row(frame.message_id)
        if log is None or row is None:
            return
        self._sync.set_counter(log, row.counter)
        self._outbox.acknowledged(row, log)

    def refused(self, frame: Refused) -> None:
        """The hub has done nothing of what was asked."""
        if self._requests.refused(frame) or self._device_outbox.refused(frame):
            return
        if frame.message_id:
            self._note_pruned(frame)
            self._outbox.refused(frame)
        elif not frame.request:
            self._sync.fetch_refused(frame)
        elif not self._outbox.opening_refused(frame):
            self._claims.refused(frame)

    def _note_pruned(self, frame: Refused) -> None:
        """The hub had taken a message of ours, which is gone there: its counter is used."""
        row = self._outbox.book.row(MessageId(frame.message_id))
        log = None if row is None else self._state.logs.get(self._state.log_of(row.conversation))
        if frame.code == Code.PRUNED and row is not None and log is not None:
            self._sync.set_counter(log, row.counter)
