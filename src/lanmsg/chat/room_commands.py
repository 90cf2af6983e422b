"""What the commands about rooms and groups do."""

from collections.abc import Awaitable, Callable
from typing import Final

from lanmsg.chat.room_lines import member_lines, room_lines
from lanmsg.chat.spans import span_s, span_words
from lanmsg.chat.talk import Talk
from lanmsg.client.model import EVERYONE, Conversation, ConversationKind, MemberRole
from lanmsg.wire.commands import LineError
from lanmsg.wire.safe_text import isolated, safe_line
from lanmsg.wire.typed_line import Command

_HOW_TO_DISAPPEAR: Final = "write a time as in /disappear 1h, 1d or 1w, or /disappear off"
_CREATE_WORDS: Final = frozenset({"private", "history"})
_SETTINGS: Final = {
    "open": {"is_open": True},
    "private": {"is_open": False},
    "history": {"keeps_history": True},
    "no-history": {"keeps_history": False},
    "active": {"is_archived": False},
}
_HOW_TO_SET: Final = (
    "/set open: anybody may enter; /set private: members let people in; /set history: newcomers read what "
    "was before them; /set no-history: only what follows; /set active: end /archive"
)
_WITH_MEMBERS: Final = frozenset({ConversationKind.ROOM, ConversationKind.GROUP})


