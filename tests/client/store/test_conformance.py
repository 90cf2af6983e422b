import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanmsg.client.model import Conversation, ConversationKind, Trust
from lanmsg.client.store.conformance import CHECKS, check_store
from lanmsg.client.store.conformance_account import check_account
from lanmsg.client.store.conformance_records import message_id, stored_message
from lanmsg.client.store.interface import (
    DeleteOutboundSession,
    DeleteOutboxRow,
    InboundSession,
    OlmSession,
    OutboundSession,
    OutboxRow,
    Profile,
    StoredLog,
    StoredMessage,
    StoredPerson,
    StoredReceipt,
    StoredStatement,
)
from lanmsg.client.store.memory import MemoryStore
from lanmsg.client.store.search_index import SearchMark, SearchMatch, SearchText
from lanmsg.client.store.sqlite import SqliteStore
from lanmsg.wire.entries import LogKind
from lanmsg.wire.errors import LocalError
from lanmsg.wire.search_words import Phrase

KEY = bytes(range(32))


def memory_stores():
    stores = {}

    def open_store(name):
        stores[name] = stores[name].copy_durable() if name in stores else MemoryStore()
        return stores[name]

    return open_store


@pytest.fixture(params=["memory", "sqlite"])
def open_store(request, tmp_path):
    if request.param == "memory":
        return memory_stores()
    return lambda name: SqliteStore.open(tmp_path / name, KEY)


def test_stores_keep_the_promises_of_stores(open_store):
    check_store(open_store)


def test_stores_keep_what_devices_share_and_count_what_is_unread(open_store):
    check_account(open_store)


def test_the_suite_notices_a_store_that_forgets():
    with pytest.raises(AssertionError, match="after a restart"):
        check_store(lambda _: MemoryStore())


def test_the_suite_notices_stores_that_accept_anything():
    class Careless(MemoryStore):
        def _check_usable(self):
            pass

        def commit(self, changes):
            pass

    for check in CHECKS[-3:]:
        with pytest.raises(AssertionError):
            check(Careless())


LOGS = [bytes([number]) * 16 for number in range(3)]
DEVICES = [bytes([number]) * 16 for number in (65, 66)]
WORDS = ["ape", "apex", "bee", "東京"]
SESSIONS = [bytes([number]) * 32 for number in (1, 2)]
DEVICE, PENDING = st.just((DEVICES[0],)), st.just(((DEVICES[1], b"olm"),))
logs, devices, sessions = map(st.sampled_from, (LOGS, DEVICES, SESSIONS))
numbers = st.integers(0, 5)
texts = st.sampled_from(["", "text", "ü\0"])
blobs = st.sampled_from([b"", b"blob"])
words = st.lists(st.sampled_from(WORDS), max_size=3).map(tuple)
conversations = st.builds(Conversation, st.sampled_from(ConversationKind), blobs)
ids = st.builds(message_id, logs, st.integers(1, 6))
targets = st.one_of(st.just(b""), ids)
changes = st.one_of(
    st.builds(Profile, blobs, texts, blobs, blobs, texts, texts, texts, numbers),
    st.builds(
        StoredLog, logs, st.sampled_from(LogKind), numbers, numbers, blobs, numbers, st.just(tuple(DEVICES))
    ),
    st.builds(StoredStatement, st.integers(1, 5), blobs, numbers, blobs, st.booleans()),
    st.builds(StoredPerson, texts, blobs, st.sampled_from(Trust)),
    st.builds(OlmSession, devices, st.sampled_from("abcdefgh"), texts, numbers),
    st.builds(
        OutboundSession, logs, texts, numbers, numbers, DEVICE, PENDING
    ),
    st.builds(InboundSession, sessions, logs, devices, texts),
    st.builds(
        StoredMessage, logs, st.integers(1, 6), blobs, ids, devices, numbers, numbers, numbers, sessions,
        st.integers(-1, 3), blobs, st.sampled_from(["", "missing_key", "misplaced"]), blobs,
        st.integers(0, 7), targets,
    ),
    st.builds(OutboxRow, numbers, conversations, ids, blobs, numbers, blobs, numbers, texts),
    st.builds(StoredReceipt, logs, devices, numbers, numbers),
    st.builds(DeleteOutboxRow, ids),
    st.builds(DeleteOutboundSession, logs),
    st.builds(SearchText, logs, st.integers(1, 6), numbers, words),
    st.builds(SearchMark, logs, numbers),
)  # fmt: skip


