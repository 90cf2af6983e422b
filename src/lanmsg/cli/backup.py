"""`lanmsg backup`: everything of this home in one file, under a passphrase."""

from pathlib import Path

from lanmsg.cli.exit_codes import ExitCode
from lanmsg.cli.options import NO_OPTIONS, Flag, Options, home_of
from lanmsg.cli.output import write_note
from lanmsg.cli.output_file import check_free, new_file
from lanmsg.cli.passphrase import new_passphrase


def backup(
    file: Path,
    /,
    *,
    passphrase_file: Path | None = None,
    force: Flag = False,
    options: Options = NO_OPTIONS,
) -> int:
    """Write keys and messages of this home into one encrypted file; also while a chat is open.

    Args:
        file: The file; `age -d` opens it too.
        passphrase_file: Take the passphrase from the first line of this file instead of asking.
        force: Replace the file if there is one.
        options: Which client. With --hub, only what belongs to that hub.
    """
    from lanmsg.client.backup import write_backup
    from lanmsg.client.offline import known_hub

    home = home_of(options)
    check_free(file, is_replacing=force)
    hub = None if options.hub is None else known_hub(home, options.hub)
    passphrase = new_passphrase(passphrase_file)
    with new_file(file, is_replacing=force) as opened:
        count = write_backup(home, opened, passphrase, hub=hub)
    write_note(
        f"lanmsg: {file} has {count} store{'' if count == 1 else 's'}. Without the passphrase nobody opens "
        "it, not even you; with it, whoever has the file is you. A hub hosted here is not in it."
    )
    return ExitCode.OK
