"""What a line does that a person has entered: send, switch, or run a command."""

from collections.abc import Awaitable, Callable

from lanmsg.chat.device_commands import DeviceCommands
from lanmsg.chat.gap_lines import shown_history
from lanmsg.chat.join_qr import GOOD_FOR
from lanmsg.chat.message_commands import MessageCommands
from lanmsg.chat.message_lines import Style
from lanmsg.chat.people_lines import people_lines, presence_words, whois_lines
from lanmsg.chat.personal_commands import PersonalCommands
from lanmsg.chat.program_commands import ProgramCommands
from lanmsg.chat.room_commands import RoomCommands
from lanmsg.chat.search_lines import hit_lines
from lanmsg.chat.talk import Talk
from lanmsg.chat.verification_commands import VerificationCommands
from lanmsg.client.model import EVERYONE, Conversation, Message
from lanmsg.wire.commands import LineError, format_help
from lanmsg.wire.errors import LanmsgError
from lanmsg.wire.ids import MessageId
from lanmsg.wire.safe_text import isolated
from lanmsg.wire.typed_line import (
    Command,
    Nothing,
    SwitchTo,
    SwitchToEveryone,
    SwitchToPeople,
    ToCurrent,
    ToEveryone,
    ToPeople,
    ToPerson,
    TypedLine,
    parse_line,
)

DEFAULT_HISTORY: int = 20
MAX_HISTORY: int = 1000
SEARCH_HITS: int = 10


