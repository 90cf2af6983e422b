"""The owner of the logs: which appends it takes, where it puts them, and that it does so once."""

import msgspec
import pytest

from lanmsg.hub.jobs import (
    AppendDone,
    AppendJob,
    BookkeepingJob,
    ClaimJob,
    Committed,
    EnrolJob,
    InviteJob,
    Job,
    LoginJob,
    OpenDirectJob,
    OpenGroupJob,
    Outcome,
    PublishJob,
    ReadJob,
    StaleView,
)
from lanmsg.hub.log_writer import LogWriter
from lanmsg.hub.logs import Logs
from lanmsg.hub.published import load_directory
from lanmsg.hub.storage.interface import StoredCursor
from lanmsg.hub.storage.memory import MemoryStorage
from lanmsg.wire import ids, labels, limits
from lanmsg.wire.codec import encode
from lanmsg.wire.entries import EntryKind, LogKind, MessageBody, View, entry_hash
from lanmsg.wire.errors import Code, Refusal
from lanmsg.wire.frames import Append, ClaimKeys, CreateInvite, Enrol, PublishKeys, Share
from lanmsg.wire.ids import DeviceId, LogId, MessageId, RoomId
from lanmsg.wire.labels import labelled_hash
from lanmsg.wire.statements import Role, RoomStatement

from .lab import Device, message_id, olm_body, published_key

NOW_MS = 1_000_000


class Desk:
    """A log writer on a storage, and jobs for it."""

    def __init__(self, storage: MemoryStorage | None = None) -> None:
        self.storage = storage or MemoryStorage()
        state = self.storage.load()
        self.database = state.database
        self.people = load_directory(self.storage, state)
        self.logs = Logs.from_state(state)
        self.writer = LogWriter(self.storage, self.logs, self.people, database=state.database)
        self.writer.create_hub_logs()
        self.everyone = ids.everyone_log(state.database)
        self.directory = ids.directory_log(state.database)
        self._next_id = 1000 + self.logs[self.directory].seq

    def restarted(self) -> "Desk":
        return Desk(self.storage.copy_durable())

    def inbox(self, device: Device) -> LogId:
        return ids.inbox_log(self.database, device.id)

    def account(self, device: Device) -> LogId:
        return ids.account_log(self.database, device.user)

    def commit(self, *jobs: Job) -> Committed:
        return self.writer.commit(jobs)

    def outcomes(self, *jobs: Job) -> list[Outcome]:
        return self.commit(*jobs).outcomes

    def codes(self, *jobs: Job) -> list[str]:
        """Return "ok" or the code of the refusal of each job."""
        return [each.code if isinstance(each, Refusal) else "ok" for each in self.outcomes(*jobs)]

    def enrol(self, *devices: Device) -> None:
        assert self.codes(*(enrol(device) for device in devices)) == ["ok"] * len(devices)

    def direct(self, one: Device, other: Device) -> LogId:
        (done,) = self.outcomes(OpenDirectJob(one.user, other.user))
        assert not isinstance(done, Refusal)
        return ids.direct_log(self.database, one.user, other.user)

    def group(self, *devices: Device) -> LogId:
        (done,) = self.outcomes(OpenGroupJob(devices[0].user, [device.user for device in devices]))
        assert not isinstance(done, Refusal)
        return ids.group_log(self.database, [device.user for device in devices])

    def message(
        self,
        device: Device,
        log: LogId,
        counter: int,
        *,
        view: View | None = None,
        mid: MessageId | None = None,
        shares: list[Share] | None = None,
        text: bytes = b"hello",
    ) -> AppendJob:
        self._next_id += 1
        known = self.logs.get(log)
        newest = View(known.membership_seq if known is not None else 0, self.people.seq)
        body = MessageBody(view or newest, counter, bytes(32), text, bytes(64))
        frame = Append(mid or message_id(self._next_id), log, EntryKind.MESSAGE, encode(body), shares or [])
        return AppendJob(device.id, device.user, frame, NOW_MS, body)

    def room_log(self, name: str) -> LogId:
        return ids.room_log(self.database, RoomId(name.encode().ljust(16, b"\0")[:16]))

    def room(self, device: Device, statement: RoomStatement) -> AppendJob:
        self._next_id += 1
        frame = Append(message_id(self._next_id), self.directory, EntryKind.ROOM, encode(statement))
        return AppendJob(device.id, device.user, frame, NOW_MS, statement=statement)

    def next_version(self, device: Device, name: str, **fields: object) -> AppendJob:
        known = self.people.room(RoomId(name.encode().ljust(16, b"\0")[:16]))
        assert known is not None
        version = known.statement.version + 1
        changed = msgspec.structs.replace(known.statement, **{"version": version, **fields})
        return self.room(device, device.sign_room(changed))

    def members(
        self,
        device: Device,
        log: LogId,
        *changes: tuple[Device, Role],
        view: View | None = None,
        membership_hash: bytes | None = None,
    ) -> AppendJob:
        self._next_id += 1
        mid = message_id(self._next_id)
        view = view or View(self.logs[log].membership_seq, self.people.seq)
        newest = self.logs[log].membership_hash if membership_hash is None else membership_hash
        statement = device.members_statement(log, mid, view, *changes, membership_hash=newest)
        frame = Append(mid, log, EntryKind.MEMBERS, encode(statement))
        return AppendJob(device.id, device.user, frame, NOW_MS, members=statement)

    def letter(self, device: Device, to: Device) -> AppendJob:
        self._next_id += 1
        frame = Append(message_id(self._next_id), self.inbox(to), EntryKind.DEVICE_MESSAGE, olm_body())
        return AppendJob(device.id, device.user, frame, NOW_MS)

    def revoke(self, device: Device, gone: DeviceId, *, signer: Device | None = None) -> AppendJob:
        self._next_id += 1
        statement = (signer or device).revoke_statement(gone)
        frame = Append(message_id(self._next_id), self.directory, EntryKind.REVOKE, encode(statement))
        return AppendJob(device.id, device.user, frame, NOW_MS, statement=statement)

    def seq(self, log: LogId) -> int:
        return self.logs[log].seq


