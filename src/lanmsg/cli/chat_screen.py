"""The screen of a terminal: a line that is edited at the bottom, and the chat above it.

What comes is printed above the line and never breaks it. Text of others gets to the terminal as plain
text pieces only: prompt_toolkit is never asked to read markup or escape sequences in it.
"""

import asyncio
import contextlib
import shutil
from collections.abc import Iterable, Sequence
from typing import Final

from prompt_toolkit import PromptSession, print_formatted_text
from prompt_toolkit.application import get_app_session, run_in_terminal
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import ANSI, FormattedText, merge_formatted_text
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.shortcuts import CompleteStyle
from prompt_toolkit.styles import Style as ColourScheme

from lanmsg.chat.completion import NameCompletion
from lanmsg.chat.line_runner import LineRunner
from lanmsg.chat.message_lines import Line, Piece, Style
from lanmsg.chat.session import ChatSession
from lanmsg.chat.verification_lines import emoji_rows
from lanmsg.cli.exit_codes import ExitCode
from lanmsg.cli.output import folded
from lanmsg.wire.safe_text import clip

COLOURS: Final = {
    Style.TIME: "ansibrightblack",
    Style.SENDER: "bold",
    Style.OWN: "ansiblue bold",
    Style.PRIVATE: "ansimagenta bold",
    Style.EVERYONE: "ansigreen bold",
    Style.ROOM: "ansiyellow bold",
    Style.TEXT: "",
    Style.BOLD: "bold",
    Style.ITALIC: "italic",
    Style.BOLD_ITALIC: "bold italic",
    Style.CODE: "ansiyellow",
    Style.LINK: "underline",
    Style.QUOTE: "ansibrightblack italic",
    Style.MENTION: "ansiyellow bold",
    Style.MARK: "ansibrightblack",
    Style.FOUND: "bold underline",
    Style.NOTICE: "ansicyan",
    Style.ERROR: "ansired bold",
}
"""Names of the terminal's own colours: they fit its background."""


