"""Whatever is done in whatever order, the storage on disk and the one in memory tell the same."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from lanmsg.hub.storage.conformance.bench import (
    ALICE,
    BOB,
    INBOX,
    LAPTOP,
    OTHER_ROOM,
    PHONE,
    ROOM,
    chain,
    head_in,
    in_inbox,
    key,
    message,
    message_id,
)
from lanmsg.hub.storage.interface import Storage, StoredCursor, StoredMember
from lanmsg.hub.storage.memory import MemoryStorage
from lanmsg.hub.storage.sqlite import SqliteStorage
from lanmsg.wire.entries import Entry, EntryKind, LogKind
from lanmsg.wire.errors import LocalError
from lanmsg.wire.ids import ZERO_HASH, LogId
from lanmsg.wire.statements import Role

HALL = LogId(b"a hall of people")
LOGS = {ROOM: LogKind.DIRECT, OTHER_ROOM: LogKind.DIRECT, HALL: LogKind.ROOM, INBOX: LogKind.INBOX}
rooms = st.sampled_from([ROOM, OTHER_ROOM, HALL])
inbox_kinds = st.sampled_from([EntryKind.SHARE, EntryKind.DEVICE_MESSAGE])
devices = st.sampled_from([LAPTOP, PHONE])
users = st.sampled_from([ALICE, BOB])
numbers = st.integers(1, 12)
sizes = st.integers(0, 20)

Write = Callable[[Storage], object]


class UndoneError(Exception):
    """Ends a block that must leave nothing."""


class TwoStorages(RuleBasedStateMachine):
    """Gathers writes, runs them on both storages in one block, and compares all answers."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp())
        self.sqlite = self.open_sqlite()
        self.memory = MemoryStorage(self.sqlite.load().database)
        self.writes: list[Write] = []
        self.invites = 0
        self.new_logs = 0

    def open_sqlite(self) -> SqliteStorage:
        return SqliteStorage.open(self.directory, generation_entries=4)

    def teardown(self) -> None:
        self.sqlite.close()
        shutil.rmtree(self.directory)

    # --- what a block may do -----------------------------------------------------------------

    @initialize()
    def make_some_logs(self):
        for log, kind in LOGS.items():
            self.writes.append(lambda s, log=log, kind=kind: s.add_log(log, kind))
        self.commit()

    @rule()
    def add_log(self):
        self.new_logs += 1
        log = LogId(bytes([self.new_logs]) * 16)
        self.writes.append(lambda s: s.add_log(log, LogKind.DIRECT))
        self.writes.append(lambda s: s.add_members([StoredMember(log, ALICE, 0, ZERO_HASH)]))

    @rule(log=rooms, first=st.integers(1, 200), count=st.integers(1, 4), sender=devices)
    def add_messages(self, log, first, count, sender):
        entries = [message(first + n, size_bytes=first, sender=sender) for n in range(count)]
        self.writes.append(lambda s: s.add_entries(chain(head(s, log), new_ones(s, log, entries))))

    @rule(kinds=st.lists(inbox_kinds, max_size=4), number=numbers)
    def add_to_inbox(self, kinds, number):
        entries = [in_inbox(kind, 1000 + number * 10 + place) for place, kind in enumerate(kinds)]
        self.writes.append(lambda s: s.add_entries(chain(head(s, INBOX), new_ones(s, INBOX, entries))))

    @rule(log=st.sampled_from([*LOGS]), up_to=sizes)
    def prune(self, log, up_to):
        self.writes.append(lambda s: s.prune(log, min(up_to, head(s, log).seq)))

    @rule(number=st.integers(300, 400), sender=devices)
    def change_members(self, number, sender):
        made = message(number, sender=sender)
        entry = Entry(EntryKind.MEMBERS, sender, made.message_id, made.at_ms, made.body)
        self.writes.append(lambda s: s.add_entries(chain(head(s, HALL), new_ones(s, HALL, [entry]))))

    @rule(log=rooms, device=devices, seq=sizes)
    def set_cursor(self, log, device, seq):
        self.writes.append(lambda s: s.set_cursors([StoredCursor(log, device, min(seq, head(s, log).seq))]))

    @rule(log=rooms, sender=devices, number=st.integers(1, 200), step=st.integers(1, 3))
    def use_counter(self, log, sender, number, step):
        self.writes.append(
            lambda s: s.add_entries(
                chain(
                    head(s, log),
                    [message(number, sender=sender)],
                    counter=s.counter(log, sender) + step,
                )
            )
        )

    @rule(log=rooms, user=users, role=st.sampled_from(Role), seqs=st.tuples(sizes, sizes, sizes))
    def add_member(self, log, user, role, seqs):
        base_seq, changed_seq, end_seq = seqs
        hashes = [bytes([seq]) * 32 for seq in (changed_seq, end_seq)]
        member = StoredMember(
            log, user, base_seq, ZERO_HASH, role, changed_seq, hashes[0], end_seq, hashes[1], end_seq > 10
        )
        self.writes.append(lambda s: s.add_members([member]))

    @rule(user=users, at_ms=sizes)
    def set_last_seen(self, user, at_ms):
        self.writes.append(lambda storage: storage.set_last_seen({user: at_ms}))

    @rule(device=devices, keys=st.lists(numbers, max_size=5), at_most=st.integers(0, 6))
    def add_one_time_keys(self, device, keys, at_most):
        published = [key(number) for number in keys]
        self.writes.append(lambda storage: storage.add_one_time_keys(device, published, at_most=at_most))

    @rule(device=devices, number=numbers)
    def set_fallback_key(self, device, number):
        self.writes.append(lambda storage: storage.set_fallback_key(device, key(number)))

    @rule(device=devices)
    def take_key(self, device):
        self.writes.append(lambda storage: storage.take_key(device))

    @rule(expires_at_ms=sizes)
    def add_invite(self, expires_at_ms):
        self.invites += 1
        secret_hash = bytes([self.invites])
        self.writes.append(lambda storage: storage.add_invite(secret_hash, expires_at_ms))

    @rule(number=numbers, now_ms=sizes)
    def take_invite(self, number, now_ms):
        self.writes.append(lambda storage: storage.take_invite(bytes([number]), now_ms))

    @rule(number=numbers, value=numbers)
    def write_setting(self, number, value):
        self.writes.append(lambda storage: storage.write_setting(str(number), bytes([value])))

    @rule(log=rooms, number=st.integers(1, 200), device=devices, counter=st.none() | st.integers(1, 10))
    def find_message(self, log, number, device, counter):
        self.writes.append(lambda storage: storage.find_message(log, device, message_id(number), counter))

    # --- how a block ends --------------------------------------------------------------------

    @rule()
    def commit(self):
        self.compare_blocks(self.writes)
        self.writes = []

    @rule()
    def undo(self):
        def fail(storage: Storage):
            raise UndoneError

        self.compare_blocks([*self.writes, fail])
        self.writes = []

    @rule()
    def restart(self):
        self.sqlite.close()
        self.sqlite = self.open_sqlite()
        self.memory = self.memory.copy_durable()

    def compare_blocks(self, writes: list[Write]) -> None:
        assert run_block(self.sqlite, writes) == run_block(self.memory, writes)

    @invariant()
    def both_tell_the_same(self):
        assert everything(self.sqlite) == everything(self.memory)