def enrol(
    device: Device, *, needs_invite: bool = False, invite: bytes = b"", handle: str | None = None
) -> EnrolJob:
    return EnrolJob(device.enrol(invite=invite, handle=handle), NOW_MS, needs_invite)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def ann(desk: Desk) -> Device:
    device = Device("ann")
    desk.enrol(device)
    return device


@pytest.fixture
def bob(desk: Desk) -> Device:
    device = Device("bob")
    desk.enrol(device)
    return device


# --- places ----------------------------------------------------------------------------------


def test_entries_are_numbered_and_chained_in_the_order_of_the_jobs(desk: Desk, ann: Device) -> None:
    committed = desk.commit(*(desk.message(ann, desk.everyone, counter) for counter in (1, 2, 3)))
    previous = ids.ZERO_HASH
    for seq, (outcome, entry) in enumerate(
        zip(committed.outcomes, committed.changes.entries, strict=True), 1
    ):
        assert (entry.seq, entry.previous) == (seq, previous)
        previous = entry_hash(desk.everyone, seq, previous, entry.entry)
        assert outcome == AppendDone(desk.everyone, seq, previous)


def test_a_restart_goes_on_where_the_storage_stands(desk: Desk, ann: Device) -> None:
    desk.commit(desk.message(ann, desk.everyone, 1))
    after = desk.restarted()
    assert after.logs[desk.everyone].hash == desk.logs[desk.everyone].hash
    (done,) = after.outcomes(after.message(ann, desk.everyone, 2))
    assert isinstance(done, AppendDone)
    assert done.seq == 2


def test_a_refused_job_stores_nothing(desk: Desk, ann: Device) -> None:
    stranger = Device("stranger")
    before = desk.storage.copy_durable()._tables
    committed = desk.commit(
        desk.message(stranger, desk.everyone, 1),
        desk.message(ann, desk.everyone, 7),
        desk.message(ann, desk.everyone, 1, shares=[Share(ann.id, b"mine"), Share(stranger.id, b"not")]),
        enrol(Device("stranger"), handle="NOT A NAME"),
    )
    assert all(isinstance(outcome, Refusal) for outcome in committed.outcomes)
    assert (committed.changes.entries, committed.changes.logs) == ([], [])
    assert desk.storage.copy_durable()._tables == before


# --- once ------------------------------------------------------------------------------------


def test_a_message_sent_twice_is_stored_once_in_one_batch(desk: Desk, ann: Device) -> None:
    job = desk.message(ann, desk.everyone, 1)
    one, two = desk.outcomes(job, job)
    assert isinstance(one, AppendDone)
    assert one == two
    assert desk.seq(desk.everyone) == 1


