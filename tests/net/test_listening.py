import asyncio
import errno
import socket
import ssl
import sys

import pytest
from tests.net.tls_helpers import LOOPS, Door, eventually, run_on

from lanmsg.net import listening
from lanmsg.net.conformance import RecordingHandler, framed
from lanmsg.net.dialling import dial
from lanmsg.net.listening import ConnectionGate
from lanmsg.net.tls import CERTIFICATE_NAME, ServerTls, client_context
from lanmsg.wire.addresses import Address
from lanmsg.wire.errors import LinkLost
from lanmsg.wire.limits import MAX_UNAUTHENTICATED, MAX_UNAUTHENTICATED_PER_ADDRESS


@pytest.fixture(params=LOOPS)
def loop_name(request):
    return request.param


# --- the gate --------------------------------------------------------------------------------


async def test_the_gate_counts_each_address_for_itself():
    gate = ConnectionGate(total=10, per_address=2)
    assert [gate.admit("10.0.0.1") for _ in range(3)] == [True, True, False]
    assert gate.admit("10.0.0.2")
    assert gate.refused_count == 1
    gate.authenticated("10.0.0.1")
    assert gate.admit("10.0.0.1")


async def test_the_gate_has_room_again_when_one_has_logged_in_or_is_lost():
    gate = ConnectionGate(total=2, per_address=2)
    await gate.room()
    assert gate.admit("10.0.0.1")
    assert gate.admit("10.0.0.2")
    assert not gate.admit("10.0.0.3")
    waiting = asyncio.ensure_future(gate.room())  # noqa: TID251 - awaited below
    await asyncio.sleep(0)
    assert not waiting.done()
    gate.lost("10.0.0.1")
    await waiting
    assert gate.unauthenticated_count == 1


async def test_the_gate_forgets_addresses_that_are_gone():
    gate = ConnectionGate()
    for number in range(1000):
        assert gate.admit(f"10.0.0.{number}")
        gate.authenticated(f"10.0.0.{number}")
    assert gate.unauthenticated_count == 0
    assert not gate._strangers


async def test_the_gate_starts_with_the_limits_of_the_protocol():
    gate = ConnectionGate()
    admitted = [gate.admit(f"10.0.0.{number}") for number in range(50) for _ in range(20)]
    assert sum(admitted) == MAX_UNAUTHENTICATED
    assert sum(admitted[:20]) == MAX_UNAUTHENTICATED_PER_ADDRESS


async def test_more_answers_than_admissions_are_a_bug_of_ours():
    with pytest.raises(AssertionError):
        ConnectionGate().lost("10.0.0.1")


# --- the door --------------------------------------------------------------------------------


def test_frames_arrive_and_the_link_knows_who_is_there(loop_name, tmp_path):
    async def main():
        async with Door(tmp_path).open() as door:
            client = RecordingHandler()
            link = await dial(door.address, client, timeout_s=5)
            link.send(framed(b"hello"))
            hub = await door.handler()
            await hub.until(lambda: hub.payloads == [b"hello"])
            assert hub.link.remote == "127.0.0.1"
            assert hub.link.certificate_hash == link.certificate_hash == door.identity.certificate_hash
            assert door.gate.unauthenticated_count == 1
            hub.link.abort()
            await client.until(lambda: client.lost_reasons)

    run_on(loop_name, main())


def test_every_host_means_both_families_on_one_port(loop_name, tmp_path):
    async def main():
        async with Door(tmp_path).open([Address("", 0)]) as door:
            ports = {address.port for address in door.listener.addresses}
            assert len(ports) == 1
            for host in ("127.0.0.1", "::1"):
                link = await dial(Address(host, *ports), RecordingHandler(), timeout_s=5)
                assert link.remote == host
                link.abort()

    run_on(loop_name, main())


def test_after_close_links_live_on_and_the_port_is_free(loop_name, tmp_path):
    async def main():
        door = Door(tmp_path)
        async with door.open():
            client = RecordingHandler()
            link = await dial(door.address, client, timeout_s=5)
            hub = await door.handler()
        with socket.socket() as free:
            free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            free.bind(door.place)
        link.send(framed(b"still here"))
        await hub.until(lambda: hub.payloads == [b"still here"])
        hub.link.abort()
        await client.until(lambda: client.lost_reasons)

    run_on(loop_name, main())


def test_a_listener_closed_at_once_leaves_no_socket_open(loop_name, tmp_path):
    async def main():
        async with Door(tmp_path).open() as door:
            pass
        assert [one.fileno() for one in door.listener._sockets] == [-1]

    run_on(loop_name, main())


