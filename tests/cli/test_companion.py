"""A command whose home is in use: it ends as the process that holds the store says, or as ever."""

import asyncio
import math
import os
import threading
from contextlib import contextmanager

import msgspec
import pytest

from lanmsg.cli.companion import Answer, HistoryRequest, SendRequest, WhoRequest, ask
from lanmsg.cli.exit_codes import CommandFailed, ExitCode
from lanmsg.cli.send import _ask
from lanmsg.client.store.interface import StoreLocked
from lanmsg.net.local_socket import LocalServer

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Unix domain sockets")
WHO = WhoRequest(is_json=False)
SEND = SendRequest(target="#", text="hi", timeout_s=None, is_queued=True)


@contextmanager
def holder(directory, answer):
    """A process that holds the store, on a thread; yields the requests it got."""
    requests = []

    async def take(line):
        requests.append(msgspec.json.decode(line))
        return answer if isinstance(answer, bytes) else msgspec.json.encode(answer)

    async def serve():
        nonlocal loop
        loop = asyncio.get_running_loop()
        async with LocalServer(directory / "asked", take):
            ready.set()
            await ended.wait()

    loop = None
    ready, ended = threading.Event(), asyncio.Event()
    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(20)
    try:
        yield requests
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(20)


def test_it_prints_what_the_holder_says_and_ends_as_it_says(tmp_path, capsys):
    with holder(tmp_path, Answer(code=ExitCode.OK, lines=("one", "two"), note="slow")) as requests:
        assert ask(StoreLocked("in use", tmp_path), WHO) is ExitCode.OK
    assert capsys.readouterr() == ("one\ntwo\n", "slow\n")
    assert requests == [{"type": "who", "is_json": False}]


def test_its_failures_are_ours(tmp_path):
    request = HistoryRequest(target="#", limit=1, is_json=True)
    refused = Answer(code=ExitCode.REFUSED, error="no")
    with holder(tmp_path, refused), pytest.raises(CommandFailed, match="no") as caught:
        ask(StoreLocked("in use", tmp_path), request)
    assert caught.value.code is ExitCode.REFUSED


@pytest.mark.parametrize("is_known", [True, False])
def test_where_nobody_serves_the_store_is_in_use(tmp_path, is_known):
    locked = StoreLocked("in use", tmp_path if is_known else None)
    with pytest.raises(StoreLocked) as caught:
        ask(locked, SEND)
    assert caught.value is locked


@pytest.mark.parametrize(("request_", "words"), [(SEND, "not known to be sent"), (WHO, "did not answer")])
def test_an_answer_that_is_none_is_code_3(tmp_path, request_, words):
    with holder(tmp_path, b"nonsense"), pytest.raises(CommandFailed, match=words) as caught:
        ask(StoreLocked("in use", tmp_path), request_)
    assert caught.value.code is ExitCode.NOT_SENT


def test_send_hands_on_all_that_was_said(tmp_path):
    locked = StoreLocked("in use", tmp_path)
    with holder(tmp_path, Answer(code=ExitCode.OK)) as requests:
        _ask(locked, "@bob", "hi\n☺", timeout_s=2.5, is_queued=False)
        _ask(locked, "\udcff", "hi", timeout_s=math.inf, is_queued=True)
    usual = {"type": "send", "target": "@bob", "text": "hi\n☺", "timeout_s": 2.5, "is_queued": False}
    odd = {"type": "send", "target": "?", "text": "hi", "timeout_s": None, "is_queued": True}
    assert requests == [usual, odd]
