"""What every store must do: one function that runs on each implementation.

    def test_my_store_keeps_the_promises(tmp_path):
        check_store(lambda name: MyStore.open(tmp_path / name))

A failed promise is an AssertionError.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from lanmsg.client.model import Conversation, ConversationKind, Trust
from lanmsg.client.store.interface import (
    MAX_OLM_SESSIONS,
    Change,
    DeleteOutboundSession,
    DeleteOutboxRow,
    InboundSession,
    OlmSession,
    OutboundSession,
    OutboxRow,
    Profile,
    Store,
    StoredLog,
    StoredMessage,
    StoredPerson,
    StoredReceipt,
    StoredStatement,
)
from lanmsg.wire.entries import EntryKind, LogKind
from lanmsg.wire.errors import LocalError
from lanmsg.wire.ids import HASH_BYTES, ID_BYTES, KEY_BYTES, ZERO_HASH, DeviceId, LogId, MessageId, UserId

DIRECTORY: Final = LogId(b"d" * ID_BYTES)
EVERYONE: Final = LogId(b"e" * ID_BYTES)
DIRECT: Final = LogId(b"a" * ID_BYTES)
ANNA: Final = DeviceId(b"A" * ID_BYTES)
BEN: Final = DeviceId(b"B" * ID_BYTES)
SESSION: Final = b"s" * KEY_BYTES
TO_EVERYONE: Final = Conversation(ConversationKind.EVERYONE)
TO_ANN: Final = Conversation(ConversationKind.DIRECT, b"p" * ID_BYTES)

PROFILE: Final = Profile(
    hub_identity_key=b"k" * KEY_BYTES,
    hub_title="Attic",
    database=b"b" * ID_BYTES,
    identity_secret=b"i" * KEY_BYTES,
    account="pickle",
    handle="",
    device_name="laptop",
    device_seq=0,
)


def stored_log(log: LogId, *, seq: int = 0, kind: LogKind = LogKind.EVERYONE) -> StoredLog:
    """Return a log that stands at `seq`."""
    return StoredLog(log, kind, 0, seq, ZERO_HASH, 0, (UserId(b"1" * ID_BYTES), UserId(b"2" * ID_BYTES)))


def stored_message(log: LogId, seq: int, *, sender: DeviceId = ANNA, counter: int = 1) -> StoredMessage:
    """Return a readable message whose id and hash follow from log and seq."""
    return StoredMessage(
        log=log,
        seq=seq,
        hash=log[:1] * (HASH_BYTES - 8) + seq.to_bytes(8, "big"),
        message_id=message_id(log, seq),
        sender=sender,
        counter=counter,
        at_ms=1_700_000_000_000 + seq,
        directory_seq=7,
        session=SESSION,
        index=0,
        content=b"hello",
        reason="",
        raw=b"",
    )


def message_id(log: LogId, seq: int) -> MessageId:
    """Return the id that `stored_message` gives to the message at this place."""
    return MessageId(log[:8] + seq.to_bytes(8, "big"))


def unreadable_message(log: LogId, seq: int, *, reason: str, session: bytes = SESSION) -> StoredMessage:
    """Return a message that could not be read."""
    message = stored_message(log, seq)
    return replace(message, content=b"", raw=b"raw", index=-1, reason=reason, session=session)


def outbox_row(number: int, *, position: int) -> OutboxRow:
    """Return a waiting message."""
    return OutboxRow(position, TO_EVERYONE, MessageId(bytes([number]) * ID_BYTES), b"text", 1, b"", 0, "")


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
    ]
    assert store.olm_sessions(ANNA) == []
    assert store.inbound_session(SESSION) is None
    assert store.messages(EVERYONE, before=None, limit=10) == []
    assert store.messages_after(EVERYONE, after=0, limit=10) == []
    assert store.message(EVERYONE, 1) is None
    assert store.find_message(message_id(EVERYONE, 1)) is None
    assert not store.has_message(ANNA, message_id(EVERYONE, 1))
    assert store.unreadable() == []
    assert store.counters(EVERYONE) == {}
    assert store.entry_hash(EVERYONE, 1) is None


def _an_empty_commit_changes_nothing(store: Store) -> None:
    store.commit([])
    assert store.load().profile is None


def _every_record_comes_back_as_it_was(store: Store) -> None:
    log = replace(stored_log(EVERYONE, seq=5), base=2, hash=b"h" * HASH_BYTES, counter=3)
    statement = StoredStatement(4, b"t" * HASH_BYTES, EntryKind.DEVICE, b"body", is_valid=False)
    person = StoredPerson("anna", b"k" * KEY_BYTES, Trust.VERIFIED)
    olm = OlmSession(ANNA, "id", "pickle", 9)
    outbound = OutboundSession(EVERYONE, "pickle", 17, 3, (ANNA, BEN), ((BEN, b"olm"),))
    inbound = InboundSession(SESSION, EVERYONE, ANNA, "pickle")
    row = OutboxRow(1, TO_ANN, MessageId(b"m" * ID_BYTES), b"text", 2, b"frames", 4, "too large")
    receipt = StoredReceipt(EVERYONE, ANNA, 5)
    store.commit([PROFILE, log, statement, person, olm, outbound, inbound, row, receipt])
    state = store.load()
    assert state.profile == PROFILE
    assert (*state.logs, *state.statements, *state.people) == (log, statement, person)
    assert (*state.outbox, *state.outbound, *state.receipts) == (row, outbound, receipt)
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


def _messages_are_read_in_pages(store: Store) -> None:
    seqs = [1, 2, 3, 5, 8, 13]
    others = [stored_message(log, seq) for log in (DIRECTORY, DIRECT) for seq in (1, 4, 100)]
    messages = [stored_message(EVERYONE, seq) for seq in reversed(seqs)]
    store.commit([stored_log(DIRECTORY), *messages, stored_log(EVERYONE), stored_log(DIRECT), *others])

    def newest(before: int | None, limit: int) -> list[int]:
        return [message.seq for message in store.messages(EVERYONE, before=before, limit=limit)]

    def oldest(after: int, limit: int) -> list[int]:
        return [message.seq for message in store.messages_after(EVERYONE, after=after, limit=limit)]

    assert newest(None, 3) == [5, 8, 13]
    assert newest(13, 2) == [5, 8]
    assert newest(2, 50) == newest(2, 1) == [1]
    assert newest(1, 50) == newest(None, 0) == newest(0, 9) == []
    assert newest(2**60, 50) == newest(None, 50) == oldest(0, 50) == seqs
    assert oldest(3, 2) == [5, 8]
    assert oldest(13, 50) == oldest(2**60, 9) == oldest(0, 0) == []


def _a_message_is_found_by_place_and_by_id(store: Store) -> None:
    messages = [stored_message(EVERYONE, seq) for seq in range(1, 50)]
    store.commit([stored_log(EVERYONE), *messages])
    assert store.message(EVERYONE, 7) == messages[6]
    assert store.find_message(message_id(EVERYONE, 7)) == messages[6]
    assert store.entry_hash(EVERYONE, 7) == messages[6].hash
    for seq in (-1, 0, 50, 2**36 + 1):
        assert store.message(EVERYONE, seq) is None
        assert store.entry_hash(EVERYONE, seq) is None
    assert store.find_message(message_id(EVERYONE, 50)) is None


def _two_devices_may_take_the_same_message_id(store: Store) -> None:
    first = stored_message(EVERYONE, 2)
    second = replace(stored_message(DIRECT, 1), message_id=first.message_id, sender=BEN)
    store.commit([stored_log(EVERYONE), stored_log(DIRECT), second, first])
    assert store.has_message(ANNA, first.message_id)
    assert store.has_message(BEN, first.message_id)
    assert not store.has_message(DeviceId(b"C" * ID_BYTES), first.message_id)
    assert store.find_message(first.message_id) == first


def _a_replaced_message_is_no_longer_found_by_its_old_id(store: Store) -> None:
    old = stored_message(EVERYONE, 1)
    new = replace(old, message_id=message_id(EVERYONE, 2), sender=BEN)
    store.commit([stored_log(EVERYONE), old])
    store.commit([new])
    assert store.find_message(old.message_id) is None
    assert not store.has_message(ANNA, old.message_id)
    assert store.has_message(BEN, new.message_id)


def _unreadable_messages_are_found_until_they_can_be_read(store: Store) -> None:
    other = b"o" * KEY_BYTES
    missing = [unreadable_message(DIRECT, seq, reason="missing_key") for seq in (3, 1)]
    elsewhere = unreadable_message(EVERYONE, 9, reason="missing_key", session=other)
    bad = unreadable_message(EVERYONE, 2, reason="bad_ciphertext")
    readable = stored_message(EVERYONE, 1)
    store.commit([stored_log(EVERYONE), stored_log(DIRECT), *missing, elsewhere, bad, readable])
    assert store.unreadable() == [bad, elsewhere, missing[1], missing[0]]
    assert store.unreadable(session=SESSION) == [bad, missing[1], missing[0]]
    assert store.unreadable(reason="missing_key") == [elsewhere, missing[1], missing[0]]
    assert store.unreadable(session=SESSION, reason="bad_ciphertext") == [bad]
    store.commit([stored_message(EVERYONE, 2)])
    assert store.unreadable(session=SESSION) == [missing[1], missing[0]]
    assert store.unreadable(reason="bad_ciphertext") == []


def _counters_are_the_highest_ever_stored(store: Store) -> None:
    counters = [(1, ANNA, 4), (2, ANNA, 3), (3, BEN, 8), (4, ANNA, 1)]
    store.commit([stored_log(EVERYONE), stored_log(DIRECT), stored_message(DIRECT, 1, counter=99)])
    store.commit(
        [stored_message(EVERYONE, seq, sender=sender, counter=counter) for seq, sender, counter in counters]
    )
    store.commit([stored_message(EVERYONE, 1, sender=ANNA, counter=2)])
    assert store.counters(EVERYONE) == {ANNA: 4, BEN: 8}
    assert store.counters(DIRECT) == {ANNA: 99}


def _statements_have_their_hashes_in_the_directory_log(store: Store) -> None:
    statement = StoredStatement(3, b"t" * HASH_BYTES, EntryKind.USER, b"", is_valid=True)
    store.commit([statement])
    assert store.entry_hash(DIRECTORY, 3) is None, "nobody knows yet which log is the directory"
    store.commit([stored_log(DIRECTORY, kind=LogKind.DIRECTORY), stored_log(EVERYONE)])
    assert store.entry_hash(DIRECTORY, 3) == statement.hash
    assert store.entry_hash(DIRECTORY, 2) is None
    assert store.entry_hash(EVERYONE, 3) is None


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
    _of_two_changes_in_one_commit_the_later_wins,
    _deletions_keep_their_place_in_the_order,
    _the_state_comes_in_order,
    _messages_are_read_in_pages,
    _a_message_is_found_by_place_and_by_id,
    _two_devices_may_take_the_same_message_id,
    _a_replaced_message_is_no_longer_found_by_its_old_id,
    _unreadable_messages_are_found_until_they_can_be_read,
    _counters_are_the_highest_ever_stored,
    _statements_have_their_hashes_in_the_directory_log,
    _the_most_used_sessions_are_kept,
    _a_message_without_a_log_is_refused_and_the_store_goes_on,
    _what_a_caller_changes_is_its_own,
    _calls_after_close_are_refused,
]
