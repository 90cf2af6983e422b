"""Looking where a text must not be: on the wire, in files, in the memory of a process."""

import base64
import contextlib
import re
import selectors
import socket
import threading
from pathlib import Path


def forms_of(text):
    """The text as bytes in each form in which it could lie around; a part of it in base64, at any offset."""
    data = text.encode()
    forms = {
        "utf-8": data,
        "utf-16": text.encode("utf-16-le"),
        "utf-32": text.encode("utf-32-le"),
        "reversed": data[::-1],
        "hex": data.hex().encode(),
        "HEX": data.hex().upper().encode(),
    }
    for offset in range(3):
        whole = base64.b64encode(bytes(offset) + data)
        forms[f"base64+{offset}"] = whole[4 : len(whole) // 4 * 4 - 4]
    return forms


def found_in(data, text):
    """In which forms the text is in these bytes."""
    return [name for name, form in forms_of(text).items() if form in data]


def files_of(directory):
    """Every file below a directory, with its bytes."""
    return {path: path.read_bytes() for path in Path(directory).rglob("*") if path.is_file()}


def memory_of(pid):
    """All that a process has in its memory. Raises PermissionError where that may not be read."""
    parts = []
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            start, end, access = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+)", line).groups()
            if access.startswith("r"):
                with contextlib.suppress(OSError, OverflowError):  # [vvar] and the like
                    memory.seek(int(start, 16))
                    parts.append(memory.read(int(end, 16) - int(start, 16)))
    return b"".join(parts)


class Wire:
    """A TCP proxy on loopback that keeps all bytes of both directions."""

    def __init__(self, port):
        self._to = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._poll = selectors.DefaultSelector()
        self._recorded = []
        self._sockets = [self._listener]
        self._wake, self._waker = socket.socketpair()
        self._thread = threading.Thread(target=self._run)

    @property
    def address(self):
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def recorded(self):
        return b"".join(self._recorded)

    def __enter__(self):
        self._poll.register(self._listener, selectors.EVENT_READ, self._accept)
        self._poll.register(self._wake, selectors.EVENT_READ, None)
        self._thread.start()
        return self

    def __exit__(self, *_error):
        self._waker.send(b".")
        self._thread.join(10)
        self._poll.close()
        for each in (*self._sockets, self._wake, self._waker):
            each.close()

    def _run(self):
        while True:
            for key, _ in self._poll.select():
                if key.data is None:
                    return
                key.data()

    def _accept(self):
        near, _ = self._listener.accept()
        far = socket.create_connection(self._to, timeout=10)
        self._sockets += [near, far]
        for source, target in ((near, far), (far, near)):
            self._poll.register(source, selectors.EVENT_READ, lambda s=source, t=target: self._pass_on(s, t))

    def _pass_on(self, source, target):
        data = b""
        with contextlib.suppress(OSError):
            data = source.recv(65536)
        if data:
            self._recorded.append(data)
            with contextlib.suppress(OSError):
                target.sendall(data)
            return
        self._poll.unregister(source)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)
