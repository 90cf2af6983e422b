"""The app that a widget or screen is of, with its own type."""

from typing import TYPE_CHECKING, cast

from textual.dom import DOMNode

if TYPE_CHECKING:
    from lanmsg.tui.app import ChatApp


def app_of(node: DOMNode) -> "ChatApp":
    """Return it. Textual's own `app` property does not know which it is."""
    return cast("ChatApp", node.app)  # pyright: ignore[reportUnknownMemberType] - see above
