import pytest
from textual._xterm_parser import XTermParser

from lanmsg.tui.terminal_keys import mend_alt_keys


@pytest.mark.parametrize(
    ("sent", "key"), [("\x1b1", "alt+1"), ("\x1b9", "alt+9"), ("\x1ba", "alt+a"), ("\x1b\r", "alt+enter")]
)
def test_alt_with_a_digit_or_enter_is_a_key(sent, key):
    mend_alt_keys()
    parser = XTermParser()
    assert [event.key for event in [*parser.feed(sent), *parser.feed("")]] == [key]


def test_what_a_mac_writes_stays_a_character():
    mend_alt_keys()
    [event] = XTermParser().feed("¡")
    assert event.character == "¡"
