"""What commands print: results to standard output, everything else to standard error.

Each line is flushed at once, so that the next program of a pipe sees it. No text of other people
passes here unfiltered.
"""

import os
import shutil
import sys
from contextlib import suppress
from typing import Final, TextIO

from lanmsg.wire.safe_text import safe_text, width

MIN_COLUMNS: Final = 40
MIN_LINES: Final = 12
"""A smaller terminal gets the line client in place of the app."""


def prepare_streams() -> None:
    """Let no character that this terminal can't show end the program."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)  # tests put other streams in their place
        if reconfigure is not None:
            reconfigure(errors="replace")


def write_line(line: str) -> None:
    """Print a result; the caller has filtered it."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def write_note(text: str) -> None:
    """Tell the person something that is no result; filtered here, and folded for a terminal."""
    with suppress(OSError, ValueError):  # nobody listens, so there is nobody to tell
        columns = terminal_columns(sys.stderr)
        lines = [part for line in safe_text(text).split("\n") for part in folded(line, columns)]
        sys.stderr.write("\n".join(lines) + "\n")
        sys.stderr.flush()


def write_error(text: str) -> None:
    """Say why a command ended; filtered here."""
    write_note(f"lanmsg: {text}")


def folded(line: str, columns: int) -> list[str]:
    """Return one line of filtered text in pieces that fit, broken at spaces; 0 columns: no limit.

    The pieces keep the line's indent. A word that is too long, as a link may be, is never broken: the
    terminal goes on in its next row, and what is copied from there is still one word.
    """
    if not columns or width(line) <= columns:
        return [line]
    indent = line[: len(line) - len(line.lstrip(" "))]
    first, *words = line.lstrip(" ").split(" ")
    pieces = [indent + first]
    for word in words:
        if width(f"{pieces[-1]} {word}") <= columns:
            pieces[-1] += f" {word}"
        elif word:
            pieces.append(indent + word)
    return [piece.rstrip(" ") for piece in pieces]


def terminal_columns(stream: TextIO) -> int:
    """Return how wide the terminal is that a stream goes to; 0 if it is none."""
    try:
        return os.get_terminal_size(stream.fileno()).columns
    except OSError:  # io.UnsupportedOperation too: a stream without a file below it
        return 0


def has_terminal() -> bool:
    """Tell whether a person sits here: both what we read and what we print is a terminal."""
    return is_terminal_in() and is_terminal_out()


def can_draw() -> bool:
    """Tell whether this terminal can draw a line again."""
    return os.environ.get("TERM", "") not in {"dumb", "unknown"} or os.name == "nt"


def forget_exported_size() -> None:
    """Let the terminal alone say how large it is: COLUMNS and LINES may be those of another time."""
    for name in ("COLUMNS", "LINES"):
        os.environ.pop(name, None)


def has_room() -> bool:
    """Tell whether what fills a terminal can be drawn: it is large enough, and all three streams are it."""
    if not sys.stderr.isatty():  # that is where Textual draws
        return False
    size = shutil.get_terminal_size()
    return size.columns >= MIN_COLUMNS and size.lines >= MIN_LINES


def is_terminal_in() -> bool:
    """Tell whether standard input is a terminal."""
    with suppress(ValueError, AttributeError):
        return sys.stdin.isatty()
    return False


def is_terminal_out() -> bool:
    """Tell whether standard output is a terminal."""
    with suppress(ValueError, AttributeError):
        return sys.stdout.isatty()
    return False
