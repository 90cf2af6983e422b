"""What is mutated: every byte string and every text of the vectors, and some bombs and oddities."""

import functools
import json
from collections.abc import Iterator
from pathlib import Path

VECTORS = Path(__file__).parents[2] / "docs" / "vectors"
EXTRA = (
    b"",
    b"\xc0",
    b"\xc1",
    b"\x90",
    b"\x80",
    b"\xdd\xff\xff\xff\xff",
    b"\xdf\xff\xff\xff\xff",
    b"\xc6\xff\xff\xff\xff",
    b"\xdb\xff\xff\xff\xff",
    b"\x91" * 2000,
    b"\x81\xa1a" * 2000,
    b"\xcf" + b"\xff" * 8,
    b"\xd3\x80" + b"\0" * 7,
    b"\xcb\x7f\xf8" + b"\0" * 6,
    b"\xd6\xff\xff\xff\xff\xff",
    b"\xc7\x0c\xff" + b"\xff" * 12,
    "\u202e\u2066\U0001f468\u200d\U0001f469 e\u0301\x1b]52;c;eA==\x07".encode(),
    ("a" + "\u0301" * 3000).encode(),
    b"**" * 2000,
    b"`" * 3000,
    b"[" * 3000 + b"](http://",
    b"lanmsg://join/" + b"a" * 300,
)
"""Bombs and oddities of msgpack, and of texts."""


@functools.cache
def pool() -> tuple[bytes, ...]:
    """Return all seeds, each once, the shortest first; the same in every run."""
    found = {
        data for path in sorted(VECTORS.glob("*.json")) for data in _bytes_in(json.loads(path.read_text()))
    }
    return (*EXTRA, *sorted(found, key=lambda data: (len(data), data)))


def _bytes_in(value: object) -> Iterator[bytes]:
    match value:
        case str():
            yield value.encode("utf-8", "surrogatepass")
            yield from _hex(value)
        case list():
            for each in value:
                yield from _bytes_in(each)
        case dict():
            for each in value.values():
                yield from _bytes_in(each)


def _hex(text: str) -> Iterator[bytes]:
    try:
        data = bytes.fromhex(text)
    except ValueError:
        return
    yield data
    if int.from_bytes(data[:4], "big") == len(data) - 4:
        yield data[4:]  # a frame without its length
