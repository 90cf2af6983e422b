"""From a login to the moment when all that the hub had for us is here, told, and stored."""

import asyncio
from collections.abc import Callable
from functools import partial

from lanmsg.client.effects import Effects
from lanmsg.client.events import Synced
from lanmsg.client.state import ClientState

Step = Callable[[], None]


class CatchingUp:
    """Runs what waits for each of these moments. `flush` ends a step.

    Attributes:
        online: Run when all is here: what waits may be sent. Once a connection.
        told: Run when all of it has been handed to the faces, in the same step.
        stored: Run when all of it can be read from the store, in a step of their own.
        synced: Set after that, until the next login.
    """

    def __init__(self, state: ClientState, effects: Effects, *, flush: Step) -> None:
        self._state = state
        self._effects = effects
        self._flush = flush
        self.online: list[Step] = []
        self.told: list[Step] = []
        self.stored: list[Step] = []
        self.synced = asyncio.Event()
        self.is_synced = False
        """Whether all of it was told."""
        self._logins = 0

    def logged_in(self) -> None:
        """A new connection: it begins anew."""
        self.synced.clear()
        self.is_synced = False
        self._logins += 1

    def caught_up(self) -> None:
        """Everything the hub had when we logged in is here."""
        if not self._state.is_online:
            self._state.is_online = True
            for step in self.online:
                step()
        if not self.is_synced:
            self.is_synced = True
            for step in self.told:
                step()
            self._effects.emit(Synced())
            self._effects.then(partial(self._stored_all, self._logins))

    def _stored_all(self, login: int) -> None:
        """Only now does the store know all that is unreadable."""
        if login == self._logins:
            self.synced.set()
            for step in self.stored:
                step()
            self._flush()