class RoomCommands:
    """One handler a row of `wire.commands.COMMANDS` in the category Rooms, and the half of /invite."""

    def __init__(self, session: Talk) -> None:
        self._session = session
        self._client = session.client
        self.handlers: dict[str, Callable[[Command], Awaitable[None]]] = {
            "rooms": self._rooms,
            "join": self._join,
            "leave": self._leave,
            "create": self._create,
            "topic": self._topic,
            "disappear": self._disappear,
            "kick": self._kick,
            "ban": self._ban,
            "unban": self._unban,
            "op": self._op,
            "deop": self._deop,
            "owner": self._owner,
            "set": self._set,
            "rename": self._rename,
            "archive": self._archive,
        }

    # --- coming and going --------------------------------------------------------------------

    async def _rooms(self, _: Command) -> None:
        lines = room_lines(self._client.rooms())
        self._session.show("\n".join(lines) if lines else "There are no rooms yet. /create NAME makes one.")

    async def _join(self, command: Command) -> None:
        [name] = _words(command, 1, 1)
        self._enter(await self._client.join_room(name.removeprefix("#")))

    def _enter(self, conversation: Conversation) -> None:
        self._session.switch_to(conversation)
        topic = self._client.topic(conversation)
        if topic:
            self._session.show(f"Topic: {safe_line(topic)}")

    async def _leave(self, command: Command) -> None:
        room = self._room(command, _words(command, 0, 1), 0)
        await self._client.leave(room)
        if self._session.current == room:
            self._session.switch_to(EVERYONE)

    async def _create(self, command: Command) -> None:
        name, *words = _words(command, 1, 3)
        if not _CREATE_WORDS.issuperset(words):
            raise LineError("not done: behind the name only the words private and history may stand")
        room = await self._client.create_room(
            name, is_open="private" not in words, keeps_history="history" in words
        )
        self._enter(room)
        self._session.show("/invite NAME takes people in. /topic TEXT says what it is about.")

    async def _topic(self, command: Command) -> None:
        conversation = self._session.current
        if conversation.kind not in _WITH_MEMBERS:
            raise LineError("not done: only rooms and groups have a topic; @ROOM alone switches to one")
        if command.raw_arguments.strip():
            await self._client.set_topic(conversation, command.raw_arguments.strip())
            return
        topic = self._client.topic(conversation)
        self._session.show(
            f"Topic: {safe_line(topic)}" if topic else "There is no topic. /topic TEXT sets one."
        )

    async def _disappear(self, command: Command) -> None:
        conversation = self._session.current
        [word] = _words(command, 0, 1) or [""]
        if word:
            seconds = 0 if word == "off" else span_s(word, how=_HOW_TO_DISAPPEAR)
            await self._client.set_lifetime(conversation, seconds)
            return
        here = isolated(self._client.conversation_name(conversation))
        seconds = self._client.lifetime(conversation)
        how_long = f"disappear after {span_words(seconds)}" if seconds else "stay"
        self._session.show(f"Messages in {here} {how_long}. /disappear 1h, 1d, 1w or off changes it.")

    # --- people ------------------------------------------------------------------------------

    async def invite(self, command: Command) -> None:
        """Take people into a room: `NAME… [ROOM]`."""
        names = list(command.arguments)
        mine = {room.name for room in self._client.rooms() if room.is_mine}
        last = names[-1].removeprefix("@").removeprefix("#").casefold()
        room = self._room(command, [names.pop()] if len(names) > 1 and last in mine else [], 0)
        await self._client.invite(room, names)

    async def trust(self, name: str) -> None:
        """Write to a room although people in it have changed keys."""
        room = self._client.room(name)
        changed = self._client.untrusted(room.conversation)
        await self._client.trust_room(room.conversation)
        who = ", ".join(map(isolated, changed))
        words = f"What you write to {isolated(room.name)} goes to all of it again, {who} too."
        self._session.show(words if changed else f"Nobody's key has changed in {isolated(room.name)}.")

    async def who(self, command: Command) -> None:
        """List the people of a room."""
        room = self._room(command, _words(command, 1, 1), 0)
        self._session.show("\n".join(member_lines(self._client.members(room))))

    async def _kick(self, command: Command) -> None:
        name, room = self._name_and_room(command)
        await self._client.remove(room, name)

    async def _ban(self, command: Command) -> None:
        name, room = self._name_and_room(command)
        await self._client.remove(room, name, ban=True)

    async def _unban(self, command: Command) -> None:
        name, room = self._name_and_room(command)
        await self._client.set_role(room, name, MemberRole.OUTSIDER)

    async def _op(self, command: Command) -> None:
        name, room = self._name_and_room(command)
        await self._client.set_role(room, name, MemberRole.MODERATOR)

    async def _deop(self, command: Command) -> None:
        name, room = self._name_and_room(command)
        await self._client.set_role(room, name, MemberRole.MEMBER)

    async def _owner(self, command: Command) -> None:
        name, room = self._name_and_room(command)
        await self._client.set_role(room, name, MemberRole.OWNER)

    # --- the room itself ---------------------------------------------------------------------

    async def _rename(self, command: Command) -> None:
        words = _words(command, 1, 2)
        await self._client.rename_room(self._room(command, words, 1), words[0])

    async def _set(self, command: Command) -> None:
        words = _words(command, 0, 2)
        if not words:
            mine = [room for room in self._client.rooms() if room.conversation == self._session.current]
            self._session.show("\n".join([*room_lines(mine), _HOW_TO_SET]))
            return
        if words[0] not in _SETTINGS:
            raise LineError(f"not done: {_HOW_TO_SET}")
        await self._client.set_room(self._room(command, words, 1), **_SETTINGS[words[0]])

    async def _archive(self, command: Command) -> None:
        await self._client.archive_room(self._room(command, _words(command, 0, 1), 0))

    # --- which room --------------------------------------------------------------------------

    def _name_and_room(self, command: Command) -> tuple[str, Conversation]:
        words = _words(command, 1, 2)
        return words[0], self._room(command, words, 1)

    def _room(self, command: Command, words: list[str], place: int) -> Conversation:
        """Return the room that is named at a place of the command, or else the one we talk to."""
        if len(words) > place:
            return self._client.room(words[place].removeprefix("#")).conversation
        if self._session.current.kind is ConversationKind.ROOM:
            return self._session.current
        raise LineError(
            f"not done: which room? Write its name behind /{command.name}, or switch to it first: @ROOM"
        )


def _words(command: Command, least: int, most: int) -> list[str]:
    if not least <= len(command.arguments) <= most:
        raise LineError(
            f"not done: /{command.name} takes at most {most} words; /help {command.name} shows them"
        )
    return list(command.arguments)
