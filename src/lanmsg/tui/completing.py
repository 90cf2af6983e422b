"""What Tab makes of the end of a line: names, commands and `:emoji:`, one choice after the other."""

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from lanmsg.chat.completion import Completions, NameCompletion
from lanmsg.tui.emoji_names import MIN_LETTERS, emoji_like

if TYPE_CHECKING:
    from lanmsg.client import Client

_EMOJI: Final = re.compile(rf"(?:^|\s):([a-z_]{{{MIN_LETTERS},40}}):?$", re.IGNORECASE)


def completions(client: "Client", line: str) -> Completions:
    """Return what may become of the end of a line (all that stands before the cursor)."""
    found = _EMOJI.search(line)
    if found is not None:
        return Completions(len(line) - found.start(1) + 1, tuple(emoji_like(found[1])))
    return NameCompletion(client.people, client.rooms).completions(line)


@dataclass(frozen=True, slots=True)
class Completing:
    """Choices for the text between two columns of a row, and which one stands there now (-1: none yet)."""

    choices: tuple[str, ...] = ()
    place: int = -1
    row: int = 0
    start: int = 0
    end: int = 0
    text: str = field(default="")
    """The whole text as it is with the choice of now: another text ends the completing."""

    def turned(self, by: int) -> "Completing":
        """Return it with the next choice, or the one before."""
        return replace(self, place=(self.place + by) % len(self.choices) if self.place >= 0 or by > 0 else -1)

    @property
    def choice(self) -> str:
        """The choice of now."""
        return self.choices[self.place]
