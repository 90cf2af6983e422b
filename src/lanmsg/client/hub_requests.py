"""Single things that somebody asks of the hub and waits for: an invite, a statement, new members."""

import asyncio
from collections.abc import Callable
from typing import cast

from lanmsg.client.answers import Answers
from lanmsg.client.effects import Effects
from lanmsg.client.state import ClientState
from lanmsg.wire import ids
from lanmsg.wire.admin import AdminCommand, AdminResult
from lanmsg.wire.codec import decode_as, encode
from lanmsg.wire.entries import EntryKind
from lanmsg.wire.frames import (
    Admin,
    AdminAnswer,
    Append,
    Appended,
    CreateInvite,
    InviteCreated,
    PairingStored,
    Refused,
    StorePairing,
)
from lanmsg.wire.ids import DeviceId, LogId, MessageId


class HubRequests:
    """Sends them, and hands their answers to who waits.

    Each future fails with Refusal (StaleView among them) or LinkLost. After LinkLost nobody knows
    whether it was done: who asks again asks for what is still missing.
    """

    def __init__(self, state: ClientState, effects: Effects, *, random_bytes: Callable[[int], bytes]) -> None:
        self._state = state
        self._effects = effects
        self._random_bytes = random_bytes
        self._answers: Answers[int] = Answers()
        self._admin_answers: Answers[AdminResult] = Answers()
        self._next_request = 0

    def new_request(self) -> int:
        """Return a number that names a request on this connection."""
        self._next_request += 1
        return self._next_request

    def new_message_id(self) -> MessageId:
        """Return an id for an entry of ours."""
        return MessageId(self._random_bytes(ids.ID_BYTES))

    # --- asking ------------------------------------------------------------------------------

    def create_invite(self, secret_hash: bytes, expires_at_ms: int) -> "asyncio.Future[int]":
        """Ask the hub to take an invite."""
        request = self.new_request()
        self._effects.send(CreateInvite(request, secret_hash, expires_at_ms))
        return self._answers.expect(request)

    def store_pairing(self, name: bytes, sealed: bytes) -> "asyncio.Future[int]":
        """Leave a parcel for another device of ours."""
        request = self.new_request()
        self._effects.send(StorePairing(request, name, sealed))
        return self._answers.expect(request)

    def revoke(self, device: DeviceId) -> "asyncio.Future[int]":
        """Cut a device of ours off."""
        state = self._state
        statement = state.identity.revoke(device, by=state.device, account=state.account)
        return self.append(state.directory_log, EntryKind.REVOKE, encode(statement), self.new_message_id())

    def append(
        self, log: LogId, kind: EntryKind, body: bytes, message_id: MessageId
    ) -> "asyncio.Future[int]":
        """Add an entry that is no message; the future's result is its seq."""
        self._effects.send(Append(message_id, log, kind, body))
        return self._answers.expect(message_id)

    def admin(self, command: AdminCommand) -> "asyncio.Future[AdminResult]":
        """Ask or change something of the hub itself."""
        request = self.new_request()
        self._effects.send(Admin(request, encode(command)))
        return self._admin_answers.expect(request)

    # --- answers -----------------------------------------------------------------------------

    def invite_created(self, frame: InviteCreated) -> None:
        """The hub has taken an invite."""
        self._answers.succeeded(frame.request, 0)

    def pairing_stored(self, frame: PairingStored) -> None:
        """The hub has taken a parcel."""
        self._answers.succeeded(frame.request, 0)

    def admin_answered(self, frame: AdminAnswer) -> None:
        """The hub has done what an admin asked. Raises RemoteError for what is no answer."""
        kind = cast("type[AdminResult]", AdminResult)
        self._admin_answers.succeeded(frame.request, decode_as(kind, frame.answer, "an answer to an admin"))

    def appended(self, frame: Appended) -> None:
        """The hub has an entry of ours on disk, a message perhaps."""
        self._answers.succeeded(frame.message_id, frame.seq)

    def refused(self, frame: Refused) -> bool:
        """The hub has refused something; False if nobody waits for that here."""
        return self._answers.refused(frame) or self._admin_answers.refused(frame)

    def lost(self) -> None:
        """The link is gone."""
        self._answers.lost()
        self._admin_answers.lost()
