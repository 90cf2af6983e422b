"""A running hub: everything between its open storage and its last farewell, in one event loop.

Stops for a signal, or because its storage has failed: then nothing more is acknowledged, and `run`
raises the reason.
"""

import asyncio
import contextlib
import errno
import gc
import re
import secrets
import signal
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from lanmsg import __version__
from lanmsg.cli.exit_codes import CommandFailed, ExitCode
from lanmsg.cli.hub_certificate import HubCertificate
from lanmsg.cli.hub_command import HubOptions
from lanmsg.cli.hub_names import hub_host_names, hub_title
from lanmsg.cli.hub_process import READY_NAME, READY_WORD
from lanmsg.cli.join_text import (
    is_loopback_only,
    join_link,
    reachable_addresses,
)
from lanmsg.cli.keeping import kept_bytes, kept_days
from lanmsg.hub.commit_queue import ThreadExecutor
from lanmsg.hub.config import HubConfig
from lanmsg.hub.http_door import HttpDoor, HubSite, LinkMaker
from lanmsg.hub.hub import Hub, HubProof, Surroundings
from lanmsg.hub.jobs import InviteJob, Outcome
from lanmsg.hub.join_page import JoinFacts
from lanmsg.hub.storage.interface import Storage, StorageFailed
from lanmsg.hub.web_client_files import BUILT_CLIENT
from lanmsg.net.key_files import replace_key_file
from lanmsg.net.listening import ConnectionGate, Listener, listen
from lanmsg.wire import labels
from lanmsg.wire.addresses import Address, format_address, parse_address
from lanmsg.wire.check_words import check_words
from lanmsg.wire.errors import LocalError, Refusal
from lanmsg.wire.frames import CreateInvite
from lanmsg.wire.labels import labelled_hash
from lanmsg.wire.limits import DEFAULT_PORT, INVITE_LIFETIME_S, INVITE_SECRET_BYTES
from lanmsg.wire.names import canonical_handle

LAST_PORT_TO_TRY: Final = DEFAULT_PORT + 10
COLLECT_AFTER_OBJECTS: Final = 50_000
"""Python looks for garbage in cycles after so many new objects, not after 700: a batch makes thousands,
none of them in a cycle, and looking at them took a twentieth of all time."""
_EVERYWHERE = ""
_ENDS_IN_PORT = re.compile(r"([^:]*|\[[^]]*\]):[0-9]+")
_STOP_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")

log = structlog.get_logger("lanmsg.hub")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyHub:
    """What there is to say about a hub that accepts.

    Attributes:
        directory: where its data is.
        ready_line: `ready HOST:PORT …`, with the addresses it is bound to.
        facts: for joining; takes 40 ms the first time.
        invite_link: a link that lets one person in; empty if nobody needs one or none could be made.
        note: something its operator did not ask for; else empty.
    """

    directory: Path
    ready_line: str
    facts: Callable[[], JoinFacts]
    invite_link: str
    note: str


