import asyncio
import errno
import socket
import ssl
from pathlib import Path

import pytest
from tests.net.tls_helpers import LOOPS, Door, run_on

from lanmsg.net import dialling
from lanmsg.net.conformance import RecordingHandler
from lanmsg.net.dialling import dial
from lanmsg.net.tls import server_context
from lanmsg.wire.addresses import Address
from lanmsg.wire.errors import LinkLost

TARGET = Address("hub", 1)


@pytest.fixture(params=LOOPS)
def loop_name(request):
    return request.param


def failure_of(address, *, loop_name="asyncio", timeout_s=5.0):
    """The sentence for people when this address is dialled; the handler must not hear of it."""
    handler = RecordingHandler()
    with pytest.raises(LinkLost) as caught:
        run_on(loop_name, dial(Address(*address), handler, timeout_s=timeout_s))
    assert handler.links == handler.lost_reasons == []
    return str(caught.value)


class Impostor(asyncio.Protocol):
    """A server on loopback that does one thing to each connection."""

    def __init__(self, treat):
        self.treat = treat
        self.transports = []

    def connection_made(self, transport):
        self.transports.append(transport)
        self.treat(transport)

    async def dialled(self, *, context=None, timeout_s=5):
        """Dial it, and return the sentence for people."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: self, "127.0.0.1", 0, ssl=context)
        async with server:
            address = Address(*server.sockets[0].getsockname())
            with pytest.raises(LinkLost) as caught:
                await dial(address, RecordingHandler(), timeout_s=timeout_s)
            for transport in self.transports:
                transport.abort()
            await asyncio.sleep(0.01)  # asyncio closes sockets two turns later
        return str(caught.value).replace(str(address), "HUB")


def say_nothing(_):
    pass


def test_a_name_is_looked_up(loop_name, tmp_path):
    async def main():
        async with Door(tmp_path).open([Address("", 0)]) as door:
            link = await dial(Address("localhost", door.address.port), RecordingHandler(), timeout_s=5)
            assert link.remote in ("127.0.0.1", "::1")
            link.abort()

    run_on(loop_name, main())


def test_nobody_there(loop_name):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        address = gone.getsockname()
    expected = f"nobody answers at 127.0.0.1:{address[1]} (connection refused)"
    assert failure_of(address, loop_name=loop_name) == expected


def test_an_unknown_name(loop_name):
    words = failure_of(("no-such-hub.invalid", 7777), loop_name=loop_name)
    assert words == "no machine is called 'no-such-hub.invalid' here (name not found)"


@pytest.mark.parametrize("host", ["", "a" * 70, "..", "bad name"])
def test_a_host_that_is_no_name(host):
    assert failure_of((host, 1)).endswith(("(name not found)", "(connection refused)"))


async def test_a_server_without_tls():
    words = await Impostor(lambda transport: transport.write(b"220 mail server ready\r\n")).dialled()
    assert words.startswith("HUB is not a lanmsg hub: it speaks no TLS (")


async def test_a_server_that_hangs_up():
    expected = "HUB hung up at once: it is no lanmsg hub, or has too many visitors now"
    assert await Impostor(lambda transport: transport.close()).dialled() == expected


async def test_a_server_that_says_nothing():
    words = await Impostor(say_nothing).dialled(timeout_s=0.1)
    assert words == "nobody answers at HUB (no answer within 0.1 s)"


async def test_a_web_server(tmp_path):
    context = server_context(Door(tmp_path).identity)
    context.set_alpn_protocols(["http/1.1"])
    words = await Impostor(say_nothing).dialled(context=context)
    assert words == "HUB is not a lanmsg hub: something else answers there"


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("TLSV1_ALERT_PROTOCOL_VERSION", "its TLS is older than 1.3"),
        ("TLSV1_ALERT_NO_APPLICATION_PROTOCOL", "something else answers there"),
    ],
)
def test_what_other_servers_answer_is_explained(reason, words):
    error = ssl.SSLError(1, "x")
    error.reason = reason
    assert dialling._tls_sentence(error, TARGET) == f"hub:1 is not a lanmsg hub: {words}"


async def test_a_machine_that_falls_silent_in_the_handshake(monkeypatch):
    async def fall_silent(*_, **__):
        raise TimeoutError(errno.ETIMEDOUT, "Connection timed out")

    impostor = Impostor(say_nothing)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: impostor, "127.0.0.1", 0)
    monkeypatch.setattr(loop, "create_connection", fall_silent)
    async with server:
        with pytest.raises(LinkLost, match="no answer"):
            await dial(Address(*server.sockets[0].getsockname()), RecordingHandler(), timeout_s=5)
        await asyncio.sleep(0.01)


# --- several addresses -----------------------------------------------------------------------


class Network:
    """What happens to each host, in place of `sock_connect`; and what was tried, in order."""

    def __init__(self, monkeypatch, fates):
        self.fates = fates
        self.tried = []
        self.sockets = []
        monkeypatch.setattr(dialling, "_resolve", self.resolve)
        monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", self.connect)

    async def resolve(self, _):
        return [dialling._Place(socket.AF_INET, (host, 1)) for host in self.fates]

    async def connect(self, connection, place):
        self.tried.append(place[0])
        self.sockets.append(connection)
        fate = self.fates[place[0]]
        if isinstance(fate, OSError):
            raise fate
        await fate()

    def open_count(self):
        return sum(one.fileno() != -1 for one in self.sockets)


async def never():
    await asyncio.get_running_loop().create_future()


async def at_once():
    pass


async def test_when_one_address_fails_the_next_is_tried_at_once(monkeypatch):
    monkeypatch.setattr(dialling, "HEAD_START_S", 60)
    network = Network(monkeypatch, {"a": ConnectionRefusedError(), "b": at_once, "c": never})
    (await dialling._connect(TARGET)).close()
    assert network.tried == ["a", "b"]
    assert network.open_count() == 0


async def test_when_one_address_hangs_the_next_joins_in_and_the_slow_one_is_given_up(monkeypatch):
    monkeypatch.setattr(dialling, "HEAD_START_S", 0.01)
    network = Network(monkeypatch, {"a": never, "b": at_once})
    connection = await dialling._connect(TARGET)
    assert connection is network.sockets[1]
    connection.close()
    assert network.open_count() == 0


async def test_when_the_caller_gives_up_no_socket_stays_open(monkeypatch):
    monkeypatch.setattr(dialling, "HEAD_START_S", 0.01)
    network = Network(monkeypatch, {"a": never, "b": never})
    with pytest.raises(LinkLost, match="no answer within"):
        await dial(TARGET, RecordingHandler(), timeout_s=0.1)
    assert network.tried == ["a", "b"]
    assert network.open_count() == 0


async def test_when_two_answer_in_the_same_moment_one_is_closed(monkeypatch):
    monkeypatch.setattr(dialling, "HEAD_START_S", 0)
    gate = asyncio.Event()
    network = Network(monkeypatch, {"a": gate.wait, "b": gate.wait})
    asyncio.get_running_loop().call_later(0.01, gate.set)
    (await dialling._connect(TARGET)).close()
    assert network.open_count() == 0


async def test_a_machine_without_the_family_tries_the_others(monkeypatch):
    network = Network(monkeypatch, {"b": at_once})
    places = [dialling._Place(9999, ("a", 1)), *await network.resolve(TARGET)]

    async def resolve(_):
        return places

    monkeypatch.setattr(dialling, "_resolve", resolve)
    (await dialling._connect(TARGET)).close()
    assert network.tried == ["b"]


@pytest.mark.parametrize(
    ("failures", "words"),
    [
        ([OSError(errno.ENETUNREACH, "x"), ConnectionRefusedError()], r"nobody answers.*refused"),
        ([TimeoutError(errno.ETIMEDOUT, "x")], r"nobody answers.*no answer"),
        ([OSError(errno.EHOSTUNREACH, "x")], "cannot be reached from here"),
        ([OSError(errno.EIO, "odd")], r"cannot be reached \(odd\)"),
        ([OSError("odder")], r"cannot be reached \(odder\)"),
    ],
)
async def test_when_all_fail_the_most_telling_reason_is_given(failures, words, monkeypatch):
    Network(monkeypatch, {str(number): failure for number, failure in enumerate(failures)})
    with pytest.raises(LinkLost, match=words):
        await dial(TARGET, RecordingHandler(), timeout_s=5)


async def test_a_bug_while_connecting_is_not_hidden(monkeypatch):
    async def bug():
        raise ZeroDivisionError

    network = Network(monkeypatch, {"a": bug})
    with pytest.raises(ExceptionGroup):
        await dialling._connect(TARGET)
    assert network.open_count() == 0


def test_an_address_needs_no_thread(tmp_path: Path):
    async def main():
        async with Door(tmp_path).open() as door:
            asyncio.get_running_loop().getaddrinfo = None  # would be the way into a thread
            (await dial(door.address, RecordingHandler(), timeout_s=5)).abort()

    run_on("asyncio", main())
