"""What commands print: results to standard output, everything else to standard error.

Each line is flushed at once, so that the next program of a pipe sees it. No text of other people
passes here unfiltered.
"""

import sys
from contextlib import suppress

from lanmsg.wire.safe_text import safe_text


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
    """Tell the person something that is no result; filtered here."""
    with suppress(OSError, ValueError):  # nobody listens, so there is nobody to tell
        sys.stderr.write(safe_text(text) + "\n")
        sys.stderr.flush()


def write_error(text: str) -> None:
    """Say why a command ended; filtered here."""
    write_note(f"lanmsg: {text}")


def has_terminal() -> bool:
    """Tell whether a person sits here: both what we read and what we print is a terminal."""
    return is_terminal_in() and is_terminal_out()


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