class HubServer:
    """One hub, its listener and its HTTP side. Make it in the running loop; `run` it once."""

    def __init__(
        self,
        options: HubOptions,
        directory: Path,
        storage: Storage,
        *,
        announce: Callable[[ReadyHub], None],
    ) -> None:
        loop = asyncio.get_running_loop()
        self._options = options
        self._directory = directory
        self._announce_ready = announce
        self._title = hub_title(options.title)
        self._certificate = HubCertificate(
            directory, host_names=hub_host_names(options.host_name), own=options.own_certificate
        )
        self._known_facts: JoinFacts | None = None
        self._stopped: asyncio.Future[str] = loop.create_future()
        self._failure: BaseException | None = None
        self._bound: list[Address] = []
        self._note = ""
        self._gate = ConnectionGate()
        self._hub = self._make_hub(storage)
        self._door = self._make_door()

    def _make_hub(self, storage: Storage) -> Hub:
        options, loop = self._options, self._stopped.get_loop()
        return Hub(
            storage,
            HubProof(
                identity_key=self._certificate.identity.identity_key,
                signature_of=self._certificate.signature_of,
            ),
            HubConfig(
                title=self._title,
                invite_only=options.invite_only,
                messages_per_second=options.message_rate,
                messages_burst=options.message_burst,
                keep_days=kept_days(options.keep_days),
                keep_bytes=kept_bytes(options.keep_size),
                admins=tuple(map(canonical_handle, options.admin)),
            ),
            Surroundings(
                loop=loop,
                now_ms=_now_ms,
                random_bytes=secrets.token_bytes,
                executor=ThreadExecutor(loop, name="log-writer"),
            ),
            on_failure=self._fail,
            gate=self._gate,
        )

    def _make_door(self) -> HttpDoor:
        return HttpDoor(
            HubSite(
                facts=lambda: self._facts,
                statistics=self._hub.statistics,
                is_healthy=lambda: self._failure is None,
                links=LinkMaker(
                    admit=self._gate.admit,
                    make_handler=self._hub.make_session,
                    certificate_hash=lambda: self._certificate.identity.certificate_hash,
                ),
                names=self._certificate.host_names,
                authority=lambda: self._certificate.identity.certificates.authority_der,
                metrics_public=self._options.metrics_public,
            )
        )

    async def run(self) -> None:
        """Serve until a signal comes.

        Raises:
            LanmsgError: it could not start, or its storage failed, with a sentence for its operator.
        """
        with _on_stop_signals(self._stop):
            async with contextlib.AsyncExitStack() as stack:  # ended from the bottom up
                stack.push_async_callback(self._hub.close)
                await stack.enter_async_context(_running(self._door.serve()))
                await stack.enter_async_context(_running(self._certificate.keep_current()))
                listener = await self._listen()
                stack.push_async_callback(listener.wait_closed)
                stack.callback(listener.close)
                await self._announce(listener.addresses)
                if self._options.advertise:
                    await stack.enter_async_context(_running(self._advertise()))
                log.info("stopping", reason=await self._stopped)
        log.info("stopped")
        if self._failure is not None:
            raise CommandFailed(_exit_code_of(self._failure), _sentence_for(self._failure))

    async def _announce(self, bound: list[Address]) -> None:
        self._bound = bound
        line = " ".join([READY_WORD, *map(format_address, bound)])
        replace_key_file(self._directory / READY_NAME, f"{line}\n".encode())
        log.info("started", title=self._title, addresses=line.split()[1:], version=__version__)
        invite_link = await self._invite_link()
        self._announce_ready(
            ReadyHub(
                directory=self._directory,
                ready_line=line,
                facts=lambda: self._facts,
                invite_link=invite_link,
                note=self._note,
            )
        )
        gc.collect()
        gc.freeze()  # what is there now stays: no later collection looks at it again
        gc.set_threshold(COLLECT_AFTER_OBJECTS)

    async def _advertise(self) -> None:
        """Let people find the hub, until cancelled; a hub that can't be found is still a hub."""
        try:
            from lanmsg.net.discovery import Reach, advertise  # brings zeroconf: 4 MB and 90 ms

            here = is_loopback_only(map(format_address, self._bound))
            reach = Reach.THIS_MACHINE if here else Reach.NETWORK
            async with advertise(
                self._certificate.identity.hub, self._bound[0].port, reach=reach
            ) as advertising:
                for warning in advertising.warnings:
                    log.warning("hard to find", reason=warning)
                await asyncio.get_running_loop().create_future()
        except Exception:
            log.exception("bug in advertising")

    # --- listening ---------------------------------------------------------------------------

    async def _listen(self) -> Listener:
        if self._options.listen:
            return await self._listen_at([_parse_listen(text) for text in self._options.listen])
        for port in range(DEFAULT_PORT, LAST_PORT_TO_TRY):
            try:
                return await self._listen_at([Address(_EVERYWHERE, port)])
            except LocalError as error:
                if not _is_in_use(error):
                    raise
            log.warning("port in use", port=port)
            self._note = f"Port {DEFAULT_PORT} is in use on this machine, so this hub has port {port + 1}."
        return await self._listen_at([Address(_EVERYWHERE, LAST_PORT_TO_TRY)])

    async def _listen_at(self, addresses: list[Address]) -> Listener:
        return await listen(
            addresses,
            tls=lambda: self._certificate.tls,
            make_handler=self._hub.make_session,
            make_http=self._door.make_protocol,
            gate=self._gate,
        )

    # --- joining -----------------------------------------------------------------------------

    @property
    def _facts(self) -> JoinFacts:
        addresses = reachable_addresses(self._bound, self._certificate.lan)
        if self._known_facts is None or self._known_facts.addresses != addresses:
            self._known_facts = self._facts_at(addresses)
        return replace(self._known_facts, invite_only=self._hub.settings.invite_only)

    def _facts_at(self, addresses: tuple[str, ...]) -> JoinFacts:
        """Put together what takes 40 ms, for the check words."""
        return JoinFacts(
            title=self._title,
            addresses=addresses,
            link=join_link(addresses, self._certificate.identity.identity_key),
            check_words=check_words(self._certificate.identity.identity_key),
            invite_only=self._hub.settings.invite_only,
            is_advertised=self._options.advertise,
            has_web_client=BUILT_CLIENT.exists(),
            authority_fingerprint=self._certificate.authority_fingerprint,
        )

    async def _invite_link(self) -> str:
        """Make an invite, so that the first person gets in; empty if there is no need or no room."""
        if not self._hub.settings.invite_only:
            return ""
        secret = secrets.token_bytes(INVITE_SECRET_BYTES)
        frame = CreateInvite(
            request=0,
            secret_hash=labelled_hash(labels.INVITE_SECRET, secret),
            expires_at_ms=_now_ms() + INVITE_LIFETIME_S * 1000,
        )
        made: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._hub.queue.put(InviteJob(frame, _now_ms()), made.set_result)
        await asyncio.wait([made, self._stopped], return_when=asyncio.FIRST_COMPLETED)
        if not made.done() or isinstance(made.result(), Refusal):
            return ""
        return join_link(
            reachable_addresses(self._bound, self._certificate.lan),
            self._certificate.identity.identity_key,
            secret,
        )

    # --- stopping ----------------------------------------------------------------------------

    def _stop(self, reason: str) -> None:
        if not self._stopped.done():
            self._stopped.set_result(reason)

    def _fail(self, error: BaseException) -> None:
        self._failure = error
        if isinstance(error, StorageFailed):
            log.error("storage failed", reason=str(error))
        else:
            log.error("bug in the log writer", exc_info=error)
        self._stop("failure")


