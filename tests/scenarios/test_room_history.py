"""Rooms that keep their history: who comes later gets the keys of what was said before."""

import asyncio
import time

import pytest

from lanmsg.client import history_keys
from lanmsg.client.device_messages import HistoryAnswer, HistoryKey, HistoryRequest
from lanmsg.client.history_keys import HELPER_TIMEOUT_S
from lanmsg.wire.limits import MAX_HISTORY_KEYS

from .test_rooms import is_in, kitchen, roles, stored
from .world import join, say, scenario, shows, texts, unreadable, until


async def sessions_in(room, client, count):
    """Say something under as many sessions; return the texts."""
    log = client._engine.state.log_of(room)
    lines = [f"{client.handle} {number}" for number in range(count)]
    for line in lines:
        client._engine._keys.drop_sending(log)
        await client.send(room, line)
        await until(lambda: not client.waiting)
    return lines


def watch_requests(client):
    """Record what a client is asked for and answers."""
    asked = []
    handlers = client._engine._inbox._handlers
    original = handlers[HistoryRequest]
    handlers[HistoryRequest] = lambda device, request, at_ms: (
        asked.append(len(request.sessions)),
        original(device, request, at_ms),
    )
    return asked


@scenario
async def test_a_newcomer_reads_all_that_was_said_before(world, clients):
    room, [ann, bob] = await kitchen(world, clients, "ann", "bob", keeps_history=True)
    await say(ann, "@kitchen", "one")
    await say(bob, "@kitchen", "two")
    await shows(ann, "@kitchen", ["one", "two"])
    await ann.set_topic(room, "tea")
    [cid] = await join(world, clients, "cid")
    await cid.join_room("kitchen")
    await shows(cid, "@kitchen", ["one", "two"])
    await until(lambda: unreadable(cid) == [] and cid.topic(room) == "tea")
    await say(cid, "@kitchen", "three")
    await shows(ann, "@kitchen", ["one", "two", "three"])
    assert roles(cid) == {"ann": "owner", "bob": "member", "cid": "member"}


@scenario
async def test_a_room_that_keeps_none_hands_nothing_over(world, clients):
    """Asked by hand, for the very sessions of before, and by somebody who is in the room now."""
    _, [ann, bob] = await kitchen(world, clients, "ann", "bob")
    await say(ann, "@kitchen", "before")
    await shows(bob, "@kitchen", ["before"])
    before = stored(ann, "before")
    [cid] = await join(world, clients, "cid")
    await cid.join_room("kitchen")
    await say(cid, "@kitchen", "hi")
    await until(lambda: texts(ann, "@kitchen") == ["before", "hi"])
    answers = []
    cid._engine._inbox._handlers[HistoryAnswer] = lambda *answer: answers.append(answer)
    asked = watch_requests(ann)
    request = HistoryRequest(before.log, [before.session + before.sender])
    cid._engine.device_outbox.send(ann._engine.state.device, request)
    cid._engine.flush()
    await until(lambda: asked == [1])
    await asyncio.sleep(5)
    assert answers == []
    assert is_in(cid)


@scenario
async def test_who_is_not_in_the_room_gets_no_keys(world, clients):
    room, [ann, bob] = await kitchen(world, clients, "ann", "bob", keeps_history=True)
    await say(ann, "@kitchen", "inside")
    await shows(bob, "@kitchen", ["inside"])
    inside = stored(ann, "inside")
    await ann.remove(room, "bob")
    await until(lambda: not is_in(bob))
    [eve] = await join(world, clients, "eve")
    for outsider in (bob, eve):
        await outsider.send(outsider.conversation("@ann"), f"hi from {outsider.handle}")
        await shows(ann, f"@{outsider.handle}", [f"hi from {outsider.handle}"])
        answers, asked = [], watch_requests(ann)
        outsider._engine._inbox._handlers[HistoryAnswer] = lambda *answer, to=answers: to.append(answer)
        request = HistoryRequest(inside.log, [inside.session + inside.sender])
        outsider._engine.device_outbox.send(ann._engine.state.device, request)
        outsider._engine.flush()
        await until(lambda asked=asked: bool(asked))
        await asyncio.sleep(5)
        assert answers == []


