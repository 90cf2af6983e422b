"""The one owner of every log: numbers, chains, checks and stores what is appended.

It runs on one thread, a batch at a time, each batch one transaction. All checks of a job come before
its first write, so a refused job has stored nothing. Nothing here decrypts: the view gate alone makes
sure that each accepted message was encrypted for exactly the devices that may read it (DESIGN: §4).
"""

from collections.abc import Callable, Sequence
from typing import TypeVar, cast

from lanmsg.hub.books import Books
from lanmsg.hub.jobs import (
    AppendDone,
    AppendJob,
    BookkeepingJob,
    Changes,
    ClaimJob,
    Committed,
    CountJob,
    DiskUseJob,
    Done,
    EnrolJob,
    InviteJob,
    Job,
    LoginDone,
    LoginJob,
    MembersPage,
    OpenDirectJob,
    OpenGroupJob,
    Outcome,
    Page,
    PruneJob,
    PublishJob,
    ReadJob,
    ReadMembersJob,
    SettingsJob,
    StaleView,
)
from lanmsg.hub.logs import Log, Logs, is_current
from lanmsg.hub.pages import read_page
from lanmsg.hub.pruner import Pruner
from lanmsg.hub.rooms import Rooms
from lanmsg.hub.storage.interface import PlacedEntry, Storage, StoredMember
from lanmsg.wire import ids, labels
from lanmsg.wire.codec import encode
from lanmsg.wire.directory import Directory
from lanmsg.wire.entries import ALLOWED_KINDS, Entry, EntryKind, LogKind, View, entry_hash
from lanmsg.wire.errors import Code, Refusal, RemoteError
from lanmsg.wire.frames import Append, Share
from lanmsg.wire.ids import DatabaseId, DeviceId, LogId, MessageId, UserId
from lanmsg.wire.labels import labelled_hash
from lanmsg.wire.limits import (
    INVITE_SECRET_BYTES,
    MAX_GROUPS_PER_USER,
    MAX_ONE_TIME_KEYS,
)
from lanmsg.wire.statements import RevokeStatement, RoomStatement, Statement

_APPENDABLE = {
    kind: allowed - {EntryKind.USER, EntryKind.DEVICE, EntryKind.SHARE}
    for kind, allowed in ALLOWED_KINDS.items()
}
"""What a device may append to a log of each kind."""

J = TypeVar("J", bound=Job)
_AppendKey = tuple[LogId, DeviceId, MessageId, int | None]
"""What names an append: its log, sender, message id and counter."""


