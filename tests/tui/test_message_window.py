"""A window of a conversation, with a real client of which it reads pages."""

import pytest
from tests.tui.lab import until

from lanmsg.client.model import EVERYONE
from lanmsg.tui.message_window import MAX_MESSAGES, MessageWindow

COUNT = 640


@pytest.fixture
async def client(talk):
    await talk.join("ann", "kim")
    ann, kim = talk.people["ann"], talk.people["kim"]
    for number in range(COUNT):
        await ann.send(EVERYONE, f"m{number}")
    await until(lambda: len(kim.history(EVERYONE, limit=COUNT + 1)) == COUNT)
    return kim


def newest(client):
    window = MessageWindow(client, EVERYONE)
    window.show_newest()
    return window


def texts(window):
    return [each.text for each in window.messages]


def is_run(window):
    numbers = [int(each.text[1:]) for each in window.messages]
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))


async def test_it_holds_any_part_of_a_log_and_never_all_of_it(client):
    window = newest(client)
    assert texts(window)[-1] == f"m{COUNT - 1}"
    assert not window.has_newer
    while window.load_older():
        assert is_run(window)
        assert len(window.messages) <= MAX_MESSAGES
    assert texts(window)[0] == "m0"
    assert window.has_newer
    while window.load_newer():
        assert is_run(window)
        assert len(window.messages) <= MAX_MESSAGES
    assert texts(window)[-1] == f"m{COUNT - 1}"
    assert window.has_older


async def test_nothing_is_read_before_it_is_shown(client):
    window = MessageWindow(client, EVERYONE)
    assert not window.messages
    assert not window.put(client.history(EVERYONE)[-1])
    window.show_newest()
    assert texts(window)[-1] == f"m{COUNT - 1}"


async def test_it_goes_to_any_place_and_on_from_there(client):
    window = newest(client)
    place = client.history(EVERYONE, limit=1, before=client.history(EVERYONE)[-1].seq - 300)[0]
    window.show_around(place.seq)
    assert place.text in texts(window)
    assert window.has_older
    assert window.has_newer
    assert window.load_older()
    assert window.load_newer()
    assert is_run(window)


async def test_what_comes_while_one_reads_old_messages_is_found_on_the_way_back(client):
    window = newest(client)
    window.show_around(1)
    sent = await client.send(EVERYONE, f"m{COUNT}")
    assert not window.put(sent)
    await client.wait_sent(sent.id)
    assert not window.put(client.message(sent.id))
    while window.load_newer():
        pass
    assert is_run(window)
    assert texts(window)[-1] == f"m{COUNT}"


async def test_our_message_moves_to_its_place_when_the_hub_has_it(client):
    window = newest(client)
    sent = await client.send(EVERYONE, f"m{COUNT}")
    assert window.put(sent)
    stored = await client.wait_sent(sent.id)
    assert window.put(stored)
    assert window.put(stored)
    assert is_run(window)
    assert texts(window).count(f"m{COUNT}") == 1


async def test_messages_of_ignored_people_are_in_no_window(talk, client):
    await talk.join("bob")
    await talk.say("bob", "#", "spam")
    await until(lambda: client.history(EVERYONE)[-1].text == "spam")
    await client.ignore("bob")
    window = newest(client)
    assert "spam" not in texts(window)
    window.show_around(window.messages[-1].seq)
    assert "spam" not in texts(window)
