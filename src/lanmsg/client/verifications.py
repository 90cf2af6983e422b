"""All verifications of this device: at most one with each person, each on its way between two devices.

A request goes to all devices of a person; the first that accepts takes it, the others are told. If both
persons ask at once, the request of the one with the smaller user id goes on, and the other one accepts
it at once, for that person has asked already. What comes from another device than the one that takes
part is passed over: nobody can end what two others do.
"""

import asyncio
from collections.abc import Callable
from functools import partial

from lanmsg.client.crypto.sas import SECRET_BYTES, SasParty, SasSecret, SasTranscript
from lanmsg.client.device_messages import (
    VerificationAccept,
    VerificationCancel,
    VerificationKey,
    VerificationMac,
    VerificationRequest,
)
from lanmsg.client.device_outbox import DeviceOutbox
from lanmsg.client.effects import Effects
from lanmsg.client.events import (
    VerificationCancelled,
    VerificationDone,
    VerificationEmoji,
    VerificationRequested,
)
from lanmsg.client.inbox import Inbox
from lanmsg.client.model import CancelReason, VerificationInfo, VerificationStage
from lanmsg.client.people import People
from lanmsg.client.state import ClientState
from lanmsg.client.verification import FalseStep, Stage, Verification
from lanmsg.client.verification_words import cancel_words
from lanmsg.wire import ids
from lanmsg.wire.directory import Person
from lanmsg.wire.errors import LocalError
from lanmsg.wire.ids import DeviceId, TransactionId, UserId
from lanmsg.wire.limits import MAX_VERIFICATIONS, VERIFICATION_TIMEOUT_S

_NO_DEVICE = DeviceId(bytes(ids.ID_BYTES))
_NO_KEY = bytes(ids.KEY_BYTES)
_IS_ASKED = frozenset({Stage.ASKED})
_HAS_EMOJI = frozenset({Stage.COMPARING, Stage.THEY_CONFIRMED})


