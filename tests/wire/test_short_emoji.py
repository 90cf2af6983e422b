"""Short words for emoji."""

import pytest

from lanmsg.wire.short_emoji import SHORT_EMOJI, emoji_for


@pytest.mark.parametrize(
    ("word", "emoji"),
    [
        ("+1", "👍"),
        (" Heart ", "❤️"),
        (":party:", "🎉"),
        (":)", "🙂"),
        (":D", "😄"),
        ("🫖", "🫖"),
        ("yum", "yum"),
    ],
)
def test_a_word_stands_for_its_emoji_and_what_is_none_for_itself(word, emoji):
    assert emoji_for(word) == emoji


def test_every_word_is_written_as_it_is_looked_up_and_stands_for_something():
    for word, emoji in SHORT_EMOJI.items():
        assert word == word.casefold().strip()
        assert emoji not in SHORT_EMOJI
