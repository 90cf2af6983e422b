"""A Unix domain socket between processes of one user: a line is asked, a line answers.

One request a connection. The server greets first, so a caller whose server is stopped (Ctrl+Z) gives up
before it has handed anything over. Who answers and who asks must be the same user: the file is for its
owner alone, and on Linux the kernel says of both ends whose they are. Not offered on Windows, nor where
the path is too long for the system.
"""

import asyncio
import os
import socket
import stat
import struct
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from lanmsg.wire.errors import LanmsgError, LinkLost

GREETING: Final = b"lanmsg 1\n"
"""Another number: another version, whose requests we don't know."""
MAX_PATH_BYTES: Final = 107 if sys.platform == "linux" else 103
"""`sun_path` has 108 bytes on Linux and 104 on macOS, with a zero at the end (unix(7), unix(4))."""
MAX_REQUEST_BYTES: Final = 512 * 1024
"""The longest text (64 KiB), each of its bytes escaped as JSON (6 bytes), and some room."""
MAX_ANSWER_BYTES: Final = 16 * 1024 * 1024
MAX_CALLERS: Final = 32
"""Connections at a time; one more is closed without a greeting."""
GREETING_TIMEOUT_S: Final = 2.0
TRANSFER_TIMEOUT_S: Final = 5.0
"""How long a request may take to come, and an answer to be taken."""
_PEER: Final = "3i"
"""`struct ucred`: pid, uid, gid (unix(7))."""


class NotServed(LanmsgError):
    """Nobody of ours serves at this path; nothing was handed over."""


def can_serve(path: Path) -> bool:
    """Tell whether this system has such sockets, and takes a path so long."""
    return sys.platform != "win32" and len(os.fsencode(path)) <= MAX_PATH_BYTES


class LocalServer:
    """Serves while its `async with` block runs; where that is impossible, it quietly does not.

    The caller guarantees that nobody else serves at this path now: what is left of a server that was
    killed is replaced.

    Args:
        path: Where. Its directory must be ours, and nobody else may write in it.
        answer: Takes a request, a line, and returns the answer without the end of its line. Cancelled
            if the caller leaves. Must not raise.
        uid: Whose requests are answered; our own user's if None.
    """

    def __init__(
        self, path: Path, answer: Callable[[bytes], Awaitable[bytes]], *, uid: int | None = None
    ) -> None:
        self._path = path
        self._answer = answer
        self._uid = uid
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        """Listen, if it can be done here."""
        if can_serve(self._path):
            with suppress(OSError):  # a file system without sockets: as on Windows
                self._server = await asyncio.start_unix_server(
                    self._serve, sock=_bind(self._path), limit=MAX_REQUEST_BYTES
                )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop listening; whoever waits for an answer gets none."""
        if self._server is None:
            return
        self._server.close()
        serving = list(self._serving)
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        with suppress(OSError):
            _remove_socket(self._path)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            if len(self._serving) <= MAX_CALLERS and _is_of_user(writer, self._uid):
                await self._serve_one(reader, writer)
        except asyncio.CancelledError:  # by us, at the end. COMPAT(3.11, 3.12): asyncio would log a traceback
            pass
        except (OSError, ValueError):  # the caller is gone, too slow, or says too much: nothing is owed
            pass
        finally:
            self._serving.discard(task)
            writer.close()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(GREETING)
        async with asyncio.timeout(TRANSFER_TIMEOUT_S):
            request = await reader.readline()
        if not request.endswith(b"\n"):
            return
        answer = await self._answer_unless_left(request, reader)
        if answer is not None:
            writer.write(answer + b"\n")
            writer.close()
            async with asyncio.timeout(TRANSFER_TIMEOUT_S):
                await writer.wait_closed()

    async def _answer_unless_left(self, request: bytes, reader: asyncio.StreamReader) -> bytes | None:
        async def answer() -> bytes:
            return await self._answer(request)

        async with asyncio.TaskGroup() as tasks:
            answering = tasks.create_task(answer())
            leaving = tasks.create_task(_left(reader))
            await asyncio.wait((answering, leaving), return_when=asyncio.FIRST_COMPLETED)
            answering.cancel()
            leaving.cancel()
        return None if answering.cancelled() else answering.result()


async def ask_local(path: Path, request: bytes, *, timeout_s: float, uid: int | None = None) -> bytes:
    """Hand a request (a line, without its end) to the server at this path; return its answer, a line.

    `uid` is whose server it must be; our own user's if None.

    Raises:
        NotServed: nobody serves there, or not ours, or not in time; nothing was handed over.
        LinkLost: the request was handed over, and no answer came within `timeout_s`.
    """
    if not can_serve(path):
        raise NotServed("there can be no local socket here")
    try:
        async with asyncio.timeout(GREETING_TIMEOUT_S):
            reader, writer = await asyncio.open_unix_connection(path, limit=MAX_ANSWER_BYTES)
    except OSError as error:
        raise NotServed(str(error)) from error
    try:
        await _check_greeting(reader, writer, uid)
        return await _exchange(reader, writer, request, timeout_s=timeout_s)
    finally:
        writer.close()


async def _check_greeting(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, uid: int | None
) -> None:
    try:
        async with asyncio.timeout(GREETING_TIMEOUT_S):
            greeting = await reader.readline()
        if greeting != GREETING or not _is_of_user(writer, uid):
            raise NotServed("whoever serves there is not ours, or of another version")
    except (OSError, ValueError) as error:
        raise NotServed("whoever serves there does not answer") from error


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes, *, timeout_s: float
) -> bytes:
    try:
        async with asyncio.timeout(timeout_s):
            writer.write(request + b"\n")
            await writer.drain()
            answer = await reader.readline()
    except (OSError, ValueError) as error:
        raise LinkLost("no answer came") from error
    if not answer.endswith(b"\n"):
        raise LinkLost("no answer came")
    return answer


async def _left(reader: asyncio.StreamReader) -> None:
    """Return when the other side hangs up, or says more than it may."""
    with suppress(OSError):
        await reader.read(1)


def _bind(path: Path) -> socket.socket:
    """Return a socket at this path that its owner alone can connect to; it does not listen yet."""
    _remove_socket(path)
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        bound.bind(os.fsencode(path))
        path.chmod(0o600)  # before it listens: nobody gets in between
    except OSError:
        bound.close()
        raise
    return bound


def _remove_socket(path: Path) -> None:
    with suppress(FileNotFoundError):
        if stat.S_ISSOCK(path.lstat().st_mode):
            path.unlink()


def _is_of_user(writer: asyncio.StreamWriter, uid: int | None) -> bool:
    """Tell whether the other end is this user's, as the kernel says; elsewhere the file's mode must do."""
    if sys.platform != "linux":
        return True
    connection = writer.get_extra_info("socket")
    peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize(_PEER))
    _, peer_uid, _ = struct.unpack(_PEER, peer)
    return peer_uid == (os.geteuid() if uid is None else uid)
