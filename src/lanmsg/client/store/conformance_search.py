"""What the index of every store must do; part of `conformance.check_store`."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from lanmsg.client.store.conformance_records import DIRECT, EVERYONE, PROFILE, stored_log, stored_message
from lanmsg.client.store.interface import Store
from lanmsg.client.store.search_index import SearchMark, SearchMatch, SearchText
from lanmsg.wire.errors import LocalError
from lanmsg.wire.ids import LogId
from lanmsg.wire.search_words import Phrase


def search_text(log: LogId, seq: int, words: str) -> SearchText:
    """Return the change that lets the message of `stored_message` be found by these words."""
    return SearchText(log, seq, stored_message(log, seq).at_ms, tuple(words.split()))


def _hits(store: Store, *words: str, limit: int = 9) -> list[tuple[LogId, int]]:
    match = SearchMatch(all_of=tuple((Phrase(tuple(each.split())),) for each in words))
    return [(each.message.log, each.message.seq) for each in store.search(match, limit=limit)]


def _unindexed(store: Store, limit: int = 99) -> list[tuple[LogId, int]]:
    return [(each.message.log, each.message.seq) for each in store.unindexed(limit=limit)]


def _hits_come_newest_first_from_all_conversations(store: Store) -> None:
    messages = [stored_message(log, seq) for log in (EVERYONE, DIRECT) for seq in (1, 2, 3)]
    texts = [search_text(message.log, message.seq, "tea time") for message in messages]
    store.commit([stored_log(EVERYONE), stored_log(DIRECT), *messages])
    store.commit(texts[::-1])
    newest = [(log, seq) for seq in (3, 2, 1) for log in (DIRECT, EVERYONE)]
    assert _hits(store, "tea") == newest
    assert _hits(store, "tea", "time", limit=2) == newest[:2]
    assert _hits(store, "time tea") == _hits(store, "te") == _hits(store, "tea", limit=0) == []
    tea = SearchMatch(all_of=((Phrase(("tea",)),),))
    pages = [store.search(tea, limit=1)]
    while pages[-1]:
        pages.append(store.search(replace(tea, until=pages[-1][0].place), limit=1))
    assert [(each.message.log, each.message.seq) for page in pages for each in page] == newest
    assert len(store.search(replace(tea, since=pages[2][0].place), limit=9)) == 3
    assert store.search(tea, limit=1)[0].message == stored_message(DIRECT, 3)
    assert (
        list(store.placed(messages))
        == list(store.search(tea, limit=9))[::-1][::2] + list(store.search(tea, limit=9))[::-1][1::2]
    )


def _phrases_prefixes_and_what_is_unwanted_are_told_apart(store: Store) -> None:
    texts = ["new york", "york new", "newer", "東京 京都 都", "\ue000 new"]
    store.commit([stored_log(EVERYONE), *(stored_message(EVERYONE, seq + 1) for seq in range(len(texts)))])
    store.commit([search_text(EVERYONE, seq, text) for seq, text in enumerate(texts, 1)])

    def seqs(*all_of: tuple[Phrase, ...], none_of: tuple[Phrase, ...] = ()) -> list[int]:
        match = SearchMatch(all_of=all_of, none_of=none_of)
        return [each.message.seq for each in store.search(match, limit=9)]

    new, york = Phrase(("new",)), Phrase(("york",))
    assert seqs((new,)) == [5, 2, 1]
    assert seqs((Phrase(("new",), is_prefix=True),)) == [5, 3, 2, 1]
    assert seqs((Phrase(("new", "york")),)) == [1]
    assert seqs((Phrase(("york", "n"), is_prefix=True),)) == [2]
    assert seqs((new,), (york,)) == [2, 1]
    assert seqs((york, Phrase(("newer",)))) == [3, 2, 1]
    assert seqs((new,), none_of=(york,)) == [5]
    assert seqs((new,), none_of=(york, Phrase(("\ue000",)))) == []
    assert seqs((Phrase(("京都",)),)) == seqs((Phrase(("京",), is_prefix=True),)) == [4]


def _nothing_in_a_word_is_syntax(store: Store) -> None:
    store.commit([stored_log(EVERYONE), stored_message(EVERYONE, 1)])
    store.commit([search_text(EVERYONE, 1, "or and near words")])
    for word in [
        '"',
        '""',
        '" OR "words',
        "words*",
        "NEAR(words",
        "^words",
        "words: x",
        "\0",
        "(",
        ")",
        "'",
        "-",
    ]:
        _hits(store, word)
    assert _hits(store, "or") == _hits(store, "near words") == [(EVERYONE, 1)]


def _what_changes_leaves_the_index_with_the_change(store: Store) -> None:
    store.commit([stored_log(EVERYONE), *(stored_message(EVERYONE, seq) for seq in (1, 2, 3))])
    store.commit([search_text(EVERYONE, 1, "old"), search_text(EVERYONE, 2, "old"), SearchMark(EVERYONE, 2)])
    assert _hits(store, "old") == [(EVERYONE, 2), (EVERYONE, 1)]
    assert _unindexed(store) == [(EVERYONE, 3)]
    erased = replace(stored_message(EVERYONE, 1), content=b"")
    store.commit([erased])
    assert _hits(store, "old") == [(EVERYONE, 2)]
    assert _unindexed(store) == [(EVERYONE, 1), (EVERYONE, 3)]
    store.commit([search_text(EVERYONE, 1, ""), search_text(EVERYONE, 2, "new"), SearchMark(EVERYONE, 1)])
    assert _hits(store, "old") == []
    assert _hits(store, "new") == [(EVERYONE, 2)]
    assert _unindexed(store) == [(EVERYONE, 3)]


def _what_is_said_of_the_index_keeps_its_place_among_the_messages(store: Store) -> None:
    message, text = stored_message(EVERYONE, 1), search_text(EVERYONE, 1, "word")
    store.commit([stored_log(EVERYONE), message, text, SearchMark(EVERYONE, 1)])
    assert _hits(store, "word") == [(EVERYONE, 1)]
    store.commit([text, message])
    assert _hits(store, "word") == []
    assert _unindexed(store) == [(EVERYONE, 1)]


def _what_is_stored_below_the_mark_is_unindexed(store: Store) -> None:
    store.commit([stored_log(EVERYONE), stored_log(DIRECT), stored_message(EVERYONE, 5)])
    assert _unindexed(store) == [(EVERYONE, 5)]
    store.commit([SearchMark(EVERYONE, 5)])
    assert _unindexed(store) == []
    store.commit([stored_message(EVERYONE, seq) for seq in (6, 4)] + [stored_message(DIRECT, 1)])
    assert _unindexed(store) == [(EVERYONE, 4), (EVERYONE, 6), (DIRECT, 1)]
    assert _unindexed(store, limit=2) == [(EVERYONE, 4), (EVERYONE, 6)]
    assert _unindexed(store, limit=0) == []


def _two_messages_of_one_moment_are_both_found(store: Store) -> None:
    one, other = stored_message(EVERYONE, 1), replace(stored_message(EVERYONE, 2**20 + 1), at_ms=0)
    store.commit([stored_log(EVERYONE), replace(one, at_ms=0), other])
    store.commit([SearchText(EVERYONE, each.seq, 0, ("word",)) for each in (one, other)])
    assert {seq for _, seq in _hits(store, "word")} == {one.seq, other.seq}
    assert len({each.place for each in store.search(SearchMatch(((Phrase(("word",)),),)), limit=9)}) == 2


def _a_text_without_a_message_is_refused_and_the_store_goes_on(store: Store) -> None:
    store.commit([stored_log(EVERYONE), stored_message(EVERYONE, 1)])
    for change in (search_text(EVERYONE, 2, "word"), search_text(DIRECT, 1, "word"), SearchMark(DIRECT, 1)):
        try:
            store.commit([PROFILE, change])
        except LocalError:
            pass
        else:
            raise AssertionError("a text without a message must be refused")
        assert store.load().profile is None
    store.commit([search_text(EVERYONE, 1, "word")])
    assert _hits(store, "word") == [(EVERYONE, 1)]


SEARCH_CHECKS: Final[list[Callable[[Store], None]]] = [
    _hits_come_newest_first_from_all_conversations,
    _phrases_prefixes_and_what_is_unwanted_are_told_apart,
    _nothing_in_a_word_is_syntax,
    _what_changes_leaves_the_index_with_the_change,
    _what_is_said_of_the_index_keeps_its_place_among_the_messages,
    _what_is_stored_below_the_mark_is_unindexed,
    _two_messages_of_one_moment_are_both_found,
    _a_text_without_a_message_is_refused_and_the_store_goes_on,
]
