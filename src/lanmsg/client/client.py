"""The client library's face: one object, verbs and events (`docs/client-library.md`)."""

import asyncio
import contextlib
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from lanmsg.client.committer import Committer
from lanmsg.client.connection import Connection, Meeting
from lanmsg.client.engine import Engine
from lanmsg.client.events import Stopped
from lanmsg.client.login import Introduction
from lanmsg.client.opening import Opened, Opening
from lanmsg.client.settings import ClientSettings
from lanmsg.client.state import ClientState
from lanmsg.client.store.interface import StoreFailed
from lanmsg.client.surroundings import ClientSurroundings, EngineSurroundings
from lanmsg.client.verbs.admin import AdminVerbs
from lanmsg.client.verbs.amendments import AmendmentVerbs
from lanmsg.client.verbs.devices import DeviceVerbs
from lanmsg.client.verbs.joining import JoiningVerbs
from lanmsg.client.verbs.lifetimes import LifetimeVerbs
from lanmsg.client.verbs.now import NowVerbs
from lanmsg.client.verbs.personal import PersonalVerbs
from lanmsg.client.verbs.rooms import RoomVerbs
from lanmsg.client.verbs.search import SearchVerbs
from lanmsg.client.verbs.verification import VerificationVerbs
from lanmsg.wire.addresses import Address


class Client(
    AdminVerbs,
    SearchVerbs,
    AmendmentVerbs,
    LifetimeVerbs,
    RoomVerbs,
    PersonalVerbs,
    JoiningVerbs,
    VerificationVerbs,
    DeviceVerbs,
    NowVerbs,
):
    """A client at one hub. Use it with `async with`; see the page for what entering raises."""

    def __init__(self, settings: ClientSettings, surroundings: ClientSurroundings | None = None) -> None:
        super().__init__(surroundings or _real_surroundings(settings))
        self._settings = settings
        self._stack = contextlib.AsyncExitStack()
        self._committer: Committer
        self._task: asyncio.Task[None] | None = None
        self._has_store_failed = False
        self.is_new_hub = False

    # --- opening and closing -----------------------------------------------------------------

    async def __aenter__(self) -> Self:
        """Find the hub, open the store, log in."""
        async with contextlib.AsyncExitStack() as stack:
            self._stack = stack
            await self._open()
            self._stack = stack.pop_all()
        return self

    async def _open(self) -> None:
        surroundings = self._surroundings
        opening = Opening(surroundings, self._stack, device_name=self._settings.device_name)
        opened = await opening.open()
        self._choice = opened.choice
        self.is_new_hub = not opened.profile.handle
        self._engine = self._make_engine(opened)
        self._connection = Connection(
            self._engine,
            dial=surroundings.dial,
            addresses=self._addresses,
            emit=self._emit,
            persist=self._persist,
            random=surroundings.random,
            random_bytes=surroundings.random_bytes,
        )
        if opened.meeting is not None:
            await self._log_in(opened.meeting, opened)
        await self._erase_expired()  # after the login: only then is the hub's clock known
        self._task = asyncio.get_running_loop().create_task(self._connection.run(), name="lanmsg connection")
        self._stack.push_async_callback(self._stop_task)
        self._stack.push_async_callback(self._say_last)

    def _make_engine(self, opened: Opened) -> Engine:
        surroundings = self._surroundings
        executor = surroundings.make_executor(opened.store)
        self._committer = Committer(executor, emit=self._emit, failed=self._store_failed)
        self._stack.callback(self._committer.close)
        self._stack.push_async_callback(self._committer.drain)
        state = ClientState(opened.profile, surroundings.crypto.account(opened.profile.account))
        state.load(opened.stored)
        engine = Engine(
            state,
            opened.store,
            opened.stored,
            self._committer,
            EngineSurroundings(
                loop=asyncio.get_running_loop(),
                now_ms=surroundings.now_ms,
                random_bytes=surroundings.random_bytes,
                crypto=surroundings.crypto,
                idle_after_s=self._settings.idle_after_s,
                sends_read_receipts=self._settings.sends_read_receipts,
            ),
        )
        self._stack.callback(engine.close)
        return engine

    async def _erase_expired(self) -> None:
        """Take away what was over while the client was closed, before anything can be shown."""
        while self._engine.expiry.erase_some():
            await self._done()
        self._engine.expiry.schedule()

    async def _log_in(self, meeting: Meeting, opened: Opened) -> None:
        wanted_handle = opened.profile.wanted_handle
        of_other_device = wanted_handle if opened.profile.voucher else ""
        introduction = Introduction(
            name=of_other_device or self._settings.name,
            login_name=wanted_handle or self._surroundings.login_name(),
            invite=self._choice.invite_secret,
        )
        await self._connection.log_in(meeting, introduction, is_new_hub=self.is_new_hub)
        self._surroundings.remember(meeting.challenge, meeting.address)

    async def _addresses(self) -> Sequence[Address]:
        """Return where the hub may be: where it was, then wherever it announces itself now."""
        return await self._surroundings.find_again(self.hub_id, self._choice)

    async def _persist(self) -> None:
        await self._done()

    async def _say_last(self) -> None:
        """Keep what was gathered to be said to our other devices, and say it if we can."""
        if not self._has_store_failed:
            self._engine.personal.account.say()
            with contextlib.suppress(StoreFailed):
                await self._done()

    async def _stop_task(self) -> None:
        assert self._task is not None
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        await self._connection.leave()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave the hub, finish what is being stored, close the store."""
        await self._stack.aclose()
        for stream in self._streams:
            stream.close()

    def _store_failed(self, error: BaseException) -> None:
        """Stop: whoever waits for something to be stored is told, and nothing more is sent."""
        for future in list(self._unfinished):
            if not future.done():
                future.set_exception(error)
        if not self._has_store_failed:
            self._has_store_failed = True
            self._connection.close()
            self._emit(Stopped(code="store_failed", text=str(error)))

    # --- what one may ask --------------------------------------------------------------------

    async def synced(self) -> None:
        """Wait until all that the hub had for us when we connected is stored."""
        await self._engine.synced.wait()


def _real_surroundings(settings: ClientSettings) -> ClientSurroundings:
    from lanmsg.client.real import RealSurroundings

    return RealSurroundings(settings)
