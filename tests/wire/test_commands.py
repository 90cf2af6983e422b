import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanmsg.wire.commands import (
    COMMANDS,
    SHOWN_CHARACTERS,
    LineError,
    find_command,
    format_help,
    near_commands,
    shown,
    unknown_command,
)
from lanmsg.wire.safe_text import safe_line


def test_no_two_commands_share_a_name():
    names = [name for spec in COMMANDS for name in (spec.name, *spec.aliases)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("spec", COMMANDS, ids=lambda spec: spec.name)
def test_each_row_is_fit_for_help(spec):
    assert spec.usage.startswith(f"/{spec.name}")
    assert len(spec.summary) <= 60
    assert not spec.summary.endswith(".")
    assert spec.needs <= len(spec.usage.split()) - 1
    assert spec.name == spec.name.casefold()


def test_a_command_is_found_with_its_slash_and_in_any_case():
    assert find_command("/WHOIS") is find_command("whois") is find_command("info")
    assert find_command("nothing") is None


@pytest.mark.parametrize(
    ("typed", "meant"), [("hist", "history"), ("whosi", "whois"), ("exitt", "quit"), ("re", "reply")]
)
def test_near_commands_have_their_main_name(typed, meant):
    assert meant in near_commands(typed)


def test_nothing_is_near_to_nonsense():
    assert near_commands("zzzz") == []


@given(st.text())
def test_what_was_typed_is_safe_in_an_error(word):
    error = str(unknown_command(word))
    assert error == safe_line(error)
    assert len(shown(word)) <= 2 * SHOWN_CHARACTERS


def test_short_help_has_at_most_ten_lines_and_names_the_rest():
    lines = format_help().splitlines()
    assert len(lines) <= 10
    assert lines[-1].startswith("/help all")


def test_full_help_names_each_command_and_alias():
    text = format_help("all")
    assert all(spec.usage in text for spec in COMMANDS)
    assert all(f"/{alias}" in text for spec in COMMANDS for alias in spec.aliases)


def test_help_fits_in_a_terminal_of_100_columns():
    assert max(map(len, (format_help() + "\n" + format_help("ALL")).splitlines())) <= 100


@pytest.mark.parametrize("topic", ["msg", "/dm", "QUERY"])
def test_help_for_a_command_takes_any_of_its_names(topic):
    assert format_help(topic).startswith("/msg NAME [TEXT]\n  write to NAME")


def test_help_for_an_unknown_command_names_near_ones():
    with pytest.raises(LineError, match="/history"):
        format_help("/histroy")
