"""Staying connected: dial, check the hub, log in, listen, and after every loss begin again.

Waiting times are full jitter between 0 and a doubling bound, so that many clients which lost one hub
do not come back in step. Nothing here is needed for safety: a lost connection loses no message.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from lanmsg.client.engine import Engine
from lanmsg.client.errors import HubIdentityChanged
from lanmsg.client.events import Connected, Disconnected, Event, Stopped
from lanmsg.client.hub_link import HubLink
from lanmsg.client.login import Introduction, LoginDialogue, greet
from lanmsg.net.link import CLOSE_TIMEOUT_S, Link, LinkHandler
from lanmsg.wire.addresses import Address
from lanmsg.wire.check_words import fingerprint
from lanmsg.wire.errors import Code, LanmsgError, LinkLost, Refusal, RemoteError
from lanmsg.wire.frames import Challenge, HubFrame, Ping
from lanmsg.wire.limits import DEAD_AFTER_S, PING_INTERVAL_S

CLOCK_GRAIN_S = 0.01
"""Less is no time: a timer may ring that much early."""
FIRST_RETRY_S = 0.5
LONGEST_RETRY_S = 30.0
LONGEST_FAREWELL_S = 600.0
"""A hub that says when to come back is heeded for so long at most: it may be wrong, or lie."""
_MOST_DOUBLINGS = 10
"""More change nothing, the bound is reached long before: it keeps the power a small number."""
DIAL_TIMEOUT_S = 5.0
FAREWELL_S = 0.25
"""How long a client that leaves waits for the other end's goodbye."""
_FINAL = frozenset(
    {
        Code.REVOKED_DEVICE,
        Code.UNKNOWN_DEVICE,
        Code.PROTOCOL_TOO_NEW,
        Code.PROTOCOL_TOO_OLD,
        Code.DISPLACED,
        Code.BAD_SIGNATURE,
        Code.NOT_VOUCHED_FOR,
        Code.BANNED,
        Code.NAME_TAKEN,
        Code.NAME_ILLEGAL,
        Code.NAME_LOOKS_LIKE,
        Code.INVITE_NEEDED,
        Code.INVITE_UNKNOWN,
    }
)
"""Codes after which trying again by ourselves can't help."""

Dial = Callable[[Address, LinkHandler], Awaitable[Link]]
"""Opens a link; raises LinkLost. In tests: memory."""


def retry_delay_s(attempt: int, random: Callable[[], float]) -> float:
    """Return how long to wait before this attempt to connect; the first after a loss is number 0.

    Anything from 0 up to a bound that doubles from `FIRST_RETRY_S` to `LONGEST_RETRY_S`, as `random`
    says, which returns a share from 0 to 1 (`docs/protocol.md` §1.5).
    """
    bound_s = min(LONGEST_RETRY_S, FIRST_RETRY_S * 2 ** min(attempt, _MOST_DOUBLINGS))
    return bound_s * random()


@dataclass(frozen=True, slots=True)
class Meeting:
    """A link to a hub that has shown who it is, before anything was sent."""

    address: Address
    hub_link: HubLink
    challenge: Challenge


class HubReplaced(LanmsgError):
    """The hub's database is another one than we know: it was set up anew."""

    def __str__(self) -> str:
        return (
            "The hub was set up anew: what it held before is gone there, and its conversations start again. "
            "Start lanmsg again to join it; what you had is kept."
        )


async def meet(addresses: Sequence[Address], dial: Dial, *, expected_key: bytes | None = None) -> Meeting:
    """Dial these addresses in turn and return the first hub that shows who it is.

    A hub with another key than `expected_key` is left without a word, and the next address is tried:
    a false announcement must not keep us from the true hub.

    Raises:
        LinkLost: if there is none; the reason names the last address.
        HubIdentityChanged: if there is none, and one showed a wrong key.
        RemoteError: if what answers is no hub of ours.
    """
    lost: LanmsgError = LinkLost("no address to try")
    for address in addresses:
        hub_link = HubLink(asyncio.get_running_loop())
        try:
            await dial(address, hub_link)
            meeting = Meeting(address, hub_link, await greet(hub_link))
            check_identity(meeting, expected_key)
        except HubIdentityChanged as error:
            lost = error
        except LinkLost as error:
            lost = lost if isinstance(lost, HubIdentityChanged) else error
        except BaseException:
            _leave(hub_link)
            raise
        else:
            return meeting
        _leave(hub_link)
    raise lost


def _leave(hub_link: HubLink) -> None:
    try:
        hub_link.link.abort()
    except AssertionError:
        return  # it never opened


def check_identity(meeting: Meeting, expected_key: bytes | None) -> None:
    """Raise HubIdentityChanged if the hub is not the one we expect."""
    shown = meeting.challenge.identity_key
    if expected_key is not None and shown != expected_key:
        _leave(meeting.hub_link)
        raise HubIdentityChanged(
            str(meeting.address), known=fingerprint(expected_key), shown=fingerprint(shown)
        )


