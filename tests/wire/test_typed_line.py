# ruff: noqa: RUF001  - what Japanese keyboards type is part of the test
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lanmsg.wire.commands import COMMANDS
from lanmsg.wire.safe_text import safe_line
from lanmsg.wire.typed_line import (
    Command,
    LineError,
    Nothing,
    Refused,
    SwitchTo,
    SwitchToEveryone,
    ToCurrent,
    ToEveryone,
    ToPeople,
    ToPerson,
    parse_line,
    target_of,
)

VECTORS = json.loads((Path(__file__).parents[2] / "docs/vectors/typed_lines.json").read_text("utf-8"))

PREFIXED = st.tuples(
    st.text(" \t\n\ufeff", max_size=2),
    st.sampled_from(
        ["@", "#", "/", "//", "##", "\\@", "\\#", "＠", "＃", "／", "/msg ", "@a,@b ", "/w", ":q", ""]
    ),
    st.text(),
).map("".join)


def as_json(parsed):
    """A parsed line as the vectors write it: its kind, then its fields."""
    fields = {name: getattr(parsed, name) for name in parsed.__slots__}
    return json.loads(json.dumps({"kind": type(parsed).__name__, **fields}))


@pytest.mark.parametrize("vector", VECTORS["parsed"], ids=lambda vector: ascii(vector["line"]))
def test_each_vector_parses_to_what_it_says(vector):
    assert as_json(parse_line(vector["line"], rooms=vector.get("rooms", ()))) == vector["result"]


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda vector: ascii(vector["line"]))
def test_each_refused_vector_is_refused(vector):
    with pytest.raises(LineError):
        parse_line(vector["line"], rooms=vector.get("rooms", ()))


@given(PREFIXED, st.lists(st.text(max_size=5), max_size=3))
@example("／", [])
@example("#\x1f", ["#"])
def test_no_line_raises_anything_but_a_line_error(line, rooms):
    result = target_of(line, "current", rooms=rooms)
    if isinstance(result, Refused):
        assert result.reason == safe_line(result.reason)


@given(PREFIXED, st.lists(st.text(max_size=5), max_size=3))
def test_the_prompt_can_ask_at_each_key_press(line, rooms):
    current = object()
    for end in range(min(len(line), 20)):
        target_of(line[:end], current, rooms=rooms)


@given(st.text(st.characters(exclude_characters="@#/\\:＠＃／"), min_size=1))
def test_plain_text_goes_to_the_current_conversation_unchanged(text):
    assert parse_line(text) in {ToCurrent(text.rstrip()), Nothing()}


@given(st.text())
def test_text_behind_a_name_never_goes_elsewhere(text):
    assert parse_line(f"@bob x{text}").name == "bob"


@given(st.text())
def test_text_behind_a_hash_and_a_space_reaches_everyone_whatever_rooms_there_are(text):
    assert parse_line(f"# x{text}", rooms=["x", f"x{text}"]) == ToEveryone(f"x{text}".rstrip())


@given(st.sampled_from("@#/"), st.text())
def test_a_literal_prefix_can_be_sent(prefix, text):
    assert parse_line(f"\\{prefix}{text}") == ToCurrent(f"{prefix}{text}".rstrip())


@pytest.mark.parametrize("prefix", ["@bob secret", "/msg bob secret", "#public", "/quit", ":q"])
def test_a_paste_addresses_nobody_after_its_first_line(prefix):
    assert parse_line(f"look:\n{prefix}") == ToCurrent(f"look:\n{prefix}")
    assert parse_line(f"\n{prefix}") == ToCurrent(f"\n{prefix}")


@pytest.mark.parametrize("unseen", [" ", "\t", "  ", "\ufeff", "\u200b", "\u200e ", "\u00a0", "\u3000"])
@pytest.mark.parametrize(
    "private", ["/msg bob secret", "/w bob secret", "/msgg bob secret", "@bob secret", "＠bob secret"]
)
def test_a_private_line_behind_something_unseen_is_not_sent_to_the_room(unseen, private):
    with pytest.raises(LineError, match="space before"):
        parse_line(unseen + private)


