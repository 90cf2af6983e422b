"""The commands with which two people verify each other: /verify, /same, /different."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from lanmsg.client.model import VerificationStage
from lanmsg.wire.commands import LineError
from lanmsg.wire.safe_text import isolated
from lanmsg.wire.typed_line import Command

if TYPE_CHECKING:
    from lanmsg.chat.talk import Talk


class VerificationCommands:
    """Their handlers. /same and /different need a name only where several people could be meant."""

    def __init__(self, session: "Talk") -> None:
        self._session = session
        self._client = session.client
        self.commands: dict[str, Callable[[Command], Awaitable[None]]] = {
            "verify": self._verify,
            "same": self._same,
            "different": self._different,
        }

    async def _verify(self, command: Command) -> None:
        name = self._client.person(command.arguments[0]).handle
        is_answer = name in self._names(VerificationStage.ASKED)
        await self._client.verify(name)
        if not is_answer:
            self._session.show(
                f"{isolated(name)} was asked. Tell them: they answer with /verify and your name."
            )

    async def _same(self, command: Command) -> None:
        name = self._meant(command, self._names(VerificationStage.COMPARING))
        await self._client.confirm_emoji(name)
        if name in self._names(VerificationStage.WAITING):
            self._session.show(f"Waiting for {isolated(name)} to say the same.")

    async def _different(self, command: Command) -> None:
        name = self._meant(command, self._names(*VerificationStage))
        is_different = name in self._names(VerificationStage.COMPARING)
        await self._client.cancel_verification(name, is_different=is_different)

    def _names(self, *stages: VerificationStage) -> list[str]:
        return [each.handle for each in self._client.verifications() if each.stage in stages]

    def _meant(self, command: Command, names: list[str]) -> str:
        """Return the name that was typed, or the only one it can be. Raises LineError, UnknownPerson."""
        if command.arguments:
            return self._client.person(command.arguments[0]).handle
        if not names:
            raise LineError("not done: there is nothing to compare now. /verify NAME begins")
        if len(names) > 1:
            shown = ", ".join(map(isolated, names))
            raise LineError(
                f"not done: say whom you mean, as in /{command.name} {isolated(names[0])} ({shown})"
            )
        return names[0]
