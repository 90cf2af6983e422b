"""Every outcome has its number, and the guide says which."""

import asyncio
from pathlib import Path

import pytest

from lanmsg.cli.exit_codes import CommandFailed, ExitCode, exit_code_of, exit_code_of_stop
from lanmsg.client.errors import (
    ClientStopped,
    HubIdentityChanged,
    HubNotFound,
    IdentityNotTrusted,
    UnknownPerson,
)
from lanmsg.client.finding import SeveralHubs
from lanmsg.client.store.interface import StoreFailed, StoreLocked
from lanmsg.wire.errors import Code, LinkLost, LocalError, Refusal, RemoteError

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "commands.md"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ValueError("a bug"), 1),
        (RemoteError(Code.PROTOCOL, "nonsense"), 4),
        (LocalError("no address"), 2),
        (UnknownPerson("bob"), 2),
        (TimeoutError(), 3),
        (HubNotFound("none"), 4),
        (SeveralHubs([]), 4),
        (LinkLost("gone"), 4),
        (Refusal(Code.NAME_TAKEN, "taken"), 5),
        (HubIdentityChanged("h:1", known="a", shown="b"), 6),
        (IdentityNotTrusted("bob"), 6),
        (StoreFailed("disk full"), 7),
        (ClientStopped("store_failed", "disk full"), 7),
        (ClientStopped("displaced", "logged in elsewhere"), 5),
        (StoreLocked("in use"), 7),
        (KeyboardInterrupt(), 130),
        (CommandFailed(ExitCode.REFUSED, "no"), 5),
    ],
    ids=repr,
)
def test_an_error_ends_in_the_code_of_its_kind(error, code):
    assert exit_code_of(error) == code


@pytest.mark.parametrize(
    ("stop", "code"),
    [
        ("HubIdentityChanged", 6),
        ("HubReplaced", 6),
        ("store_failed", 7),
        (Code.REVOKED_DEVICE, 5),
        (Code.DISPLACED, 5),
    ],
)
def test_a_client_that_stopped_ends_in_the_code_of_its_reason(stop, code):
    assert exit_code_of_stop(stop) == code


def test_a_cancelled_task_is_nothing_foreseen():
    assert exit_code_of(asyncio.CancelledError()) == 1


def test_the_guide_explains_every_code():
    rows = [line.split("|")[1].strip() for line in GUIDE.read_text().splitlines() if line.startswith("| ")]
    assert [row for row in rows if row.isdecimal()] == [str(int(code)) for code in ExitCode]
