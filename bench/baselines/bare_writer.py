"""The physical limit of fan-out: one core that does nothing but write the same bytes to all readers.

No log, no frames of its own, no decisions: it accepts so many readers, then writes a block of whole
messages to each in turn, with plain `send` or with TLS by OpenSSL, and waits only for those whose
buffers are full. Its loop is one call into C for each block; there is nothing left to leave out.

Other ways to write were tried, with blocks of 1, 28 and 64 messages to 500 readers: OpenSSL writing to
memory and one `send` for the whole block, by Python's `MemoryBIO` and by its C interface with one
buffer for all. They differed by less than two runs of the same one did, so the plainest stayed.
"""

import argparse
import contextlib
import select
import socket
import ssl


def main() -> None:
    """Serve until killed."""
    options = _options()
    readers = _accept(options)
    block = bytes(options.block_bytes)
    poll = select.epoll()
    by_number = {reader.fileno(): reader for reader in readers}
    for number in by_number:
        poll.register(number, select.EPOLLOUT)
    while by_number:
        for number, _ in poll.poll():
            try:
                _write(by_number[number], block)
            except OSError:
                poll.unregister(number)
                del by_number[number]


def _write(reader: socket.socket, block: bytes) -> None:
    """Write one block; TLS wants the same block again when it could not."""
    with contextlib.suppress(BlockingIOError, ssl.SSLWantWriteError):
        reader.send(block)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--readers", type=int, required=True)
    parser.add_argument("--block-bytes", type=int, required=True)
    parser.add_argument("--certificate", default="")
    parser.add_argument("--key", default="")
    return parser.parse_args()


def _accept(options: argparse.Namespace) -> list[socket.socket]:
    context = None
    if options.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.num_tickets = 0
        context.load_cert_chain(options.certificate, options.key)
    readers: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", options.port), backlog=1024) as listening:
        while len(readers) < options.readers:
            reader, _ = listening.accept()
            if context is not None:
                reader = context.wrap_socket(reader, server_side=True)
            reader.settimeout(0)
            readers.append(reader)
    return readers


if __name__ == "__main__":
    main()
