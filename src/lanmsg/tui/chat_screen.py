"""The chat with its keys: `keys.Place.CHAT`, and what is wanted of the chosen message."""

from datetime import date
from time import monotonic
from typing import ClassVar, Final

from textual.binding import BindingType

from lanmsg.chat.message_style import Style
from lanmsg.client.model import Conversation, Message
from lanmsg.tui.app_of import app_of
from lanmsg.tui.chat_panels import ChatPanels
from lanmsg.tui.composer import Composer
from lanmsg.tui.conversation_list import conversations_of
from lanmsg.tui.intent import IntentKind, toggle_reaction
from lanmsg.tui.keys import Place, bindings_of
from lanmsg.tui.message_info import message_info
from lanmsg.tui.message_keys import ChoosableMessages, Deed
from lanmsg.tui.moving import neighbour, next_active
from lanmsg.tui.screens.asking import Asking
from lanmsg.wire.commands import format_help
from lanmsg.wire.safe_text import safe_text
from lanmsg.wire.typed_line import Command

TWICE_S: Final = 3.0
"""Within this time a second Ctrl+C leaves."""
_INTENTS: Final = {
    Deed.REPLY: IntentKind.REPLY,
    Deed.EDIT: IntentKind.EDIT,
    Deed.REACT: IntentKind.REACT,
}


