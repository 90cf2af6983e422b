"""Texts are drawn in styles; without them they are as they were typed, and filtered all the same."""

from hypothesis import given
from hypothesis import strategies as st

from lanmsg.chat.message_style import Style, plain_text
from lanmsg.chat.message_text import text_lines
from lanmsg.wire.safe_text import isolated, safe_text


def drawn(text, *mentions):
    return [[(piece.style, piece.text) for piece in line] for line in text_lines(text, mentions)]


def test_markdown_is_drawn_and_its_marks_stay():
    [line] = drawn("a **b** `c` https://lan.test")
    assert line == [
        (Style.TEXT, "a "),
        (Style.MARK, "**"),
        (Style.BOLD, "b"),
        (Style.MARK, "**"),
        (Style.TEXT, " "),
        (Style.MARK, "`"),
        (Style.CODE, "c"),
        (Style.MARK, "`"),
        (Style.TEXT, " "),
        (Style.LINK, "https://lan.test"),
    ]


def test_people_who_are_named_stand_out():
    [line] = drawn("hi @Bob, @bobby and @ann", "bob", "ann")
    assert [text for style, text in line if style is Style.MENTION] == ["@Bob", "@ann"]
    assert drawn("`@bob` @bob")[0][-1] == (Style.TEXT, " @bob")


def test_quotations_and_code_have_their_styles():
    lines = drawn("> said @ann\n```\n@ann *x*\n```", "ann")
    assert lines[0] == [(Style.MARK, "> "), (Style.QUOTE, "said "), (Style.MENTION, "@ann")]
    assert lines[2] == [(Style.CODE, "@ann *x*")]


@given(st.text(), st.lists(st.text(min_size=1)))
def test_without_styles_a_text_is_the_filtered_text(text, mentions):
    lines = [plain_text(line) for line in text_lines(text, mentions)]
    assert lines == [isolated(line) for line in safe_text(text).split("\n")]


def test_right_to_left_text_is_isolated_as_a_whole():
    [line] = text_lines("**שלום** bob", ())
    assert plain_text(line) == "\u2068**שלום** bob\u2069"


def test_no_control_character_gets_through_in_any_style():
    text = "**\x1b[2J** `\x9b1m` [\x1b](https://a.b/\x1b]0;x\x07) @\x1b\n```\n\x1b]0;x\x07\n```"
    shown = "".join(plain_text(line) for line in text_lines(text, ["\x1b"]))
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in shown)
