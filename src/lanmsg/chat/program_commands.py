"""What /date, /doctor and /export do in a chat of lines; the app has screens for them."""

from collections.abc import Awaitable, Callable
from typing import Final

from lanmsg.chat.days import asked_day, first_of_day, local_today
from lanmsg.chat.gap_lines import transcript_with_gaps
from lanmsg.chat.programs import Programs, check_lines
from lanmsg.chat.talk import Talk
from lanmsg.wire.commands import LineError
from lanmsg.wire.safe_text import isolated
from lanmsg.wire.typed_line import Command

MESSAGES_OF_A_DAY: Final = 20


class ProgramCommands:
    """Their handlers."""

    def __init__(self, session: Talk) -> None:
        self._session = session
        self.commands: dict[str, Callable[[Command], Awaitable[None]]] = {
            "date": self._date,
            "doctor": self._doctor,
            "export": self._export,
        }

    async def _date(self, command: Command) -> None:
        client, conversation = self._session.client, self._session.current
        day = asked_day(command.raw_arguments, today=local_today())
        first = first_of_day(client, conversation, day)
        if first is None:
            self._session.show(f"Nothing was said here since {day}.")
            return
        page = client.page(conversation, after=first.seq - 1, limit=MESSAGES_OF_A_DAY)
        gaps = [gap for gap in client.gaps(conversation) if gap.after_seq >= first.seq]
        self._session.screen.show(transcript_with_gaps(page.messages, gaps, client.message, is_whole=False))

    async def _doctor(self, _: Command) -> None:
        reports = await self._programs("doctor").doctor(self._session.show)
        self._session.screen.show([line for each in reports for line in check_lines(each)])

    async def _export(self, command: Command) -> None:
        programs, conversation = self._programs("export"), self._session.current
        name = command.raw_arguments.strip() or programs.export_name(conversation)
        made = await programs.export(conversation, name, lambda _: None)
        self._session.show(made.words(isolated(self._session.client.conversation_name(conversation))))

    def _programs(self, name: str) -> Programs:
        if self._session.programs is None:
            raise LineError(f"not done: this chat can't do that; write lanmsg {name} in a terminal")
        return self._session.programs
