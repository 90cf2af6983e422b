"""The commands that do something to a message: reply, edit, delete, react, pin, and what reads them.

Without a mark each means the last message that it can mean; the prompt names it before Enter.
"""

from collections.abc import Awaitable, Callable

from lanmsg.chat.message_lines import transcript
from lanmsg.chat.message_marks import is_there, marked
from lanmsg.chat.talk import Talk
from lanmsg.client.model import MemberRole, Message
from lanmsg.wire.commands import LineError
from lanmsg.wire.marks import Mark, split_mark, split_mark_at_end
from lanmsg.wire.short_emoji import emoji_for
from lanmsg.wire.typed_line import Command

Send = Callable[[Message, str], Awaitable[None]]
"""Sends a text as the answer to a message."""


class MessageCommands:
    """Runs them; `commands` has one handler each."""

    def __init__(self, session: Talk, reply: Send) -> None:
        self._session = session
        self._client = session.client
        self._send_reply = reply
        self.commands: dict[str, Callable[[Command], Awaitable[None]]] = {
            "reply": self._reply,
            "edit": self._edit,
            "delete": self._delete,
            "react": self._react,
            "pin": self._pin,
            "pins": self._pins,
            "thread": self._thread,
            "show": self._show_one,
        }

    def meant_by(self, command: Command) -> Message | None:
        """Return the message that a command would do something to; None for another command, or none."""
        try:
            match command.name:
                case "reply":
                    return self._replied(split_mark(command.raw_arguments)[0])
                case "edit":
                    return self._own(split_mark(command.raw_arguments)[0])
                case "delete":
                    return self._deletable(split_mark(command.raw_arguments)[0])
                case "react":
                    return self._any(_emoji_and_mark(command.raw_arguments)[1])
                case "pin" | "thread" | "show":
                    return self._any(split_mark(command.raw_arguments)[0])
                case _:
                    return None
        except LineError:
            return None

    # --- which message -----------------------------------------------------------------------

    def _replied(self, mark: Mark | None) -> Message:
        message = self._session.last_private
        if mark is not None:
            return self._marked(mark, is_there)
        if message is None:
            raise LineError(
                "not sent: nobody has written to you privately yet; "
                "to answer the last message here write /reply ^ TEXT"
            )
        return message

    def _own(self, mark: Mark | None) -> Message:
        if mark is not None:
            return self._marked(mark, lambda each: each.is_own and is_there(each))
        last = self._session.last_own
        message = self._client.message(last.id) if last is not None else None
        if message is None or not is_there(message):
            return self._marked(Mark(), lambda each: each.is_own and is_there(each))
        return message

    def _deletable(self, mark: Mark | None) -> Message:
        """Who moderates a room may mean anybody's message, but only by marking it."""
        if mark is None or not self._moderates():
            return self._own(mark)
        return self._marked(mark, is_there)

    def _moderates(self) -> bool:
        here = [room for room in self._client.rooms() if room.conversation == self._session.current]
        return any(room.role in {MemberRole.MODERATOR, MemberRole.OWNER} for room in here)

    def _any(self, mark: Mark | None) -> Message:
        if mark is not None:
            return self._marked(mark, is_there)
        last = self._session.last_of_others
        message = self._client.message(last.id) if last is not None else None
        if message is None or not is_there(message):
            return self._marked(Mark(), is_there)
        return message

    def _marked(self, mark: Mark, is_meant: Callable[[Message], bool]) -> Message:
        return marked(self._client, self._session.current, mark, is_meant)

    # --- commands ----------------------------------------------------------------------------

    async def _reply(self, command: Command) -> None:
        mark, text = split_mark(command.raw_arguments)
        if not text.strip():
            raise LineError("not sent: write the text behind the mark, as in /reply ^ yes")
        await self._send_reply(self._replied(mark), text)

    async def _edit(self, command: Command) -> None:
        mark, text = split_mark(command.raw_arguments)
        if not text.strip():
            raise LineError("not done: write the new text, as in /edit that is what I meant")
        await self._client.edit(self._own(mark).id, text)

    async def _delete(self, command: Command) -> None:
        mark, rest = split_mark(command.raw_arguments)
        if rest.strip():
            raise LineError("not done: write /delete, or /delete ^2 for an earlier message of yours")
        await self._client.delete(self._deletable(mark).id)

    async def _react(self, command: Command) -> None:
        """The same once more takes it back."""
        emoji, mark = _emoji_and_mark(command.raw_arguments)
        message = self._any(mark)
        has_ours = any(each.emoji == emoji and each.has_ours for each in message.reactions)
        await self._client.react(message.id, emoji, remove=has_ours)

    async def _pin(self, command: Command) -> None:
        """The same once more takes it back."""
        message = self._any(split_mark(command.raw_arguments)[0])
        await self._client.pin(message.id, remove=message.is_pinned)

    async def _pins(self, _: Command) -> None:
        self._show(self._client.pinned(self._session.current), "Nothing is pinned here: /pin does it.")

    async def _thread(self, command: Command) -> None:
        message = self._any(split_mark(command.raw_arguments)[0])
        seen = {message.id}
        while message.reply_to is not None and message.reply_to not in seen:
            before = self._client.message(message.reply_to)
            if before is None or before.conversation != message.conversation:
                break
            message = before
            seen.add(message.id)
        self._show(self._client.thread(message.id), "")

    async def _show_one(self, command: Command) -> None:
        self._show([self._any(split_mark(command.raw_arguments)[0])], "")

    def _show(self, messages: list[Message], nothing: str) -> None:
        self._session.screen.show(transcript(messages, self._client.message))
        if not messages:
            self._session.show(nothing)


def _emoji_and_mark(arguments: str) -> tuple[str, Mark | None]:
    """Return what to react with and to what: `👍`, `👍 ^2` or `^2 👍`."""
    mark, emoji = split_mark(arguments)
    if mark is None:
        mark, emoji = split_mark_at_end(arguments)
    return emoji_for(emoji), mark
