"""One-time keys, fallback keys, invites, settings."""

from lanmsg.hub.storage.conformance.bench import (
    LAPTOP,
    PHONE,
    Bench,
    Check,
    is_a_broken_rule,
    key,
    rule,
    undone,
)
from lanmsg.wire.ids import DeviceId
from lanmsg.wire.statements import PublishedKey

CHECKS: list[Check] = []


def _take(bench: Bench, device: DeviceId = PHONE) -> tuple[PublishedKey, bool] | None:
    with bench.storage.transaction():
        return bench.storage.take_key(device)


def _publish(bench: Bench, *numbers: int, at_most: int = 100) -> int:
    with bench.storage.transaction():
        return bench.storage.add_one_time_keys(PHONE, [key(number) for number in numbers], at_most=at_most)


@rule(CHECKS)
def _one_time_keys_are_handed_out_once_oldest_first(bench: Bench) -> None:
    assert _publish(bench, 3, 1) == 2
    assert _publish(bench, 2) == 3
    assert _take(bench) == (key(3), False)
    bench.reopen()
    assert _take(bench) == (key(1), False)
    assert _take(bench) == (key(2), False)
    assert _take(bench) is None
    assert bench.storage.stock(PHONE) == 0


@rule(CHECKS)
def _keys_of_devices_are_apart(bench: Bench) -> None:
    _publish(bench, 1)
    assert _take(bench, LAPTOP) is None
    with bench.storage.transaction():
        assert bench.storage.add_one_time_keys(LAPTOP, [key(1)], at_most=5) == 1
    assert _take(bench) == (key(1), False)
    assert _take(bench, LAPTOP) == (key(1), False)


@rule(CHECKS)
def _a_published_key_is_never_taken_in_again(bench: Bench) -> None:
    assert _publish(bench, 1, 1, 2) == 2
    assert _publish(bench, 1, 2) == 2
    _take(bench)
    assert _publish(bench, 1) == 1
    bench.reopen()
    assert _publish(bench, 1, 2, 3) == 2
    assert [_take(bench), _take(bench), _take(bench)] == [(key(2), False), (key(3), False), None]


@rule(CHECKS)
def _the_stock_has_a_limit(bench: Bench) -> None:
    assert _publish(bench, 1, 2, 3, at_most=2) == 2
    assert _publish(bench, 4, at_most=2) == 2
    assert _publish(bench, 4, at_most=1) == 2
    _take(bench)
    assert _publish(bench, 1, 3, 4, at_most=2) == 2
    assert [_take(bench), _take(bench), _take(bench)] == [(key(2), False), (key(3), False), None]


@rule(CHECKS)
def _taking_and_adding_are_seen_inside_the_block(bench: Bench) -> None:
    with bench.storage.transaction():
        bench.storage.add_one_time_keys(PHONE, [key(1), key(2)], at_most=5)
        assert bench.storage.stock(PHONE) == 2
        assert bench.storage.take_key(PHONE) == (key(1), False)
        assert bench.storage.take_key(PHONE) == (key(2), False)
        assert bench.storage.take_key(PHONE) is None


@rule(CHECKS)
def _the_fallback_key_stays_until_it_is_replaced(bench: Bench) -> None:
    assert not bench.storage.has_fallback_key(PHONE)
    for fallback in (key(8), key(9)):
        with bench.storage.transaction():
            bench.storage.set_fallback_key(PHONE, fallback)
        bench.reopen()
        assert bench.storage.has_fallback_key(PHONE)
        assert [_take(bench), _take(bench)] == [(fallback, True), (fallback, True)]
    _publish(bench, 1)
    assert [_take(bench), _take(bench)] == [(key(1), False), (key(9), True)]


def _use(bench: Bench, secret_hash: bytes, now_ms: int) -> bool:
    with bench.storage.transaction():
        return bench.storage.take_invite(secret_hash, now_ms)


def _invite(bench: Bench, secret_hash: bytes, expires_at_ms: int) -> None:
    with bench.storage.transaction():
        bench.storage.add_invite(secret_hash, expires_at_ms)


@rule(CHECKS)
def _an_invite_is_used_once(bench: Bench) -> None:
    _invite(bench, b"one", 100)
    _invite(bench, b"two", 100)
    _invite(bench, b"one", 200)  # the answer to the first try was lost: nothing changes
    assert bench.storage.open_invites(100) == 0
    assert not _use(bench, b"three", 50)
    assert _use(bench, b"one", 50)
    assert not _use(bench, b"one", 50)
    bench.reopen()
    assert not _use(bench, b"one", 50)
    assert _use(bench, b"two", 50)


@rule(CHECKS)
def _an_invite_expires_and_is_deleted(bench: Bench) -> None:
    _invite(bench, b"old", 100)
    _invite(bench, b"new", 200)
    assert [bench.storage.open_invites(now_ms) for now_ms in (99, 100, 199, 200)] == [2, 1, 1, 0]
    assert not _use(bench, b"old", 100)
    assert bench.storage.open_invites(0) == 1
    assert _use(bench, b"new", 199)
    assert bench.storage.open_invites(0) == 0


# --- settings ------------------------------------------------------------------------------------


@rule(CHECKS)
def _a_setting_holds_until_it_is_set_again(bench: Bench) -> None:
    assert bench.storage.read_settings() == {}
    with bench.storage.transaction():
        bench.storage.write_setting("one", b"1")
        bench.storage.write_setting("two", b"")
        bench.storage.write_setting("one", b"11")
    with undone(bench.storage):
        bench.storage.write_setting("two", b"2")
    with is_a_broken_rule():
        bench.storage.write_setting("two", b"2")
    assert bench.storage.read_settings() == {"one": b"11", "two": b""}
    bench.reopen()
    assert bench.storage.read_settings() == {"one": b"11", "two": b""}
