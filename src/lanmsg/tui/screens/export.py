"""Writing a conversation to a file: which, how, where."""

from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from lanmsg.chat.programs import Programs
from lanmsg.client.model import Conversation
from lanmsg.tui.line_list import Row
from lanmsg.tui.screens.panel import Choice, Panel, choice, value
from lanmsg.wire.safe_text import isolated, safe_line

if TYPE_CHECKING:
    from lanmsg.client import Client

_FORMS: Final = {".html": "a page for a browser", ".txt": "text", ".jsonl": "JSON, a message a line"}


class Export(Panel):
    """Exports the conversation that is open, or all."""

    def __init__(self, client: "Client", conversation: Conversation, programs: Programs) -> None:
        super().__init__(client)
        self._open = conversation
        self._chosen: Conversation | None = conversation
        self._programs = programs
        self._name = programs.export_name(conversation)

    def heading(self) -> str:
        """Return what this is."""
        return "Export"

    def facts(self) -> Iterable[str]:
        """Say what the file will be."""
        yield "The file is not encrypted. A file that is there already is never replaced."

    def choices(self) -> Sequence[Row[Choice]]:
        """Return what can be chosen, and the row that does it."""
        return [
            choice("what", "What", self._choose_other, right=value(self._what())),
            choice("form", "How", self._next_form, right=value(self._form_words())),
            choice("file", "File …", self._ask_name, right=value(safe_line(self._name))),
            choice("write", "Write it", lambda: self.do(self._write)),
        ]

    def _what(self) -> str:
        if self._chosen is None:
            return "all conversations"
        return isolated(self.client.conversation_name(self._chosen))

    def _choose_other(self) -> None:
        self._chosen = self._open if self._chosen is None else None
        self._set_form(PurePath(self._name).suffix)

    def _form_words(self) -> str:
        return _FORMS.get(PurePath(self._name).suffix.lower(), _FORMS[".txt"])

    def _next_form(self) -> None:
        suffixes = list(_FORMS)
        now = PurePath(self._name).suffix.lower()
        place = suffixes.index(now) if now in suffixes else 0
        self._set_form(suffixes[(place + 1) % len(suffixes)])

    def _set_form(self, suffix: str) -> None:
        self._name = str(PurePath(self._programs.export_name(self._chosen)).with_suffix(suffix or ".txt"))
        self.renew()

    def _ask_name(self) -> None:
        async def take(name: str) -> None:
            self._name = name or self._name

        self.ask_text("The name of the file (.html, .txt or .jsonl):", take, text=self._name)

    async def _write(self) -> None:
        made = await self._programs.export(self._chosen, self._name, self._tell)
        self.say(made.words(self._what()))
        self._set_form(PurePath(self._name).suffix)

    def _tell(self, count: int) -> None:
        self.say(f"{count} messages …")
