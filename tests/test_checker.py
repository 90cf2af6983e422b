"""The checker finds each kind of violation in a planted history, and none in a good one."""

import dataclasses

import pytest

from tests.checker import (
    PROPERTIES,
    Acknowledged,
    Cursor,
    Failed,
    Final,
    Head,
    Invoke,
    Logged,
    Measured,
    Opened,
    Probe,
    Queued,
    Read,
    Receipt,
    Restarted,
    Stored,
    View,
    Withdrawn,
    check,
    recovered,
)

ALL = frozenset({"ann", "bob"})


def invoke(number: int, device: str = "ann") -> Invoke:
    return Invoke(device, "#", bytes([number]), f"text {number}", ALL - {device})


def read(
    device: str, seq: int, number: int, *, author: str = "ann", text: str = "", hash_: bytes = b"", reason=""
) -> Read:
    return Read(device, "#", seq, bytes([number]), author, text or f"text {number}", hash_, reason)


def logged(
    seq: int, number: int, *, readers=None, allowed=None, hash_=None, previous=None, counter=0, index=-1
):
    """An entry as the hub has it; it is chained as it should be unless something else is asked for."""
    message = bytes([number]) if number else b""
    chained = hash_ if hash_ is not None else b"hash %d" % seq
    before = previous if previous is not None else b"hash %d" % (seq - 1)
    session = b"ratchet" if index >= 0 else b""
    computed, may = b"hash %d" % seq, frozen(allowed)
    return Logged(
        "#", seq, message, "ann", chained, before, computed, counter, session, index, frozen(readers), may
    )


def frozen(names):
    return None if names is None else frozenset(names)


def with_hash(final_: Final) -> Final:
    entries = tuple(dataclasses.replace(each, hash=b"hash %d" % each.seq) for each in final_.entries)
    return dataclasses.replace(final_, entries=entries)


def final(device: str, *numbers: int, waiting: int = 0) -> Final:
    entries = tuple(read(device, seq, number) for seq, number in enumerate(numbers, 1))
    return Final(device, "#", 1, entries, waiting)


def acknowledged(number: int) -> Acknowledged:
    return Acknowledged("ann", bytes([number]))


HEARD_BY_ALL = {"readers": ["ann", "bob"], "allowed": ["ann", "bob"]}
SEEN_IN_THE_LOG = [
    invoke(1),
    invoke(2),
    acknowledged(1),
    acknowledged(2),
    logged(1, 1, **HEARD_BY_ALL, counter=1),
    logged(2, 0),
    logged(3, 2, **HEARD_BY_ALL, counter=2),
    *(
        Final(name, "#", 1, (read(name, 1, 1, hash_=b"hash 1"), read(name, 3, 2, hash_=b"hash 3")), end=3)
        for name in ("ann", "bob")
    ),
]
GOOD = [invoke(1), invoke(2), acknowledged(1), acknowledged(2), final("ann", 1, 2), final("bob", 1, 2)]


def names(history) -> set[str]:
    return {violation.name for violation in check(history)}


def test_a_good_history_passes():
    assert check([*GOOD, Cursor("bob", "#", 1), Cursor("bob", "#", 2)]) == []


def test_a_good_history_passes_where_the_hub_was_looked_at():
    told = [read("bob", 1, 1, hash_=b"hash 1"), read("bob", 3, 2, hash_=b"hash 3")]
    assert check([*SEEN_IN_THE_LOG, *told, Cursor("bob", "#", 3), Head("bob", "#", 2, b"hash 2")]) == []


def test_what_was_taken_back_need_not_arrive():
    assert check([invoke(1), Queued("ann", b"\1"), Withdrawn("ann", b"\1"), final("ann"), final("bob")]) == []


def test_what_a_killed_program_did_not_tell_is_no_gap():
    assert check([*GOOD, read("bob", 1, 1), Restarted("bob"), read("bob", 2, 2)]) == []


def test_a_receipt_is_true_once_the_other_disk_has_it():
    assert check([Stored("bob", "#", 3), Receipt("ann", "#", "bob", 3)]) == []


def test_a_message_that_was_never_answered_and_is_there_is_counted():
    assert recovered([invoke(1), invoke(2), acknowledged(2), final("bob", 1, 2)]) == 1


def test_every_property_of_the_plan_is_looked_at():
    assert list(PROPERTIES) == [f"P{number}" for number in range(1, 17)]


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
        ("convergence", [View("ann", "#", frozenset({"ann", "bob"})), View("bob", "#", frozenset({"bob"}))]),
        ("convergence", [invoke(1), logged(1, 1), logged(2, 0), with_hash(final("ann", 1))]),
        ("lost", [invoke(1), acknowledged(1), logged(1, 0), final("ann", 1), final("bob", 1)]),
        ("lost", [*SEEN_IN_THE_LOG, invoke(3), acknowledged(3), logged(4, 3, readers=["ann", "bob"])]),
        ("lost", [invoke(1), Queued("ann", b"\1"), final("ann"), final("bob")]),
        ("fifo", [invoke(1), invoke(2), logged(1, 1, index=3), logged(2, 2, index=3)]),
        ("phantom", [logged(1, 1)]),
        ("duplicate", [invoke(1), logged(1, 1), logged(2, 1)]),
        ("skip", [*SEEN_IN_THE_LOG, read("bob", 3, 2, hash_=b"hash 3"), read("bob", 1, 1, hash_=b"hash 1")]),
        ("skip", [*SEEN_IN_THE_LOG[:-1], Final("bob", "#", 1, (read("bob", 3, 2),), end=3)]),
        ("skip", [*GOOD, read("bob", 2, 2), Restarted("bob"), read("bob", 1, 1)]),
        ("skip", [*SEEN_IN_THE_LOG, Cursor("bob", "#", 4)]),
        ("fifo", [invoke(1), invoke(2), logged(1, 1, counter=1), logged(2, 2, counter=3)]),
        ("non-monotonic", [Cursor("bob", "#", 2, "read"), Cursor("bob", "#", 1, "read")]),
        ("mutation", [logged(1, 0, hash_=b"other")]),
        ("mutation", [logged(1, 0), logged(1, 0, hash_=b"other")]),
        ("mutation", [logged(1, 0), logged(2, 0, previous=b"other")]),
        ("leak", [invoke(1), logged(1, 1, allowed=["ann"]), read("bob", 1, 1)]),
        ("leak", [invoke(1), logged(1, 1, allowed=["ann"]), Opened("bob", b"\1")]),
        ("fork", [Head("ann", "#", 1, b"a"), Head("bob", "#", 1, b"b")]),
        ("fork", [logged(1, 0), Head("bob", "#", 1, b"b")]),
        ("unable to decrypt", [invoke(1), Final("bob", "#", 1, (read("bob", 1, 1, reason="missing_key"),))]),
        ("unable to decrypt", [invoke(1), read("bob", 1, 1, reason="unknown")]),
        ("false receipt", [Stored("bob", "#", 1), Receipt("ann", "#", "bob", 2)]),
        ("bound", [Measured("queue", 11, 10)]),
        ("probe", [invoke(1), Probe("ann", b"\1"), final("ann", 1), final("bob", 1)]),
        ("probe", [invoke(1), Probe("ann", b"\1"), acknowledged(1), final("ann", 1)]),
    ],
)
def test_a_planted_violation_is_found(name: str, history) -> None:
    assert name in names(history)
