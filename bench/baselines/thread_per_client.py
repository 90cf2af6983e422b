"""The design the project started from: one thread a client, `sendall` to each reader.

Nothing stored, nothing acknowledged, TLS only with `--certificate FILE KEY`. A frame is 4 bytes of length
(big-endian) and the rest.
A client's first frame is its name. Each later one starts with a byte: the length of the name of the
one client that gets what follows the name; 0: everybody but the sender gets it.
"""

import argparse
import socket
import ssl
import threading


class Clients:
    """Who is connected."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_name: dict[bytes, Client] = {}

    def add(self, client: "Client") -> None:
        """Let others reach it."""
        with self._lock:
            self._by_name[client.client_name] = client

    def remove(self, client: "Client") -> None:
        """It has gone."""
        with self._lock:
            self._by_name.pop(client.client_name, None)

    def readers(self, target: bytes, sender: "Client") -> list["Client"]:
        """Return who gets a message."""
        with self._lock:
            if target:
                return [self._by_name[target]] if target in self._by_name else []
            return [client for client in self._by_name.values() if client is not sender]


class Client(threading.Thread):
    """One connection and its thread."""

    def __init__(self, connection: socket.socket, clients: Clients, tls: ssl.SSLContext | None) -> None:
        super().__init__(daemon=True)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection = connection
        self._tls = tls
        self._clients = clients
        self._sending = threading.Lock()
        self.client_name = b""

    def run(self) -> None:
        """Read frames until the end."""
        try:
            if self._tls is not None:
                self._connection = self._tls.wrap_socket(self._connection, server_side=True)
            self._file = self._connection.makefile("rb")
            self.client_name = self._read()
            self._clients.add(self)
            while True:
                self._relay(self._read())
        except (OSError, EOFError):
            self._clients.remove(self)

    def _read(self) -> bytes:
        size = self._file.read(4)
        if len(size) < 4:
            raise EOFError
        return self._file.read(int.from_bytes(size, "big"))

    def _relay(self, frame: bytes) -> None:
        target, body = frame[1 : 1 + frame[0]], frame[1 + frame[0] :]
        data = len(body).to_bytes(4, "big") + body
        for reader in self._clients.readers(target, self):
            reader.send(data)

    def send(self, data: bytes) -> None:
        """Send to this client."""
        try:
            with self._sending:
                self._connection.sendall(data)
        except OSError:
            self._clients.remove(self)


def main(port: int, tls: ssl.SSLContext | None) -> None:
    """Serve for ever."""
    clients = Clients()
    with socket.create_server(("127.0.0.1", port), backlog=1024) as listening:
        while True:
            connection, _ = listening.accept()
            Client(connection, clients, tls).start()


def _context(certificate: str, key: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(certificate, key)
    return context


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--certificate", nargs=2, metavar=("FILE", "KEY"))
    given = parser.parse_args()
    threading.stack_size(256 * 1024)
    main(given.port, _context(*given.certificate) if given.certificate else None)
