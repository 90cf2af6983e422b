"""Makes hostile bytes of honest ones, by a seed: the same in every run."""

from collections.abc import Callable, Sequence
from random import Random

MAX_BYTES = 70_000
MARKERS = (
    0x00,
    0x01,
    0x7F,
    0x80,
    0x90,
    0xA0,
    0xC0,
    0xC1,
    0xC4,
    0xC6,
    0xC7,
    0xCA,
    0xCB,
    0xCF,
    0xD3,
    0xD9,
    0xDB,
    0xDC,
)
MARKERS += (0xDD, 0xDE, 0xDF, 0xE0, 0xFF)
"""First bytes of every kind of msgpack value, and the edges of bytes."""
LENGTHS = (
    b"\0\0",
    b"\xff\xff",
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\x80\0\0\0",
    b"\0" * 8,
    b"\xff" * 8,
)

Step = Callable[[Random, bytearray, Sequence[bytes]], None]


def _flip(chance: Random, data: bytearray, _: Sequence[bytes]) -> None:
    if data:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _mark(chance: Random, data: bytearray, _: Sequence[bytes]) -> None:
    if data:
        data[chance.randrange(len(data))] = chance.choice(MARKERS)


def _lengthen(chance: Random, data: bytearray, _: Sequence[bytes]) -> None:
    place = chance.randint(0, len(data))
    length = chance.choice(LENGTHS)
    data[place : place + len(length)] = length


def _insert(chance: Random, data: bytearray, _: Sequence[bytes]) -> None:
    place = chance.randint(0, len(data))
    data[place:place] = chance.randbytes(chance.choice((1, 2, 4, 16, 64)))


def _cut(chance: Random, data: bytearray, _: Sequence[bytes]) -> None:
    if data:
        place = chance.randrange(len(data))
        del data[place : place + chance.choice((1, 2, 4, 16, len(data)))]


def _repeat(chance: Random, data: bytearray, _: Sequence[bytes]) -> None:
    if data:
        start = chance.randrange(len(data))
        part = bytes(data[start : start + chance.choice((1, 4, 16, 64))])
        data[start:start] = part * chance.choice((1, 2, 100))


def _splice(chance: Random, data: bytearray, pool: Sequence[bytes]) -> None:
    other = chance.choice(pool)
    place = chance.randint(0, len(data))
    start = chance.randint(0, len(other))
    data[place : place + chance.choice((0, 1, 16, len(data)))] = other[start:]


STEPS: tuple[Step, ...] = (_flip, _flip, _mark, _mark, _lengthen, _insert, _cut, _repeat, _splice)


def mutated(chance: Random, pool: Sequence[bytes]) -> bytes:
    """Return a seed after some steps; one in twenty is a seed as it is."""
    data = bytearray(chance.choice(pool))
    if chance.random() < 0.05:
        return bytes(data)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
        chance.choice(STEPS)(chance, data, pool)
    return bytes(data[:MAX_BYTES])
