"""Questions to the person who started a command, and their answers."""

import os
import sys

from lanmsg.cli.exit_codes import CommandFailed, ExitCode
from lanmsg.cli.output import is_terminal_in


def ask(question: str, *, instead: str = "--hub, --name") -> str:
    """Ask a question on standard output and return the line that comes, without white space around it.

    `instead` are the options that say it, for whom there is no terminal to ask.

    Read byte by byte: what stands behind that line belongs to somebody else, the chat for example.

    Raises:
        CommandFailed: standard input has ended.
    """
    sys.stdout.write(f"{question}: ")
    sys.stdout.flush()
    answer = b""
    while not answer.endswith(b"\n"):
        byte = os.read(sys.stdin.fileno(), 1)
        if not byte:
            break
        answer += byte
    if not answer:
        hint = "" if is_terminal_in() else f" (options say it without a question: {instead})"
        raise CommandFailed(ExitCode.USAGE, f"no answer came{hint}")
    return answer.decode(errors="replace").strip()