def test_a_message_sent_again_after_a_restart_is_stored_once(desk: Desk, ann: Device) -> None:
    job = desk.message(ann, desk.everyone, 1, shares=[Share(ann.id, b"share")])
    (one,) = desk.outcomes(job)
    after = desk.restarted()
    assert after.outcomes(job) == [one]
    assert (after.seq(desk.everyone), after.seq(desk.inbox(ann))) == (1, 1)


def test_what_was_accepted_once_stays_accepted_whatever_changed(desk: Desk, ann: Device, bob: Device) -> None:
    tablet = Device("tablet", owner=bob)
    desk.enrol(tablet)
    job = desk.message(tablet, desk.everyone, 1)
    desk.commit(job, desk.message(tablet, desk.everyone, 2), desk.revoke(bob, tablet.id))
    desk.enrol(Device("cid"))
    assert desk.codes(job) == ["ok"]  # stale view, old counter, a revoked device: all of it came later


def test_a_message_id_used_again_with_a_new_counter_is_a_new_message(
    desk: Desk, ann: Device, bob: Device
) -> None:
    direct = desk.direct(ann, bob)
    mid = message_id(5)
    again = desk.message(ann, direct, 1, mid=mid)
    first, second = desk.outcomes(desk.message(ann, desk.everyone, 1, mid=mid), again)
    assert isinstance(first, AppendDone)
    assert isinstance(second, AppendDone)
    assert (first.log, second.log) == (desk.everyone, direct)
    assert desk.outcomes(again) == [second]


def test_two_devices_may_choose_the_same_message_id(desk: Desk, ann: Device, bob: Device) -> None:
    jobs = [desk.message(device, desk.everyone, 1, mid=message_id(5)) for device in (ann, bob)]
    assert desk.codes(*jobs) == ["ok", "ok"]
    assert desk.seq(desk.everyone) == 2


# --- counters --------------------------------------------------------------------------------


@pytest.mark.parametrize("counter", [0, 1, 3, 2**53 - 1])
def test_a_counter_out_of_order_is_refused(desk: Desk, ann: Device, counter: int) -> None:
    desk.commit(desk.message(ann, desk.everyone, 1))
    assert desk.codes(desk.message(ann, desk.everyone, counter)) == [Code.OUT_OF_ORDER]


def test_counters_are_per_device_and_log(desk: Desk, ann: Device, bob: Device) -> None:
    direct = desk.direct(ann, bob)
    jobs = [desk.message(device, log, 1) for device in (ann, bob) for log in (desk.everyone, direct)]
    assert desk.codes(*jobs) == ["ok"] * 4


def test_after_a_refusal_the_same_counter_comes_next(desk: Desk, ann: Device) -> None:
    stale = desk.message(ann, desk.everyone, 1, view=View(0, 0))
    after = desk.message(ann, desk.everyone, 2)
    again = desk.message(ann, desk.everyone, 1, mid=stale.frame.message_id)
    assert desk.codes(stale, after, again) == [Code.STALE_VIEW, Code.OUT_OF_ORDER, "ok"]


# --- the view --------------------------------------------------------------------------------


def test_a_newcomer_makes_views_of_everyone_stale_in_the_same_batch(desk: Desk, ann: Device) -> None:
    seq = desk.people.seq
    job = desk.message(ann, desk.everyone, 1, view=View(0, seq))
    _, refusal = desk.outcomes(enrol(Device("cid")), job)
    assert isinstance(refusal, StaleView)
    assert refusal.view == View(0, seq + 2)


def test_a_newcomer_leaves_direct_chats_of_others_alone(desk: Desk, ann: Device, bob: Device) -> None:
    direct = desk.direct(ann, bob)
    view = View(0, desk.people.seq)
    desk.enrol(Device("cid"))
    assert desk.codes(desk.message(ann, direct, 1, view=view)) == ["ok"]


@pytest.mark.parametrize("is_mine", [True, False])
def test_a_new_device_of_either_side_makes_views_of_a_direct_chat_stale(
    desk: Desk, ann: Device, bob: Device, is_mine: bool
) -> None:
    direct = desk.direct(ann, bob)
    view = View(0, desk.people.seq)
    desk.enrol(Device("tablet", owner=ann if is_mine else bob))
    assert desk.codes(desk.message(ann, direct, 1, view=view)) == [Code.STALE_VIEW]
    assert desk.codes(desk.message(ann, direct, 1)) == ["ok"]


