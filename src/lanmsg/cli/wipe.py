"""`lanmsg wipe`: leave for good. Keys first, so that the rest is unreadable at once."""

from pathlib import Path
from typing import Final

from lanmsg.cli.asking import ask
from lanmsg.cli.exit_codes import CommandFailed, ExitCode
from lanmsg.cli.options import NO_OPTIONS, Flag, Options, home_of
from lanmsg.cli.output import write_line, write_note
from lanmsg.wire.safe_text import isolated

WORD: Final = "wipe"
MAX_LEFT_SHOWN: Final = 10
_NO_PROMISE: Final = (
    "What this can't promise: an SSD or a memory card may keep the old bytes of a deleted key where no "
    "program reaches them (a disk that is encrypted as a whole protects you there), and copies are not "
    "touched: backups, snapshots, exports, what others have, and the hub's ciphertext."
)


def wipe(*, yes: Flag = False, options: Options = NO_OPTIONS) -> int:
    """Delete the keys, the messages and everything else that lanmsg keeps in this home.

    Args:
        yes: Do not ask.
        options: Which client: --home. All of its hubs are wiped; a hub that this machine hosts is not.
    """
    from lanmsg.client.home import store_directories, wipe_home

    home = home_of(options)
    if options.hub is not None:
        raise CommandFailed(
            ExitCode.USAGE, "wipe takes a whole home; `lanmsg forget HOST:PORT` forgets one hub's key"
        )
    if not home.is_dir():
        raise CommandFailed(ExitCode.USAGE, f"there is nothing at {home}")
    if not yes:
        _confirm(home, len(store_directories(home)))
    wiped = wipe_home(home)
    write_line(f"Wiped: {wiped.stores} key{'' if wiped.stores == 1 else 's'}, and all that they opened.")
    _note_left(home, wiped.left)
    write_note(_NO_PROMISE)
    if wiped.by_hand:
        raise CommandFailed(ExitCode.STORE, "; ".join(wiped.by_hand))
    return ExitCode.OK


def _confirm(home: Path, stores: int) -> None:
    write_note(
        f"This deletes for good what lanmsg has in {home}: {_hub_words(home)}, your keys and messages there "
        f"({stores} store{'' if stores == 1 else 's'}), and what waits to be sent. Nobody can bring it back. "
        "Your names stay taken: without the keys neither you nor anybody else can have them again. "
        "`lanmsg export` and `lanmsg backup` keep a copy."
    )
    if ask(f"Type {WORD} to go on", instead="--yes") != WORD:
        raise CommandFailed(ExitCode.USAGE, "nothing was deleted")


def _hub_words(home: Path) -> str:
    from lanmsg.client.known_hubs import load_known_hubs
    from lanmsg.client.store.interface import StoreFailed

    try:
        titles = [f'"{isolated(hub.title)}"' for hub in load_known_hubs(home).hubs]
    except StoreFailed:
        return "all hubs"
    return f"the hub{'' if len(titles) == 1 else 's'} {', '.join(titles)}" if titles else "no hub by name"


def _note_left(home: Path, left: tuple[Path, ...]) -> None:
    if not left:
        return
    shown = [f"  {path}" for path in left[:MAX_LEFT_SHOWN]]
    if len(left) > MAX_LEFT_SHOWN:
        shown.append(f"  … and {len(left) - MAX_LEFT_SHOWN} more")
    write_note(
        "\n".join([f"Not lanmsg's own, or the hub's that this machine hosts, so still in {home}:", *shown])
    )
