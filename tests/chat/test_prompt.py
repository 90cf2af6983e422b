"""The prompt says where Enter will send, at every key press."""

import pytest
from tests.cli.fakes import FakeClient, direct, group, person, room

from lanmsg.chat.message_lines import Style
from lanmsg.chat.prompt import Prompter
from lanmsg.client.model import EVERYONE, MemberRole, Trust


def prompt(line, current=EVERYONE, *, client=None, rooms=()):
    return Prompter(client or FakeClient(all_rooms=list(rooms))).prompt(line, current)


@pytest.mark.parametrize(
    ("line", "current", "words"),
    [
        ("", EVERYONE, "→ everyone (2)"),
        ("hello", EVERYONE, "→ everyone (2)"),
        ("hello", direct("bob"), "→ @bob private"),
        ("#", direct("bob"), "→ everyone (2)"),
        ("#hello", direct("bob"), "→ everyone (2)"),
        ("@bob", EVERYONE, "→ @bob private"),
        ("@bob hello", EVERYONE, "→ @bob private"),
        ("@BOB hello", EVERYONE, "→ @bob private"),
        ("@bo", EVERYONE, "→ nobody called bo"),
        ("@", EVERYONE, "→ nowhere (Enter says why)"),
        ("@bob,@ann hello", EVERYONE, "→ @ann,@bob group"),
        ("@bob,@ann", EVERYONE, "→ @ann,@bob group"),
        ("hello", group("bob", "ann"), "→ @ann,@bob group"),
        ("@bob,@carl hello", EVERYONE, "→ nobody called carl"),
        ("/who", EVERYONE, "→ command /who"),
        ("/msg bob hello", EVERYONE, "→ @bob private"),
        ("/nonsense", EVERYONE, "→ nowhere (Enter says why)"),
        ("//who", EVERYONE, "→ everyone (2)"),
        ("look:\n@bob", EVERYONE, "→ everyone (2)"),
    ],
)
def test_the_words_name_the_target_of_the_typed_line(line, current, words):
    assert prompt(line, current).words == words


def test_a_word_that_is_a_room_goes_nowhere():
    assert prompt("#ops is down", rooms=[room("ops")]).words == "→ nowhere (Enter says why)"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"members": 7}, "→ @ops room (6)"),
        ({"role": MemberRole.OUTSIDER}, "→ @ops room, you are not in it"),
        ({"is_archived": True}, "→ @ops room, archived"),
    ],
)
def test_a_room_is_called_one_and_says_whether_it_can_be_written_to(fields, words):
    assert prompt("@ops hello", rooms=[room("ops", **fields)]).words == words


def test_the_rooms_we_are_in_are_known_once_we_are_told():
    client = FakeClient()
    prompter = Prompter(client)
    client.all_rooms.append(room("ops"))
    assert prompter.prompt("#ops is down", EVERYONE).words == "→ everyone (2)"
    prompter.refresh()
    assert prompter.prompt("#ops is down", EVERYONE).words == "→ nowhere (Enter says why)"


@pytest.mark.parametrize(
    ("line", "style"),
    [("", Style.EVERYONE), ("@bob", Style.PRIVATE), ("@x", Style.ERROR), ("/who", Style.NOTICE)],
)
def test_the_colour_follows_the_words(line, style):
    assert prompt(line).style is style


def test_a_changed_key_is_said_before_enter():
    client = FakeClient(others=[person("bob", trust=Trust.CHANGED)])
    found = prompt("@bob hi", client=client)
    assert found.words == "→ @bob KEY CHANGED, see /whois"
    assert found.style is Style.ERROR


def test_people_who_come_are_counted_when_told():
    client = FakeClient(others=[])
    prompter = Prompter(client)
    assert prompter.prompt("", EVERYONE).words == "→ everyone (0)"
    client.others.append(person("zoe"))
    prompter.refresh()
    assert prompter.prompt("", EVERYONE).words == "→ everyone (1)"


def test_a_pasted_name_is_shown_filtered():
    assert prompt("@b\x1b[2m").words == "→ nobody called b␛[2m"