def head(storage: Storage, log: LogId):
    """A head as of this moment of a running block; the hub knows it without asking the storage."""
    if isinstance(storage, SqliteStorage):
        return storage._check_inside().head(log)
    assert isinstance(storage, MemoryStorage)
    return storage._head(log)


def new_ones(storage: Storage, log: LogId, entries: list[Entry]) -> list[Entry]:
    """Leave out what would use a message id again without a counter: which is found then is no rule."""
    is_known = [storage.find_message(log, entry.sender, entry.message_id, None) for entry in entries]
    return [
        entry
        for entry, place in zip(entries, is_known, strict=True)
        if place is None or entry.kind == EntryKind.SHARE
    ]


def run_block(storage: Storage, writes: list[Write]) -> list[object]:
    """Return the answers of a block, and how it ended."""
    answers: list[object] = []
    try:
        with storage.transaction():
            for write in writes:
                answers.append(write(storage))  # noqa: PERF401  # what came before an error counts too
    except (LocalError, UndoneError) as error:
        # A storage may notice a broken rule when the block ends.
        return [type(error)]
    return answers


def everything(storage: Storage) -> list[object]:
    """All that can be read, in one order."""
    state = storage.load()
    return [
        state.database,
        sorted(state.logs, key=lambda head: head.log),
        sorted(state.members, key=lambda member: (member.log, member.user)),
        sorted(state.cursors, key=lambda cursor: (cursor.log, cursor.device)),
        state.last_seen_ms,
        [pages(storage, log, head_in(state, log).seq) for log in LOGS],
        [found_again(storage, log) for log in LOGS],
        [storage.counter(log, device) for log in LOGS for device in (LAPTOP, PHONE)],
        [storage.is_pruned(log, LAPTOP, counter) for log in (ROOM, HALL) for counter in (1, 3)],
        [storage.oldest_entries(log, limit=3) for log in LOGS],
        [storage.members_entry(HALL, seq) for seq in (1, 4, 9)],
        [(storage.stock(device), storage.has_fallback_key(device)) for device in (LAPTOP, PHONE)],
        storage.read_settings(),
        [storage.open_invites(now_ms) for now_ms in (0, 10, 20)],
    ]


def found_again(storage: Storage, log: LogId) -> list[object]:
    numbers = range(1010, 1135, 4) if log == INBOX else range(1, 205, 7)
    counters = (None,) if log == INBOX else (None, 1, 2, 3, 4, 5)
    return [
        storage.find_message(log, LAPTOP, message_id(number), counter)
        for number in numbers
        for counter in counters
    ]


def pages(storage: Storage, log, head_seq: int) -> list[object]:
    return [
        storage.read_run(log, after, max_entries=3, max_bytes=150)
        for after in (*range(0, head_seq, 3), head_seq, head_seq + 1)
    ]


TestTwoStorages = TwoStorages.TestCase
TestTwoStorages.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
