"""What a person does at any face of lanmsg, and what they read there: scenarios are written against this.

Everything goes through what a person has: lines that are typed, and what is on the screen. A driver that
is new (of another face) needs no change of any scenario.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from tests.processes import until

T = TypeVar("T")
SHOWN_S = 30.0
"""A guard against hanging: busy machines draw late."""
SHOWN = 2000
"""Characters of a screen that a failure shows: the newest."""


@dataclass(frozen=True)
class Shown:
    """A message as it stands on a screen."""

    sender: str
    text: str
    state: str = ""
    """How far one of ours has come: waiting, sent, delivered, read; empty for those of others."""
    is_action: bool = False
    is_edited: bool = False
    is_deleted: bool = False
    is_pinned: bool = False
    answers: str = ""
    """How the message begins that this one answers."""
    reactions: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Device:
    """One device of a person as it is listed."""

    id: str
    name: str
    is_this: bool


class Face(ABC):
    """One person at one device. Made by a `Stage`; `come` first, then all others."""

    kind: str
    """`line`, `web`, …: what the scenarios are run for."""

    def __init__(self, name: str) -> None:
        self.name = name

    # --- coming and going --------------------------------------------------------------------

    @abstractmethod
    def come(self, *, code: str = "") -> None:
        """Open the face: as somebody new the first time, or with the code of another device of theirs.

        It stays away until `close`; returns when one can write.
        """

    @abstractmethod
    def leave(self) -> None:
        """Leave as a person does; `come` comes back to the same device."""

    @abstractmethod
    def kill(self) -> None:
        """End it at once, in the middle of whatever it does; `come` comes back to the same device."""

    @abstractmethod
    def close(self) -> None:
        """End it for good. Fails if something went wrong that no person was told."""

    @property
    def problems(self) -> list[str]:
        """What went wrong so far that no person was told."""
        return []

    # --- typing ------------------------------------------------------------------------------

    @abstractmethod
    def type(self, text: str) -> None:
        """Type text behind what is typed already; no Enter."""

    @abstractmethod
    def clear(self) -> None:
        """Take away all that is typed."""

    @abstractmethod
    def press_enter(self) -> None:
        """Press Enter."""

    def enter(self, line: str) -> None:
        """Type a line and press Enter."""
        self.type(line)
        self.press_enter()

    # --- reading -----------------------------------------------------------------------------

    @property
    @abstractmethod
    def target(self) -> str:
        """Where the face says that Enter goes, in its own words."""

    @property
    @abstractmethod
    def typed(self) -> str:
        """What is typed and was not sent."""

    @property
    @abstractmethod
    def words(self) -> str:
        """All words that are on the screen, or went by in a terminal; one blank between two words."""

    @property
    def words_now(self) -> str:
        """The words of what is so now, without what went by."""
        return self.words

    @abstractmethod
    def messages(self) -> list[Shown]:
        """The messages of the conversation that Enter goes to, oldest first, as they look now."""

    @abstractmethod
    def unread(self) -> Mapping[str, int]:
        """How much is unread where, as the screen says without being asked: `everyone`, `ben`, `kitchen`."""

    @property
    @abstractmethod
    def is_closed(self) -> bool:
        """Whether nothing can be written to the open conversation, and the face says so."""

    @abstractmethod
    def answer(self, command: str) -> str:
        """Run a command that changes nothing; return the words with which it is answered."""

    @abstractmethod
    def refused(self, command: str) -> None:
        """Run a command that can't be done; fail if the face does not say so."""

    @abstractmethod
    def pairing_code(self) -> str:
        """Let another device of this person in; return the code to type there."""

    @abstractmethod
    def devices(self) -> list[Device]:
        """The devices of this person, as the face lists them."""

    @abstractmethod
    def accept_verification(self, name: str) -> None:
        """Begin to compare, as somebody has asked for."""

    @abstractmethod
    def say_same(self) -> None:
        """Say that the emoji are the same."""

    @abstractmethod
    def emoji(self) -> list[str]:
        """The names of the seven emoji of a verification; empty if there is none now."""

    @abstractmethod
    def listed(self, command: str) -> list[str]:
        """Enter a command that lists messages, and return their texts: /search, /thread, /pins."""

    @abstractmethod
    def code(self) -> list[str]:
        """The newest block of code in the conversation, as a list of one; empty if there is none."""

    @abstractmethod
    def stands_out(self, text: str) -> bool:
        """Whether the message with this text is marked as one that names the person."""

    @abstractmethod
    def back_to_talk(self) -> None:
        """Close what covers the conversation, and take away what is typed."""

    # --- waiting -----------------------------------------------------------------------------

    def texts(self) -> list[str]:
        """Return the texts of the conversation."""
        return [message.text for message in self.messages()]

    def read(self, *texts: str) -> list[Shown]:
        """Wait until the conversation ends with these texts; return these messages."""
        return self.wait(lambda: self._ends_with(texts), f"{texts} at the end")

    def _ends_with(self, texts: tuple[str, ...]) -> list[Shown]:
        messages = self.messages()[-len(texts) :]
        return messages if tuple(message.text for message in messages) == texts else []

    def see(self, text: str, is_so: Callable[[Shown], object] = bool) -> Shown:
        """Wait until the newest message with this text looks so; return it."""
        return self.wait(lambda: self._found(text, is_so), f"{text!r} that looks so")

    def _found(self, text: str, is_so: Callable[[Shown], object]) -> Shown | None:
        found = [message for message in self.messages() if message.text == text]
        return found[-1] if found and is_so(found[-1]) else None

    def lists(self, command: str, *texts: str) -> None:
        """Wait until a command lists exactly the messages with these texts, in any order."""
        self.wait(lambda: sorted(self.listed(command)) == sorted(texts), f"{command} lists {texts}")

    def wait_for(self, *words: str) -> None:
        """Wait until all of these words are there."""
        self.wait(lambda: all(each in self.words for each in words), f"the words {words}")

    def open(self, target: str) -> None:
        """Make a conversation the one that Enter goes to: `@ben`, `@ben,@cat`, `@kitchen`, `#`."""
        self.enter(target)
        name = "everyone" if target == "#" else target.removeprefix("@").replace("@", "")
        self.wait(lambda: self.is_open(name), f"{name} is open")

    @abstractmethod
    def is_open(self, name: str) -> bool:
        """Whether Enter goes to this conversation, and nothing is typed."""

    def wait(self, is_so: Callable[[], T], what: str) -> T:
        """Wait until something is so, and return it; else fail with what is on the screen."""
        try:
            return until(is_so, timeout_s=SHOWN_S, what=what)
        except AssertionError as error:
            raise AssertionError(
                f"{self.kind} {self.name}: not there: {what}\n{self.words[-SHOWN:]}"
            ) from error
