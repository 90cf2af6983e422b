"""What a typed query asks for, and what is no query."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanmsg.wire.limits import MAX_QUERY_CHARACTERS, MAX_QUERY_WORDS
from lanmsg.wire.search_query import Has, QueryError, SearchQuery, parse_query
from lanmsg.wire.search_words import Phrase


def words(*each, is_open=True):
    """All phrases as they are parsed; the last one may go on."""
    phrases = [Phrase(tuple(text.split())) for text in each]
    return (*phrases[:-1], Phrase(phrases[-1].words, is_open))


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("dinner", SearchQuery(wanted=words("dinner"))),
        ("Dinner FRIDAY", SearchQuery(wanted=words("dinner", "friday"))),
        ("dinner ", SearchQuery(wanted=words("dinner", is_open=False))),
        ('"dinner on friday"', SearchQuery(wanted=words("dinner on friday", is_open=False))),
        ('"dinner on fri', SearchQuery(wanted=words("dinner on fri"))),
        ("“dinner on friday”", SearchQuery(wanted=words("dinner on friday", is_open=False))),
        ("well-known", SearchQuery(wanted=words("well known"))),
        ("tea -milk", SearchQuery(wanted=words("tea", is_open=False), unwanted=words("milk", is_open=False))),
        ('-"not now" x', SearchQuery(wanted=words("x"), unwanted=words("not now", is_open=False))),
        ("12:30 http://x.org", SearchQuery(wanted=words("12 30", "http x org"))),
        ("froms:x", SearchQuery(wanted=words("froms x"))),
        ("from:bob FROM:@ann -from:me", SearchQuery(senders=("bob", "@ann"), unwanted_senders=("me",))),
        ('in:#  -in:"@bob"', SearchQuery(conversations=("#",), unwanted_conversations=("@bob",))),
        ("has:link -has:CODE", SearchQuery(has=(Has.LINK,), has_not=(Has.CODE,))),
        ("from\uff1a\uff20bob", SearchQuery(senders=("@bob",))),
        ("after:2026-11-02", SearchQuery(after=date(2026, 11, 2))),
        ("before:2026-11 before:2026-2-3", SearchQuery(before=date(2026, 2, 3))),
        ("after:2025 after:2026", SearchQuery(after=date(2026, 1, 1))),
        (":-) hello", SearchQuery(wanted=words("hello"))),
        ("東京都", SearchQuery(wanted=words("東京 京都"))),
        ("東 ", SearchQuery(wanted=words("東"))),
    ],
)
def test_a_query_asks_for_what_it_says(text, query):
    assert parse_query(text) == query


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "write what to look for"),
        (' \n "" !?', "write what to look for"),
        ("from:", "from: needs a word right behind it, as in from:bob"),
        ("in: bob", "in: needs a word"),
        ("has:file", "has:file means nothing: there are has:link, has:code, has:reply, has:mention"),
        ("before:tomorrow", "before:tomorrow is no day: write before:2026-11-02, or before:2026-11"),
        ("after:2026-13", "is no day"),
        ("after:2026-02-30", "is no day"),
        ("after:0000", "is no day"),
        ("-after:2026", "-after: means nothing: write before:2026"),
        ("x" * (MAX_QUERY_CHARACTERS + 1), "too long"),
        ("x" * 10_240, "too long"),
        ("a " * (MAX_QUERY_WORDS + 1), "too many words"),
        ("東" * (MAX_QUERY_WORDS + 2), "too many words"),
        ("has:link " * (MAX_QUERY_WORDS + 1), "too many words"),
        ("has:\x1b[31mx", "means nothing"),
    ],
)
def test_what_is_no_query_is_said_in_a_sentence(text, said):
    with pytest.raises(QueryError) as caught:
        parse_query(text)
    assert said in str(caught.value)
    assert str(caught.value).isprintable()


@given(st.text(max_size=300) | st.text('from:in has: -"“x9東 \0', max_size=60))
def test_any_text_is_a_query_or_an_error(text):
    try:
        query = parse_query(text)
    except QueryError:
        return
    for phrase in (*query.wanted, *query.unwanted):
        assert phrase.words
        assert all(phrase.words)


@given(st.text('ab "-:', max_size=30))
def test_only_the_last_word_may_go_on(text):
    try:
        query = parse_query(text)
    except QueryError:
        return
    assert not any(phrase.is_prefix for phrase in (*query.wanted[:-1], *query.unwanted))
