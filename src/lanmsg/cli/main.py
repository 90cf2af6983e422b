"""The command `lanmsg`: which commands there are, and how every one of them ends.

A command's module is imported when it is called, so that a script's `lanmsg send` does not wait for
what only the chat needs. Whatever happens, a person reads one sentence and a script gets a number.
"""

import gc
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NoReturn, cast

import cyclopts

from lanmsg import __version__
from lanmsg.cli.exit_codes import ExitCode, exit_code_of
from lanmsg.cli.options import NO_OPTIONS, Options
from lanmsg.cli.output import prepare_streams, write_error, write_note

if TYPE_CHECKING:
    from lanmsg.cli.help_lines import HelpLines

COLLECT_AFTER_OBJECTS: Final = 50_000
"""Python looks for garbage in cycles after so many new objects, not after 700: what is imported stays, and to
look at it again and again took a tenth of the start."""
DEBUG_VARIABLE: Final = "LANMSG_DEBUG"
"""Set to 1, tracebacks are shown."""
COMMANDS: Final = {
    "chat": "Talk: listen and write at the same time.",
    "send": "Send one message, from a script too.",
    "edit": "Give a message of yours another text.",
    "delete": "Take a message of yours away.",
    "react": "Put an emoji to a message.",
    "pin": "Pin a message in its conversation.",
    "listen": "Print messages as they come.",
    "history": "Print the last messages of a conversation.",
    "export": "Write conversations to a file: a page, JSON lines or text.",
    "search": "Find messages in all conversations.",
    "who": "List the people, and who is here now.",
    "rooms": "List the rooms: yours, and those that are open.",
    "invite": "Make a link and a QR code that let one person join.",
    "join": "Join the hub of a link.",
    "devices": "List your devices; rename one, or cut one off.",
    "link": "Let a second device of yours in, or be one.",
    "hub": "Run a hub in the foreground.",
    "admin": "Run the hub: for its admins.",
    "stop": "Stop the hub that this machine hosts.",
    "backup": "Write keys and messages into one encrypted file.",
    "restore": "Put a backup back into an empty home.",
    "doctor": "Test the network, the hub and this home; say what is wrong.",
    "forget": "Forget a hub's key, to meet it as if for the first time.",
    "demo": "See a hub and some people talking, all by itself.",
    "wipe": "Delete the keys, the messages and everything else in this home.",
    "version": "Print the version.",
}
"""Each command with its line in the help; its function has its name, as a rule its module too."""
_MODULES: Final = {
    "chat": "chat_command",
    **dict.fromkeys(("edit", "delete", "react", "pin"), "amend"),
}

_HELP_FLAGS: Final = frozenset({"--help", "-h"})


def main() -> NoReturn:
    """Run the command line and end the process with its exit code."""
    gc.set_threshold(COLLECT_AFTER_OBJECTS)
    prepare_streams()
    code = run(sys.argv[1:])
    close_output()
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run one command; return its exit code."""
    try:
        return int(_app(arguments)(list(arguments), exit_on_error=False, print_error=False) or ExitCode.OK)
    except cyclopts.CycloptsError as error:
        write_error(_usage_sentence(error, arguments))
        return ExitCode.USAGE
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the top of the program
        cause = _only_one(error)
        if isinstance(cause, BrokenPipeError):  # the next program of the pipe has read enough
            return ExitCode.OK
        return _end_with(cause)


def _app(arguments: Sequence[str]) -> cyclopts.App:
    is_help = not _HELP_FLAGS.isdisjoint(arguments)
    app = cyclopts.App(
        name="lanmsg",
        help="Messaging for the local network. Without a command: find the hub here or become one, and talk.",
        version=__version__,
        help_format="plaintext",
        help_formatter=_help_lines() if is_help else None,
        result_action="return_value",
        suppress_keyboard_interrupt=False,
    )
    app.default(_start)
    for name, summary in COMMANDS.items():
        app.command(f"lanmsg.cli.{_MODULES.get(name, name)}:{name}", name=name, help=summary)
    return app


def _help_lines() -> "HelpLines":
    from lanmsg.cli.help_lines import HelpLines

    return HelpLines()


def _start(*, options: Options = NO_OPTIONS) -> int:
    from lanmsg.cli.start import start

    return start(options)


# --- How it ends -----------------------------------------------------------------------------


def _end_with(error: BaseException) -> ExitCode:
    """Say what happened, in one sentence, and return the exit code for it."""
    code = exit_code_of(error)
    if os.environ.get(DEBUG_VARIABLE) == "1":
        import traceback

        write_note("".join(traceback.format_exception(error)).rstrip())
    if code is ExitCode.INTERRUPTED:
        return code
    write_error(_sentence_of(error, code))
    return code


def _sentence_of(error: BaseException, code: ExitCode) -> str:
    if code is not ExitCode.UNEXPECTED:
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        where = f": {error.filename}" if error.filename else ""
        return f"{error.strerror}{where}"
    return (
        f"something went wrong in lanmsg itself ({type(error).__name__}: {error}). "
        f"With {DEBUG_VARIABLE}=1 it says where; please report that"
    )


def _only_one(error: BaseException) -> BaseException:
    """Return the error that counts of those that tasks raised together: the first that we can explain."""
    if not isinstance(error, BaseExceptionGroup):
        return error
    together = cast("BaseExceptionGroup[BaseException]", error)
    found = [_only_one(each) for each in together.exceptions]
    return next((each for each in found if exit_code_of(each) is not ExitCode.UNEXPECTED), found[0])


def _usage_sentence(error: cyclopts.CycloptsError, arguments: Sequence[str]) -> str:
    if isinstance(error, cyclopts.UnusedCliTokensError) and error.unused_tokens:
        return _stray_word_sentence(error.unused_tokens[0], arguments)
    sentence = str(error).strip()
    if isinstance(error, cyclopts.MissingArgumentError) and arguments[:1] == ["send"]:
        return f"{sentence} As in: lanmsg send '#' hello (a shell takes # for a comment: it needs quotes)"
    return f"{sentence} See: lanmsg {_command_in(arguments)}--help"


def _stray_word_sentence(word: str, arguments: Sequence[str]) -> str:
    if word in COMMANDS:
        return f"options come behind the command, as in: lanmsg {word} --hub HOST:PORT"
    command = _command_in(arguments)
    if command:
        return f"{word!a} is too much here. See: lanmsg {command}--help"
    from difflib import get_close_matches

    near = get_close_matches(word, COMMANDS, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"there is no command {word!a}.{hint} See: lanmsg --help"


def _command_in(arguments: Sequence[str]) -> str:
    return f"{arguments[0]} " if arguments and arguments[0] in COMMANDS else ""


def close_output() -> None:
    """Write what is left, or drop it where nobody reads on: Python would complain at its end."""
    try:
        sys.stdout.flush()
    except (BrokenPipeError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
