import asyncio

import pytest

from lanmsg.net.candidates import MAX_ADDRESSES, Attempt, Candidates, FoundHub
from lanmsg.wire.addresses import Address
from lanmsg.wire.limits import MAX_DISCOVERED_HUBS

HUB, OTHER = b"h" * 16, b"o" * 16
FOREVER_S = 60.0


def add(candidates, hub=HUB, address="10.0.0.1", port=7777):
    candidates.add(hub, address=address, port=port, how="somehow")


def test_one_hub_heard_of_in_many_ways_is_one_hub():
    candidates = Candidates()
    add(candidates)
    candidates.add(HUB, address="fe80::1%eth0", port=7777, how="otherwise")
    add(candidates)
    assert candidates.hubs() == [FoundHub(HUB, ("10.0.0.1", "fe80::1%eth0"), 7777, "somehow")]


def test_a_liar_that_is_first_with_a_true_id_does_not_hide_the_true_port():
    candidates = Candidates()
    add(candidates, port=666)
    add(candidates, port=7777)
    assert [hub.port for hub in candidates.hubs()] == [666, 7777]


def test_a_flood_of_fake_hubs_is_cut_off():
    candidates = Candidates(known=[Address("10.0.0.1", port) for port in range(1, 100)])
    for number in range(100):
        add(candidates, hub=number.to_bytes(16, "big"))
        add(candidates, address=f"10.0.0.{number}", hub=bytes(16))
    assert len(candidates.hubs()) == MAX_DISCOVERED_HUBS
    assert len(candidates.hubs()[0].addresses) == MAX_ADDRESSES
    assert len(candidates.known) == MAX_DISCOVERED_HUBS


def test_attempts_are_told_in_words():
    candidates = Candidates()
    attempt = candidates.tried("UDP broadcast")
    assert [str(one) for one in candidates.attempts()] == ["UDP broadcast: no answer"]
    attempt.result = "answered"
    assert candidates.attempts() == [Attempt("UDP broadcast", "answered")]


async def is_settled(candidates, **times):
    waiting = {"timeout_s": FOREVER_S, "settle_s": FOREVER_S, **times}
    try:
        await asyncio.wait_for(candidates.settled(**waiting), 0.1)
    except TimeoutError:
        return False
    return True


async def test_the_search_goes_on_until_something_answers():
    assert not await is_settled(Candidates())
    assert await is_settled(Candidates(), timeout_s=0.01)


async def test_after_the_first_answer_the_search_settles():
    candidates = Candidates()
    add(candidates)
    assert not await is_settled(candidates)
    assert await is_settled(candidates, settle_s=0.01)


@pytest.mark.parametrize(
    ("port", "is_enough"), [(7777, True), (7778, False)], ids=["known place", "another port there"]
)
async def test_an_answer_from_a_known_place_is_enough(port, is_enough):
    candidates = Candidates(known=[Address("10.0.0.1", 7777)])
    add(candidates, port=port)
    assert await is_settled(candidates) == is_enough


async def test_who_wants_one_hub_waits_for_that_one_wherever_it_is():
    candidates = Candidates(known=[Address("10.0.0.1", 7777)], wanted=HUB)
    add(candidates, hub=OTHER)
    assert not await is_settled(candidates)
    add(candidates, address="10.0.0.9")
    assert await is_settled(candidates)