def test_a_revoked_device_makes_views_stale_in_the_same_batch(desk: Desk, ann: Device, bob: Device) -> None:
    direct = desk.direct(ann, bob)
    tablet = Device("tablet", owner=bob)
    desk.enrol(tablet)
    view = View(0, desk.people.seq)
    jobs = [desk.message(ann, log, 1, view=view) for log in (desk.everyone, direct)]
    assert desk.codes(desk.revoke(bob, tablet.id), *jobs) == ["ok", Code.STALE_VIEW, Code.STALE_VIEW]


def test_a_stale_view_is_told_before_a_wrong_counter(desk: Desk, ann: Device) -> None:
    assert desk.codes(desk.message(ann, desk.everyone, 9, view=View(0, 0))) == [Code.STALE_VIEW]


# --- who may write what where ----------------------------------------------------------------


def test_nobody_writes_into_a_direct_chat_of_others(desk: Desk, ann: Device, bob: Device) -> None:
    cid = Device("cid")
    desk.enrol(cid)
    assert desk.codes(desk.message(cid, desk.direct(ann, bob), 1)) == [Code.NOT_A_MEMBER]


def test_only_a_persons_own_devices_write_into_their_account(desk: Desk, ann: Device, bob: Device) -> None:
    tablet = Device("tablet", owner=ann)
    desk.enrol(tablet)
    log = desk.account(ann)
    jobs = [desk.message(bob, log, 1), desk.message(tablet, log, 1), desk.message(ann, log, 1)]
    assert desk.codes(*jobs) == [Code.NOT_A_MEMBER, "ok", "ok"]
    after = desk.restarted()
    again = [after.message(bob, log, 1), after.message(tablet, log, 2)]
    assert after.codes(*again) == [Code.NOT_A_MEMBER, "ok"]


def test_a_new_device_of_ours_makes_a_view_of_the_account_stale(desk: Desk, ann: Device, bob: Device) -> None:
    before = View(0, desk.people.seq)
    desk.enrol(Device("phone", owner=bob))
    assert desk.codes(desk.message(ann, desk.account(ann), 1, view=before)) == ["ok"]
    desk.enrol(Device("tablet", owner=ann))
    assert desk.codes(desk.message(ann, desk.account(ann), 2, view=before)) == [Code.STALE_VIEW]


def test_an_unknown_log_is_refused(desk: Desk, ann: Device) -> None:
    assert desk.codes(desk.message(ann, LogId(bytes(16)), 1)) == [Code.UNKNOWN_LOG]


@pytest.mark.parametrize("kind", EntryKind)
@pytest.mark.parametrize("log_kind", LogKind)
def test_a_log_takes_only_its_own_kinds(
    desk: Desk, ann: Device, bob: Device, kind: EntryKind, log_kind: LogKind
) -> None:
    cid = Device("cid")
    desk.enrol(cid)
    desk.commit(desk.room(ann, ann.room_statement("kitchen")))
    logs = {
        LogKind.DIRECTORY: desk.directory,
        LogKind.EVERYONE: desk.everyone,
        LogKind.DIRECT: desk.direct(ann, bob),
        LogKind.INBOX: desk.inbox(bob),
        LogKind.GROUP: desk.group(ann, bob, cid),
        LogKind.ROOM: desk.room_log("kitchen"),
        LogKind.ACCOUNT: desk.account(ann),
    }
    makers = {
        EntryKind.MESSAGE: lambda: desk.message(ann, desk.everyone, 1),
        EntryKind.REVOKE: lambda: desk.revoke(ann, ann.id),
        EntryKind.ROOM: lambda: desk.room(ann, ann.room_statement("cellar")),
        EntryKind.MEMBERS: lambda: desk.members(ann, desk.room_log("kitchen"), (bob, Role.MEMBER)),
    }
    job = makers.get(kind, lambda: desk.letter(ann, bob))()
    frame = Append(job.frame.message_id, logs[log_kind], kind, job.frame.body)
    job = AppendJob(ann.id, ann.user, frame, NOW_MS, job.body, job.statement, job.members)
    is_allowed = (log_kind, kind) in {
        (LogKind.DIRECTORY, EntryKind.REVOKE),
        (LogKind.EVERYONE, EntryKind.MESSAGE),
        (LogKind.DIRECT, EntryKind.MESSAGE),
        (LogKind.INBOX, EntryKind.DEVICE_MESSAGE),
        (LogKind.DIRECTORY, EntryKind.ROOM),
        (LogKind.GROUP, EntryKind.MESSAGE),
        (LogKind.ROOM, EntryKind.MESSAGE),
        (LogKind.ROOM, EntryKind.MEMBERS),
        (LogKind.ACCOUNT, EntryKind.MESSAGE),
    }
    assert desk.codes(job) == ["ok" if is_allowed else Code.MALFORMED]


