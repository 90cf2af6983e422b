"""Modules that are imported piece by piece, while what is under way waits for a disk or for the hub."""

import asyncio
from collections.abc import Sequence
from importlib import import_module
from typing import Final

APP_MODULES: Final = (
    "rich.console",
    "textual",
    "textual.widget",
    "textual.app",
    "textual.widgets._text_area",
    "lanmsg.chat.line_runner",
    "lanmsg.tui.message_list",
    "lanmsg.tui.app",
)
"""What the app is made of, in pieces that take about as long as the hub takes for an answer."""


def import_meanwhile(modules: Sequence[str]) -> None:
    """Import these one after the other, each when the event loop has run what was ready before it.

    Who needs one of them before its turn imports it as ever. What is left when the loop ends is not imported.
    """
    if modules:
        import_module(modules[0])
        asyncio.get_running_loop().call_soon(import_meanwhile, modules[1:])
