"""The index in the database: what it forgets, and how it survives."""

import shutil
from dataclasses import replace

import pytest
from tests.client.store.test_sqlite import KEY, make_v1

from lanmsg.client.store import search_table
from lanmsg.client.store.conformance_records import EVERYONE, stored_log, stored_message
from lanmsg.client.store.conformance_search import search_text
from lanmsg.client.store.search_index import SearchMark, SearchMatch
from lanmsg.client.store.sqlite import SqliteStore
from lanmsg.wire.search_words import Phrase


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "store"


@pytest.fixture
def store(directory):
    store = SqliteStore.open(directory, KEY)
    yield store
    store.close()


def reopened(store, directory):
    store.close()
    return SqliteStore.open(directory, KEY)


def found(store, word):
    match = SearchMatch(((Phrase((word,)),),))
    return [each.message.seq for each in store.search(match, limit=99)]


def index_bytes(store):
    """All that the tables of the index hold, decrypted."""
    tables = ("data", "idx", "content", "docsize", "config")
    names = store._database.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")
    present = [f"search_words_{table}" for table in tables if (f"search_words_{table}",) in names]
    rows = [row for name in present for row in store._database.rows(f"SELECT * FROM {name}")]  # noqa: S608
    return b"|".join(
        value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row
    )


def fill_index(store):
    store.commit([stored_log(EVERYONE), *(stored_message(EVERYONE, seq) for seq in range(1, 301))])
    store.commit([search_text(EVERYONE, seq, f"common word{seq}") for seq in range(1, 301)])
    store.commit([SearchMark(EVERYONE, 300)])


def test_what_is_erased_from_a_message_leaves_no_trace_in_the_index(store, directory):
    fill_index(store)
    canary = "xylophonecanary"
    store.commit([search_text(EVERYONE, 150, f"common {canary} word")])
    assert found(store, canary) == [150]
    assert canary[3:].encode() in index_bytes(store)
    store.commit([replace(stored_message(EVERYONE, 150), content=b"")])
    assert canary[:5].encode() not in index_bytes(store)
    assert canary[3:].encode() not in index_bytes(store)
    assert (found(store, canary), len(found(store, "common"))) == ([], 99)
    store = reopened(store, directory)
    assert [each.message.seq for each in store.unindexed(limit=9)] == [150]
    store.close()


def test_a_deleted_row_takes_its_words_along(store):
    fill_index(store)
    store._database.run("DELETE FROM message WHERE id & 0xffff = 7")
    assert found(store, "word7") == []
    assert found(store, "word8") == [8]


def test_an_index_of_other_rules_is_made_anew(store, directory, monkeypatch):
    fill_index(store)
    monkeypatch.setattr(search_table, "WORDS_VERSION", "of next year")
    store = reopened(store, directory)
    assert found(store, "common") == []
    assert len(store.unindexed(limit=999)) == 300
    store.commit([search_text(EVERYONE, 5, "common")])
    store = reopened(store, directory)
    assert found(store, "common") == [5]
    store.close()


def test_a_store_of_the_first_schema_is_indexed_from_its_start(directory):
    make_v1(directory)
    store = SqliteStore.open(directory, KEY)
    assert [each.message.seq for each in store.unindexed(limit=9)] == [5]
    store.commit([search_text(EVERYONE, 5, "word"), SearchMark(EVERYONE, 5)])
    store = reopened(store, directory)
    assert (found(store, "word"), store.unindexed(limit=9)) == ([5], [])
    store.close()


def test_the_index_is_whole_after_a_kill(directory):
    store = SqliteStore.open(directory, KEY)
    fill_index(store)
    copy = directory.with_name("copy")
    shutil.copytree(directory, copy)  # as a killed process leaves it: with its WAL
    store.close()
    store = SqliteStore.open(copy, KEY)
    assert len(found(store, "common")) == 99
    store._database.run("INSERT INTO search_words (search_words) VALUES ('integrity-check')")
    store.close()


def test_no_word_of_the_index_is_in_any_file(store, directory):
    fill_index(store)
    store.commit([search_text(EVERYONE, 1, "xylophonecanary")])
    store = reopened(store, directory)
    assert b"xylophone" not in b"".join(path.read_bytes() for path in directory.iterdir())
    store.close()
