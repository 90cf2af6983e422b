"""One room or group: who is in it, and what it is."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from lanmsg.chat.people_lines import seen_words
from lanmsg.chat.room_lines import ordered_members, role_words, room_words
from lanmsg.client.errors import NotInRoom, UnknownRoom
from lanmsg.client.model import Conversation, ConversationKind, MemberInfo, MemberRole, RoomInfo
from lanmsg.tui.app_of import app_of
from lanmsg.tui.line_list import Row
from lanmsg.tui.screens.panel import Choice, Panel, between, choice, value
from lanmsg.tui.screens.settings import yes
from lanmsg.wire.safe_text import isolated, safe_line

if TYPE_CHECKING:
    from lanmsg.client import Client


class RoomPanel(Panel):
    """Shows a room or group. `write_to` opens the conversation with somebody."""

    def __init__(self, client: "Client", conversation: Conversation, write_to: Callable[[str], None]) -> None:
        super().__init__(client)
        self._conversation = conversation
        self._write_to = write_to

    @property
    def _room(self) -> RoomInfo | None:
        """Return it as it is now; None: it is a group, or gone."""
        return next((each for each in self.client.rooms() if each.conversation == self._conversation), None)

    def heading(self) -> str:
        """Return its name."""
        return isolated(self.client.conversation_name(self._conversation))

    def facts(self) -> Iterable[str]:
        """Return what it is, and what it is about."""
        if (room := self._room) is not None:
            yield ", ".join(room_words(room))
        try:
            topic = self.client.topic(self._conversation)
        except (NotInRoom, UnknownRoom):
            yield "You are not in it."
            return
        yield f"Topic: {safe_line(topic)}" if topic else "It has no topic."

    def choices(self) -> Sequence[Row[Choice]]:
        """Return what can be done, and who is in it."""
        try:
            members = ordered_members(self.client.members(self._conversation))
        except (NotInRoom, UnknownRoom):
            return [choice("close", "Close", self.close)]
        topic = choice("topic", "Topic …", self._set_topic)
        rows = [topic, *(self._settings(room) if (room := self._room) is not None else ())]
        return [*rows, *between("People"), *map(self._member, members)]

    # --- the room ----------------------------------------------------------------------------

    def _settings(self, room: RoomInfo) -> list[Row[Choice]]:
        return [
            choice("invite", "Take people in …", self._invite),
            choice(
                "open",
                "Anybody may enter",
                lambda: self._set(is_open=not room.is_open),
                right=value(yes(room.is_open)),
            ),
            choice(
                "history",
                "Newcomers read what was before them",
                lambda: self._set(keeps_history=not room.keeps_history),
                right=value(yes(room.keeps_history)),
            ),
            choice("rename", "Another name …", lambda: self._rename(room)),
            choice("archive", "Archive it …", self._archive)
            if not room.is_archived
            else choice("active", "End the archive", lambda: self._set(is_archived=False)),
            choice("leave", "Leave it …", self._leave),
        ]

    def _set_topic(self) -> None:
        now = self.client.topic(self._conversation)
        self.ask_text("What it is about:", partial(self.client.set_topic, self._conversation), text=now)

    def _invite(self) -> None:
        async def invite(names: str) -> None:
            await self.client.invite(self._conversation, names.replace(",", " ").split())

        self.ask_text("Their names, with spaces between:", invite)

    def _set(self, **what: bool) -> None:
        self.do(lambda: self.client.set_room(self._conversation, **what))

    def _rename(self, room: RoomInfo) -> None:
        self.ask_text("Its new name:", partial(self.client.rename_room, self._conversation), text=room.name)

    def _archive(self) -> None:
        self.ask(
            f"Archive {self.heading()}? It stays readable, and nobody writes or joins any more.",
            lambda: self.client.archive_room(self._conversation),
        )

    def _leave(self) -> None:
        self.ask(
            f"Leave {self.heading()}?", lambda: self.client.leave(self._conversation), done="You left it."
        )

    # --- people ------------------------------------------------------------------------------

    def _member(self, member: MemberInfo) -> Row[Choice]:
        words = [seen_words(is_online=member.is_online, last_seen_ms=member.last_seen_ms)]
        words += ["you"] if member.is_me else []
        words += [role] if (role := role_words(member.role)) else []
        name = isolated(member.handle)
        return choice(f"@{member.handle}", name, lambda: self._open(member.handle), note=", ".join(words))

    def _open(self, handle: str) -> None:
        app_of(self).push_screen(
            MemberPanel(self.client, self._conversation, handle, self._write), lambda _: self.renew()
        )

    def _write(self, handle: str) -> None:
        self.close()
        self._write_to(handle)


class MemberPanel(Panel):
    """Somebody in a room or group."""

    def __init__(
        self, client: "Client", conversation: Conversation, handle: str, write_to: Callable[[str], None]
    ) -> None:
        super().__init__(client)
        self._conversation = conversation
        self._handle = handle
        self._write_to = write_to

    def _role(self) -> MemberRole:
        try:
            members = self.client.members(self._conversation)
        except (NotInRoom, UnknownRoom):
            return MemberRole.OUTSIDER
        return next((each.role for each in members if each.handle == self._handle), MemberRole.OUTSIDER)

    def heading(self) -> str:
        """Return who and where."""
        room = isolated(self.client.conversation_name(self._conversation))
        return f"{isolated(self._handle)} in {room}"

    def facts(self) -> Iterable[str]:
        """Return what they are there."""
        role = self._role()
        words = {MemberRole.OUTSIDER: "not in it any more", MemberRole.MEMBER: "an ordinary member"}
        yield words.get(role) or role_words(role)

    def choices(self) -> Sequence[Row[Choice]]:
        """Return what can be done; who may not is told who may."""
        write = choice("write", "Write to them", self._write)
        if self._conversation.kind is not ConversationKind.ROOM:
            return [write]
        match self._role():
            case MemberRole.BANNED:
                return [write, self._become("Let them come back", MemberRole.OUTSIDER)]
            case MemberRole.OUTSIDER:
                return [write]
            case role:
                return [write, *self._roles(role), *self._ways_out()]

    def _roles(self, role: MemberRole) -> list[Row[Choice]]:
        words = {
            MemberRole.MEMBER: "Make them an ordinary member",
            MemberRole.MODERATOR: "Make them a moderator",
            MemberRole.OWNER: "Make them an owner",
        }
        return [self._become(text, each) for each, text in words.items() if each is not role]

    def _become(self, words: str, role: MemberRole) -> Row[Choice]:
        return choice(
            role.value,
            words,
            lambda: self.do(lambda: self.client.set_role(self._conversation, self._handle, role)),
        )

    def _ways_out(self) -> list[Row[Choice]]:
        return [
            choice("kick", "Take them out …", lambda: self._remove(ban=False)),
            choice("ban", "Take them out, and keep them out …", lambda: self._remove(ban=True)),
        ]

    def _remove(self, *, ban: bool) -> None:
        what = "and keep them out" if ban else "they may be taken in again"
        self.ask(
            f"Take {self.heading().replace(' in ', ' out of ', 1)}, {what}?",
            lambda: self.client.remove(self._conversation, self._handle, ban=ban),
        )

    def _write(self) -> None:
        self.close()
        self._write_to(self._handle)