def test_a_device_that_was_cut_off_writes_nothing_more_in_the_same_batch(
    desk: Desk, ann: Device, bob: Device
) -> None:
    tablet = Device("tablet", owner=bob)
    desk.enrol(tablet)
    jobs = [
        desk.message(tablet, desk.everyone, 1, view=View(0, desk.people.seq + 1)),
        desk.letter(tablet, ann),
        desk.revoke(tablet, bob.id),
    ]
    assert desk.codes(desk.revoke(bob, tablet.id), *jobs) == ["ok", *[Code.REVOKED_DEVICE] * 3]


def test_nothing_more_comes_into_the_inbox_of_a_device_that_was_cut_off(
    desk: Desk, ann: Device, bob: Device
) -> None:
    tablet = Device("tablet", owner=bob)
    desk.enrol(tablet)
    first, second = desk.letter(ann, tablet), desk.letter(ann, tablet)
    assert desk.codes(first, desk.revoke(bob, tablet.id), second) == ["ok", "ok", Code.UNKNOWN_DEVICE]
    after = desk.restarted()
    assert after.codes(first, after.letter(ann, tablet), after.letter(ann, bob)) == [
        "ok",  # it was taken once
        Code.UNKNOWN_DEVICE,
        "ok",
    ]


@pytest.mark.parametrize("place", ["directory", "members"])
def test_a_view_of_what_has_not_come_yet_is_refused(desk: Desk, ann: Device, place: str) -> None:
    """Or it would pass the gate for ever, whoever joins or leaves meanwhile."""
    seq = desk.people.seq
    now, beyond = View(0, seq), View(0, seq + 1) if place == "directory" else View(1, seq)
    jobs = [desk.message(ann, desk.everyone, 1, view=view) for view in (beyond, now)]
    assert desk.codes(*jobs) == [Code.MALFORMED, "ok"]


# --- shares ----------------------------------------------------------------------------------


def test_shares_stand_in_the_inboxes_before_the_message(desk: Desk, ann: Device, bob: Device) -> None:
    shares = [Share(bob.id, b"for bob"), Share(ann.id, b"for myself")]
    entries = desk.commit(desk.message(ann, desk.everyone, 1, shares=shares)).changes.entries
    assert [each.log for each in entries] == [desk.inbox(bob), desk.inbox(ann), desk.everyone]
    assert {each.entry.message_id for each in entries} == {entries[-1].entry.message_id}


@pytest.mark.parametrize("who", ["unknown", "not a member", "revoked"])
def test_a_share_for_who_does_not_read_is_refused(desk: Desk, ann: Device, bob: Device, who: str) -> None:
    cid, tablet = Device("cid"), Device("tablet", owner=bob)
    desk.enrol(cid, tablet)
    desk.commit(desk.revoke(bob, tablet.id))
    device = {"unknown": Device("x"), "not a member": cid, "revoked": tablet}[who]
    job = desk.message(ann, desk.direct(ann, bob), 1, shares=[Share(bob.id, b""), Share(device.id, b"")])
    assert desk.codes(job) == [Code.NOT_A_MEMBER]
    assert desk.seq(desk.inbox(bob)) == 0


def test_two_shares_for_one_device_are_refused(desk: Desk, ann: Device, bob: Device) -> None:
    """A flood of entries in one inbox for the price of one message."""
    job = desk.message(ann, desk.everyone, 1, shares=[Share(bob.id, b"1"), Share(bob.id, b"2")])
    assert desk.codes(job) == [Code.MALFORMED]


# --- revoking --------------------------------------------------------------------------------


