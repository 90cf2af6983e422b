"""The app: one screen for the chat, others in front of it, and what leads to the terminal itself."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from textual import events
from textual.app import App
from textual.filter import LineFilter, NoColor

from lanmsg.chat.programs import Programs
from lanmsg.client.event_stream import EventStream
from lanmsg.tui.chat_screen import ChatScreen
from lanmsg.tui.chat_view import width_class
from lanmsg.tui.happenings import Happenings
from lanmsg.tui.input_order import InputOrder
from lanmsg.tui.keys import keymap, writing_actions
from lanmsg.tui.settings import Settings, SettingsFile
from lanmsg.tui.terminal_keys import mend_alt_keys
from lanmsg.tui.theme import DARK, THEMES, fitting_theme
from lanmsg.wire.safe_text import safe_line

if TYPE_CHECKING:
    from lanmsg.client import Client

_WITHOUT_COLOURS: Final = (NoColor(),)


class ChatApp(App[None]):
    """Draws one client, which is open. `run_async` returns when the person leaves or the client stops.

    Attributes:
        stop_code: That of `events.Stopped` if the client has stopped by itself, else empty.
        stop_text: Its sentence.
        failure: What went wrong in the app itself.
    """

    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = False
    TITLE = "lanmsg"
    AUTO_FOCUS: ClassVar[str | None] = None

    def __init__(
        self,
        client: "Client",
        happened: EventStream,
        settings_file: SettingsFile,
        programs: Programs | None = None,
    ) -> None:
        super().__init__()
        self._programs = programs
        self.client = client
        self.settings_file = settings_file
        self.settings: Settings = settings_file.read()
        self.stop_code = self.stop_text = ""
        self.failure: Exception | None = None
        self._events = happened
        self._input = InputOrder(self, super().on_event)
        mend_alt_keys()
        self._title_shown = ""
        for theme in THEMES.values():
            self.register_theme(theme)
        self.apply(self.settings)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return colours that Textual has no names for, while no theme of ours is set."""
        return DARK.variables

    def on_mount(self) -> None:
        """Show the chat, and follow what happens."""
        chat = ChatScreen(self.client, self._programs)
        chat.add_class(width_class(self.size.width))
        self.push_screen(chat)
        happenings = Happenings(chat, chat.talk, chat.attention)
        self.run_worker(happenings.follow(self._events), name="events")
        self.run_worker(self._input.run(), name="input")

    async def on_event(self, event: events.Event) -> None:
        """Let what a person does wait for its turn."""
        if self._input.is_input(event):
            self._input.add(event)
        else:
            await super().on_event(event)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return what all lines go through. With NO_COLOR no colour passes; Textual would draw greys."""
        return _WITHOUT_COLOURS if self.no_color else super().get_line_filters()

    def apply(self, settings: Settings) -> None:
        """Look and behave as these settings say, from now on."""
        self.settings = settings
        word = "terminal" if self.no_color else settings.theme
        self.theme = THEMES[word if word in THEMES else fitting_theme()].name
        chosen = keymap(settings.keys, settings.own_keys)
        self.set_keymap(chosen)
        self.writing_actions = writing_actions(chosen)

    def change(self, settings: Settings) -> None:
        """Behave as these settings say, and keep them."""
        self.apply(settings)
        try:
            self.settings_file.write(settings)
        except OSError as error:
            self.notify(f"The settings could not be kept: {error}", severity="error", markup=False)

    def _handle_exception(self, error: Exception) -> None:
        """End with an error. Textual would print all that the code had in its hands: messages, keys."""
        if self.is_headless:
            super()._handle_exception(error)
            return
        self.failure = self.failure or error
        self.exit()

    def stop(self, code: str, text: str) -> None:
        """End: the client can't go on."""
        self.stop_code, self.stop_text = code, text
        self.exit()

    async def action_quit(self) -> None:
        """Leave; what is unfinished is kept."""
        for screen in self.screen_stack:
            if isinstance(screen, ChatScreen):
                screen.leave()

    def show_qr(self, link: str) -> None:
        """Show how others join by this link."""
        from lanmsg.tui.screens.join_code import JoinCode

        self.push_screen(JoinCode(self.client, link))

    # --- the terminal ------------------------------------------------------------------------

    def write_control(self, data: str) -> None:
        """Write control characters of ours to the terminal, which move nothing."""
        if self._driver is not None and not self.is_headless:
            self._driver.write(data)

    def show_title(self) -> None:
        """Say in the terminal's title how much is unread."""
        unread = sum(each.count for each in self.client.all_unread().values())
        title = safe_line(f"{f'({unread}) ' if unread else ''}lanmsg · {self.client.hub_title}")
        if title != self._title_shown and self.settings.sets_title:
            self._title_shown = title
            self.write_control(f"\x1b]2;{title}\a")
