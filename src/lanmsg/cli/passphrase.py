"""Passphrases: typed where nobody sees them, or read from a file; never from the command line."""

import getpass
from collections.abc import Callable
from pathlib import Path
from typing import Final

from lanmsg.cli.exit_codes import CommandFailed, ExitCode
from lanmsg.cli.output import is_terminal_in, write_note

MAX_BYTES: Final = 4096
LONG_ENOUGH: Final = 16
"""Characters of a passphrase that nobody guesses by trying, if it is not one known phrase: 2^50 and more."""
FEW_DIFFERENT: Final = 6

Ask = Callable[[str], str]


def new_passphrase(file: Path | None, *, ask: Ask | None = None) -> str:
    """Return a passphrase for something new: from the file, or typed twice. A weak one is remarked on.

    Raises:
        CommandFailed: it is empty, was typed differently, or can't be asked for.
    """
    passphrase = _from_file(file) if file is not None else _typed_twice(ask or _ask_hidden)
    why = weakness(passphrase)
    if why:
        write_note(
            f"lanmsg: this passphrase is weak ({why}): whoever gets the file can try millions. "
            "Six words chosen at random are strong."
        )
    return passphrase


def known_passphrase(file: Path | None, *, ask: Ask | None = None) -> str:
    """Return the passphrase of something that exists: from the file, or typed once.

    Raises:
        CommandFailed: it is empty, or can't be asked for.
    """
    return _from_file(file) if file is not None else _not_empty((ask or _ask_hidden)("Passphrase: "))


def weakness(passphrase: str) -> str:
    """Say why a passphrase is weak; empty if nothing shows it."""
    if len(passphrase) < LONG_ENOUGH:
        return f"it has {len(passphrase)} characters, {LONG_ENOUGH} or more are better"
    if len(set(passphrase.casefold())) < FEW_DIFFERENT:
        return "it repeats a few characters"
    if passphrase.isdecimal():
        return "it has digits only"
    return ""


def _typed_twice(ask: Ask) -> str:
    passphrase = _not_empty(ask("New passphrase: "))
    if ask("The same again: ") != passphrase:
        raise CommandFailed(ExitCode.USAGE, "the two passphrases differ; nothing was written")
    return passphrase


def _ask_hidden(question: str) -> str:
    if not is_terminal_in():
        raise CommandFailed(
            ExitCode.USAGE,
            "a passphrase is needed: there is no terminal to type it, so use --passphrase-file",
        )
    try:
        return getpass.getpass(question)
    except EOFError as error:
        raise CommandFailed(ExitCode.USAGE, "no passphrase was typed") from error


def _from_file(file: Path) -> str:
    """Return the first line."""
    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_BYTES)
        return _not_empty(data.partition(b"\n")[0].removesuffix(b"\r").decode())
    except OSError as error:
        raise CommandFailed(ExitCode.USAGE, f"cannot read {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CommandFailed(ExitCode.USAGE, f"{file} is not text in UTF-8") from error


def _not_empty(passphrase: str) -> str:
    if not passphrase:
        raise CommandFailed(ExitCode.USAGE, "the passphrase is empty")
    return passphrase
