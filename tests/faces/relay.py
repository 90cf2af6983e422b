"""A network between one face and the hub that can be cut in the ways in which real ones are.

Browsers keep WebSockets open when they are told to be offline, so the bytes themselves have to stop.
"""

import contextlib
import socket
import threading
from enum import Enum, auto

_CHUNK = 65_536


class Network(Enum):
    """What becomes of bytes."""

    WORKS = auto()
    HELD = auto()
    """Nothing arrives yet: a sleeping access point."""
    SWALLOWS = auto()
    """Nothing arrives at all, and neither end is told: half-open."""
    DOWN = auto()
    """Connections are reset, new ones at once."""


class Relay:
    """Passes TCP connections on to a port of loopback, as `network` says."""

    def __init__(self, port: int) -> None:
        self._target = ("127.0.0.1", port)
        self._changed = threading.Condition()
        self._network = Network.WORKS
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def become(self, network: Network) -> None:
        """Change what becomes of bytes, also of those that are held."""
        with self._changed:
            was, self._network = self._network, network
            self._changed.notify_all()
        if network is Network.DOWN or was is Network.SWALLOWS:
            self._reset()  # a stream with a hole in it is no stream

    def close(self) -> None:
        """End all of it."""
        self.become(Network.DOWN)
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)

    def _start(self, run, *arguments) -> None:
        self._threads.append(threading.Thread(target=run, args=arguments))
        self._threads[-1].start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._connect(client)

    def _connect(self, client: socket.socket) -> None:
        if self._network is Network.DOWN:
            client.close()
            return
        try:
            hub = socket.create_connection(self._target)
        except OSError:
            client.close()
            return
        self._pairs.append((client, hub))
        self._start(self._pump, client, hub)
        self._start(self._pump, hub, client)

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_CHUNK):
                with self._changed:
                    self._changed.wait_for(lambda: self._network is not Network.HELD)
                if self._network is Network.WORKS:
                    target.sendall(data)
        _end(source)
        _end(target)

    def _reset(self) -> None:
        pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for one in pair:
                _end(one)


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
