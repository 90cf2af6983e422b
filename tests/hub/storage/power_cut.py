"""Simulated power cuts: an SQLite file layer that records what is written, and the disks it may leave.

A disk keeps what was synced; of what was written after that it keeps all, nothing, some writes, or
parts of some. Two sets of rules for names (the creation and deletion of files):

    EXT4   names change in order, and any sync makes all earlier changes durable
    POSIX  the first sync of a new file makes its own name durable; everything else needs a sync of the
           directory, and without one each change may be kept or not

SQLite's own test6.c and writecrash.test are the model.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from random import Random
from typing import TypeVar

import apsw

_T = TypeVar("_T")

SECTOR_BYTES = 512
"""What a disk writes whole."""


@dataclass(frozen=True, slots=True)
class Create:
    name: str
    inode: int


@dataclass(frozen=True, slots=True)
class Delete:
    name: str
    syncs_directory: bool


@dataclass(frozen=True, slots=True)
class Write:
    inode: int
    offset: int
    data: bytes

    def apply(self, content: bytearray) -> None:
        content.extend(bytes(max(0, self.offset - len(content))))
        content[self.offset : self.offset + len(self.data)] = self.data


@dataclass(frozen=True, slots=True)
class Truncate:
    inode: int
    size: int

    def apply(self, content: bytearray) -> None:
        del content[self.size :]
        content.extend(bytes(self.size - len(content)))


@dataclass(frozen=True, slots=True)
class Sync:
    inode: int


@dataclass(frozen=True, slots=True)
class SyncDirectory:
    """Makes all names durable. Where a recording has it, nothing else does so by POSIX rules."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """From here on nobody may lose what `digest` stands for."""

    digest: str


Operation = Create | Delete | Write | Truncate | Sync | SyncDirectory | Acknowledged


class Recorder(apsw.VFS):
    """A file layer that writes through to the real one and remembers every change of the disk."""

    def __init__(self, name: str) -> None:
        self.operations: list[Operation] = []
        self.inodes: dict[str, int] = {}
        self.vfs_name = name
        super().__init__(name, base="unix")

    def inode(self, path: str) -> int:
        name = Path(path).name
        if name not in self.inodes:
            self.inodes[name] = 1 + sum(isinstance(operation, Create) for operation in self.operations)
            self.operations.append(Create(name, self.inodes[name]))
        return self.inodes[name]

    def xOpen(self, name, flags):  # noqa: N802  # the names of this class and the next are SQLite's
        return RecordedFile(self, name, flags)

    def xDelete(self, path, syncdir):  # noqa: N802
        super().xDelete(path, syncdir)
        self.inodes.pop(Path(path).name, None)
        self.operations.append(Delete(Path(path).name, bool(syncdir)))


class RecordedFile(apsw.VFSFile):
    def __init__(self, recorder: Recorder, name: apsw.URIFilename | str, flags: list[int]) -> None:
        self.recorder = recorder
        self.inode = recorder.inode(name.filename() if isinstance(name, apsw.URIFilename) else name)
        super().__init__("unix", name, flags)

    def xWrite(self, data, offset):  # noqa: N802
        super().xWrite(data, offset)
        self.recorder.operations.append(Write(self.inode, offset, bytes(data)))

    def xTruncate(self, size):  # noqa: N802
        super().xTruncate(size)
        self.recorder.operations.append(Truncate(self.inode, size))

    def xSync(self, flags):  # noqa: N802
        # Not passed on: nobody cuts the power of this machine.
        self.recorder.operations.append(Sync(self.inode))


class Rules(Enum):
    EXT4 = "ext4"
    POSIX = "posix"


class Kept(Enum):
    """What the disk has of the writes that no sync covers."""

    NOTHING = "nothing"
    ALL = "all"
    SOME = "some"
    TORN = "torn"


@dataclass(slots=True)
class File:
    durable: bytearray = field(default_factory=bytearray)
    unsynced: list[Write | Truncate] = field(default_factory=list)

    def sync(self) -> None:
        for change in self.unsynced:
            change.apply(self.durable)
        self.unsynced.clear()

    def after_crash(self, kept: Kept, random: Random) -> bytes:
        content = bytearray(self.durable)
        for change in _keep(self.unsynced, kept, random):
            (torn(change, random) if kept is Kept.TORN else change).apply(content)
        return bytes(content)


class Disk:
    """The disk under a recording; plays it forward and says what a power cut would leave."""

    def __init__(
        self, rules: Rules, durable_names: dict[str, int], *, sees_directory_syncs: bool = False
    ) -> None:
        self.rules = rules
        self.sees_directory_syncs = sees_directory_syncs
        self.names = dict(durable_names)
        self.unsynced_names: list[Create | Delete] = []
        self.files = {inode: File() for inode in durable_names.values()}

    def play(self, operation: Operation) -> None:
        match operation:
            case Create():
                self.files[operation.inode] = File()
                self.unsynced_names.append(operation)
            case Delete():
                self.unsynced_names.append(operation)
                if operation.syncs_directory:
                    self._sync_names()
            case Write() | Truncate():
                self.files[operation.inode].unsynced.append(operation)
            case Sync():
                self.files[operation.inode].sync()
                self._sync_name(operation.inode)
            case SyncDirectory():
                self._sync_names()
            case Acknowledged():
                pass

    def _sync_name(self, inode: int) -> None:
        if self.rules is Rules.EXT4:
            self._sync_names()
        for change in [] if self.sees_directory_syncs else self.unsynced_names:
            # SQLite's unix layer syncs the directory then; what else that covers, we do not count on.
            if isinstance(change, Create) and change.inode == inode:
                self.names[change.name] = inode
                end = self.unsynced_names.index(change) + 1
                earlier = [other for other in self.unsynced_names[:end] if other.name != change.name]
                self.unsynced_names[:end] = earlier
                return

    def _sync_names(self) -> None:
        self.names = rename(self.names, self.unsynced_names)
        self.unsynced_names.clear()

    def after_crash(self, kept: Kept, random: Random) -> dict[str, bytes]:
        """The files that are there when the power is back, by name."""
        changes = _keep(self.unsynced_names, kept, random)
        if self.rules is Rules.EXT4:
            changes = self.unsynced_names[: len(changes)]
        names = rename(self.names, changes)
        return {name: self.files[inode].after_crash(kept, random) for name, inode in names.items()}


def rename(names: dict[str, int], changes: list[Create | Delete]) -> dict[str, int]:
    names = dict(names)
    for change in changes:
        if isinstance(change, Create):
            names[change.name] = change.inode
        else:
            names.pop(change.name, None)
    return names


def _keep(items: list[_T], kept: Kept, random: Random) -> list[_T]:
    if kept is Kept.NOTHING:
        return []
    return items if kept is Kept.ALL else [item for item in items if random.random() < 0.5]


def torn(change: Write | Truncate, random: Random) -> Write | Truncate:
    """Keep a beginning of a write, cut between two sectors."""
    if isinstance(change, Truncate):
        return change
    sectors = len(change.data) // SECTOR_BYTES
    return Write(change.inode, change.offset, change.data[: random.randint(0, sectors) * SECTOR_BYTES])


@dataclass(frozen=True, slots=True)
class CrashState:
    """What a power cut leaves, and the last thing that was acknowledged before it."""

    files: dict[str, bytes]
    acknowledged: int
    """Index into the acknowledged digests; -1 before the first."""


def crash_states(
    operations: list[Operation], rules: Rules, *, durable_name: str | None, every: float, random: Random
) -> Iterator[CrashState]:
    """Cut the power after about one in `every` operations, and yield what each kind of luck leaves.

    Below 1 it is cut several times after each operation, with other luck.

    `durable_name` is the file that exists, empty, before the recording starts; None: there is none, and the
    recording has the syncs of the directory.
    """
    disk = Disk(rules, {}, sees_directory_syncs=durable_name is None)
    if durable_name is not None:
        first = operations[0]
        assert isinstance(first, Create)
        assert first.name == durable_name
        disk = Disk(rules, {durable_name: first.inode})
        operations = operations[1:]
    acknowledged = -1
    for operation in operations:
        disk.play(operation)
        acknowledged += isinstance(operation, Acknowledged)
        for _ in range(int(1 / every + random.random())):
            for kept in Kept:
                yield CrashState(disk.after_crash(kept, random), acknowledged)