@scenario
async def test_many_keys_travel_together_newest_first_and_bounded(world, clients):
    room, [ann, *_] = await kitchen(world, clients, "ann", "bob", keeps_history=True)
    lines = await sessions_in(room, ann, MAX_HISTORY_KEYS + 40)
    [cid] = await join(world, clients, "cid")
    asked = watch_requests(ann)
    await ann.invite(room, ["cid"])
    await until(lambda: is_in(cid))
    await until(lambda: texts(cid, "@kitchen") == lines and unreadable(cid) == [], seconds=300)
    assert asked == [MAX_HISTORY_KEYS, 40]


@scenario
async def test_when_a_helper_goes_away_the_next_one_is_asked_for_the_rest(world, clients, monkeypatch):
    room, [ann, bob] = await kitchen(world, clients, "ann", "bob", keeps_history=True)
    monkeypatch.setattr(history_keys, "MAX_HISTORY_KEYS", 10)
    lines = await sessions_in(room, ann, 30)
    await until(lambda: len(texts(bob, "@kitchen")) == 30)
    [cid] = await join(world, clients, "cid")
    asked_bob, asked_ann = watch_requests(bob), []
    handlers = ann._engine._inbox._handlers
    original = handlers[HistoryRequest]

    def answer_once(device, request, at_ms):
        asked_ann.append(len(request.sessions))
        if len(asked_ann) == 1:
            original(device, request, at_ms)

    handlers[HistoryRequest] = answer_once
    await ann.invite(room, ["cid"])
    await until(lambda: len(asked_ann) == 2)
    assert asked_bob == []
    await asyncio.sleep(HELPER_TIMEOUT_S + 1)
    await until(lambda: texts(cid, "@kitchen") == lines and unreadable(cid) == [])
    assert asked_ann == [10, 10]
    assert asked_bob == [10, 10]


@scenario
async def test_what_is_missing_is_asked_for_again_after_a_crash_and_when_somebody_comes(world, clients):
    room, [ann, bob] = await kitchen(world, clients, "ann", "bob", keeps_history=True)
    lines = await sessions_in(room, ann, 5)
    await until(lambda: len(texts(bob, "@kitchen")) == 5)
    [cid] = await join(world, clients, "cid")
    await clients.close(ann)
    handlers = bob._engine._inbox._handlers
    handlers[HistoryRequest] = lambda *_: None
    await bob.invite(room, ["cid"])
    await until(lambda: is_in(cid))
    await asyncio.sleep(HELPER_TIMEOUT_S + 1)
    assert len(unreadable(cid)) == 5
    await clients.crash(clients.machines["cid"], cid)
    cid = await clients.open(clients.machines["cid"])
    await asyncio.sleep(HELPER_TIMEOUT_S + 1)
    assert len(unreadable(cid)) == 5
    ann = await clients.open(clients.machines["ann"])
    await until(lambda: unreadable(cid) == [])
    assert texts(cid, "@kitchen") == lines


@scenario
async def test_a_false_key_is_not_kept_and_another_helper_is_asked(world, clients):
    room, [ann, bob] = await kitchen(world, clients, "ann", "bob", keeps_history=True)
    lines = await sessions_in(room, ann, 3)
    await until(lambda: len(texts(bob, "@kitchen")) == 3)
    [cid] = await join(world, clients, "cid")
    handlers = bob._engine._inbox._handlers

    def forge(device, request, _):
        keys = []
        for each in request.sessions:
            good = bob._engine._history_keys._exported(bob._engine.state.logs[request.log], each)
            bad = bytearray(good.key)
            bad[10] ^= 1
            keys.append(HistoryKey(good.device, bytes(bad)))
        bob._engine.device_outbox.send(
            device, HistoryAnswer(request.log, [*keys, HistoryKey(device, b"none")])
        )

    handlers[HistoryRequest] = forge
    await bob.invite(room, ["cid"])
    await until(lambda: unreadable(cid) == [] and texts(cid, "@kitchen") == lines)


@pytest.mark.parametrize("count", [1000])
def test_a_thousand_sessions_are_handed_over_in_seconds(count):
    @scenario
    async def hand_over(world, clients):
        room, [ann, *_] = await kitchen(world, clients, "ann", "bob", keeps_history=True)
        await sessions_in(room, ann, count)
        [cid] = await join(world, clients, "cid")
        asked = watch_requests(ann)
        started = time.process_time()
        await ann.invite(room, ["cid"])
        await until(lambda: is_in(cid))
        await until(lambda: len(texts(cid, "@kitchen")) == count and unreadable(cid) == [], seconds=600)
        took_s = time.process_time() - started
        assert len(asked) == -(-count // MAX_HISTORY_KEYS)
        assert took_s < 30, took_s

    hand_over()