def _exit_code_of(failure: BaseException) -> ExitCode:
    return ExitCode.STORE if isinstance(failure, StorageFailed) else ExitCode.UNEXPECTED


def _sentence_for(failure: BaseException) -> str:
    if isinstance(failure, StorageFailed):
        return f"stopped, and acknowledged nothing more: {failure}"
    return "stopped because of a mistake in the hub itself; its log has the details"


def _is_in_use(error: LocalError) -> bool:
    return isinstance(error.__cause__, OSError) and error.__cause__.errno == errno.EADDRINUSE


def _parse_listen(text: str) -> Address:
    """Read `HOST:PORT` as an operator writes it: `*` or nothing for all addresses, 0 for any port."""
    host, _, port = text.strip().rpartition(":")
    is_host_given = host not in {"", "*"} or not _ENDS_IN_PORT.fullmatch(text.strip())
    if port == "0" and _ENDS_IN_PORT.fullmatch(text.strip()):
        return Address(parse_address(host).host if is_host_given else _EVERYWHERE, 0)
    if is_host_given:
        return parse_address(text)
    return Address(_EVERYWHERE, parse_address(f"localhost:{port}").port)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


# --- the event loop --------------------------------------------------------------------------


def event_loop_runner() -> asyncio.Runner:
    """Return a runner with the fast event loop, or the stock one where that does not work."""
    try:
        import aiofastnet

        return asyncio.Runner(loop_factory=aiofastnet.loop_factory())
    except (ImportError, OSError, RuntimeError, AttributeError) as error:
        log.warning("no fast event loop", reason=str(error))
        return asyncio.Runner()


@contextlib.asynccontextmanager
async def _running(work: Coroutine[None, None, None]) -> AsyncGenerator[None]:
    """Run something beside the block, and end it with the block."""
    task = asyncio.get_running_loop().create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


@contextlib.contextmanager
def _on_stop_signals(stop: Callable[[str], None]) -> Generator[None]:
    """Call `stop` with the name of each signal that asks the process to end."""
    loop = asyncio.get_running_loop()
    names = [name for name in _STOP_SIGNALS if hasattr(signal, name)]
    for name in names:
        number = getattr(signal, name)
        try:
            loop.add_signal_handler(number, stop, name)
        except NotImplementedError:  # Windows: handlers run between two steps of the main thread
            signal.signal(number, partial(_call_from_signal, loop, stop, name))
    yield


def _call_from_signal(
    loop: asyncio.AbstractEventLoop, stop: Callable[[str], None], name: str, *_signal: object
) -> None:
    loop.call_soon_threadsafe(stop, name)
