"""The local socket: one line each way, for one user, and nothing is handed over to nobody."""

import asyncio
import os
import socket
import stat

import pytest

from lanmsg.net import local_socket
from lanmsg.net.local_socket import GREETING, MAX_REQUEST_BYTES, LocalServer, NotServed, ask_local, can_serve
from lanmsg.wire.errors import LinkLost

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Unix domain sockets")
linux = pytest.mark.skipif(not hasattr(socket, "SO_PEERCRED"), reason="SO_PEERCRED")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "asked"


class Answering:
    """Records requests and answers each with itself, in capitals."""

    def __init__(self):
        self.requests = []

    async def __call__(self, request):
        self.requests.append(request)
        return request.strip().upper()


class Pondering:
    """Never answers; tells when it was asked and when it was cancelled."""

    def __init__(self):
        self.asked, self.cancelled = asyncio.Event(), asyncio.Event()

    async def __call__(self, _request):
        self.asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.cancelled.set()


async def ask(path, request=b"hello", *, timeout_s=20.0, **more):
    return await ask_local(path, request, timeout_s=timeout_s, **more)


async def test_a_line_is_answered_with_a_line(path):
    async with LocalServer(path, Answering()):
        assert await ask(path) == b"HELLO\n"
        assert await asyncio.gather(ask(path, b"a"), ask(path, b"b")) == [b"A\n", b"B\n"]


async def test_the_longest_request_and_a_long_answer_pass(path):
    request = b"x" * (MAX_REQUEST_BYTES - 1)
    async with LocalServer(path, Answering()):
        assert len(await ask(path, request)) == MAX_REQUEST_BYTES


async def test_a_request_that_is_too_long_is_not_answered(path):
    answering = Answering()
    async with LocalServer(path, answering):
        with pytest.raises(LinkLost):
            await ask(path, b"x" * (2 * MAX_REQUEST_BYTES))
    assert answering.requests == []


async def test_the_file_is_its_owners_alone_and_goes_with_the_server(path):
    async with LocalServer(path, Answering()):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not path.exists()


async def test_what_a_killed_server_left_is_replaced(path):
    local_socket._bind(path).close()
    with pytest.raises(NotServed):
        await ask(path)
    async with LocalServer(path, Answering()):
        assert await ask(path) == b"HELLO\n"


async def test_where_nobody_serves_nothing_is_handed_over(path):
    with pytest.raises(NotServed):
        await ask(path)


async def test_what_is_no_socket_is_left_alone(path):
    path.write_text("mine")
    async with LocalServer(path, Answering()):
        with pytest.raises(NotServed):
            await ask(path)
    assert path.read_text() == "mine"


async def test_a_path_too_long_is_not_offered(tmp_path):
    path = tmp_path / ("x" * local_socket.MAX_PATH_BYTES)
    assert not can_serve(path)
    async with LocalServer(path, Answering()):
        assert not path.exists()
    with pytest.raises(NotServed):
        await ask(path)


@linux
async def test_another_user_gets_no_greeting_and_no_answer(path):
    answering = Answering()
    async with LocalServer(path, answering, uid=os.geteuid() + 1):
        with pytest.raises(NotServed):
            await ask(path)
    assert answering.requests == []


@linux
async def test_another_users_server_is_told_nothing(path):
    answering = Answering()
    async with LocalServer(path, answering):
        with pytest.raises(NotServed):
            await ask(path, uid=os.geteuid() + 1)
    assert answering.requests == []


async def test_a_server_of_another_version_is_told_nothing(path):
    async def serve(_reader, writer):
        writer.write(b"lanmsg 2\n")
        writer.close()

    async with await asyncio.start_unix_server(serve, path):
        with pytest.raises(NotServed):
            await ask(path)


async def test_a_server_that_sleeps_is_told_nothing(path, monkeypatch):
    monkeypatch.setattr(local_socket, "GREETING_TIMEOUT_S", 0.01)
    with local_socket._bind(path) as sleeping:
        sleeping.listen()
        with pytest.raises(NotServed):
            await ask(path)


async def test_no_answer_in_time_is_a_lost_link_and_ends_the_work(path):
    pondering = Pondering()
    async with LocalServer(path, pondering):
        with pytest.raises(LinkLost):
            await ask(path, timeout_s=0.05)
        await pondering.cancelled.wait()


async def test_a_server_that_ends_ends_the_work_and_the_wait(path, caplog):
    pondering = Pondering()
    async with asyncio.TaskGroup() as tasks, LocalServer(path, pondering):
        asking = tasks.create_task(_outcome(path))
        await pondering.asked.wait()
    assert pondering.cancelled.is_set()
    assert isinstance(asking.result(), LinkLost)
    assert caplog.messages == []  # nothing on the screen of who leaves the chat


async def _outcome(path):
    try:
        return await ask(path)
    except LinkLost as error:
        return error


async def test_half_a_request_is_none(path):
    answering = Answering()
    async with LocalServer(path, answering):
        reader, writer = await asyncio.open_unix_connection(path)
        assert await reader.readline() == GREETING
        writer.write(b"half")
        writer.write_eof()
        assert await reader.read() == b""
        writer.close()
    assert answering.requests == []


async def test_who_says_nothing_is_hung_up_on(path, monkeypatch):
    monkeypatch.setattr(local_socket, "TRANSFER_TIMEOUT_S", 0.01)
    async with LocalServer(path, Answering()):
        reader, writer = await asyncio.open_unix_connection(path)
        assert await reader.read() == GREETING
        writer.close()


async def test_there_are_only_so_many_callers_at_a_time(path, monkeypatch):
    monkeypatch.setattr(local_socket, "MAX_CALLERS", 1)
    async with LocalServer(path, Answering()):
        reader, writer = await asyncio.open_unix_connection(path)
        assert await reader.readline() == GREETING
        with pytest.raises(NotServed):
            await ask(path)
        writer.close()