@pytest.mark.parametrize("line", [" /usr/bin/python", "  # heading", " @ 5 pm", " /zzzz", "   indented code"])
def test_other_lines_that_start_with_a_space_are_text(line):
    assert parse_line(line) == ToCurrent(line)


def test_a_hash_before_the_name_of_a_room_is_refused_with_both_ways_to_say_it():
    with pytest.raises(LineError) as refusal:
        parse_line("#ops server is down", rooms=["dev", "Ops"])
    assert "@Ops server is down" in str(refusal.value)
    assert "# ops server is down" in str(refusal.value)


def test_an_unknown_command_is_refused_and_near_ones_are_named():
    with pytest.raises(LineError, match="/whois"):
        parse_line("/whos bob")
    with pytest.raises(LineError, match="//"):
        parse_line("/usr/bin/python")


@pytest.mark.parametrize("spec", COMMANDS, ids=lambda spec: spec.name)
def test_each_command_is_found_by_each_of_its_names_in_any_case(spec):
    words = " ".join("x" for _ in range(spec.needs))
    results = {parse_line(f"/{name} {words}") for name in (spec.name, spec.name.upper(), *spec.aliases)}
    expected = SwitchTo("x") if spec.name == "msg" else Command(spec.name, tuple(words.split()), words)
    assert results == {expected}


@pytest.mark.parametrize("spec", [spec for spec in COMMANDS if spec.needs], ids=lambda spec: spec.name)
def test_a_command_without_what_it_needs_shows_its_usage(spec):
    with pytest.raises(LineError) as refusal:
        parse_line(f"/{spec.name}")
    assert spec.usage in str(refusal.value)


def test_message_commands_say_the_same_as_the_at_sign():
    assert parse_line("/msg bob hi  there") == parse_line("@bob hi  there") == ToPerson("bob", "hi  there")
    assert parse_line("/dm @bob hi") == ToPerson("bob", "hi")
    assert parse_line("/w @ann,@bob hi") == ToPeople(("ann", "bob"), "hi")


def test_an_action_keeps_its_spaces_and_lines():
    assert parse_line("/me waves  twice\nand bows").raw_arguments == "waves  twice\nand bows"


def test_the_same_person_named_twice_is_one_person():
    assert parse_line("@bob,@BOB hi") == ToPerson("bob", "hi")


def test_it_is_never_guessed_whether_a_second_name_is_addressed_or_talked_about():
    with pytest.raises(LineError, match="to both"):
        parse_line("@bob, @ann is late again")


@pytest.mark.parametrize("word", ["everyone", "all", "Here", "channel"])
def test_nobody_is_called_everyone(word):
    for line in (f"@{word} lunch", f"@bob,@{word} lunch"):
        with pytest.raises(LineError, match="# lunch"):
            parse_line(line)


def test_a_pasted_terminal_sequence_does_not_come_back_in_the_error():
    with pytest.raises(LineError) as refusal:
        parse_line("/\x1b]52;c;AAAA\x07")
    assert "\x1b" not in str(refusal.value)


@pytest.mark.parametrize(
    ("line", "target"),
    [
        ("", "current"),
        ("hel", "current"),
        ("@bo", SwitchTo("bo")),
        ("@bob h", ToPerson("bob", "h")),
        ("#", SwitchToEveryone()),
        ("#h", ToEveryone("h")),
        ("/w", Refused("not done: write /msg NAME [TEXT] (write to NAME, as @NAME TEXT does)")),
        ("/who", Command("who")),
    ],
)
def test_the_prompt_shows_where_enter_will_send(line, target):
    assert target_of(line, "current") == target


def test_the_prompt_shows_a_refusal_before_enter():
    assert isinstance(target_of("#ops down", "current", rooms=["ops"]), Refused)


def test_parsing_loads_nothing_heavy():
    code = (
        "import sys, lanmsg.wire.typed_line as t; t.parse_line('@bob hi'); sys.exit('difflib' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
