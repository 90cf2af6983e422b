"""The settings of the app on this machine: `terminal.toml` in the home.

What a person prefers on all devices is the client's.
"""

import contextlib
import json
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from lanmsg.tui.keys import Profile

FILE_NAME: Final = "terminal.toml"
MAX_BYTES: Final = 64 * 1024
_HEAD: Final = (
    "# Settings of the terminal app. It reads them when it starts and writes them when you change one.\n"
)


class ThemeChoice(StrEnum):
    """Which colours."""

    AUTO = "auto"
    """What fits the terminal."""
    DARK = "dark"
    LIGHT = "light"
    TERMINAL = "terminal"
    """The terminal's own 16."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """All of them. `own_keys` maps `chat.jump` and the like (see the page of keys) to `ctrl+g,f6`."""

    theme: ThemeChoice = ThemeChoice.AUTO
    keys: Profile = Profile.USUAL
    sets_title: bool = True
    own_keys: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """Where they are kept. A file that can't be read is left alone, and `problem` says what is wrong."""

    path: Path
    problems: list[str] = field(default_factory=list[str])

    @classmethod
    def of(cls, home: Path) -> "SettingsFile":
        """Return that of a client's home."""
        return cls(home / FILE_NAME)

    def read(self) -> Settings:
        """Return what it says; the usual settings if there is none, or if it can't be read."""
        try:
            data = self.path.read_bytes()
            if len(data) > MAX_BYTES:
                raise msgspec.DecodeError(f"it is larger than {MAX_BYTES} bytes")
            return msgspec.toml.decode(data, type=Settings)
        except FileNotFoundError:
            return Settings()
        except (OSError, msgspec.MsgspecError, ValueError) as error:
            self.problems.append(f"{self.path} is not used: {error}")
            return Settings()

    def write(self, settings: Settings) -> None:
        """Replace it, in one step.

        Raises:
            OSError: the disk does not take it.
        """
        new = self.path.with_suffix(".new")
        with contextlib.suppress(FileNotFoundError):
            new.unlink()
        new.write_bytes(_HEAD.encode() + _encoded(settings))
        new.replace(self.path)


def _encoded(settings: Settings) -> bytes:
    """Write it as TOML: names and texts are quoted as JSON quotes them, which TOML reads alike."""
    lines = [
        f"theme = {_quoted(settings.theme)}",
        f"keys = {_quoted(settings.keys)}",
        f"sets_title = {'true' if settings.sets_title else 'false'}",
        "",
        "[own_keys]",
        *(f"{_quoted(name)} = {_quoted(keys)}" for name, keys in settings.own_keys.items()),
    ]
    return ("\n".join(lines) + "\n").encode()


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