class ChatScreen(ChatPanels):
    """Does what keys say."""

    BINDINGS: ClassVar[list[BindingType]] = list(bindings_of(Place.CHAT))
    _interrupted_s = float("-inf")

    def on_mount(self) -> None:
        """Let the commands that have a screen open it. Textual calls the handlers of the bases itself."""
        self.runner.commands["help"] = self._help
        self.runner.commands["search"] = self._search

    async def _help(self, command: Command) -> None:
        if command.arguments and command.arguments[0].casefold() != "all":
            self.talk.show(format_help(command.raw_arguments.strip()))
        else:
            self.action_help()

    async def _search(self, command: Command) -> None:
        self._open_search(command.raw_arguments)

    # --- conversations -----------------------------------------------------------------------

    def _conversations(self) -> list[Conversation]:
        return conversations_of(self.client, self.talk.current)

    def action_next_conversation(self) -> None:
        """Show the next one."""
        self.go(neighbour(self._conversations(), self.talk.current, 1))

    def action_previous_conversation(self) -> None:
        """Show the one before."""
        self.go(neighbour(self._conversations(), self.talk.current, -1))

    def _is_unread(self, conversation: Conversation) -> bool:
        return self.client.unread(conversation).count > 0

    def action_next_unread(self) -> None:
        """Show the next one with something unread."""
        self.go(neighbour(self._conversations(), self.talk.current, 1, is_wanted=self._is_unread))

    def action_previous_unread(self) -> None:
        """Show the last one with something unread."""
        self.go(neighbour(self._conversations(), self.talk.current, -1, is_wanted=self._is_unread))

    def action_next_active(self) -> None:
        """Show where something calls for us."""
        self.go(next_active(self.client, self._conversations(), self.talk.current))

    def action_conversation(self, number: int) -> None:
        """Show the conversation with this number, counting from 1."""
        conversations = self._conversations()
        self.go(conversations[number - 1] if number <= len(conversations) else None)

    def action_jump(self) -> None:
        """Ask where to go."""
        from lanmsg.tui.screens.jump import Jump

        app_of(self).push_screen(Jump(self.client, self.talk.current), self._go_to)

    def _go_to(self, found: Conversation | date | None) -> None:
        if isinstance(found, date):
            self.go_to_day(found)
        else:
            self.go(found)

    def action_search(self) -> None:
        """Search everything."""
        self._open_search("")

    def _open_search(self, query: str) -> None:
        from lanmsg.tui.screens.search import Search

        app_of(self).push_screen(Search(self.client, query), self.go_to_message)

    def go_to_message(self, message: Message | None) -> None:
        """Show a message among those around it."""
        if message is None:
            return
        if message.conversation != self.talk.current:
            self.go_to(message.conversation)
        self.messages.focus()
        self.messages.show_seq(message.seq, choose=True)

    # --- scrolling ---------------------------------------------------------------------------

    def action_page_older(self) -> None:
        """Show older messages."""
        self.messages.page(-1)

    def action_page_newer(self) -> None:
        """Show newer messages."""
        self.messages.page(1)

    def action_newest(self) -> None:
        """Show the newest messages."""
        self.messages.show_newest()

    def action_oldest(self) -> None:
        """Show the oldest messages."""
        self.messages.show_oldest()

    def action_first_unread(self) -> None:
        """Show where the unread begin."""
        self.messages.note_unread()
        self.messages.show_first_unread()

    def action_mark_read(self) -> None:
        """Count everything here as read."""
        self.talk.now.read_all(self.talk.current)
        self.messages.clear_unread_line()
        self.unsettle()

    # --- what is shown -----------------------------------------------------------------------

    def action_toggle_conversations(self) -> None:
        """Show or hide the conversations; on a narrow screen they take the place of the messages."""
        self.toggle_class("show-conversations" if self.has_class("-narrow") else "hide-conversations")
        self.remove_class("show-people")
        if self.has_class("show-conversations"):
            self.conversations.focus()
        else:
            self.composer.focus()

    def action_toggle_people(self) -> None:
        """Show or hide the people."""
        self.toggle_class("hide-people" if self.has_class("-wide") else "show-people")
        self.remove_class("show-conversations")
        if self.has_class("show-people"):
            self.people.focus()
        else:
            self.composer.focus()
        self.call_after_refresh(self.settle)

    def action_redraw(self) -> None:
        """Draw everything anew."""
        self.messages.reload()
        self.unsettle()
        app_of(self).refresh(repaint=True, layout=True)

    def action_help(self) -> None:
        """Show the keys."""
        from lanmsg.tui.screens.help import Help

        app_of(self).push_screen(Help(app_of(self).settings))

    def action_settings(self) -> None:
        """Show the settings."""
        from lanmsg.tui.screens.settings import SettingsScreen

        app_of(self).push_screen(SettingsScreen(self.client))

    # --- leaving -----------------------------------------------------------------------------

    def action_leave_app(self) -> None:
        """Leave."""
        self.leave()

    def action_interrupt(self) -> None:
        """Copy what is marked, else empty the line; twice in a row leave."""
        if self.composer.selected_text:
            app_of(self).copy_to_clipboard(self.composer.selected_text)
            return
        if selected := self.get_selected_text():
            app_of(self).copy_to_clipboard(selected)
            return
        if monotonic() - self._interrupted_s < TWICE_S:
            self.leave()
            return
        self._interrupted_s = monotonic()
        self.composer.remember(self.composer.text)
        self.composer.fill("")
        self.talk.show("Ctrl+C again leaves the chat.")

    def on_composer_emptied(self, event: Composer.Emptied) -> None:
        """Escape, Up or the end of input in the composer."""
        match event.key:
            case "up":
                message = self.talk.newest_own()
                if message is not None:
                    self.intend(IntentKind.EDIT, message)
            case "end":
                self.leave()
            case _:
                if not self.end_intent():
                    self.messages.focus()

    def on_composer_many_pasted(self, event: Composer.ManyPasted) -> None:
        """Ask before many lines are taken."""
        count = event.text.count("\n") + 1

        def take(is_wanted: bool | None) -> None:  # noqa: FBT001 - the answer
            if is_wanted:
                self.composer.insert(event.text)

        app_of(self).push_screen(Asking(f"Paste {count} lines as one message?"), take)

    # --- messages ----------------------------------------------------------------------------

    def on_choosable_messages_left(self) -> None:
        """The person wants to write."""
        self.composer.focus()

    def on_choosable_messages_reaction_clicked(self, event: ChoosableMessages.ReactionClicked) -> None:
        """React as others did, or take it back; and write on."""
        self.do(lambda: toggle_reaction(self.client, event.message, event.emoji))
        self.composer.focus()

    def on_choosable_messages_wanted(self, event: ChoosableMessages.Wanted) -> None:
        """Do what a key wants of the chosen message."""
        message = event.message
        match event.deed:
            case Deed.EDIT if not message.is_own:
                self.talk.show("Only who wrote a message can edit it.", Style.ERROR)
            case Deed.REPLY | Deed.EDIT | Deed.REACT:
                self.intend(_INTENTS[event.deed], message)
            case Deed.DELETE:
                self._ask_to_delete(message)
            case Deed.THUMB:
                self.do(lambda: toggle_reaction(self.client, message, "👍"))
            case Deed.PIN:
                self.do(lambda: self._toggle_pin(message))
            case Deed.INFO:
                self.talk.show(message_info(message))
            case Deed.QUOTED if message.reply_to is not None:
                self.go_to_message(self.client.message(message.reply_to))
            case Deed.COPY:
                app_of(self).copy_to_clipboard(safe_text(message.text))
            case _:
                pass

    def _ask_to_delete(self, message: Message) -> None:
        def delete(is_wanted: bool | None) -> None:  # noqa: FBT001 - the answer
            if is_wanted:
                self.do(lambda: self.client.delete(message.id))

        app_of(self).push_screen(Asking("Delete this message, for everybody who reads it?"), delete)

    async def _toggle_pin(self, message: Message) -> None:
        await self.client.pin(message.id, remove=message.is_pinned)
