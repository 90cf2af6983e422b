"""The parts of a running hub that its process tests can't reach: ports, loops and failures."""

import asyncio
import contextlib
import signal
import sys

import pytest
import structlog

from lanmsg.cli import hub_server
from lanmsg.cli.exit_codes import CommandFailed, ExitCode
from lanmsg.cli.hub_command import HubOptions
from lanmsg.cli.hub_server import HubServer, _parse_listen, event_loop_runner
from lanmsg.hub.settings import HubSettings, load_settings
from lanmsg.hub.storage.interface import StorageFailed
from lanmsg.hub.storage.memory import MemoryStorage
from lanmsg.hub.storage.sqlite import SqliteStorage
from lanmsg.net.binding import bind_all, close_all
from lanmsg.wire.addresses import Address
from lanmsg.wire.errors import LocalError


def make_server(tmp_path, *, announce=lambda hub: None, storage=None, **options):
    options = {"listen": ("127.0.0.1:0",), "advertise": False} | options
    storage = storage or MemoryStorage()
    return HubServer(HubOptions(**options), tmp_path, storage, announce=announce)


async def run_until_ready(tmp_path, **arguments):
    """Run a hub until it is ready, then stop it; return what it announced."""
    announced = []

    def announce(hub):
        announced.append(hub)
        hub.facts()
        server._stop("test")

    server = make_server(tmp_path, announce=announce, **arguments)
    async with asyncio.timeout(20):
        await server.run()
    return announced[0]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:7778", Address("127.0.0.1", 7778)),
        ("127.0.0.1", Address("127.0.0.1", 7777)),
        ("127.0.0.1:0", Address("127.0.0.1", 0)),
        ("[::1]:0", Address("::1", 0)),
        ("::1", Address("::1", 7777)),
        ("fd00::0", Address("fd00::", 7777)),
        ("::", Address("::", 7777)),
        ("*:7778", Address("", 7778)),
        (":7778", Address("", 7778)),
        (" *:0 ", Address("", 0)),
        ("hub.local:1", Address("hub.local", 1)),
    ],
)
def test_addresses_to_listen_at(text, address):
    assert _parse_listen(text) == address


@pytest.mark.parametrize("text", ["", "*", ":", "*:x", "*:70000", "7777"])
def test_what_is_no_address_to_listen_at(text):
    with pytest.raises(LocalError):
        _parse_listen(text)


async def test_the_next_port_is_taken_when_nobody_asked_for_one(tmp_path, monkeypatch):
    taken = bind_all([Address("", 0)])
    port = taken[0].getsockname()[1]
    monkeypatch.setattr(hub_server, "DEFAULT_PORT", port)
    monkeypatch.setattr(hub_server, "LAST_PORT_TO_TRY", port + 10)
    try:
        hub = await run_until_ready(tmp_path, listen=())
    finally:
        close_all(taken)
    bound = int(hub.ready_line.rpartition(":")[2])
    assert port < bound <= port + 10
    assert hub.note == f"Port {port} is in use on this machine, so this hub has port {bound}."


async def test_when_all_ports_are_taken_it_says_so(tmp_path, monkeypatch):
    taken = bind_all([Address("", 0)])
    port = taken[0].getsockname()[1]
    monkeypatch.setattr(hub_server, "DEFAULT_PORT", port)
    monkeypatch.setattr(hub_server, "LAST_PORT_TO_TRY", port)
    try:
        with pytest.raises(LocalError, match="is in use"):
            await make_server(tmp_path, listen=()).run()
    finally:
        close_all(taken)


async def test_it_can_listen_at_several_addresses(tmp_path):
    hub = await run_until_ready(tmp_path, listen=("127.0.0.1:0", "127.0.0.2:0"))
    assert len(hub.facts().addresses) == 2
    assert (tmp_path / "hub.ready").read_text() == hub.ready_line + "\n"


async def test_a_storage_that_fails_ends_it_with_the_reason(tmp_path):
    server = make_server(tmp_path, announce=lambda _: server._fail(StorageFailed("the disk is full")))
    with pytest.raises(CommandFailed, match="acknowledged nothing more: the disk is full") as caught:
        await server.run()
    assert caught.value.code == ExitCode.STORE


async def test_a_bug_in_the_writer_ends_it_with_a_traceback_in_the_log(tmp_path):
    server = make_server(tmp_path, announce=lambda _: server._fail(ZeroDivisionError()))
    with structlog.testing.capture_logs() as logs, pytest.raises(CommandFailed) as caught:
        await server.run()
    assert caught.value.code == ExitCode.UNEXPECTED
    assert next(each for each in logs if each["event"] == "bug in the log writer")["exc_info"]


async def test_a_storage_that_fails_while_an_invite_is_made_ends_it_too(tmp_path):
    class Failing(MemoryStorage):
        def add_invite(self, secret_hash, expires_at_ms):
            raise StorageFailed("the disk is full")

    with pytest.raises(CommandFailed, match="the disk is full"):
        await make_server(tmp_path, storage=Failing(), invite_only=True).run()


async def test_advertising_that_breaks_does_not_end_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "lanmsg.net.discovery", None)
    server = make_server(tmp_path, advertise=True)
    with structlog.testing.capture_logs() as logs:
        async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
            running = tasks.create_task(server.run())
            while "bug in advertising" not in [each["event"] for each in logs]:  # noqa: ASYNC110 - no event
                await asyncio.sleep(0)
            assert not running.done()
            server._stop("test")


async def test_a_system_without_signals_in_its_loop_is_stopped_all_the_same(tmp_path, monkeypatch):
    loop = asyncio.get_running_loop()

    def add_signal_handler(*_):
        raise NotImplementedError

    monkeypatch.setattr(loop, "add_signal_handler", add_signal_handler)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        async with asyncio.timeout(20):
            await make_server(tmp_path, announce=lambda _: signal.raise_signal(signal.SIGTERM)).run()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_the_stock_event_loop_is_used_where_the_fast_one_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "aiofastnet", None)
    with structlog.testing.capture_logs() as logs, event_loop_runner() as runner:
        assert runner.run(asyncio.sleep(0, "ran")) == "ran"
    assert [each["event"] for each in logs] == ["no fast event loop"]


async def test_how_long_messages_are_kept_is_remembered_until_it_is_said_anew(tmp_path):
    storage = SqliteStorage.open(tmp_path)
    with contextlib.closing(storage):
        await run_until_ready(tmp_path, storage=storage, keep_days=30, keep_size="20GB")
        await run_until_ready(tmp_path, storage=storage)
        assert load_settings(storage) == HubSettings(keep_days=30, keep_bytes=20 * 10**9)
        await run_until_ready(tmp_path, storage=storage, keep_days=0)
        assert load_settings(storage) == HubSettings(keep_bytes=20 * 10**9)


async def test_a_time_or_size_that_cannot_be_is_said_before_anything_starts(tmp_path):
    with pytest.raises(LocalError, match="at least 16 MB"):
        make_server(tmp_path, keep_size="1MB")