def test_a_false_signature_under_a_revocation_is_refused(desk: Desk, ann: Device, bob: Device) -> None:
    statement = bob.revoke_statement(bob.id)
    forged = msgspec.structs.replace(statement, user=ann.user, device=ann.id, by=ann.id)
    frame = Append(message_id(1), desk.directory, EntryKind.REVOKE, encode(forged))
    job = AppendJob(ann.id, ann.user, frame, NOW_MS, statement=forged)
    assert desk.codes(job, desk.message(bob, desk.everyone, 1)) == [Code.BAD_SIGNATURE, "ok"]


def test_a_device_is_revoked_once_and_stays_so(desk: Desk, ann: Device) -> None:
    tablet = Device("tablet", owner=ann)
    desk.enrol(tablet)
    first, second = desk.revoke(ann, tablet.id), desk.revoke(ann, tablet.id)
    assert desk.codes(first, second, enrol(tablet)) == ["ok", Code.UNKNOWN_DEVICE, Code.REVOKED_DEVICE]
    assert desk.restarted().codes(enrol(tablet)) == [Code.REVOKED_DEVICE]


# --- enrolling -------------------------------------------------------------------------------


def test_enrolling_writes_user_and_device_and_makes_an_inbox(desk: Desk) -> None:
    ann = Device("ann")
    changes = desk.commit(enrol(ann)).changes
    assert [each.entry.kind for each in changes.entries] == [EntryKind.USER, EntryKind.DEVICE]
    account = desk.account(ann)
    assert changes.logs == [(account, LogKind.ACCOUNT), (desk.inbox(ann), LogKind.INBOX)]
    assert [(member.log, member.user) for member in changes.members] == [
        (desk.everyone, ann.user),
        (account, ann.user),
    ]


def test_a_second_device_makes_no_second_account(desk: Desk, ann: Device) -> None:
    changes = desk.commit(enrol(Device("tablet", owner=ann))).changes
    assert [kind for _, kind in changes.logs] == [LogKind.INBOX]
    assert changes.members == []


def test_enrolling_again_changes_nothing(desk: Desk, ann: Device) -> None:
    assert desk.codes(enrol(ann), enrol(ann)) == ["ok", "ok"]
    assert desk.restarted().codes(enrol(ann)) == ["ok"]
    assert desk.seq(desk.directory) == 2


def test_enrolling_twice_in_one_batch_is_enrolling_once(desk: Desk) -> None:
    assert desk.codes(enrol(Device("ann")), enrol(Device("ann"))) == ["ok", "ok"]
    assert desk.seq(desk.directory) == 2


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ("ann", Code.NAME_TAKEN),
        ("\u0430nn", Code.NAME_ILLEGAL),
        ("an\u0578", Code.NAME_ILLEGAL),
        ("ANN", Code.NAME_ILLEGAL),
    ],
)
def test_of_two_who_want_one_name_in_one_batch_the_first_gets_it(desk: Desk, other: str, code: Code) -> None:
    codes = desk.codes(enrol(Device("ann")), enrol(Device(other, seed="other")))
    assert codes == ["ok", code]


def test_of_two_look_alikes_in_one_batch_the_first_gets_the_name(desk: Desk) -> None:
    assert desk.codes(enrol(Device("bill")), enrol(Device("bi11"))) == ["ok", Code.NAME_LOOKS_LIKE]
    assert desk.restarted().codes(enrol(Device("bi1l"))) == [Code.NAME_LOOKS_LIKE]


def test_an_identity_keeps_its_name(desk: Desk, ann: Device) -> None:
    assert desk.codes(enrol(ann, handle="anna")) == [Code.NAME_TAKEN]
    tablet = Device("tablet", owner=ann)
    assert desk.codes(enrol(tablet, handle="anna")) == [Code.NAME_TAKEN]


def test_a_device_of_somebody_else_is_not_enrolled_again(desk: Desk, ann: Device, bob: Device) -> None:
    theirs = ann.device_statement()
    unsigned = type(theirs)(bob.user, theirs.signing_key, theirs.agreement_key, "laptop")
    signed = type(theirs)(*unsigned_fields(unsigned), bob.identity.sign(unsigned.signed_bytes()))
    frame = Enrol(bob.user_statement(), signed, published_key(b""))
    assert desk.codes(EnrolJob(frame, NOW_MS, needs_invite=False)) == [Code.MALFORMED]