def everything(store):
    """All that can be read of a store in this small world."""
    places = [(log, seq) for log in LOGS for seq in range(8)]
    return [
        store.load(),
        [store.olm_sessions(device) for device in DEVICES],
        [store.inbound_session(session) for session in SESSIONS],
        [store.messages(log, before=before, limit=limit) for log, before in places for limit in (0, 1, 3)],
        [store.messages_after(log, after=after, limit=limit) for log, after in places for limit in (0, 1, 3)],
        [store.message(log, seq) for log, seq in places],
        [store.find_message(message_id(log, seq)) for log, seq in places],
        [store.find_in_log(LOGS[1], message_id(log, seq)) for log, seq in places],
        [store.amendments(log, [message_id(*place) for place in places]) for log in LOGS],
        [
            store.replies(log, [message_id(*places[3]), b""], limit=limit)
            for log in LOGS
            for limit in (0, 1, 9)
        ],
        [store.of_kind(log, kind, limit=limit) for log in LOGS for kind in (4, 5, 6) for limit in (1, 9)],
        [store.has_message(device, message_id(*place)) for device in DEVICES for place in places],
        [
            store.unreadable(session=session, reason=reason)
            for session in (None, *SESSIONS)
            for reason in (None, "", "missing_key")
        ],
        [store.counters(log) for log in LOGS],
        [store.unindexed(limit=limit) for limit in (0, 1, 3, 99)],
        [store.search(match, limit=limit) for match in matches() for limit in (1, 99)],
        [store.entry_hash(log, seq) for log, seq in places],
    ]


def matches():
    phrases = [Phrase((word,), is_prefix) for word in WORDS for is_prefix in (True, False)]
    phrases += [Phrase((one, other)) for one in WORDS for other in WORDS]
    yield from (SearchMatch(((phrase,),)) for phrase in phrases)
    yield SearchMatch(((phrases[0],), (phrases[4],)), (phrases[7],))
    yield SearchMatch(((phrases[0], phrases[4]),), since=2 << 20, until=4 << 20)


def outcome(store, commit):
    try:
        store.commit(commit)
    except LocalError:
        return "refused"
    return "stored"


@given(st.lists(st.lists(changes, max_size=12), max_size=8))
def test_sqlite_and_memory_agree_on_any_history(tmp_path_factory, commits):
    directory = tmp_path_factory.mktemp("store")
    memory, sqlite = MemoryStore(), SqliteStore.open(directory, KEY)
    for commit in commits:
        assert outcome(sqlite, commit) == outcome(memory, commit)
    assert everything(sqlite) == everything(memory)
    sqlite.close()
    sqlite = SqliteStore.open(directory, KEY)
    assert everything(sqlite) == everything(memory.copy_durable())
    sqlite.close()


def test_a_copy_of_a_memory_store_shares_nothing_with_it():
    store = MemoryStore()
    log = StoredLog(LOGS[0], LogKind.EVERYONE, 0, 0, b"", 0, ())
    store.commit([log, stored_message(LOGS[0], 1)])
    copy = store.copy_durable()
    store.commit([stored_message(LOGS[0], 2)])
    copy.commit([stored_message(LOGS[0], 3)])
    assert [message.seq for message in store.messages(LOGS[0], before=None, limit=9)] == [1, 2]
    assert [message.seq for message in copy.messages(LOGS[0], before=None, limit=9)] == [1, 3]
