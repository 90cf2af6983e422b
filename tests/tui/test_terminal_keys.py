import pytest
from textual._xterm_parser import XTermParser

from lanmsg.tui.terminal_keys import mend_alt_keys

ALT_KEYS = [
    ("\x1b1", "alt+1"),
    ("\x1b9", "alt+9"),
    ("\x1ba", "alt+a"),
    ("\x1bz", "alt+z"),
    ("\x1b\r", "alt+enter"),
]


def keys(parser, sent):
    return [event.key for event in parser.feed(sent)]


@pytest.mark.parametrize(("sent", "key"), ALT_KEYS)
def test_alt_with_a_letter_a_digit_or_enter_is_a_key_at_once(sent, key):
    mend_alt_keys()
    parser = XTermParser()
    assert keys(parser, sent) == [key]
    assert keys(parser, "\x1b[6~") == ["pagedown"]


@pytest.mark.parametrize(("sent", "key"), ALT_KEYS)
def test_what_follows_alt_closely_takes_nothing_from_it(sent, key):
    mend_alt_keys()
    assert keys(XTermParser(), f"{sent}\x1b[6~{sent}x") == [key, "pagedown", key, "x"]


def test_alt_goes_from_word_to_word():
    mend_alt_keys()
    assert keys(XTermParser(), "\x1bb\x1bf") == ["ctrl+left", "ctrl+right"]


def test_what_a_mac_writes_stays_a_character():
    mend_alt_keys()
    [event] = XTermParser().feed("¡")
    assert event.character == "¡"
