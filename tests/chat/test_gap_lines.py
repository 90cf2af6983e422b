"""Lines that stand where messages are missing."""

import pytest
from tests.cli.fakes import FakeClient, message, name_of

from lanmsg.chat.gap_lines import gap_news, gap_words, shown_history, transcript_with_gaps
from lanmsg.chat.message_lines import plain_text
from lanmsg.client.events import GapFound
from lanmsg.client.model import EVERYONE, Gap


def shown(seqs, *gaps, is_whole=True):
    """Return the texts and gaps of a transcript, without times and days."""
    messages = [message(f"text {seq}", seq=seq) for seq in seqs]
    lines = map(plain_text, transcript_with_gaps(messages, gaps, lambda _: None, is_whole=is_whole))
    return [line.split(": ")[-1] for line in lines if "text" in line or "removed" in line]


def test_a_gap_stands_where_the_messages_were():
    one, two = Gap(0, 2, 2), Gap(3, 5, 1)
    words = [f"— {gap_words(each)} —" for each in (one, two)]
    assert shown([3, 6, 7], one, two) == [words[0], "text 3", words[1], "text 6", "text 7"]
    assert shown([3], two) == ["text 3", words[1]]
    assert shown([], one) == [words[0]]


def test_what_waits_comes_after_every_gap():
    assert shown([1, 0], Gap(1, 2, 1))[-1] == "text 0"


def test_what_is_missing_before_the_newest_messages_is_told_with_the_older_ones_only():
    gap = Gap(0, 2, 2)
    assert shown([3, 4], gap, is_whole=False) == ["text 3", "text 4"]
    assert shown([3, 6], gap, Gap(4, 5, 1), is_whole=False)[1] == f"— {gap_words(Gap(4, 5, 1))} —"


@pytest.mark.parametrize(("count", "words"), [(1, "A message here was"), (3, "3 messages here were")])
def test_one_and_many_are_said_rightly(count, words):
    assert gap_words(Gap(0, count, count)).startswith(words)


def test_news_name_the_conversation_in_safe_text():
    event = GapFound(conversation=EVERYONE, conversation_name="\x1b[2J", gap=Gap(0, 2, 2))
    assert "\x1b" not in gap_news(event)
    named = GapFound(conversation=EVERYONE, conversation_name=name_of(EVERYONE), gap=Gap(0, 2, 2))
    assert gap_news(named) == "2 messages in everyone were removed by the hub before this device got them"


def test_the_history_of_a_conversation_has_its_gaps():
    client = FakeClient()
    client.missing = [Gap(0, 4, 4)]
    lines = [plain_text(line) for line in shown_history(client, EVERYONE, limit=10)]
    assert lines[0] == f"— {gap_words(client.missing[0])} —"
