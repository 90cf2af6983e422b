"""The chat: what stands where, what is current, and what Enter does. Keys are in `chat_screen`."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import TextArea

from lanmsg.chat.attention import ChatAttention, notice_style
from lanmsg.chat.hub_words import new_hub_words
from lanmsg.chat.line_runner import LineRunner
from lanmsg.chat.message_style import Line, Piece, Style
from lanmsg.chat.programs import Programs
from lanmsg.client.model import Conversation, Message, MessageState
from lanmsg.tui.app_of import app_of
from lanmsg.tui.app_talk import AppTalk
from lanmsg.tui.bar import Bar
from lanmsg.tui.composer import Composer
from lanmsg.tui.conversation_list import ConversationList, conversation_rows, conversations_of
from lanmsg.tui.drafting import Drafting
from lanmsg.tui.entered_lines import Deed, EnteredLines
from lanmsg.tui.intent import Intent, IntentKind
from lanmsg.tui.line_list import LineList
from lanmsg.tui.message_keys import ChoosableMessages
from lanmsg.tui.people_list import PeopleList, people_of, people_rows
from lanmsg.tui.screens.panel import Panel
from lanmsg.tui.status_line import heading, status
from lanmsg.wire.errors import LanmsgError
from lanmsg.wire.safe_text import clip, isolated

if TYPE_CHECKING:
    from lanmsg.client import Client

SETTLE_S: Final = 0.05
"""What happens within this time is drawn in one go."""
QUOTED_COLUMNS: Final = 40
_WIDTHS: Final = ((0, "-narrow"), (70, "-medium"), (110, "-wide"))
"""From so many columns on, the class that says what there is room for."""
CHOOSING: Final = {
    "r reply": "reply",
    "e edit": "edit",
    "d delete": "delete",
    "+ 👍": "thumb",
    ": emoji": "react",
    "i info": "info",
    "? keys": "screen.help",
    "Esc back": "write",
}
"""What is said of the keys while a message is chosen, and the action of each: a click does it too."""


def width_class(columns: int) -> str:
    """Return the class of a chat that is so wide: what is laid out for another is laid out twice."""
    return next(name for least, name in reversed(_WIDTHS) if columns >= least)


class ChatView(Screen[None]):
    """All that one sees of a chat. It holds which conversation is shown; all else is the client's."""

    HORIZONTAL_BREAKPOINTS = list(_WIDTHS)  # noqa: RUF012 - Textual declares it without ClassVar

    def __init__(self, client: "Client", programs: Programs | None = None) -> None:
        super().__init__()
        self.client = client
        self.talk = AppTalk(client, self, programs)
        self.attention = ChatAttention(client, self, notice=notice_style())
        self.runner = LineRunner(self.talk)
        self.drafting = Drafting(client, call_later=asyncio.get_running_loop().call_later)
        self.conversations = ConversationList(id="conversations")
        self.messages = ChoosableMessages(client, id="messages")
        self.people = PeopleList(id="people")
        self.composer = Composer(client, self.enter, id="composer")
        self._heading, self._target, self._status = Bar(id="heading"), Bar(id="target"), Bar(id="status")
        self._intent: Intent | None = None
        self._offered: Line = ()
        self._entered = EnteredLines(
            failed=lambda text: self.talk.show(text, Style.ERROR), done=self.unsettle
        )
        self._times_gone = 0
        self._is_settling = False

    def compose(self) -> ComposeResult:
        """Put everything in its place."""
        with Horizontal(id="columns"):
            yield self.conversations
            with Vertical(id="talk"):
                yield self._heading
                yield self.messages
                yield self._target
                yield self.composer
            yield self.people
        yield self._status

    def on_mount(self) -> None:
        """Begin with what was said to everyone."""
        self.run_worker(self._entered.work(), name="lines")
        self.open_conversation(self.talk.current)
        self.composer.focus()
        self._greet()

    def _greet(self) -> None:
        for problem in app_of(self).settings_file.problems:
            self.talk.show(problem, Style.ERROR)
        if self.client.is_new_hub:
            self.talk.show(new_hub_words(self.client))
            self.talk.show("F5 shows how others join. F1 shows the keys.")
        if not self.client.is_online:
            self.talk.show("OFFLINE: the hub can't be reached now. What you write waits for it.", Style.ERROR)

    # --- what the talk asks (app_talk.View) --------------------------------------------------

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show lines of ours below the messages."""
        self.messages.note(lines)
        self.unsettle()

    def show_qr(self, link: str) -> None:
        """Show a link as a QR code."""
        app_of(self).show_qr(link)

    def go_to(self, conversation: Conversation) -> None:
        """Show another conversation, by the person's own hand."""
        self._times_gone += 1
        self.open_conversation(conversation)

    def open_conversation(self, conversation: Conversation) -> None:
        """Show another conversation: its messages, and what is unfinished there."""
        if self.messages.is_attached:
            self.drafting.keep()
        self._intent = None
        self.messages.open(conversation)
        self.talk.opened(conversation, self.messages.window.messages)
        self.composer.fill(self.client.draft(conversation))
        self.remove_class("show-conversations", "show-people")
        self.settle()
        self.conversations.show_value(conversation)

    def take_up_draft(self) -> None:
        """Put what is unfinished here where one writes."""
        self.composer.fill(self.client.draft(self.talk.current))

    # --- drawing -----------------------------------------------------------------------------

    def unsettle(self) -> None:
        """Something has happened: draw it soon, with all that happens meanwhile."""
        if not self._is_settling:
            self._is_settling = True
            self.set_timer(SETTLE_S, self.settle)

    def settle(self) -> None:
        """Draw what has happened."""
        self._is_settling = False
        if not self.messages.is_attached:
            return
        client, current = self.client, self.talk.current
        self.messages.note_unread()
        self.messages.settle()
        self.conversations.set_rows(conversation_rows(client, conversations_of(client, current)))
        self.conversations.cursor = self.conversations.place_of(current)
        if self.people.display:
            self.people.set_rows(people_rows(client, people_of(client, current)))
        self._heading.show(*heading(client, current))
        self._status.show(*status(client, current, self.talk.now, has_list=self.conversations.display))
        self._show_target()
        app_of(self).show_title()
        for screen in app_of(self).screen_stack:
            if isinstance(screen, Panel):
                screen.renew()

    def _show_target(self) -> None:
        if self.messages.has_focus:
            self._target.show(tuple(Piece(Style.OWN, f"{words}  ") for words in CHOOSING))
            return
        if self._intent is not None:
            self._target.show(self._intent.words(), self._offered)
            return
        prompt = self.talk.prompter.prompt(self.composer.text, self.talk.current)
        self._target.show((Piece(prompt.style, prompt.words),), self._offered)

    # --- what happens ------------------------------------------------------------------------

    def opened_first(self) -> None:
        """All that the hub had for us is here: show it as if it had been here at once."""
        if self.messages.is_attached and not self.messages.has_focus:
            self.messages.open(self.talk.current)
            self.talk.opened(self.talk.current, self.messages.window.messages)
            self._greet()

    def stopped(self, code: str, text: str) -> None:
        """The client can't go on."""
        app_of(self).stop(code, text)

    def alert(self, data: str) -> None:
        """Write a bell or a notice to the terminal."""
        app_of(self).write_control(data)

    def on_message_list_seen(self, event: ChoosableMessages.Seen) -> None:
        """Messages are in sight: those of others count as read while the person is at the keys."""
        messages = self.messages.window.messages
        place = self.messages.window.place_of(event.message.id)
        for message in reversed(messages[: (place or 0) + 1]):
            if not message.is_own and message.state is MessageState.RECEIVED:
                self.talk.now.shown(message)
                return

    # --- writing -----------------------------------------------------------------------------

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Something is typed: say where it would go, and that we type."""
        if event.text_area is not self.composer:
            return
        self.attention.touched()
        self.composer.end_completing()
        text, current = self.composer.text, self.talk.current
        typed = None if self._intent is not None else self.talk.prompter.typed(text, current)
        is_text = typed is not None and bool(typed.text.strip())
        self.talk.now.edited([typed.conversation] if typed is not None and is_text else [])
        if self._intent is None:
            self.drafting.edited(current, text)
        self._show_target()

    def on_composer_offered(self, event: Composer.Offered) -> None:
        """Show the choices of a completion beside the target."""
        around = event.choices[max(event.place - 2, 0) : event.place + 4]
        chosen = event.choices[event.place] if event.choices else ""
        self._offered = tuple(
            Piece(Style.OWN if each == chosen else Style.TIME, f" {each.strip()} ") for each in around
        )
        self._show_target()

    def enter(self, text: str) -> bool:
        """Do what a text says; False if it means nothing: it stays, so that it can be mended."""
        if self._entered.is_full:
            return False
        try:
            self._enter(text)
        except LanmsgError as error:
            self.talk.show(str(error), Style.ERROR)
            return False
        self._intent = None
        self.talk.now.entered()
        self.drafting.entered(self.talk.current)
        self.messages.clear_unread_line()
        self.messages.show_newest()
        return True

    def _enter(self, text: str) -> None:
        """Let it happen. A text goes where the line above it says now, whatever is shown by then."""
        intent = self._intent
        if intent is not None:
            self._entered.add_text(lambda: intent.fulfil(self.client, text))
        elif send := self.runner.sending(text):
            self._entered.add_text(send)
        else:
            self._entered.add_command(self._command(text))

    def _command(self, line: str) -> Deed:
        """Return the doing of a command: it means the conversation shown now, and is not done in another."""
        times_gone = self._times_gone

        async def run() -> None:
            if times_gone == self._times_gone:
                await self.runner.run(line)
            else:
                words = isolated(clip(line, QUOTED_COLUMNS))
                self.talk.show(f"not done, for you have gone to another conversation: {words}", Style.ERROR)

        return run

    def do(self, work: Deed) -> None:
        """Do something behind what was entered before."""
        if not self._entered.is_full:
            self._entered.add_command(work)

    def intend(self, kind: IntentKind, message: Message) -> None:
        """Let Enter do something to a message from now on."""
        self.drafting.keep()
        self._intent = Intent(kind, message)
        self.composer.fill(message.text if kind is IntentKind.EDIT else "")
        self.composer.focus()
        self._show_target()

    def end_intent(self) -> bool:
        """Let Enter send again, and give back what was unfinished; tell whether it did anything else."""
        if self._intent is None:
            return False
        self._intent = None
        self.composer.fill(self.client.draft(self.talk.current))
        self._show_target()
        return True

    def leave(self) -> None:
        """Keep what is unfinished and what was entered, and end the app."""
        self.drafting.keep()
        self.run_worker(self._leave(), name="leaving")

    async def _leave(self) -> None:
        await self._entered.texts_sent()
        app_of(self).exit()

    def on_descendant_focus(self) -> None:
        """Say what keys mean now."""
        self._show_target()

    # --- lists -------------------------------------------------------------------------------

    def on_line_list_chosen(self, event: LineList.Chosen) -> None:
        """Open the conversation that was chosen, or the one with a person."""
        value: object = event.value
        if isinstance(value, Conversation):
            self.go_to(value)
        elif isinstance(value, str):
            self.go_to(self.client.conversation(f"@{value}"))
        self.composer.focus()