def unsigned_fields(statement: object) -> tuple[object, ...]:
    return tuple(getattr(statement, name) for name in ("user", "signing_key", "agreement_key", "device_name"))


@pytest.mark.parametrize("part", ["user", "device"])
def test_a_false_signature_under_an_enrolment_is_refused_and_the_hub_lives(desk: Desk, part: str) -> None:
    ann, mallory = Device("ann"), Device("mallory")
    user, device = ann.user_statement(), ann.device_statement()
    if part == "user":
        user = type(user)(user.handle, user.identity_key, mallory.user_statement().signature)
    else:
        device = type(device)(*unsigned_fields(device), mallory.device_statement().signature)
    job = EnrolJob(Enrol(user, device, published_key(b"")), NOW_MS, needs_invite=False)
    assert desk.codes(job, enrol(mallory)) == [Code.BAD_SIGNATURE, "ok"]
    assert desk.people.person(ann.user) is None


def test_a_device_of_another_user_than_stated_is_refused(desk: Desk) -> None:
    ann, bob = Device("ann"), Device("bob")
    frame = Enrol(ann.user_statement(), bob.device_statement(), published_key(b""))
    assert desk.codes(EnrolJob(frame, NOW_MS, needs_invite=False)) == [Code.MALFORMED]


def test_a_user_has_a_limited_number_of_devices(desk: Desk, ann: Device) -> None:
    desk.enrol(*(Device(f"d{number}", owner=ann) for number in range(limits.MAX_DEVICES_PER_USER - 1)))
    assert desk.codes(enrol(Device("more", owner=ann)), enrol(ann)) == [Code.FULL, "ok"]


def test_a_newcomer_reads_everyone_from_now_on(desk: Desk, ann: Device) -> None:
    desk.commit(desk.message(ann, desk.everyone, 1))
    job = desk.message(ann, desk.everyone, 2)
    member, _ = desk.commit(job, enrol(Device("bob"))).changes.members
    assert (member.base_seq, member.base_hash) == (2, desk.logs[desk.everyone].hash)


# --- invites ---------------------------------------------------------------------------------

SECRET = b"sixteen bytes ok"


def invite(secret: bytes = SECRET, expires_at_ms: int = NOW_MS + 1) -> InviteJob:
    return InviteJob(CreateInvite(1, labelled_hash(labels.INVITE_SECRET, secret), expires_at_ms), NOW_MS)


def test_without_an_invite_nobody_new_gets_in(desk: Desk) -> None:
    ann = Device("ann")
    codes = desk.codes(enrol(ann, needs_invite=True), enrol(ann, needs_invite=True, invite=SECRET))
    assert codes == [Code.INVITE_NEEDED, Code.INVITE_UNKNOWN]


def test_an_invite_lets_one_in_even_if_two_try_in_one_batch(desk: Desk) -> None:
    jobs = [enrol(Device(name), needs_invite=True, invite=SECRET) for name in ("ann", "bob")]
    assert desk.codes(invite(), *jobs) == ["ok", "ok", Code.INVITE_UNKNOWN]


def test_who_got_in_may_repeat_it_and_add_devices_without_an_invite(desk: Desk) -> None:
    ann = Device("ann")
    first = enrol(ann, needs_invite=True, invite=SECRET)
    more = enrol(Device("tablet", owner=ann), needs_invite=True)
    assert desk.codes(invite(), first, first, more) == ["ok"] * 4


def test_a_refused_enrolment_leaves_the_invite_usable(desk: Desk) -> None:
    desk.enrol(Device("ann"))
    taken = enrol(Device("ann", seed="2"), needs_invite=True, invite=SECRET)
    fine = enrol(Device("bob"), needs_invite=True, invite=SECRET)
    assert desk.codes(invite(), taken, fine) == ["ok", Code.NAME_TAKEN, "ok"]


def test_an_expired_invite_lets_nobody_in(desk: Desk) -> None:
    job = enrol(Device("ann"), needs_invite=True, invite=SECRET)
    assert desk.codes(invite(expires_at_ms=NOW_MS), job) == ["ok", Code.INVITE_UNKNOWN]


