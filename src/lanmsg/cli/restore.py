"""`lanmsg restore`: put a backup back into a home that has nothing yet."""

from pathlib import Path

from lanmsg.cli.exit_codes import CommandFailed, ExitCode
from lanmsg.cli.options import NO_OPTIONS, Options, home_of
from lanmsg.cli.output import write_line, write_note
from lanmsg.cli.passphrase import known_passphrase
from lanmsg.wire.safe_text import isolated


def restore(file: Path, /, *, passphrase_file: Path | None = None, options: Options = NO_OPTIONS) -> int:
    """Put a backup back into an empty home: all of it, or nothing is changed.

    Args:
        file: What `lanmsg backup` wrote.
        passphrase_file: Take the passphrase from the first line of this file instead of asking.
        options: Which client: --home, which must have no hubs yet.
    """
    from lanmsg.client.backup import check_empty, restore_backup

    home = home_of(options)
    check_empty(home)
    try:
        with file.open("rb") as opened:
            passphrase = known_passphrase(passphrase_file)
            done = restore_backup(home, opened, passphrase, use_keyring=options.home is None)
    except OSError as error:
        raise CommandFailed(ExitCode.USAGE, f"cannot read {file}: {error.strerror}") from error
    titles = ", ".join(f'"{isolated(hub.title)}"' for hub in done.hubs) or "no hub by name"
    write_line(f"Restored {done.stores} store{'' if done.stores == 1 else 's'}: {titles}.")
    write_note(
        "What was said since the backup comes from the hub when lanmsg runs next. New keys are used to send. "
        "Do not use the old home again: both are the same device, and the hub lets one of them in at a time."
    )
    return ExitCode.OK
