"""Making sure that somebody is who the hub says: seven emoji on both screens."""

from lanmsg.client.errors import PersonAway
from lanmsg.client.model import CancelReason, VerificationInfo
from lanmsg.client.verbs.people import PeopleVerbs
from lanmsg.wire.errors import LinkLost, LocalError


class VerificationVerbs(PeopleVerbs):
    """Verifies people. At most one verification with each person is under way."""

    async def verify(self, handle: str) -> None:
        """Ask somebody to compare identity keys now; or accept, if they have asked.

        `VerificationEmoji` follows when both want to, `VerificationCancelled` if not, or after 10 minutes.

        Raises:
            UnknownPerson: nobody has that name.
            PersonAway: they are not here now, and it takes both at the same time.
            LocalError: it is oneself, or a verification with them is under way.
            LinkLost: we are not connected.
        """
        person = self._person(handle)
        if person.user == self._engine.state.user:
            raise LocalError("that is you: there is nothing to verify")
        if not self.is_online:
            raise LinkLost("not connected to the hub: verifying needs it")
        if not self._info(person).is_online or not person.devices:
            raise PersonAway(person.handle)
        self._engine.between_devices.verifications.start(person)
        await self._done()

    async def accept_verification(self, handle: str) -> None:
        """Answer a `VerificationRequested` with yes. Raises UnknownPerson, LocalError (nobody has asked)."""
        self._engine.between_devices.verifications.accept(self._person(handle))
        await self._done()

    async def confirm_emoji(self, handle: str) -> None:
        """Say that the person sees the same seven emoji in the same order.

        `VerificationDone` follows when they have said so too. Raises UnknownPerson, LocalError (there are
        none to compare).
        """
        self._engine.between_devices.verifications.confirm(self._person(handle))
        await self._done()

    async def cancel_verification(self, handle: str, *, is_different: bool = False) -> None:
        """End a verification, at any point before its end; `is_different`: they saw other emoji.

        Raises UnknownPerson, LocalError (none is under way).
        """
        reason = CancelReason.DIFFERENT if is_different else CancelReason.CALLED_OFF
        self._engine.between_devices.verifications.cancel(self._person(handle), reason)
        await self._done()

    def verifications(self) -> list[VerificationInfo]:
        """Return what is under way, oldest first."""
        return self._engine.between_devices.verifications.all()