@pytest.mark.parametrize("secret", [b"", b"short", SECRET * 2])
def test_a_secret_of_another_length_is_no_invite(desk: Desk, secret: bytes) -> None:
    job = enrol(Device("ann"), needs_invite=True, invite=secret)
    assert desk.codes(invite(secret), job)[1] in {Code.INVITE_NEEDED, Code.INVITE_UNKNOWN}


def test_creating_an_invite_again_changes_nothing(desk: Desk) -> None:
    assert desk.codes(invite(), invite()) == ["ok", "ok"]
    assert desk.codes(invite()) == ["ok"]
    assert desk.restarted().codes(invite()) == ["ok"]
    assert desk.storage.open_invites(NOW_MS) == 1


def test_open_invites_are_limited(desk: Desk) -> None:
    jobs = [invite(number.to_bytes(16, "big")) for number in range(limits.MAX_OPEN_INVITES)]
    assert set(desk.codes(*jobs)) == {"ok"}
    assert desk.codes(invite()) == [Code.FULL]


# --- direct conversations --------------------------------------------------------------------


def test_two_who_open_their_conversation_at_once_meet_in_one_log(
    desk: Desk, ann: Device, bob: Device
) -> None:
    committed = desk.commit(OpenDirectJob(ann.user, bob.user), OpenDirectJob(bob.user, ann.user))
    log = ids.direct_log(desk.database, ann.user, bob.user)
    assert committed.changes.logs == [(log, LogKind.DIRECT)]
    assert {member.user for member in committed.changes.members} == {ann.user, bob.user}
    assert all(member.base_seq == 0 for member in committed.changes.members)


def test_a_conversation_with_oneself_has_one_member(desk: Desk, ann: Device) -> None:
    desk.direct(ann, ann)
    log = ids.direct_log(desk.database, ann.user, ann.user)
    assert list(desk.logs[log].members) == [ann.user]
    assert desk.codes(desk.message(ann, log, 1, shares=[Share(ann.id, b"")])) == ["ok"]


def test_a_conversation_with_nobody_is_refused(desk: Desk, ann: Device) -> None:
    assert desk.codes(OpenDirectJob(ann.user, Device("x").user)) == [Code.UNKNOWN_USER]


# --- keys, logins, books, reads --------------------------------------------------------------


def test_each_key_is_handed_out_once_and_then_the_fallback(desk: Desk, ann: Device) -> None:
    keys = [published_key(b"1"), published_key(b"2")]
    job = ClaimJob(ClaimKeys(1, [ann.id]))
    _, *claims = desk.outcomes(PublishJob(ann.id, PublishKeys(keys)), job, job, job)
    assert [claim.keys[0].key for claim in claims] == [*keys, published_key(b"fallback")]
    assert [claim.keys[0].is_fallback for claim in claims] == [False, False, True]
    assert [claim.stocks[ann.id] for claim in claims] == [1, 0, 0]


def test_publishing_again_changes_nothing(desk: Desk, ann: Device) -> None:
    job = PublishJob(ann.id, PublishKeys([published_key(b"1")], published_key(b"new fallback")))
    assert [each.count for each in desk.outcomes(job, job)] == [1, 1]
    _, claim = desk.outcomes(ClaimJob(ClaimKeys(1, [ann.id])), ClaimJob(ClaimKeys(2, [ann.id])))
    assert claim.keys[0].key == published_key(b"new fallback")


def test_a_login_hears_its_stock_and_counters_as_of_its_place_in_the_batch(desk: Desk, ann: Device) -> None:
    outcomes = desk.outcomes(
        desk.message(ann, desk.everyone, 1),
        LoginJob(ann.id, [desk.everyone]),
        desk.message(ann, desk.everyone, 2),
    )
    assert outcomes[1].counters == {desk.everyone: 1}
    assert (outcomes[1].stock, outcomes[1].has_fallback_key) == (0, True)


def test_books_are_kept(desk: Desk, ann: Device, bob: Device) -> None:
    desk.commit(desk.letter(ann, bob), desk.letter(ann, bob))
    cursor = StoredCursor(desk.inbox(bob), bob.id, 2)
    desk.commit(BookkeepingJob([cursor], {desk.inbox(bob): 1}, {ann.user: 7}))
    state = desk.storage.load()
    assert state.cursors == [cursor]
    assert state.last_seen_ms == {ann.user: 7}
    (page,) = desk.writer.read([ReadJob(desk.inbox(bob), 0)])
    assert page.run.first_seq == 2
