"""What `lanmsg` does for a chat that runs in it: `chat.programs.Programs`."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from lanmsg.chat.programs import CheckReport, CheckResult, Exported
from lanmsg.client.model import Conversation

if TYPE_CHECKING:
    from lanmsg.cli.export_source import ExportHead
    from lanmsg.client import Client
    from lanmsg.client.model import MessagePage
    from lanmsg.client.settings import ClientSettings


class ChatPrograms:
    """Does it with the code of the commands, which is imported when it is asked for."""

    def __init__(self, client: "Client", settings: "ClientSettings") -> None:
        self._client = client
        self._settings = settings

    async def doctor(self, tell: Callable[[str], None]) -> list[CheckReport]:
        """See `Programs.doctor`."""
        from lanmsg.cli.doctor_checks import CHECKS
        from lanmsg.cli.doctor_facts import find_out

        facts = await find_out(self._settings, tell=tell)
        found = [(check, check.judge(facts)) for check in CHECKS]
        return [
            CheckReport(
                id=check.id,
                result=CheckResult(finding.result),
                text=finding.text,
                tried=check.tried,
                advice=finding.advice,
            )
            for check, finding in found
        ]

    def export_name(self, conversation: Conversation | None) -> str:
        """See `Programs.export_name`: in the folder that lanmsg was started in."""
        name = "chat" if conversation is None else self._client.conversation_name(conversation)
        name = name.replace("@", "").replace(",", "-")
        words = "".join(char if char.isalnum() or char in "-_." else "-" for char in name).strip(".")[:60]
        day = f"{datetime.now().astimezone():%Y-%m-%d}"
        numbers = ["", *(f"-{number}" for number in range(2, 100))]
        names = [f"{words or 'chat'}-{day}{number}.html" for number in numbers]
        return next((each for each in names if not Path(each).exists()), names[-1])

    async def export(
        self, conversation: Conversation | None, name: str, tell: Callable[[int], None]
    ) -> Exported:
        """See `Programs.export`."""
        from lanmsg.cli.export import write_export
        from lanmsg.cli.export_formats import SUFFIXES, ExportFormat, rendering
        from lanmsg.cli.output_file import new_file

        path = await asyncio.to_thread(Path(name).expanduser)
        form = SUFFIXES.get(path.suffix.lower(), ExportFormat.TEXT)
        with new_file(path, is_replacing=False) as file:
            source = _Source(self._client, conversation, tell)
            count = await write_export(source, "", rendering(form), file)
        return Exported(path, count)


class _Source:
    """An open client as `cli.export_source.Source`, that lets the chat go on between two pages."""

    def __init__(
        self, client: "Client", conversation: Conversation | None, tell: Callable[[int], None]
    ) -> None:
        self._client = client
        self._conversation = conversation
        self._tell = tell
        self._count = 0

    async def head(self, target: str) -> "ExportHead":
        """Return the conversation that was chosen, or all; `target` is empty."""
        assert not target, "it was chosen before"
        from lanmsg.cli.export_source import head_with

        chosen = self._client.conversations() if self._conversation is None else [self._conversation]
        return head_with(self._client, chosen)

    async def page(self, conversation: Conversation, after: int) -> "MessagePage":
        """Return the messages after this seq, oldest first."""
        from lanmsg.cli.export_source import PAGE_MESSAGES

        page = self._client.page(conversation, after=after, limit=PAGE_MESSAGES)
        self._count += len(page.messages)
        self._tell(self._count)
        await asyncio.sleep(0)
        return page
