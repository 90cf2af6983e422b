"""A room as the directory tells of it: every version of its record, with the seqs they stand at."""

from dataclasses import dataclass

from lanmsg.wire.ids import RoomId, UserId
from lanmsg.wire.statements import RoomStatement


@dataclass(frozen=True, slots=True)
class RoomVersion:
    """One version of a room's record; it counts from entry `seq` of the directory on."""

    seq: int
    statement: RoomStatement


@dataclass(slots=True)
class Room:
    """A room with all versions of its record, oldest first; there is always one."""

    versions: list[RoomVersion]

    @property
    def room(self) -> RoomId:
        """The room's id."""
        return self.versions[0].statement.room

    @property
    def statement(self) -> RoomStatement:
        """The record as it is now."""
        return self.versions[-1].statement

    @property
    def seq(self) -> int:
        """The entry of the directory with the newest version."""
        return self.versions[-1].seq

    @property
    def name(self) -> str:
        """The name it has now."""
        return self.statement.name

    @property
    def names(self) -> set[str]:
        """Every name it ever had; nobody else gets one of them."""
        return {version.statement.name for version in self.versions}

    @property
    def creator(self) -> UserId:
        """The one owner of the first version: the first member of the room."""
        return self.versions[0].statement.owners[0]

    def at(self, directory_seq: int) -> RoomStatement | None:
        """Return the record as it was at a seq of the directory; None before its first version."""
        for version in reversed(self.versions):
            if version.seq <= directory_seq:
                return version.statement
        return None