class LineRunner:
    """Runs lines, one at a time and in order."""

    def __init__(self, session: Talk) -> None:
        self._session = session
        self._client = session.client
        self._rooms = RoomCommands(session)
        messages = MessageCommands(session, self._answer)
        session.meant_by = messages.meant_by
        self.commands: dict[str, Callable[[Command], Awaitable[None]]] = {
            "help": self._help,
            "who": self._who,
            "whois": self._whois,
            "me": self._me,
            "history": self._history,
            "search": self._search,
            "away": self._away,
            "back": self._back,
            "dnd": self._dnd,
            "status": self._status,
            "draft": self._draft,
            "trust": self._trust,
            "invite": self._invite,
            "quit": self._quit,
            **messages.commands,
            **VerificationCommands(session).commands,
            **self._rooms.handlers,
            **DeviceCommands(session).commands,
            **PersonalCommands(session).commands,
            **ProgramCommands(session).commands,
        }
        """One handler a row of `wire.commands.COMMANDS`, `msg` apart: that is parsed to a message."""

    def refusal_of(self, line: str) -> str | None:
        """Return why Enter would do nothing with this line; None if it would do something."""
        try:
            self._target(parse_line(line, rooms=self._session.rooms))
        except LanmsgError as error:
            return str(error)
        return None

    def sending(self, line: str) -> Callable[[], Awaitable[None]] | None:
        """Return how to send a text, to whom it is for now; None for a line that is no text.

        Raises:
            LanmsgError: as `refusal_of` says.
        """
        typed = parse_line(line, rooms=self._session.rooms)
        to = self._target(typed)
        if isinstance(typed, ToPerson | ToPeople | ToEveryone | ToCurrent):
            text = typed.text
            return lambda: self._send(to, text)
        return None

    async def run(self, line: str) -> None:
        """Do what a line says; what goes wrong is shown, and nothing was sent then."""
        try:
            await self._run(parse_line(line, rooms=self._session.rooms))
        except LanmsgError as error:
            self._session.show(str(error), Style.ERROR)
        self._session.screen.refresh()

    async def _run(self, typed: TypedLine) -> None:
        match typed:
            case Nothing():
                pass
            case Command():
                await self.commands[typed.name](typed)
            case SwitchTo() | SwitchToPeople() | SwitchToEveryone():
                self._session.switch_to(self._target(typed))
            case _:
                await self._send(self._target(typed), typed.text)

    def _target(self, typed: TypedLine) -> Conversation:
        """Return whom a line is for: of a command, and of nothing, the conversation of the prompt.

        Raises:
            UnknownPerson: neither a person nor a room is called so.
            LocalError: the names make no group.
        """
        match typed:
            case ToPerson(name=name) | SwitchTo(name=name):
                return self._client.conversation(f"@{name}")
            case ToPeople(names=names) | SwitchToPeople(names=names):
                return self._client.group(names)
            case ToEveryone() | SwitchToEveryone():
                return EVERYONE
            case ToCurrent() | Command() | Nothing():
                return self._session.current

    async def _send(
        self, to: Conversation, text: str, *, is_action: bool = False, reply_to: MessageId | None = None
    ) -> None:
        message = await self._client.send(to, text, is_action=is_action, reply_to=reply_to)
        self._session.queued(message)
        absence = self._session.now.absence_from(to)
        if absence:
            self._session.show(absence)

    async def _answer(self, message: Message, text: str) -> None:
        await self._send(message.conversation, text, reply_to=message.id)

    # --- commands ----------------------------------------------------------------------------

    async def _help(self, command: Command) -> None:
        self._session.show(format_help(command.raw_arguments.strip()))

    async def _who(self, command: Command) -> None:
        if command.arguments:
            await self._rooms.who(command)
            return
        self._session.show("\n".join(people_lines(self._client.people())))

    async def _whois(self, command: Command) -> None:
        self._session.show("\n".join(whois_lines(self._client.person(command.arguments[0]))))

    async def _me(self, command: Command) -> None:
        await self._send(self._session.current, command.raw_arguments, is_action=True)

    async def _history(self, command: Command) -> None:
        limit, conversation = _limit(command), self._session.current
        messages = self._client.history(conversation, limit=limit)
        self._session.screen.show(shown_history(self._client, conversation, limit=limit))
        self._session.now.shown_from(conversation, messages[0].seq if messages else 0)
        for message in messages:
            self._session.now.shown(message)
        if not messages:
            self._session.show("Nothing was said here yet.")

    async def _search(self, command: Command) -> None:
        hits = self._client.search(command.raw_arguments, limit=SEARCH_HITS)
        self._session.screen.show(hit_lines(hits))
        if not hits:
            self._session.show("Nothing was found.")
        elif len(hits) == SEARCH_HITS:
            self._session.show(
                "There may be older ones: add before:DATE, or look with lanmsg search --limit."
            )

    async def _away(self, command: Command) -> None:
        unreached = self._client.away(command.raw_arguments)
        await self._status(command)
        if unreached:
            who = "1 person sees" if unreached == 1 else f"{unreached} people see"
            self._session.show(f"{who} that you are away, but not why, until you write to everyone again.")

    async def _back(self, command: Command) -> None:
        self._client.back()
        await self._status(command)

    async def _dnd(self, command: Command) -> None:
        self._client.do_not_disturb()
        await self._status(command)

    async def _status(self, _: Command) -> None:
        own = self._client.person(self._client.handle)
        self._session.show(f"{isolated(own.handle)} (you): {presence_words(own)}")

    async def _draft(self, _: Command) -> None:
        if not self._client.draft(self._session.current):
            self._session.show("Nothing is unfinished here.")
        self._session.take_up_draft()

    async def _trust(self, command: Command) -> None:
        name = command.arguments[0]
        if name.removeprefix("@").casefold() in self._session.rooms:
            await self._rooms.trust(name)
            return
        await self._client.trust(name)
        self._session.show(f"The key that {isolated(name.removeprefix('@'))} has now is accepted.")

    async def _invite(self, command: Command) -> None:
        if command.arguments:
            await self._rooms.invite(command)
            return
        link = await self._client.create_invite()
        self._session.show(link)
        self._session.screen.show_qr(link)
        self._session.show(GOOD_FOR)

    async def _quit(self, _: Command) -> None:
        self._session.screen.close()


def _limit(command: Command) -> int:
    if not command.arguments:
        return DEFAULT_HISTORY
    number = command.arguments[0]
    if not (number.isascii() and number.isdecimal()) or not 1 <= int(number[:9]) <= MAX_HISTORY:
        raise LineError(f"not done: write /history N with a number from 1 to {MAX_HISTORY}")
    return int(number)
