import hashlib
import unicodedata

from lanmsg.wire.emoji_words import BITS_PER_EMOJI, EMOJI, emoji_of
from lanmsg.wire.safe_text import safe_line, width


def test_the_list_is_what_it_always_was():
    text = "".join(f"{each.emoji} {each.name}\n" for each in EMOJI)
    assert hashlib.sha256(text.encode()).hexdigest() == (
        "ff754ce9ab2526b38b8c0211c58e47623cf0902af58c323e17ff7d2ac5ff5b97"
    )


def test_there_is_one_for_each_number_and_no_two_are_alike():
    assert len(EMOJI) == 1 << BITS_PER_EMOJI
    assert len({each.emoji for each in EMOJI}) == len({each.name for each in EMOJI}) == len(EMOJI)


def test_each_is_one_code_point_of_two_columns_that_reaches_a_terminal():
    for each in EMOJI:
        assert len(each.emoji) == 1
        assert unicodedata.east_asian_width(each.emoji) == "W"
        assert width(each.emoji) == 2
        assert safe_line(each.emoji) == each.emoji


def test_names_are_short_words():
    for each in EMOJI:
        assert each.name.replace(" ", "").isalpha()
        assert each.name.islower()
        assert len(each.name) <= 11


def test_numbers_give_emoji_in_order():
    assert [each.name for each in emoji_of((0, 63, 0))] == ["snail", "alarm clock", "snail"]