class EchoHttp(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(b"HTTP saw " + data)


@pytest.mark.parametrize("alpn", [["http/1.1"], ["h2"], []], ids=["http", "other", "none"])
def test_everything_that_is_not_frames_is_given_to_http(loop_name, alpn, tmp_path):
    context = client_context()
    if alpn:
        context.set_alpn_protocols(alpn)
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE

    async def main():
        async with Door(tmp_path).open(make_http=EchoHttp) as door:
            reader, writer = await asyncio.open_connection(
                *door.place, ssl=context, server_hostname=CERTIFICATE_NAME
            )
            writer.write(b"GET /")
            assert await reader.readexactly(14) == b"HTTP saw GET /"
            assert door.gate.unauthenticated_count == 0
            writer.transport.abort()

    run_on(loop_name, main())


def test_without_a_web_side_http_is_hung_up_on(loop_name, tmp_path):
    async def main():
        async with Door(tmp_path).open() as door:
            context = client_context()
            context.set_alpn_protocols(["http/1.1"])
            reader, writer = await asyncio.open_connection(
                *door.place, ssl=context, server_hostname=CERTIFICATE_NAME
            )
            assert await reader.read() == b""
            writer.close()
            await eventually(lambda: door.gate.unauthenticated_count == 0)

    run_on(loop_name, main())


def test_a_tls_1_2_client_is_hung_up_on(loop_name, tmp_path):
    async def main():
        async with Door(tmp_path).open() as door:
            context = client_context()
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            with pytest.raises((ssl.SSLError, ConnectionError)):  # an alert, or a reset before it
                await asyncio.open_connection(*door.place, ssl=context, server_hostname=CERTIFICATE_NAME)
            await eventually(lambda: door.gate.unauthenticated_count == 0)

    run_on(loop_name, main())


# --- strangers -------------------------------------------------------------------------------


def silent_stranger(address):
    stranger = socket.create_connection(address)
    stranger.settimeout(5)
    return stranger


async def is_hung_up_on(stranger):
    return await asyncio.to_thread(lambda: stranger.recv(1) == b"")


def test_slowloris_is_counted_from_tcp_accept_and_cut_off(loop_name, tmp_path, monkeypatch):
    monkeypatch.setattr(listening, "HANDSHAKE_TIMEOUT_S", 0.3)

    async def main():
        async with Door(tmp_path, per_address=3).open() as door:
            strangers = [silent_stranger(door.place) for _ in range(3)]
            strangers[1].sendall(b"\x16\x03\x01")  # began a TLS record, and went to sleep
            await eventually(lambda: door.gate.unauthenticated_count == 3)
            with silent_stranger(door.place) as one_too_many:
                assert await is_hung_up_on(one_too_many)
            assert door.gate.refused_count == 1
            for stranger in strangers:
                assert await is_hung_up_on(stranger)
                stranger.close()
            await eventually(lambda: door.gate.unauthenticated_count == 0)

    run_on(loop_name, main())


def test_when_full_in_all_newcomers_wait_and_are_served_later(loop_name, tmp_path):
    async def main():
        async with Door(tmp_path, total=2, per_address=2).open() as door:
            strangers = [silent_stranger(door.place) for _ in range(2)]
            await eventually(lambda: door.gate.unauthenticated_count == 2)
            async with asyncio.TaskGroup() as tasks:
                dialling = tasks.create_task(dial(door.address, RecordingHandler(), timeout_s=5))
                await asyncio.sleep(0.05)
                assert not dialling.done()
                for stranger in strangers:
                    stranger.close()
            dialling.result().abort()
            assert door.gate.refused_count == 0

    run_on(loop_name, main())


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no 127.0.0.2")
def test_a_burst_is_accepted_in_few_turns(loop_name, tmp_path):
    async def main():
        async with Door(tmp_path).open() as door:
            count = 64
            burst = [
                socket.create_connection(door.place, source_address=(f"127.0.0.{2 + number}", 0))
                for number in range(count)
            ]
            turns = 0
            while door.gate.unauthenticated_count < count and turns < count:
                await asyncio.sleep(0)
                turns += 1
            assert turns < count / 2
            for connection in burst:
                connection.close()

    run_on(loop_name, main())


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not say")
def test_a_client_that_gave_up_in_the_queue_is_known_to_be_gone():
    with socket.create_server(("127.0.0.1", 0)) as waiting:
        with socket.create_connection(waiting.getsockname()) as client:
            client.sendall(b"\x16")
            connection, _ = waiting.accept()
            assert not listening.has_given_up(connection)
        with connection:
            while connection.recv(2, socket.MSG_WAITALL | socket.MSG_PEEK) != b"\x16":
                pass  # until its farewell is here, too
            assert listening.has_given_up(connection)


def test_one_address_that_opens_too_many_is_told_by_a_closed_connection(loop_name, tmp_path):
    async def main():
        async with Door(tmp_path, per_address=1).open() as door:
            with silent_stranger(door.place):
                await eventually(lambda: door.gate.unauthenticated_count == 1)
                with pytest.raises(LinkLost, match="hung up at once"):
                    await dial(door.address, RecordingHandler(), timeout_s=5)

    run_on(loop_name, main())


@pytest.mark.parametrize(
    "noise",
    [
        b"",
        b"\x00\x01",
        b"SSH-2.0-x\r\n",
        b"\x16\x03\x01\x00\x02xx",
        b"\x16garbage that is no TLS",
        b"GET / oops\r\n\r\n",
    ],
)
def test_garbage_is_hung_up_on_and_nothing_is_left_behind(loop_name, noise, tmp_path):
    async def main():
        async with Door(tmp_path).open() as door:
            with silent_stranger(door.place) as stranger:
                stranger.sendall(noise)
                stranger.shutdown(socket.SHUT_WR)
                await asyncio.to_thread(drain, stranger)
            await eventually(lambda: door.gate.unauthenticated_count == 0)
            link = await dial(door.address, RecordingHandler(), timeout_s=5)
            link.abort()

    run_on(loop_name, main())


def drain(stranger):
    try:
        while stranger.recv(4096):
            pass
    except ConnectionError:
        pass


def test_a_browser_without_https_is_sent_there(loop_name, tmp_path):
    async def main():
        async with Door(tmp_path).open() as door:
            reader, writer = await asyncio.open_connection(*door.place)
            writer.write(b"GET /join?x=1 HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % door.address.port)
            answer = await asyncio.wait_for(reader.read(), 5)
            assert answer.startswith(b"HTTP/1.1 307 ")
            assert b"Location: https://127.0.0.1:%d/join?x=1\r\n" % door.address.port in answer
            writer.close()
            await eventually(lambda: door.gate.unauthenticated_count == 0)

    run_on(loop_name, main())


@pytest.mark.parametrize("is_ours", [True, False])
def test_a_problem_elsewhere_is_still_reported(is_ours, tmp_path, caplog):
    seen = []

    async def main():
        loop = asyncio.get_running_loop()
        if is_ours:
            loop.set_exception_handler(lambda _, context: seen.append(context["message"]))
        async with Door(tmp_path).open():
            await asyncio.sleep(0)
            loop.call_exception_handler({"message": "hung up", "exception": ConnectionResetError})
            loop.call_exception_handler({"message": "a bug"})
        assert (loop.get_exception_handler() is not None) == is_ours

    asyncio.run(main())
    assert seen + caplog.messages == ["a bug"]


# --- trouble of our own ----------------------------------------------------------------------


def test_a_bug_in_a_handshake_is_reported_and_the_door_stays_open(tmp_path):
    problems = []

    async def main():
        asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context))
        async with Door(tmp_path).open() as door:
            good, door.listener._tls = (
                door.listener._tls,
                lambda: ServerTls(context="none", certificate_hash=b""),
            )
            with pytest.raises(LinkLost):
                await dial(door.address, RecordingHandler(), timeout_s=5)
            door.listener._tls = good
            (await dial(door.address, RecordingHandler(), timeout_s=5)).abort()

    asyncio.run(main())
    assert problems[0]["message"] == "a handshake failed"
    assert isinstance(problems[0]["exception"], Exception)


def test_a_machine_out_of_files_accepts_again_later(tmp_path, monkeypatch):
    monkeypatch.setattr(listening, "ACCEPT_RETRY_S", 0.01)
    failures = [OSError(errno.EMFILE, "too many open files"), ConnectionAbortedError()]

    async def main():
        loop = asyncio.get_running_loop()
        accept = loop.sock_accept

        async def failing_accept(listening_socket):
            if failures:
                raise failures.pop(0)
            return await accept(listening_socket)

        monkeypatch.setattr(loop, "sock_accept", failing_accept)
        async with Door(tmp_path).open() as door:
            (await dial(door.address, RecordingHandler(), timeout_s=5)).abort()

    asyncio.run(main())
    assert failures == []


def test_a_loop_that_cannot_watch_sockets_goes_straight_to_tls(tmp_path, monkeypatch):
    async def main():
        def no_reader(*_):
            raise NotImplementedError

        with socket.socket() as connection, monkeypatch.context() as patch:
            loop = asyncio.get_running_loop()
            patch.setattr(loop, "add_reader", no_reader)
            assert await listening._first_byte(loop, connection) == b"\x16"

    asyncio.run(main())