class TerminalScreen:
    """A `Screen` with a line editor."""

    def __init__(self) -> None:
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        """What was entered; None is the end."""
        self._unprinted: list[FormattedText | ANSI] = []
        self._session: ChatSession
        self._runner: LineRunner
        self._is_closed = False
        self._interrupts = 0
        self._emptied = ""
        self._editor = self._make_editor()
        self._editor.default_buffer.on_text_changed += self._edited

    # --- Screen ------------------------------------------------------------------------------

    def show(self, lines: Sequence[Line]) -> None:
        """Print lines above the one that is edited, all that come in one go together."""
        columns = shutil.get_terminal_size().columns
        self._print([_fragments(part) for line in lines for part in _folded(line, columns)])

    def show_qr(self, link: str) -> None:
        """Print a QR code, if the terminal is wide enough."""
        from lanmsg.chat.join_qr import qr_code

        code = qr_code(link, columns=shutil.get_terminal_size().columns)
        self._print([ANSI(code)] if code else [])

    def show_emoji(self, emoji: Sequence[str], names: Sequence[str]) -> None:
        """Print emoji, with their names below."""
        self.show([(Piece(Style.TEXT, row),) for row in emoji_rows(emoji, names)])

    def alert(self, data: str) -> None:
        """Write it as it is: it moves nothing."""
        self._editor.app.output.write_raw(data)
        self._editor.app.output.flush()

    def give_back(self, text: str) -> None:
        """Put it into the line, if that is empty."""
        buffer = self._editor.default_buffer
        if not buffer.text:
            buffer.insert_text(text)

    def refresh(self) -> None:
        """Draw the prompt and the status again."""
        if self._editor.app.is_running:
            self._editor.app.invalidate()

    def close(self) -> None:
        """Let `run` return."""
        if self._editor.app.is_running and not self._is_closed:
            self._editor.app.exit(exception=EOFError)
        self._is_closed = True

    async def run(self, session: ChatSession) -> ExitCode:
        """Edit and run lines until the person leaves, or the session is closed."""
        self._session = session
        self._runner = LineRunner(session)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(self._run_lines())
            try:
                await self._edit()
            finally:
                running.cancel()
        self._flush()
        return ExitCode.OK

    # --- reading -----------------------------------------------------------------------------

    async def _edit(self) -> None:
        if self._is_closed:
            return
        try:
            await self._editor.prompt_async(handle_sigint=False)
        except (EOFError, KeyboardInterrupt):
            return

    async def _run_lines(self) -> None:
        """Run lines in order, to the end: what was entered before it is sent, as far as the person knows."""
        while not self._is_closed and (line := await self._lines.get()) is not None:
            await self._runner.run(line)
        self.close()

    def _make_editor(self) -> PromptSession[str]:
        return PromptSession(
            message=self._prompt,
            bottom_toolbar=self._toolbar,
            completer=_Completer(
                NameCompletion(lambda: self._session.client.people(), lambda: self._session.client.rooms())
            ),
            complete_style=CompleteStyle.READLINE_LIKE,  # prints the choices; keeps no space for a menu
            complete_while_typing=False,
            input=kept_raw(get_app_session().input),
            multiline=True,  # pasted lines stay together; Enter is ours
            prompt_continuation="… ",
            key_bindings=self._keys(),
            style=ColourScheme.from_dict(
                {
                    **{style.value: colour for style, colour in COLOURS.items()},
                    "bottom-toolbar": "noreverse dim",
                }
            ),
            erase_when_done=True,
            enable_open_in_editor=False,
            enable_system_prompt=False,
        )

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()
        keys.add("enter")(self._enter)
        keys.add("escape", "enter")(self._new_line)
        keys.add("c-c")(self._interrupt)
        keys.add("c-d")(self._end_of_input)
        return keys

    def _enter(self, event: KeyPressEvent) -> None:
        """Hand on the line; one that means nothing stays, so that it can be mended."""
        buffer = event.current_buffer
        refusal = self._runner.refusal_of(buffer.text)
        if refusal is not None:
            self._session.show(refusal, Style.ERROR)
            return
        text = buffer.text
        self._session.entered(text)
        buffer.reset(append_to_history=bool(text.strip()))
        self._lines.put_nowait(text)

    def _new_line(self, event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    def _edited(self, buffer: Buffer) -> None:
        self._interrupts = 0
        self._session.edited(buffer.text)

    def _interrupt(self, event: KeyPressEvent) -> None:
        """Empty the line; the second time in a row leave, the third time at once."""
        interrupts = self._interrupts + 1
        if interrupts > 2:
            self.close()
            return
        if interrupts > 1:
            self._lines.put_nowait(None)
            self._session.edited(self._emptied)  # to leave is not to throw away
        self._emptied = event.current_buffer.text
        event.current_buffer.reset()
        self._interrupts = interrupts
        self._session.show("Ctrl+C again leaves the chat.")

    def _end_of_input(self, event: KeyPressEvent) -> None:
        if event.current_buffer.text:
            event.current_buffer.delete()
        else:
            self._lines.put_nowait(None)

    # --- drawing -----------------------------------------------------------------------------

    def _prompt(self) -> FormattedText:
        prompt = self._session.prompt(self._editor.default_buffer.text)
        return FormattedText([(f"class:{prompt.style.value}", prompt.words), ("", " > ")])

    def _toolbar(self) -> FormattedText:
        columns = shutil.get_terminal_size().columns
        style = Style.NOTICE if self._session.client.is_online else Style.ERROR
        return FormattedText([(f"class:{style.value}", clip(f" {self._session.status()}", columns))])

    def _print(self, lines: Sequence[FormattedText | ANSI]) -> None:
        self._unprinted += lines
        if not self._editor.app.is_running:
            self._flush()
        elif len(self._unprinted) == len(lines):
            asyncio.get_running_loop().call_soon(self._flush_above)

    def _flush_above(self) -> None:
        if self._editor.app.is_running:
            run_in_terminal(self._flush)
        else:
            self._flush()

    def _flush(self) -> None:
        lines, self._unprinted = self._unprinted, []
        if lines:  # in one go: a terminal is slow for each
            parts = [part for line in lines for part in (line, "\n")]
            text = merge_formatted_text(parts[:-1])
            print_formatted_text(text, style=self._editor.style, output=self._editor.app.output)


class _Completer(Completer):
    """What Tab completes, as prompt_toolkit asks for it."""

    def __init__(self, names: NameCompletion) -> None:
        self._names = names

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Yield what the word before the cursor may become."""
        found = self._names.completions(document.text_before_cursor)
        for choice in found.choices:
            yield Completion(choice, start_position=-found.replaced)


def kept_raw(keyboard: Input) -> Input:
    """Let a terminal's input stay raw while lines are printed above the one that is edited.

    prompt_toolkit gives the terminal back to the system for that moment, as a program that is run there
    would need: a Ctrl-D that is pressed then would be the system's, and lost.
    """
    setattr(keyboard, "cooked_mode", contextlib.nullcontext)  # noqa: B010  # for this one object only
    return keyboard


def _folded(line: Line, columns: int) -> list[Line]:
    """Break a sentence of ours at its spaces; messages are left to the terminal."""
    match line:
        case (Piece(style=Style.NOTICE | Style.ERROR as style, text=text),):
            return [(Piece(style, part),) for part in folded(text, columns)]
        case _:
            return [line]


def _fragments(line: Line) -> FormattedText:
    return FormattedText([_fragment(piece) for piece in line])


def _fragment(piece: Piece) -> tuple[str, str]:
    return (f"class:{piece.style.value}", piece.text)