class Verifications:
    """Starts, answers and ends them. `hub_now_ms` is the hub's clock."""

    def __init__(  # noqa: PLR0913 - the parts it works with, all named
        self,
        state: ClientState,
        effects: Effects,
        people: People,
        outbox: DeviceOutbox,
        *,
        call_later: Callable[[float, Callable[[], None]], asyncio.TimerHandle],
        hub_now_ms: Callable[[], int],
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._state = state
        self._effects = effects
        self._people = people
        self._outbox = outbox
        self._call_later = call_later
        self._hub_now_ms = hub_now_ms
        self._random_bytes = random_bytes
        self._by_user: dict[UserId, Verification] = {}
        self._timers: dict[UserId, asyncio.TimerHandle] = {}

    def listen_to(self, inbox: Inbox) -> None:
        """Take the steps of others from here."""
        inbox.on(VerificationRequest, self._take_request)
        inbox.on(VerificationAccept, self._take_accept)
        inbox.on(VerificationKey, self._take_key)
        inbox.on(VerificationMac, self._take_mac)
        inbox.on(VerificationCancel, self._take_cancel)

    # --- our person --------------------------------------------------------------------------

    def start(self, person: Person) -> None:
        """Ask a person, or accept if they have asked. Raises LocalError if one is under way."""
        current = self._by_user.get(person.user)
        if current is None:
            self._request(person)
        elif current.stage is Stage.ASKED:
            self.accept(person)
        else:
            raise LocalError(f"a verification with {person.handle} is under way already")

    def _request(self, person: Person) -> None:
        transaction = TransactionId(self._random_bytes(ids.ID_BYTES))
        them = self._party(person, _NO_DEVICE)
        verification = self._add(transaction, requester=self._us(), accepter=them, is_requester=True)
        request = verification.request()
        for device in person.devices:
            self._outbox.deliver(device, request)

    def accept(self, person: Person) -> None:
        """Our person wants to, too. Raises LocalError if nobody has asked."""
        verification = self._current(person, _IS_ASKED, f"{person.handle} has not asked you to verify")
        self._outbox.deliver(verification.them.device, verification.accept())

    def confirm(self, person: Person) -> None:
        """Our person says that all seven are the same. Raises LocalError if there is nothing to compare."""
        verification = self._current(
            person, _HAS_EMOJI, f"there is nothing to compare with {person.handle} now"
        )
        self._outbox.deliver(verification.them.device, verification.confirm())
        self._finish_if_done(verification)

    def cancel(self, person: Person, reason: CancelReason) -> None:
        """Our person does not want to, or saw other emoji. Raises LocalError if nothing is under way."""
        verification = self._by_user.get(person.user)
        if verification is None:
            raise LocalError(f"no verification with {person.handle} is under way")
        self._cancel(verification, reason)

    def _current(self, person: Person, stages: frozenset[Stage], problem: str) -> Verification:
        verification = self._by_user.get(person.user)
        if verification is None or verification.stage not in stages:
            raise LocalError(problem)
        return verification

    def all(self) -> list[VerificationInfo]:
        """Return what is under way, oldest first."""
        return [self._info(verification) for verification in self._by_user.values()]

    def _info(self, verification: Verification) -> VerificationInfo:
        stage = VerificationStage.WAITING
        if verification.stage in _IS_ASKED:
            stage = VerificationStage.ASKED
        elif verification.stage in _HAS_EMOJI:
            stage = VerificationStage.COMPARING
        return VerificationInfo(
            handle=self._state.handle_of(verification.them.user),
            stage=stage,
            emoji=tuple(each.emoji for each in verification.emoji),
            names=tuple(each.name for each in verification.emoji),
        )

    # --- their device ------------------------------------------------------------------------

    def _take_request(self, sender: DeviceId, request: VerificationRequest, at_ms: int) -> None:
        person = self._state.directory.owner(sender)
        age_ms = self._hub_now_ms() - at_ms
        if person is None or not self._may_speak(sender, person) or age_ms > VERIFICATION_TIMEOUT_S * 1000:
            return
        current = self._by_user.get(person.user)
        if current is None:
            self._asked(sender, person, request)
        elif current.stage is Stage.REQUESTED:
            self._both_asked(current, sender, person, request)
        elif current.them.device != sender:
            self._refuse(sender, request.transaction, CancelReason.BUSY)
        elif current.stage is Stage.ASKED:  # asked twice: the newer counts, and was told already
            self._end(current)
            self._add_asked(sender, person, request)
        else:
            self._tell_cancelled(current, CancelReason.STARTED_ANEW, by_us=False)
            self._asked(sender, person, request)

    def _may_speak(self, device: DeviceId, person: Person) -> bool:
        return device in person.devices and person.user != self._state.user

    def _asked(self, sender: DeviceId, person: Person, request: VerificationRequest) -> None:
        if len(self._by_user) >= MAX_VERIFICATIONS:
            self._refuse(sender, request.transaction, CancelReason.BUSY)
            return
        self._add_asked(sender, person, request)
        self._effects.emit(VerificationRequested(handle=person.handle))

    def _add_asked(self, sender: DeviceId, person: Person, request: VerificationRequest) -> Verification:
        verification = self._add(
            request.transaction,
            requester=self._party(person, sender),
            accepter=self._us(),
            is_requester=False,
        )
        verification.asked()
        return verification

    def _both_asked(
        self, ours: Verification, sender: DeviceId, person: Person, request: VerificationRequest
    ) -> None:
        """Both sides find the same one to go on with: one passes the other over, one drops its own."""
        if self._state.user < person.user:
            return
        self._tell_others(ours, CancelReason.ANSWERED_ELSEWHERE, answered=sender)
        self._end(ours)
        self._add_asked(sender, person, request)
        self.accept(person)

    def _take_accept(self, sender: DeviceId, content: VerificationAccept, _at_ms: int) -> None:
        verification = self._known(sender, content.transaction, has_no_device=True)
        if verification is None:
            return
        try:
            key = verification.accepted(sender, content)
        except FalseStep:
            self._cancel(verification, CancelReason.FALSE_STEP)
            return
        self._outbox.deliver(sender, key)
        self._tell_others(verification, CancelReason.ANSWERED_ELSEWHERE)

    def _take_key(self, sender: DeviceId, content: VerificationKey, _at_ms: int) -> None:
        verification = self._known(sender, content.transaction)
        if verification is None:
            return
        try:
            key = verification.take_key(content)
        except FalseStep:
            self._cancel(verification, CancelReason.FALSE_STEP)
            return
        if key is not None:
            self._outbox.deliver(sender, key)
        info = self._info(verification)
        self._effects.emit(VerificationEmoji(handle=info.handle, emoji=info.emoji, names=info.names))

    def _take_mac(self, sender: DeviceId, content: VerificationMac, _at_ms: int) -> None:
        verification = self._known(sender, content.transaction)
        if verification is None:
            return
        try:
            verification.take_mac(content)
        except FalseStep:
            self._cancel(verification, CancelReason.FALSE_STEP)
            return
        self._finish_if_done(verification)

    def _take_cancel(self, sender: DeviceId, content: VerificationCancel, _at_ms: int) -> None:
        person = self._state.directory.owner(sender)
        verification = self._by_user.get(person.user) if person is not None else None
        if verification is None or verification.transaction != content.transaction:
            return
        if verification.them.device not in (sender, _NO_DEVICE):
            return
        reason = _reason_of(content)
        if verification.stage is Stage.REQUESTED:
            if reason in _OF_ONE_DEVICE and len(self._their_devices(verification)) > 1:
                return  # another device of theirs may still accept
            self._tell_others(verification, CancelReason.ANSWERED_ELSEWHERE, answered=sender)
        self._tell_cancelled(verification, reason, by_us=False)

    def _known(
        self, sender: DeviceId, transaction: TransactionId, *, has_no_device: bool = False
    ) -> Verification | None:
        """Return the verification a step belongs to; None if it is to be passed over."""
        person = self._state.directory.owner(sender)
        if person is None or not self._may_speak(sender, person):
            return None
        verification = self._by_user.get(person.user)
        if verification is None or verification.transaction != transaction:
            self._refuse(sender, transaction, CancelReason.UNKNOWN)
            return None
        expected = verification.them.device
        is_theirs = expected == sender or (has_no_device and expected == _NO_DEVICE)
        return verification if is_theirs else None

    # --- the end -----------------------------------------------------------------------------

    def _finish_if_done(self, verification: Verification) -> None:
        if verification.stage is not Stage.DONE:
            return
        self._end(verification)
        handle = self._state.handle_of(verification.them.user)
        self._people.verified(handle, verification.them.identity_key)
        self._effects.emit(VerificationDone(handle=handle))

    def _cancel(self, verification: Verification, reason: CancelReason) -> None:
        """End it from our side, and tell theirs."""
        cancel = VerificationCancel(verification.transaction, reason.value)
        for device in self._their_devices(verification):
            self._outbox.deliver(device, cancel)
        self._tell_cancelled(verification, reason, by_us=True)

    def _their_devices(self, verification: Verification) -> list[DeviceId]:
        if verification.them.device != _NO_DEVICE:
            return [verification.them.device]
        person = self._state.directory.person(verification.them.user)
        return [] if person is None else list(person.devices)

    def _tell_others(
        self, verification: Verification, reason: CancelReason, *, answered: DeviceId | None = None
    ) -> None:
        """Tell the devices that were asked, and did not answer, that another one did."""
        person = self._state.directory.person(verification.them.user)
        for device in person.devices if person is not None else ():
            if device not in (verification.them.device, answered):
                self._refuse(device, verification.transaction, reason)

    def _refuse(self, device: DeviceId, transaction: TransactionId, reason: CancelReason) -> None:
        self._outbox.deliver(device, VerificationCancel(transaction, reason.value))

    def _tell_cancelled(self, verification: Verification, reason: CancelReason, *, by_us: bool) -> None:
        self._end(verification)
        handle = self._state.handle_of(verification.them.user)
        text = cancel_words(reason, handle, by_us=by_us)
        self._effects.emit(VerificationCancelled(handle=handle, reason=reason, by_us=by_us, text=text))

    def _end(self, verification: Verification) -> None:
        """Forget it; what still comes of it is answered as unknown."""
        if verification.is_live:
            verification.cancel()
        self._by_user.pop(verification.them.user, None)
        self._timers.pop(verification.them.user).cancel()

    # --- making one --------------------------------------------------------------------------

    def _add(
        self, transaction: TransactionId, *, requester: SasParty, accepter: SasParty, is_requester: bool
    ) -> Verification:
        transcript = SasTranscript(
            hub=ids.hub_id(self._state.profile.hub_identity_key),
            database=self._state.database,
            transaction=transaction,
            requester=requester,
            accepter=accepter,
        )
        secret = SasSecret(self._random_bytes(SECRET_BYTES))
        verification = Verification(transcript, secret, is_requester=is_requester)
        user = verification.them.user
        self._by_user[user] = verification
        self._timers[user] = self._call_later(VERIFICATION_TIMEOUT_S, partial(self._time_out, verification))
        return verification

    def _time_out(self, verification: Verification) -> None:
        self._cancel(verification, CancelReason.TIMEOUT)

    def _us(self) -> SasParty:
        state = self._state
        return SasParty(state.user, state.identity.public_key, state.device, _NO_KEY)

    @staticmethod
    def _party(person: Person, device: DeviceId) -> SasParty:
        return SasParty(person.user, person.identity_key, device, _NO_KEY)


_OF_ONE_DEVICE = frozenset({CancelReason.BUSY, CancelReason.UNKNOWN})
"""What speaks for one device only, and not for its person."""


def _reason_of(content: VerificationCancel) -> CancelReason:
    known = set(CancelReason)
    return CancelReason(content.reason) if content.reason in known else CancelReason.CALLED_OFF
