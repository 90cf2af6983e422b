"""What every store must do: one function that runs on each implementation.

    def test_my_store_keeps_the_promises(tmp_path):
        check_store(lambda name: MyStore.open(tmp_path / name))

A failed promise is an AssertionError.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from lanmsg.client.model import Trust
from lanmsg.client.store.conformance_messages import MESSAGE_CHECKS
from lanmsg.client.store.conformance_records import (
    ANNA,
    BEN,
    DIRECT,
    DIRECTORY,
    EVERYONE,
    PROFILE,
    SESSION,
    TO_ANN,
    message_id,
    outbox_row,
    stored_log,
    stored_message,
    unreadable_message,
)
from lanmsg.client.store.conformance_search import SEARCH_CHECKS
from lanmsg.client.store.interface import (
    MAX_OLM_SESSIONS,
    Change,
    DeleteOutboundSession,
    DeleteOutboxRow,
    DeletePairing,
    InboundSession,
    OlmSession,
    OutboundSession,
    OutboxRow,
    Store,
    StoredGap,
    StoredMembers,
    StoredPairing,
    StoredPerson,
    StoredReceipt,
    StoredStatement,
    StoredTopic,
)
from lanmsg.wire.content import ContentKind
from lanmsg.wire.entries import EntryKind, LogKind
from lanmsg.wire.errors import LocalError
from lanmsg.wire.ids import HASH_BYTES, ID_BYTES, KEY_BYTES, MessageId

OpenStore = Callable[[str], Store]
"""Open the store of this name. A name that was opened and closed before gives the same store again."""


def check_store(open_store: OpenStore) -> None:
    """Check every promise of `Store`, each on a new store.

    Raises:
        AssertionError: a promise is broken.
    """
    for check in CHECKS:
        store = open_store(check.__name__)
        check(store)
        state = None if check is _calls_after_close_are_refused else store.load()
        store.close()
        store.close()
        again = open_store(check.__name__)
        assert state is None or again.load() == state, "what was committed is there after a restart"
        again.close()


def _a_new_store_is_empty(store: Store) -> None:
    state = store.load()
    assert state.profile is None
    assert not [
        *state.logs,
        *state.statements,
        *state.people,
        *state.outbox,
        *state.outbound,
        *state.receipts,
        *state.members,
        *state.topics,
        *state.gaps,
        *state.pairings,
    ]
    assert store.olm_sessions(ANNA) == []
    assert store.inbound_session(SESSION) is None
    assert store.messages(EVERYONE, before=None, limit=10) == []
    assert store.messages_after(EVERYONE, after=0, limit=10) == []
    assert store.message(EVERYONE, 1) is None
    assert store.amendments(EVERYONE, [message_id(EVERYONE, 1)]) == []
    assert store.of_kind(EVERYONE, ContentKind.PIN, limit=10) == []
    assert store.find_message(message_id(EVERYONE, 1)) is None
    assert not store.has_message(ANNA, message_id(EVERYONE, 1))
    assert store.unreadable() == []
    assert store.counters(EVERYONE) == {}
    assert store.entry_hash(EVERYONE, 1) is None


def _an_empty_commit_changes_nothing(store: Store) -> None:
    store.commit([])
    assert store.load().profile is None


def _every_record_comes_back_as_it_was(store: Store) -> None:
    log = replace(stored_log(EVERYONE, seq=5), base=2, hash=b"h" * HASH_BYTES, counter=3, room=b"r" * 16)
    statement = StoredStatement(4, b"t" * HASH_BYTES, EntryKind.DEVICE, b"body", is_valid=False, at_ms=7)
    person = StoredPerson("anna", b"k" * KEY_BYTES, Trust.VERIFIED)
    olm = OlmSession(ANNA, "id", "pickle", 9)
    outbound = OutboundSession(EVERYONE, "pickle", 17, 3, (ANNA, BEN), ((BEN, b"olm"),))
    inbound = InboundSession(SESSION, EVERYONE, ANNA, "pickle")
    row = OutboxRow(1, TO_ANN, MessageId(b"m" * ID_BYTES), b"text", 2, b"frames", 4, "too large")
    receipt = StoredReceipt(EVERYONE, ANNA, 5, 4)
    members = StoredMembers(EVERYONE, 3, SESSION, ANNA, 17, b"body", is_valid=False)
    topic = StoredTopic(EVERYONE, 4, BEN, "tea")
    pairing = StoredPairing(b"t" * ID_BYTES, ANNA, is_helper=True)
    gaps = [StoredGap(DIRECT, 9, 11, 2), StoredGap(EVERYONE, 3, 9, 5), StoredGap(EVERYONE, 20, 21, 1)]
    records = (person, olm, outbound, inbound, row, receipt, members, topic, pairing, *reversed(gaps))
    store.commit([PROFILE, log, statement, *records])
    state = store.load()
    assert state.profile == PROFILE
    assert (*state.logs, *state.statements, *state.people) == (log, statement, person)
    assert (*state.outbox, *state.outbound, *state.receipts) == (row, outbound, receipt)
    assert (*state.members, *state.topics) == (members, topic)
    assert list(state.pairings) == [pairing]
    assert list(state.gaps) == gaps
    assert store.olm_sessions(ANNA) == [olm]
    assert store.inbound_session(SESSION) == inbound


def _a_record_replaces_the_one_with_its_key(store: Store) -> None:
    profile = replace(PROFILE, handle="anna", device_seq=3)
    receipts = [StoredReceipt(EVERYONE, ANNA, seq) for seq in (3, 4)]
    logs = [stored_log(EVERYONE, seq=seq) for seq in (1, 2)]
    store.commit([PROFILE, logs[0], receipts[0], StoredPerson("ben", SESSION, Trust.FIRST_SEEN)])
    store.commit([profile, logs[1], receipts[1], StoredPerson("ben", SESSION, Trust.CHANGED)])
    state = store.load()
    assert state.profile == profile
    assert state.logs == [logs[1]]
    assert state.receipts == [receipts[1]]
    assert [person.trust for person in state.people] == [Trust.CHANGED]


def _a_pairing_is_replaced_and_forgotten(store: Store) -> None:
    token = b"t" * ID_BYTES
    store.commit([PROFILE, StoredPairing(token, b"", is_helper=True), DeletePairing(b"unknown")])
    store.commit([StoredPairing(token, ANNA, is_helper=True)])
    assert list(store.load().pairings) == [StoredPairing(token, ANNA, is_helper=True)]
    store.commit([DeletePairing(token)])
    assert list(store.load().pairings) == []


def _missing_sessions_are_those_of_one_log_newest_first(store: Store) -> None:
    old, new, other = (name * KEY_BYTES for name in (b"o", b"n", b"x"))
    missing = [
        unreadable_message(EVERYONE, 1, reason="missing_key", session=new),
        unreadable_message(EVERYONE, 2, reason="missing_key", session=old),
        unreadable_message(EVERYONE, 3, reason="missing_key", session=new),
        unreadable_message(EVERYONE, 4, reason="bad_ciphertext", session=other),
        unreadable_message(DIRECT, 5, reason="missing_key", session=other),
        stored_message(EVERYONE, 6),
    ]
    store.commit([stored_log(EVERYONE), stored_log(DIRECT), *missing])
    for limit, found in ((9, [new + ANNA, old + ANNA]), (1, [new + ANNA])):
        assert list(store.missing_sessions(EVERYONE, reason="missing_key", limit=limit)) == found
    assert list(store.missing_sessions(DIRECTORY, reason="missing_key", limit=9)) == []


def _of_two_changes_in_one_commit_the_later_wins(store: Store) -> None:
    early, late = stored_message(EVERYONE, 1), replace(stored_message(EVERYONE, 1), content=b"late")
    person = StoredPerson("anna", SESSION, Trust.FIRST_SEEN)
    store.commit([early, person, stored_log(EVERYONE), late, replace(person, trust=Trust.CHANGED)])
    assert store.message(EVERYONE, 1) == late
    assert [person.trust for person in store.load().people] == [Trust.CHANGED]


def _deletions_keep_their_place_in_the_order(store: Store) -> None:
    kept, gone = outbox_row(1, position=1), outbox_row(2, position=2)
    session = OutboundSession(EVERYONE, "pickle", 1, 0, (), ())
    store.commit([gone, DeleteOutboundSession(EVERYONE), session, DeleteOutboxRow(kept.message_id), kept])
    assert list(store.load().outbox) == [kept, gone]
    assert list(store.load().outbound) == [session]
    store.commit([gone, DeleteOutboxRow(gone.message_id), session, DeleteOutboundSession(EVERYONE)])
    assert list(store.load().outbox) == [kept]
    assert list(store.load().outbound) == []
    store.commit([DeleteOutboxRow(gone.message_id), DeleteOutboundSession(EVERYONE)])


def _the_state_comes_in_order(store: Store) -> None:
    store.commit([stored_log(EVERYONE), stored_log(DIRECT)])
    statements = [StoredStatement(seq, SESSION, EntryKind.USER, b"", is_valid=True) for seq in (3, 1, 2)]
    store.commit(
        [*statements, outbox_row(1, position=9), outbox_row(9, position=1), outbox_row(5, position=5)]
    )
    store.commit([stored_log(DIRECTORY, kind=LogKind.DIRECTORY), stored_log(EVERYONE, seq=1)])
    state = store.load()
    assert [log.log for log in state.logs] == [EVERYONE, DIRECT, DIRECTORY]
    assert [statement.seq for statement in state.statements] == [1, 2, 3]
    assert [row.position for row in state.outbox] == [1, 5, 9]


def _statements_have_their_hashes_in_the_directory_log(store: Store) -> None:
    statement = StoredStatement(3, b"t" * HASH_BYTES, EntryKind.USER, b"", is_valid=True)
    store.commit([statement])
    assert store.entry_hash(DIRECTORY, 3) is None, "nobody knows yet which log is the directory"
    store.commit([stored_log(DIRECTORY, kind=LogKind.DIRECTORY), stored_log(EVERYONE)])
    assert store.entry_hash(DIRECTORY, 3) == statement.hash
    assert store.entry_hash(DIRECTORY, 2) is None
    assert store.entry_hash(EVERYONE, 3) is None


def _members_entries_have_their_hashes_in_their_log(store: Store) -> None:
    entries = [StoredMembers(log, 2, log * 2, ANNA, 1, b"", is_valid=True) for log in (DIRECT, EVERYONE)]
    store.commit([stored_log(DIRECT), *entries])
    assert store.entry_hash(DIRECT, 2) == DIRECT * 2
    assert store.entry_hash(DIRECT, 1) is None
    assert list(store.load().members) == sorted(entries, key=lambda each: each.log)


def _the_most_used_sessions_are_kept(store: Store) -> None:
    sessions = [OlmSession(ANNA, f"id {used}", "pickle", used) for used in range(MAX_OLM_SESSIONS + 3)]
    other = OlmSession(BEN, "id 0", "pickle", 0)
    store.commit([*sessions, other])
    assert list(store.olm_sessions(ANNA)) == sessions[:2:-1]
    assert store.olm_sessions(BEN) == [other]
    changed = replace(sessions[3], used=100, pickle="newer")
    store.commit([changed, OlmSession(ANNA, "unused", "pickle", -1)])
    assert list(store.olm_sessions(ANNA)) == [changed, *sessions[:3:-1]]


def _a_message_without_a_log_is_refused_and_the_store_goes_on(store: Store) -> None:
    bad: list[Sequence[Change]] = [
        [PROFILE, stored_message(EVERYONE, 1)],
        [PROFILE, stored_log(EVERYONE), stored_message(EVERYONE, 0)],
        [PROFILE, stored_log(EVERYONE), stored_message(EVERYONE, 2**36)],
    ]
    for changes in bad:
        try:
            store.commit(changes)
        except LocalError:
            pass
        else:
            raise AssertionError("a message without a place must be refused")
        assert store.load().profile is None
        assert store.load().logs == []
    store.commit([stored_log(DIRECT), stored_message(DIRECT, 1)])
    assert store.message(DIRECT, 1) == stored_message(DIRECT, 1)
    assert store.message(EVERYONE, 1) is None


def _what_a_caller_changes_is_its_own(store: Store) -> None:
    store.commit([stored_log(EVERYONE), stored_message(EVERYONE, 1)])
    store.counters(EVERYONE).clear()
    assert store.counters(EVERYONE) == {ANNA: 1}


def _calls_after_close_are_refused(store: Store) -> None:
    store.close()
    calls: list[Callable[[], object]] = [
        store.load,
        lambda: store.commit([PROFILE]),
        lambda: store.commit([]),
        lambda: store.olm_sessions(ANNA),
        lambda: store.messages(EVERYONE, before=None, limit=1),
        lambda: store.find_message(message_id(EVERYONE, 1)),
    ]
    for call in calls:
        try:
            call()
        except LocalError:
            continue
        raise AssertionError("a closed store must refuse")


CHECKS: Final[list[Callable[[Store], None]]] = [
    _a_new_store_is_empty,
    _an_empty_commit_changes_nothing,
    _every_record_comes_back_as_it_was,
    _a_record_replaces_the_one_with_its_key,
    _a_pairing_is_replaced_and_forgotten,
    _of_two_changes_in_one_commit_the_later_wins,
    _deletions_keep_their_place_in_the_order,
    _the_state_comes_in_order,
    *MESSAGE_CHECKS,
    *SEARCH_CHECKS,
    _statements_have_their_hashes_in_the_directory_log,
    _members_entries_have_their_hashes_in_their_log,
    _missing_sessions_are_those_of_one_log_newest_first,
    _the_most_used_sessions_are_kept,
    _a_message_without_a_log_is_refused_and_the_store_goes_on,
    _what_a_caller_changes_is_its_own,
    _calls_after_close_are_refused,
]
