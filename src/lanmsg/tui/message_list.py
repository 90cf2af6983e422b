"""The messages of the current conversation: a window of the log, drawn as far as it is visible."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from rich.segment import Segment
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message as TextualMessage
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from lanmsg.chat.message_style import Line, Style
from lanmsg.client.model import EVERYONE, Conversation, Message
from lanmsg.tui.app_of import app_of
from lanmsg.tui.keys import Place, bindings_of
from lanmsg.tui.message_layout import MAX_NOTES, Block, MessageLayout, Note, Spot
from lanmsg.tui.message_view import MessageDrawing
from lanmsg.tui.message_window import MessageWindow
from lanmsg.tui.styled import UNSTYLED, look_of
from lanmsg.wire.ids import MessageId

if TYPE_CHECKING:
    from lanmsg.client import Client

MAX_COLUMNS: Final = 112
"""Lines that are longer are hard to read."""
ROOMY_LINES: Final = 18
"""From this height on there are empty lines between groups."""
_NEAR_LINES: Final = 20
"""So near to an end of the window the next page is read."""


class MessageList(ScrollView, can_focus=True):
    """Shows messages; focused, one of them is chosen and keys do something to it."""

    BINDINGS: ClassVar[list[BindingType]] = list(bindings_of(Place.READING))

    chosen: reactive[MessageId | None] = reactive(None)
    """The message that keys do something to."""

    class Seen(TextualMessage):
        """Messages up to this one are in sight."""

        def __init__(self, message: Message) -> None:
            super().__init__()
            self.message = message

    def __init__(self, client: "Client", *, id: str) -> None:
        super().__init__(id=id)
        self._client = client
        self.window = MessageWindow(client, EVERYONE)
        self._layout_of_lines = MessageLayout()
        self._notes: list[Note] = []
        self._is_following = True
        self._is_stale = False
        self._goal_seq = 0
        self._ground = UNSTYLED
        self._seen: MessageId | None = None
        self._drawing: MessageDrawing | None = None

    # --- what is shown -----------------------------------------------------------------------

    @property
    def conversation(self) -> Conversation:
        """Whose messages they are."""
        return self.window.conversation

    @property
    def chosen_message(self) -> Message | None:
        """The message that keys do something to, as it looks now."""
        return self.window.with_id(self.chosen)

    def open(self, conversation: Conversation) -> None:
        """Show a conversation: from the first unread message on, else its newest ones."""
        self.window = MessageWindow(self._client, conversation)
        self._layout_of_lines = MessageLayout(unread_seq=self._client.unread(conversation).first_unread_seq)
        self._notes.clear()
        self.chosen = None
        self._seen = None
        self.show_first_unread()

    def reload(self) -> None:
        """Read everything anew: too much has happened at once."""
        self.window = MessageWindow(self._client, self.conversation)
        self._layout_of_lines.forget()
        self.show_newest()

    def note_unread(self) -> None:
        """Mark where the unread begin, if something is unread and nothing is marked."""
        if not self._layout_of_lines.unread_seq:
            self._layout_of_lines.unread_seq = self._client.unread(self.conversation).first_unread_seq
            self._is_stale = self._is_stale or self._layout_of_lines.unread_seq > 0

    def clear_unread_line(self) -> None:
        """Take the mark away: the person has said something, or that they have read all."""
        if self._layout_of_lines.unread_seq:
            self._layout_of_lines.unread_seq = 0
            self._is_stale = True

    # --- what happens ------------------------------------------------------------------------

    def put(self, message: Message) -> None:
        """A message of this conversation is there, or looks different. `settle` draws it."""
        self._layout_of_lines.forget(message.id)
        self._is_stale = self.window.put(message) or self._is_stale

    def take_away(self, message_id: MessageId) -> None:
        """A message is no more."""
        self._is_stale = self.window.remove(message_id) or self._is_stale
        if self.chosen == message_id:
            self.chosen = None

    def note(self, lines: Sequence[Line]) -> None:
        """Show lines of ours below what is there now."""
        if self.window.has_newer:
            self.show_newest()
        after = self.window.messages[-1].id if self.window.messages else None
        self._notes = [*self._notes, Note(tuple(lines), after)][-MAX_NOTES:]
        self._is_following = True
        self._is_stale = True

    def settle(self) -> None:
        """Draw what has happened since the last time."""
        if self._is_stale:
            self._arrange()

    # --- moving ------------------------------------------------------------------------------

    def show_newest(self) -> None:
        """Go to the end."""
        if self.window.has_newer:
            self.window.show_newest()
        self._is_following = True
        self._arrange()

    def show_oldest(self) -> None:
        """Go to the beginning of the log."""
        self.window.show_around(1)
        self._is_following = False
        self._arrange()
        self._scroll(0)

    def show_first_unread(self) -> None:
        """Go to where the unread begin; if nothing is unread, to the end."""
        seq = self._layout_of_lines.unread_seq
        if seq:
            self.show_seq(seq)
            return
        self.show_newest()

    def show_seq(self, seq: int, *, choose: bool = False) -> None:
        """Go to the message at a place of the log, or the next one behind it."""
        messages = self.window.messages
        if not messages or not messages[0].seq <= seq <= messages[-1].seq:
            self.window.show_around(seq)
        self._is_following = False
        self._arrange()
        target = next((each for each in self.window.messages if each.seq >= seq), None)
        if target is None:
            self.show_newest()
            return
        if choose:
            self.chosen = target.id
        number = self._layout_of_lines.block_of(target.id)
        if number is None:  # nothing is laid out while another list is in our place
            self._goal_seq = target.seq
            return
        self._scroll(self._layout_of_lines.start_of(number) - self._rows // 3)

    def page(self, by: int) -> None:
        """Go so many pages on; a page is a little less than what is in sight."""
        self._scroll(round(self.scroll_y) + by * max(self._rows - 2, 1))

    def move_choice(self, by: int) -> None:
        """Choose the message so many further on; the first time, the last one in sight."""
        messages = self.window.messages
        place = self.window.place_of(self.chosen) if self.chosen is not None else None
        if place is None:
            seen = self._last_in_sight()
            self.chosen = seen.id if seen is not None else None
        else:
            came = (place + by < 0 and self.window.load_older()) or (
                place + by >= len(messages) and self.window.load_newer()
            )
            if came:
                self._arrange()
            place = self.window.place_of(self.chosen) if self.chosen is not None else None
            if place is not None:
                messages = self.window.messages
                self.chosen = messages[max(0, min(place + by, len(messages) - 1))].id
        self._bring_chosen_into_sight()

    def choose_end(self, *, is_newest: bool) -> None:
        """Choose the newest message, or the oldest of all."""
        if is_newest:
            self.show_newest()
        else:
            self.show_oldest()
        messages = self.window.messages
        self.chosen = messages[-1 if is_newest else 0].id if messages else None
        self._bring_chosen_into_sight()

    def open_chosen(self) -> None:
        """Show all lines of the chosen message, or again only the first."""
        if self.chosen is not None:
            self._layout_of_lines.opened ^= {self.chosen}
            self._layout_of_lines.forget(self.chosen)
            self._arrange()
            self._bring_chosen_into_sight()

    def _bring_chosen_into_sight(self) -> None:
        number = self._layout_of_lines.block_of(self.chosen)
        if number is None:
            return
        start, height = (
            self._layout_of_lines.start_of(number),
            len(self._layout_of_lines.blocks[number].strips),
        )
        top = round(self.scroll_y)
        if start < top or height >= self._rows:
            self._scroll(start)
        elif start + height > top + self._rows:
            self._scroll(start + height - self._rows)

    # --- arranging ---------------------------------------------------------------------------

    @property
    def _rows(self) -> int:
        return self.scrollable_content_region.height

    def _arrange(self) -> None:
        """Lay out the window; what is at the top of the screen stays there, or the end in sight."""
        self._is_stale = False
        if not self.is_attached or not self.scrollable_content_region.width:
            return
        top = None if self._is_following else self._top()
        lines = self._layout_of_lines
        lines.arrange(
            self.window.messages, self._notes, self._drawing_now(), is_roomy=self._rows >= ROOMY_LINES
        )
        self._hold(lines.height)
        if top is None:
            self._scroll(lines.height)
        elif (number := lines.block_of(top[0])) is not None:
            self._scroll(lines.start_of(number) + top[1])
        else:
            self._scroll(round(self.scroll_y))
        self.refresh()
        self._tell_seen()

    def _hold(self, lines: int) -> None:
        """Note how many lines there are. Nothing on the screen moves for it, so no layout is asked for."""
        size = Size(self.scrollable_content_region.width, lines)
        self.set_reactive(Widget.virtual_size, size)  # pyright: ignore[reportArgumentType] - Textual types it so
        self.vertical_scrollbar.window_virtual_size = lines

    def _top(self) -> tuple[MessageId, int] | None:
        """Return the first message in sight, and how far above the screen it begins."""
        spot = self._layout_of_lines.spot(round(self.scroll_y))
        if spot is None:
            return None
        for number in range(spot.block, len(self._layout_of_lines.blocks)):
            message = self._layout_of_lines.blocks[number].message
            if message is not None:
                return message.id, round(self.scroll_y) - self._layout_of_lines.start_of(number)
        return None

    def _drawing_now(self) -> MessageDrawing:
        columns = min(self.scrollable_content_region.width - 2, MAX_COLUMNS)
        if self._drawing is None or self._drawing.columns != columns:
            self._layout_of_lines.forget()
            self._drawing = MessageDrawing(
                look=look_of(self),
                columns=columns,
                is_dark=app_of(self).current_theme.dark,
                find=self._client.message,
            )
        return self._drawing

    def _scroll(self, line: int) -> None:
        self.scroll_to(y=max(0, min(line, self.max_scroll_y)), animate=False, force=True, immediate=True)
        self._is_following = not self.window.has_newer and round(self.scroll_y) >= self.max_scroll_y

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Read the next page when an end comes near, and note what is in sight."""
        super().watch_scroll_y(old_value, new_value)
        self._is_following = not self.window.has_newer and round(new_value) >= self.max_scroll_y
        if new_value < old_value and new_value < _NEAR_LINES and self.window.has_older:
            self.call_later(self._load_older)
        elif new_value > old_value and new_value > self.max_scroll_y - _NEAR_LINES and self.window.has_newer:
            self.call_later(self._load_newer)
        self._tell_seen()

    def _load_older(self) -> None:
        if self.scroll_y < _NEAR_LINES and self.window.load_older():
            self._is_following = False
            self._arrange()

    def _load_newer(self) -> None:
        if self.scroll_y > self.max_scroll_y - _NEAR_LINES and self.window.load_newer():
            self._is_following = False
            self._arrange()

    def _tell_seen(self) -> None:
        message = self._last_in_sight()
        if message is not None and message.id != self._seen:
            self._seen = message.id
            self.post_message(self.Seen(message))

    def _last_in_sight(self) -> Message | None:
        """Return the last message whose end is on the screen."""
        lines = self._layout_of_lines
        bottom = min(round(self.scroll_y) + self._rows, lines.height)
        spot = lines.spot(bottom - 1)
        if spot is None:
            return None
        for number in range(spot.block, -1, -1):
            message = lines.blocks[number].message
            if message is not None and lines.start_of(number) + len(lines.blocks[number].strips) <= bottom:
                return message
        return None

    # --- Textual -----------------------------------------------------------------------------

    def on_resize(self) -> None:
        """Fold everything to the new width, and go where one wanted to go while there was none."""
        goal, self._goal_seq = self._goal_seq, 0
        self._arrange()
        if goal and self._layout_of_lines.blocks:
            self.show_seq(goal)

    def notify_style_update(self) -> None:
        """Another theme: other colours."""
        super().notify_style_update()
        self._drawing = None
        self._is_stale = True
        self.call_later(self.settle)

    def watch_chosen(self) -> None:
        """Draw it where it is now."""
        self.refresh()

    def message_at(self, y: int) -> MessageId | None:
        """Return the message that is drawn on a line of the screen; where there is none, the chosen one."""
        spot = self._spot_at(y)
        message = self._layout_of_lines.blocks[spot.block].message if spot is not None else None
        return message.id if message is not None else self.chosen

    def _spot_at(self, y: int) -> Spot | None:
        lines = self._layout_of_lines
        pad = max(0, self._rows - lines.height)
        return lines.spot(round(self.scroll_y) + y - pad)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw the visible lines, all on the ground of now: to ask for it costs more than a line."""
        self._ground = self.rich_style
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Draw one visible line. Few messages stand at the bottom, next to where one writes."""
        columns = self.scrollable_content_region.width
        base = self._ground
        spot = self._spot_at(y)
        if spot is None:
            return self._empty_line(y).apply_style(base).adjust_cell_length(columns, base)
        block = self._layout_of_lines.blocks[spot.block]
        if self._is_chosen(block, spot):
            base = base + self._drawing_now().look.chosen
        return block.strips[spot.line].apply_style(base).adjust_cell_length(columns, base)

    def _is_chosen(self, block: Block, spot: Spot) -> bool:
        is_it = block.message is not None and block.message.id == self.chosen
        return self.has_focus and is_it and spot.line >= block.lead

    def _empty_line(self, y: int) -> Strip:
        if self._layout_of_lines.blocks or y != self._rows // 2:
            return Strip.blank(0)
        words = "Nothing was said here yet."
        left = max((self.scrollable_content_region.width - len(words)) // 2, 0)
        return Strip([Segment(" " * left), Segment(words, self._drawing_now().look.of(Style.MARK))])
