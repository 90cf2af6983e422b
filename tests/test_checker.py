"""The checker finds each kind of violation in a planted history, and none in a good one."""

import pytest

from tests.checker import Acknowledged, Cursor, Failed, Final, Invoke, Read, check

ALL = frozenset({"ann", "bob"})


def invoke(number: int, device: str = "ann") -> Invoke:
    return Invoke(device, "#", bytes([number]), f"text {number}", ALL - {device})


def read(
    device: str, seq: int, number: int, *, author: str = "ann", text: str = "", hash_: bytes = b""
) -> Read:
    return Read(device, "#", seq, bytes([number]), author, text or f"text {number}", hash_)


def final(device: str, *numbers: int, waiting: int = 0) -> Final:
    entries = tuple(read(device, seq, number) for seq, number in enumerate(numbers, 1))
    return Final(device, "#", 1, entries, waiting)


def acknowledged(number: int) -> Acknowledged:
    return Acknowledged("ann", bytes([number]))


GOOD = [invoke(1), invoke(2), acknowledged(1), acknowledged(2), final("ann", 1, 2), final("bob", 1, 2)]


def names(history) -> set[str]:
    return {violation.name for violation in check(history)}


def test_a_good_history_passes():
    assert check([*GOOD, Cursor("bob", "#", 1), Cursor("bob", "#", 2)]) == []


def test_an_unanswered_message_may_be_there_or_not():
    assert check([invoke(1), final("ann", 1), final("bob", 1)]) == []
    assert check([invoke(1), final("ann"), final("bob")]) == []


@pytest.mark.parametrize(
    ("name", "history"),
    [
        ("lost", [invoke(1), acknowledged(1), final("ann", 1), final("bob")]),
        ("lost", [invoke(1), acknowledged(1), final("ann", 1)]),
        ("phantom", [final("ann", 1), final("bob", 1)]),
        ("phantom", [invoke(1), Failed("ann", b"\1"), final("ann", 1), final("bob", 1)]),
        ("phantom", [invoke(1), read("bob", 1, 1, text="altered")]),
        ("phantom", [invoke(1), read("bob", 1, 1, author="bob")]),
        ("leak", [invoke(1), read("eve", 1, 1)]),
        ("duplicate", [invoke(1), read("bob", 1, 1), read("bob", 2, 1)]),
        ("duplicate", [invoke(1), final("ann", 1, 1), final("bob", 1, 1)]),
        ("inconsistent offset", [invoke(1), invoke(2), final("ann", 1, 2), final("bob", 2, 1)]),
        ("inconsistent offset", [invoke(1), read("ann", 1, 1, hash_=b"a"), read("bob", 1, 1, hash_=b"b")]),
        ("skip", [invoke(1), Final("bob", "#", 1, (read("bob", 2, 1),))]),
        ("skip", [invoke(1), invoke(2), read("bob", 1, 1), read("bob", 3, 2)]),
        ("fifo", [invoke(1), invoke(2), final("ann", 2, 1), final("bob", 2, 1)]),
        ("real-time order", [invoke(1), acknowledged(1), invoke(2, "bob"), final("ann", 2, 1)]),
        ("non-monotonic", [Cursor("bob", "#", 2), Cursor("bob", "#", 1)]),
        ("convergence", [invoke(1), final("ann", 1), final("bob")]),
        ("convergence", [final("ann", waiting=1)]),
    ],
)
def test_a_planted_violation_is_found(name: str, history) -> None:
    assert name in names(history)