class Connection:
    """Keeps one engine connected. `addresses` says where the hub may be now."""

    def __init__(  # noqa: PLR0913 - what it takes from outside, all named
        self,
        engine: Engine,
        *,
        dial: Dial,
        addresses: Callable[[], Awaitable[Sequence[Address]]],
        emit: Callable[[Event], None],
        persist: Callable[[], Awaitable[None]],
        random: Callable[[], float],
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._engine = engine
        self._dial = dial
        self._addresses = addresses
        self._emit = emit
        self._persist = persist
        self._random = random
        self._random_bytes = random_bytes
        self._loop = asyncio.get_running_loop()
        self._attempts = 0
        self._meeting: Meeting | None = None
        self.address: Address | None = None
        self.title = engine.state.profile.hub_title

    # --- one connection ----------------------------------------------------------------------

    async def log_in(self, meeting: Meeting, introduction: Introduction, *, is_new_hub: bool) -> None:
        """Log in over a link, and give it to the engine. Raises as `LoginDialogue.run`, HubReplaced."""
        state = self._engine.state
        try:
            check_identity(meeting, state.profile.hub_identity_key)
            if meeting.challenge.database != state.profile.database:
                raise HubReplaced
            dialogue = LoginDialogue(
                meeting.hub_link,
                meeting.challenge,
                state,
                self._engine.supply,
                effects=self._engine.effects,
                persist=self._persist,
                random_bytes=self._random_bytes,
            )
            welcome = await dialogue.run(introduction)
        except BaseException:
            _leave(meeting.hub_link)
            raise
        self._meeting = meeting
        self._attempts = 0
        self.address = meeting.address
        self.title = meeting.challenge.title
        self._engine.logged_in(meeting.hub_link.link, welcome)
        self._emit(
            Connected(
                hub_title=self.title,
                address=str(meeting.address),
                handle=state.profile.handle,
                is_new_hub=is_new_hub,
            )
        )
        meeting.hub_link.attach(self._take_batch)

    def _take_batch(self, frames: list[HubFrame]) -> None:
        try:
            for frame in frames:
                self._engine.take_frame(frame)
        finally:
            self._engine.flush()

    async def _listen(self, meeting: Meeting) -> None:
        """Return when the link is lost; ping when it is silent."""
        hub_link = meeting.hub_link
        while not hub_link.lost.is_set():
            left_s = hub_link.received_at_s + DEAD_AFTER_S - self._loop.time()
            if left_s < CLOCK_GRAIN_S:
                hub_link.give_up(f"the hub has not answered for {DEAD_AFTER_S:.0f} s")
                break
            try:
                async with asyncio.timeout(min(PING_INTERVAL_S, left_s)):
                    await hub_link.lost.wait()
            except TimeoutError:
                hub_link.send(Ping())  # whatever has come: the hub, too, listens for signs of life
        self._engine.link_lost()

    # --- for ever ----------------------------------------------------------------------------

    async def run(self) -> None:
        """Stay connected until cancelled, or until something says that trying again can't help."""
        while True:
            reason, retry_after_s = "not connected", 0.0
            if self._meeting is not None:
                hub_link = self._meeting.hub_link
                await self._listen(self._meeting)
                self._meeting = None
                reason = hub_link.lost_reason
                if hub_link.bye is not None:
                    retry_after_s = min(hub_link.bye.retry_after_ms / 1000, LONGEST_FAREWELL_S)
                    if retry_after_s < 0 or hub_link.bye.code in _FINAL:
                        self._emit(Stopped(code=hub_link.bye.code, text=hub_link.bye.text))
                        return
            if not await self._reconnect(reason, retry_after_s):
                return

    async def _reconnect(self, reason: str, retry_after_s: float) -> bool:
        """Try until it works; False if it never will."""
        while True:
            retry_in_s = retry_after_s + retry_delay_s(self._attempts, self._random)
            self._attempts += 1
            waiting = self._engine.outbox.waiting
            self._emit(Disconnected(reason=reason, retry_in_s=retry_in_s, waiting=waiting))
            await asyncio.sleep(retry_in_s)
            retry_after_s = 0.0
            try:
                await self._try_once()
            except LinkLost as error:
                reason = error.reason
            except (Refusal, RemoteError) as error:
                if error.code in _FINAL:
                    self._emit(Stopped(code=error.code, text=str(error)))
                    return False
                reason = str(error)
                asked_s = error.retry_after_ms / 1000 if isinstance(error, Refusal) else 0.0
                retry_after_s = min(asked_s, LONGEST_FAREWELL_S)
            except (HubIdentityChanged, HubReplaced) as error:
                self._emit(Stopped(code=type(error).__name__, text=str(error)))
                return False
            else:
                return True

    async def _try_once(self) -> None:
        expected_key = self._engine.state.profile.hub_identity_key
        meeting = await meet(await self._addresses(), self._dial, expected_key=expected_key)
        introduction = Introduction(name=None, login_name=self._engine.state.profile.handle)
        await self.log_in(meeting, introduction, is_new_hub=False)

    def close(self) -> None:
        """Leave the hub."""
        if self._meeting is not None:
            self._meeting.hub_link.link.close()

    async def leave(self) -> None:
        """Leave the hub, and return when the link is gone: what was sent last has left this machine then.

        A hub that takes nothing keeps nobody longer than `CLOSE_TIMEOUT_S`; one that only does not
        answer the farewell, `FAREWELL_S`.
        """
        if self._meeting is None:
            return
        hub_link = self._meeting.hub_link
        longest_s = CLOSE_TIMEOUT_S if hub_link.link.unsent_bytes else FAREWELL_S
        hub_link.link.close()
        try:
            async with asyncio.timeout(longest_s):
                await hub_link.lost.wait()
        except TimeoutError:
            hub_link.link.abort()
            await hub_link.lost.wait()
