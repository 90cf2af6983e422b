"""The rooms: ours, those that are open, and making one."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from lanmsg.chat.room_lines import room_words
from lanmsg.client.model import Conversation, RoomInfo
from lanmsg.tui.line_list import Row
from lanmsg.tui.screens.panel import Choice, Panel, between, choice
from lanmsg.wire.safe_text import isolated, safe_line

if TYPE_CHECKING:
    from lanmsg.client import Client


class Rooms(Panel):
    """Lists them; choosing one opens it, or enters it first. `go` shows a conversation."""

    def __init__(self, client: "Client", go: Callable[[Conversation], None]) -> None:
        super().__init__(client)
        self._go = go

    def heading(self) -> str:
        """Return what this is."""
        return "Rooms"

    def choices(self) -> Sequence[Row[Choice]]:
        """Return those we are in, those we may enter, and how one is made."""
        rooms = sorted(self.client.rooms(), key=lambda room: room.name.casefold())
        groups = {
            "Yours": [room for room in rooms if room.is_mine and not room.is_archived],
            "Open: Enter goes in": [
                room for room in rooms if room.is_open and not room.is_mine and not room.is_archived
            ],
            "Archived": [room for room in rooms if room.is_mine and room.is_archived],
        }
        listed = [row for words, found in groups.items() for row in self._group(words, found)]
        return [
            *listed[1:],  # no empty line at the top
            *(between() if listed else ()),
            choice("create", "Make an open room …", lambda: self._create(is_open=True)),
            choice("private", "Make a private room …", lambda: self._create(is_open=False)),
        ]

    def _group(self, words: str, rooms: Iterable[RoomInfo]) -> list[Row[Choice]]:
        rows = [self._row(room) for room in rooms]
        return [*between(words), *rows] if rows else []

    def _row(self, room: RoomInfo) -> Row[Choice]:
        words = ", ".join(room_words(room)) if room.is_mine else ""
        note = f"{words}  {safe_line(room.topic)}" if room.topic else words
        return choice(
            room.conversation.key.hex(), f"# {isolated(room.name)}", lambda: self._open(room), note=note
        )

    def _open(self, room: RoomInfo) -> None:
        if room.is_mine:
            self.close()
            self._go(room.conversation)
        else:
            self.do(lambda: self._join(room.name))

    async def _join(self, name: str) -> None:
        conversation = await self.client.join_room(name)
        self._entered(conversation)

    def _entered(self, conversation: Conversation) -> None:
        if self.is_current:
            self.close()
            self._go(conversation)

    def _create(self, *, is_open: bool) -> None:
        async def create(name: str) -> None:
            self._entered(await self.client.create_room(name, is_open=is_open))

        what = "everybody may enter" if is_open else "you let people in"
        self.ask_text(f"The name of the room ({what}):", create)
