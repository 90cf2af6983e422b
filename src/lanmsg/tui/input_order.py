"""Keys, clicks and pastes take effect one after the other, in the order in which they were made.

Textual runs some bindings ahead of the letters that wait to be typed, and others behind those that come
after. On a slow line many keys arrive at once: what was written for one conversation could be sent to the
next one, and the first letters behind a key that opens a dialog would be lost.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from textual import events
from textual.dom import DOMNode
from textual.message_pump import MessagePump
from textual.widgets import Input, TextArea

if TYPE_CHECKING:
    from textual.app import App

MAX_WAITING: Final = 100_000
"""Keys that wait. Nobody types so many ahead: what comes then is dropped."""
ROUNDS: Final = 2
"""One for what a key does, one for what it asks others to do."""
STEP_S: Final = 1.0
"""Nothing waits longer for one widget."""


class InputOrder:
    """Hands events on, each when what the one before does at once is done.

    Args:
        app: Whose events.
        hand_on: What Textual does with an event.
    """

    def __init__(self, app: "App[None]", hand_on: Callable[[events.Event], Awaitable[None]]) -> None:
        self._app = app
        self._hand_on = hand_on
        self._waiting: asyncio.Queue[events.Event] = asyncio.Queue(MAX_WAITING)

    @staticmethod
    def is_input(event: events.Event) -> bool:
        """Tell whether a person made this event, and nobody has handed it on yet."""
        return isinstance(event, events.InputEvent | events.Paste) and not event.is_forwarded

    def add(self, event: events.Event) -> None:
        """Take an event; it is handed on in its turn."""
        if not self._waiting.full():
            self._waiting.put_nowait(event)

    async def run(self) -> None:
        """Hand on what comes, until this is cancelled."""
        touched: DOMNode = self._app
        was_harmless = True
        while True:
            event = await self._waiting.get()
            is_harmless = self._is_harmless(event)
            if not (was_harmless and is_harmless):
                await self._settle(touched)
                is_harmless = self._is_harmless(event)
            touched, was_harmless = self._app.focused or self._app.screen, is_harmless
            await self._hand_on(event)

    def _is_harmless(self, event: events.Event) -> bool:
        """Tell whether nothing can come of an event but a letter in a field, or a pointer that moved."""
        if isinstance(event, events.Key):
            return event.is_printable and isinstance(self._app.focused, TextArea | Input)
        return isinstance(event, events.MouseMove)

    async def _settle(self, touched: DOMNode) -> None:
        """Wait until all that the events so far lead to at once has happened."""
        for _ in range(ROUNDS):
            for node in touched.ancestors_with_self:
                await _passed(node)
            await _passed(self._app.screen)  # it may be another one by now
            await _passed(self._app)


async def _passed(node: MessagePump) -> None:
    """Wait until a node has done what waits for it now."""
    done = asyncio.Event()
    if node.is_running and node.call_later(done.set):
        try:
            await asyncio.wait_for(done.wait(), STEP_S)
        except TimeoutError:
            return
