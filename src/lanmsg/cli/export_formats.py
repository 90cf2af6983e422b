"""The forms of an export, each a way to turn messages into text, piece by piece."""

from collections import OrderedDict
from enum import StrEnum
from typing import Final, Protocol

from lanmsg.chat.gap_lines import gap_words
from lanmsg.chat.message_lines import Days, message_lines, plain_text
from lanmsg.cli.export_source import ExportHead, NamedConversation
from lanmsg.cli.message_json import gap_json, message_json
from lanmsg.client.model import EVERYONE, Gap, Message
from lanmsg.wire.ids import MessageId
from lanmsg.wire.safe_text import isolated

MAX_QUOTABLE: Final = 1000
"""Messages kept for replies to them: what a reply to an older one answers is not repeated."""


class ExportFormat(StrEnum):
    """How an export is written."""

    HTML = "html"
    """A page for a browser and a printer."""
    JSONL = "jsonl"
    """One JSON object a line, as `lanmsg history --json` prints them."""
    TEXT = "text"
    """Lines, as `lanmsg history` prints them."""


SUFFIXES: Final = {
    ".html": ExportFormat.HTML,
    ".htm": ExportFormat.HTML,
    ".jsonl": ExportFormat.JSONL,
    ".ndjson": ExportFormat.JSONL,
}
"""What the end of a file's name says; everything else is text."""


class Rendering(Protocol):
    """One export. Called in this order: start, (begin, message or gap …, finish) a conversation, end."""

    def start(self, head: ExportHead) -> str:
        """Return what stands before everything."""
        ...

    def begin(self, conversation: NamedConversation) -> str:
        """Return what stands before the messages of a conversation."""
        ...

    def message(self, message: Message) -> str:
        """Return a message; they come oldest first."""
        ...

    def gap(self, gap: Gap) -> str:
        """Return what stands where messages are missing, between those before and behind them."""
        ...

    def finish(self) -> str:
        """Return what stands behind the messages of a conversation."""
        ...

    def end(self) -> str:
        """Return what stands behind everything."""
        ...


def rendering(form: ExportFormat) -> Rendering:
    """Return a new rendering of this form."""
    match form:
        case ExportFormat.HTML:
            from lanmsg.cli.export_html import HtmlRendering

            return HtmlRendering()
        case ExportFormat.JSONL:
            return _JsonRendering()
        case ExportFormat.TEXT:
            return _TextRendering()


class _JsonRendering:
    def __init__(self) -> None:
        self._name = ""
        self._conversation = EVERYONE

    def start(self, head: ExportHead) -> str:
        del head  # each line says of which conversation it is
        return ""

    def begin(self, conversation: NamedConversation) -> str:
        self._name, self._conversation = conversation.name, conversation.conversation
        return ""

    def message(self, message: Message) -> str:
        return message_json(message) + "\n"

    def gap(self, gap: Gap) -> str:
        return gap_json(self._conversation, self._name, gap) + "\n"

    def finish(self) -> str:
        return ""

    def end(self) -> str:
        return ""


class _TextRendering:
    def __init__(self) -> None:
        self._days = Days()
        self._quotable: OrderedDict[MessageId, Message] = OrderedDict()

    def start(self, head: ExportHead) -> str:
        title = isolated(head.hub_title)
        return f'Messages of {isolated(head.handle)} at hub "{title}"\n'

    def begin(self, conversation: NamedConversation) -> str:
        self._days = Days()
        self._quotable.clear()
        name = isolated(conversation.name)
        return f"\n{name}\n{'=' * max(len(name), 3)}\n"

    def message(self, message: Message) -> str:
        lines = (*self._days.lines_before(message), *message_lines(message, self._quotable.get))
        self._quotable[message.id] = message
        if len(self._quotable) > MAX_QUOTABLE:
            self._quotable.popitem(last=False)
        return "".join(f"{plain_text(line)}\n" for line in lines)

    def gap(self, gap: Gap) -> str:
        return f"— {gap_words(gap)} —\n"

    def finish(self) -> str:
        return ""

    def end(self) -> str:
        return ""