class LogWriter:
    """Decides the place of every entry, and makes it durable."""

    def __init__(self, storage: Storage, logs: Logs, directory: Directory, *, database: DatabaseId) -> None:
        self._storage = storage
        self._logs = logs
        self._directory = directory
        self._database = database
        self._rooms = Rooms(directory, database=database)
        self._closed_inboxes = {ids.inbox_log(database, device) for device in directory.revoked_devices}
        self._changes = Changes()
        self._pruner = Pruner(storage, logs)
        self._in_batch: dict[_AppendKey, AppendDone] = {}
        books = Books(storage)
        self._handlers: dict[type[Job], Callable[[Job], Outcome]] = {
            AppendJob: _taking(self._append),
            EnrolJob: _taking(self._enrol),
            OpenDirectJob: _taking(self._open_direct),
            OpenGroupJob: _taking(self._open_group),
            LoginJob: _taking(self._login),
            ClaimJob: _taking(books.claim),
            PublishJob: _taking(books.publish),
            InviteJob: _taking(books.invite),
            BookkeepingJob: _taking(books.keep),
            SettingsJob: _taking(books.set_settings),
            CountJob: _taking(books.count),
            DiskUseJob: _taking(books.disk_use),
            PruneJob: _taking(self._prune),
        }

    def commit(self, jobs: Sequence[Job]) -> Committed:
        """Do these jobs in order, in one transaction, and return when all of it is on disk.

        Raises:
            StorageFailed: nothing of the batch may be acknowledged; the hub must stop.
        """
        self._changes = Changes()
        self._in_batch.clear()
        with self._storage.transaction():
            outcomes = [self._do(job) for job in jobs]
            self._storage.add_entries(self._changes.entries)
        return Committed(outcomes, self._changes)

    def create_hub_logs(self) -> Changes:
        """Make the two logs every hub has, if they are not there; return what was added."""
        self._changes = Changes()
        with self._storage.transaction():
            self._add_log(ids.directory_log(self._database), LogKind.DIRECTORY)
            self._add_log(ids.everyone_log(self._database), LogKind.EVERYONE)
        return self._changes

    def read(self, jobs: Sequence[ReadJob | ReadMembersJob]) -> list[Page | MembersPage]:
        """Read pages, each as long as one frame allows."""
        return [read_page(self._storage, job) for job in jobs]

    def _do(self, job: Job) -> Outcome:
        try:
            return self._handlers[type(job)](job)
        except Refusal as refusal:
            return refusal
        except RemoteError as error:  # a false signature: its sender's trouble, and nobody else's
            return Refusal(error.code, error.detail)

    # --- appending ---------------------------------------------------------------------------

    def _append(self, job: AppendJob) -> Outcome:
        frame, device = job.frame, job.device
        place = self._find(job)
        if place is not None:  # before every other check: what was accepted once stays accepted
            return place
        if self._directory.device(device) is None:  # cut off since it sent this
            raise Refusal(Code.REVOKED_DEVICE, "this device was cut off")
        log = self._log_taking(frame)
        counter = None
        match log.kind:
            case LogKind.EVERYONE | LogKind.DIRECT | LogKind.GROUP | LogKind.ACCOUNT:
                counter = self._check_message(job, log)
            case LogKind.ROOM:
                counter = self._check_in_room(job, log)
            case LogKind.DIRECTORY:
                self._check_statement(job.statement)
            case LogKind.INBOX:  # any enrolled device may write to any other that is not cut off
                if log.log in self._closed_inboxes:
                    raise Refusal(Code.UNKNOWN_DEVICE, "the device this is for was cut off")
        if frame.shares:
            self._add_shares(job)
        entry = Entry(frame.kind, device, frame.message_id, job.now_ms, frame.body)
        added = self._add(log, entry, counter)
        if counter is not None:
            log.counters[device] = counter
        else:
            self._apply(job, log, added)
        done = AppendDone(added.log, added.seq, added.hash)
        self._in_batch[log.log, device, frame.message_id, counter] = done
        return done

    def _find(self, job: AppendJob) -> AppendDone | None:
        """Return where an earlier copy of this append stands. Raises Refusal (PRUNED) if it is gone."""
        log = self._logs.get(job.frame.log)
        if log is None:
            return None
        counter = job.body and job.body.counter
        if counter is not None and counter > self._counter(log, job.device):
            return None  # the device has not used this counter: no need to search
        key = log.log, job.device, job.frame.message_id, counter
        in_batch = self._in_batch.get(key)  # not stored before the batch's end
        if in_batch is not None:
            return in_batch
        place = self._storage.find_message(*key)
        if place is not None:
            return AppendDone(place.log, place.seq, place.hash)
        if counter is not None and self._storage.is_pruned(log.log, job.device, counter):
            raise Refusal(
                Code.PRUNED,
                "the hub had taken this message, and has removed it since as it does with old ones",
            )
        return None

    def _counter(self, log: Log, device: DeviceId) -> int:
        counter = log.counters.get(device)
        if counter is None:
            counter = log.counters[device] = self._storage.counter(log.log, device)
        return counter

    def _log_taking(self, frame: Append) -> Log:
        log = self._logs.get(frame.log)
        if log is None:
            raise Refusal(Code.UNKNOWN_LOG, "this hub has no such conversation")
        if frame.kind not in _APPENDABLE[log.kind]:
            raise Refusal(
                Code.MALFORMED, f"a log of kind {log.kind.name} takes no entry of kind {frame.kind}"
            )
        return log

    def _check_message(self, job: AppendJob, log: Log) -> int:
        """Return the counter it uses, if it may be added now."""
        body = job.body
        if body is None or job.user not in log.members:
            raise Refusal(Code.NOT_A_MEMBER, "you are not a member of this conversation")
        view = body.view
        if view.directory_seq > self._directory.seq or view.membership_seq > log.membership_seq:
            raise Refusal(Code.MALFORMED, "this names a state of the hub that has not come yet")
        if view.directory_seq < self._directory.devices_seq or view.membership_seq < log.membership_seq:
            self._check_view(view, log)  # somebody's devices changed: one of this log's readers?
        expected = self._counter(log, job.device) + 1
        if body.counter != expected:
            raise Refusal(
                Code.OUT_OF_ORDER, f"message {expected} of this device comes next, not {body.counter}"
            )
        if job.frame.shares:
            self._check_shares(job.frame.shares, log)
        return expected

    def _check_view(self, view: View, log: Log) -> None:
        if not is_current(view, log, devices_seq=self._devices_seq(log)):
            raise StaleView(View(log.membership_seq, self._directory.seq), log.membership_hash)

    def _check_shares(self, shares: Sequence[Share], log: Log) -> None:
        devices = {share.device for share in shares}
        if len(devices) < len(shares):  # or one message could fill an inbox with thousands of entries
            raise Refusal(Code.MALFORMED, "there are two shares for one device")
        if any(not self._reads(device, log) for device in devices):
            raise Refusal(Code.NOT_A_MEMBER, "a share is for a device that does not read this conversation")

    def _devices_seq(self, log: Log) -> int:
        if log.kind is LogKind.EVERYONE:
            return self._directory.devices_seq
        people = [self._directory.person(user) for user in log.members]
        return max(person.devices_seq for person in people if person is not None)

    def _reads(self, device: DeviceId, log: Log) -> bool:
        person = self._directory.owner(device)
        return person is not None and device in person.devices and person.user in log.members

    def _check_statement(self, statement: Statement | None) -> None:
        if statement is None:
            raise Refusal(Code.MALFORMED, "this is no statement")
        try:
            self._directory.check(statement)
        except Refusal as refusal:
            if refusal.code is Code.STALE_VIEW:
                raise StaleView(View(0, self._directory.seq)) from refusal
            raise

    def _check_in_room(self, job: AppendJob, log: Log) -> int | None:
        if job.members is not None:
            self._rooms.check(job, log, job.members)
            return None
        self._rooms.check_message(log, job.user)
        return self._check_message(job, log)

    def _apply(self, job: AppendJob, log: Log, added: PlacedEntry) -> None:
        """Record what an entry without a counter changes."""
        if job.members is not None:
            self._add_members(self._rooms.changed(log, job.members, added))
        elif job.statement is not None:
            self._directory.apply(added.seq, job.statement)
            if isinstance(job.statement, RevokeStatement):
                self._closed_inboxes.add(ids.inbox_log(self._database, job.statement.device))
            if isinstance(job.statement, RoomStatement) and job.statement.version == 1:
                creator = self._rooms.create(job.statement)
                self._add_log(creator.log, LogKind.ROOM)
                self._add_members([creator])

    def _add_shares(self, job: AppendJob) -> None:
        for share in job.frame.shares:
            inbox = self._logs[ids.inbox_log(self._database, share.device)]
            entry = Entry(EntryKind.SHARE, job.device, job.frame.message_id, job.now_ms, share.body)
            self._add(inbox, entry)

    def _add(self, log: Log, entry: Entry, counter: int | None = None) -> PlacedEntry:
        previous = log.hash
        log.seq += 1
        log.hash = entry_hash(log.log, log.seq, previous, entry)
        placed = PlacedEntry(log.log, log.seq, previous, log.hash, entry, counter)
        self._changes.entries.append(placed)
        return placed

    # --- people and conversations ------------------------------------------------------------

    def _enrol(self, job: EnrolJob) -> Outcome:
        user, device = job.frame.user, job.frame.device
        self._directory.check_enrolment(user, device)
        if self._directory.device(device.device) is not None:
            return Done()  # the answer to the first try was lost
        if self._directory.person(user.user) is None:
            self._use_invite(job)
            self._add_statement(user, EntryKind.USER, device.device, job.now_ms)
            self._add_reader_of_everyone(user.user)
            self._add_account(user.user)
        self._add_statement(device, EntryKind.DEVICE, device.device, job.now_ms)
        self._add_log(ids.inbox_log(self._database, device.device), LogKind.INBOX)
        self._storage.set_fallback_key(device.device, job.frame.fallback_key)
        self._storage.add_one_time_keys(device.device, job.frame.one_time_keys, at_most=MAX_ONE_TIME_KEYS)
        return Done()

    def _use_invite(self, job: EnrolJob) -> None:
        if not job.needs_invite:
            return
        if not job.frame.invite:
            raise Refusal(Code.INVITE_NEEDED, "this hub takes invited people only: ask somebody for a link")
        secret_hash = labelled_hash(labels.INVITE_SECRET, job.frame.invite)
        if len(job.frame.invite) != INVITE_SECRET_BYTES or not self._storage.take_invite(
            secret_hash, job.now_ms
        ):
            raise Refusal(
                Code.INVITE_UNKNOWN, "this invite was used already or has expired: ask for a new one"
            )

    def _add_statement(self, statement: Statement, kind: EntryKind, device: DeviceId, now_ms: int) -> None:
        body = encode(statement)
        message_id = MessageId(labelled_hash(labels.ENTRY, body)[: ids.ID_BYTES])
        directory = self._logs[ids.directory_log(self._database)]
        added = self._add(directory, Entry(kind, device, message_id, now_ms, body))
        self._directory.apply(added.seq, statement)

    def _add_reader_of_everyone(self, user: UserId) -> None:
        everyone = self._logs[ids.everyone_log(self._database)]
        self._add_members([StoredMember(everyone.log, user, everyone.seq, everyone.hash)])

    def _add_account(self, user: UserId) -> None:
        log = ids.account_log(self._database, user)
        self._add_log(log, LogKind.ACCOUNT)
        self._add_members([StoredMember(log, user, 0, ids.ZERO_HASH)])

    def _open_direct(self, job: OpenDirectJob) -> Outcome:
        if self._directory.person(job.peer) is None:
            raise Refusal(Code.UNKNOWN_USER, "this hub knows nobody with that id")
        log = ids.direct_log(self._database, job.user, job.peer)
        if self._logs.get(log) is None:
            self._add_log(log, LogKind.DIRECT)
            self._add_members([StoredMember(log, user, 0, ids.ZERO_HASH) for user in {job.user, job.peer}])
        return Done(log)

    def _open_group(self, job: OpenGroupJob) -> Outcome:
        users = sorted(set(job.users))
        if len(users) < len(job.users) or job.user not in users:
            raise Refusal(Code.MALFORMED, "a group is of different people, and of who opens it")
        if any(self._directory.person(user) is None for user in users):
            raise Refusal(Code.UNKNOWN_USER, "somebody of the group is nobody here")
        log = ids.group_log(self._database, users)
        if self._logs.get(log) is None:
            self._check_groups_of(job.user)
            self._add_log(log, LogKind.GROUP)
            self._add_members(
                [StoredMember(log, user, 0, ids.ZERO_HASH, is_opener=user == job.user) for user in users]
            )
        return Done(log)

    def _check_groups_of(self, user: UserId) -> None:
        opened = sum(
            log.kind is LogKind.GROUP and log.members[user].is_opener for log in self._logs.of_user(user)
        )
        if opened >= MAX_GROUPS_PER_USER:
            raise Refusal(Code.FULL, f"you have opened {opened} groups: use one of them, or make a room")

    def _add_log(self, log: LogId, kind: LogKind) -> None:
        if self._logs.get(log) is None:
            self._storage.add_log(log, kind)
            self._logs.add(log, kind)
            self._changes.logs.append((log, kind))

    def _add_members(self, members: list[StoredMember]) -> None:
        self._storage.add_members(members)
        self._logs.add_members(members)
        self._changes.members += members

    # --- logins ----------------------------------------------------------------

    def _login(self, job: LoginJob) -> Outcome:
        storage, device = self._storage, job.device
        counters = {log: self._counter(self._logs[log], device) for log in job.logs}
        return LoginDone(storage.stock(device), storage.has_fallback_key(device), counters)

    # --- old messages ------------------------------------------------------------------------

    def _prune(self, job: PruneJob) -> Outcome:
        done = self._pruner.prune(job)
        self._changes.pruned += done.logs
        return done


def _taking(handler: Callable[[J], Outcome]) -> Callable[[Job], Outcome]:
    """The table is keyed by the handler's own job type, so the cast holds."""
    return cast("Callable[[Job], Outcome]", handler)
