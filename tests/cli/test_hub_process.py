"""A hub in the background: real processes, started, asked for and stopped."""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.cli import hub_runner

from lanmsg.cli.exit_codes import CommandFailed
from lanmsg.cli.hub_command import HubOptions
from lanmsg.cli.hub_process import (
    LOG_NAME,
    MAX_LOG_BYTES,
    PROGRAM,
    hub_arguments,
    hub_status,
    start_hub_process,
    stop_hub,
)
from lanmsg.cli.logs import LogFormat
from lanmsg.wire.errors import LocalError
from lanmsg.wire.invites import parse_invite

SLEEPER = (sys.executable, "-c", "import time; time.sleep(60)")


@pytest.fixture
def options(tmp_path):
    """A hub on loopback; it is stopped after the test."""
    options = HubOptions(data=tmp_path / "hub", listen=("127.0.0.1:0",), advertise=False)
    yield options
    stop_hub(options.data)


def start(options, **arguments):
    return start_hub_process(options, program=hub_runner.PROGRAM, **arguments)


def test_started_asked_for_and_stopped(options):
    hub = start(options)
    assert hub_status(options.data).pid == hub.pid
    assert hub_status(options.data).addresses == hub.addresses
    assert parse_invite(hub.link).addresses == hub.addresses
    assert f"Stop it with: lanmsg stop --data {options.data}" in hub.text
    assert stop_hub(options.data) == hub.pid
    assert hub_status(options.data) is None
    assert stop_hub(options.data) is None
    assert '"stopped"' in hub.log_path.read_text()
    assert hub.log_path.stat().st_mode & 0o777 == 0o600


def test_a_second_one_says_who_is_there(options):
    hub = start(options)
    with pytest.raises(CommandFailed, match=rf"a hub already runs on .* \(process {hub.pid}\)"):
        start(options)
    assert hub_status(options.data).pid == hub.pid


def test_the_last_words_of_one_that_does_not_start_are_told(options):
    with pytest.raises(CommandFailed, match=r"^the hub did not start: 192.0.2.77 is not an address of this"):
        start(HubOptions(data=options.data, listen=("192.0.2.77:7777",), advertise=False))
    assert hub_status(options.data) is None


def test_one_that_never_gets_ready_is_stopped(options, tmp_path):
    pid_path = tmp_path / "pid"
    sleeper = f"import os, time; open({str(pid_path)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    with pytest.raises(CommandFailed, match="not ready in time"):
        start_hub_process(options, program=(sys.executable, "-c", sleeper), timeout_s=1)
    assert ends(int(pid_path.read_text()))


def test_it_outlives_the_terminal_it_was_started_in(options):
    code = (
        "from pathlib import Path\n"
        "from lanmsg.cli.hub_command import HubOptions\n"
        "from lanmsg.cli.hub_process import start_hub_process\n"
        f"options = HubOptions(data=Path({str(options.data)!r}), listen=('127.0.0.1:0',), advertise=False)\n"
        f"print('pid', start_hub_process(options, program={hub_runner.PROGRAM!r}).pid, flush=True)\n"
        "import time; time.sleep(60)\n"
    )
    starter, terminal = os.forkpty()
    if starter == 0:
        os.execv(sys.executable, [sys.executable, "-c", code])  # noqa: S606
    shown = b""
    while b"\n" not in shown:
        shown += os.read(terminal, 1000)
    os.close(terminal)  # the window is closed: SIGHUP for everybody in it
    assert os.WTERMSIG(os.waitpid(starter, 0)[1]) == signal.SIGHUP
    assert hub_status(options.data).pid == int(shown.split()[1])


def test_a_stale_pid_file_kills_nobody(options):
    with subprocess.Popen(SLEEPER) as stranger:
        options.data.mkdir()
        (options.data / "hub.lock").write_text(str(stranger.pid))
        assert hub_status(options.data) is None
        assert stop_hub(options.data) is None
        assert stranger.poll() is None
        stranger.kill()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
def test_a_forged_pid_under_a_held_lock_kills_nobody(options):
    with subprocess.Popen(SLEEPER) as stranger, held_lock(options.data) as lock:
        os.write(lock, str(stranger.pid).encode())
        assert stop_hub(options.data) is None
        assert stranger.poll() is None
        stranger.kill()


@contextlib.contextmanager
def held_lock(directory):
    directory.mkdir()
    lock = os.open(directory / "hub.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield lock
    finally:
        os.close(lock)


def test_one_that_does_not_stop_in_time_is_told(options):
    hub = start(options)
    os.kill(hub.pid, signal.SIGSTOP)
    try:
        with pytest.raises(CommandFailed, match="still runs after 0 s"):
            stop_hub(options.data, timeout_s=0)
    finally:
        os.kill(hub.pid, signal.SIGCONT)
    assert ends(hub.pid)


def test_a_directory_without_a_hub_is_left_alone(tmp_path):
    assert hub_status(tmp_path / "nothing") is None
    assert stop_hub(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_a_long_log_is_moved_away_and_one_that_is_a_link_refused(options, tmp_path):
    options.data.mkdir(mode=0o700)
    log = options.data / LOG_NAME
    with log.open("wb") as file:
        file.truncate(MAX_LOG_BYTES + 1)
    start(options)
    assert log.stat().st_size < MAX_LOG_BYTES
    assert log.with_name("hub.log.1").stat().st_size == MAX_LOG_BYTES + 1
    stop_hub(options.data)
    log.unlink()
    log.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LocalError, match="cannot write"):
        start(options)
    assert not (tmp_path / "elsewhere").exists()


def test_the_options_become_the_arguments_of_lanmsg_hub(tmp_path):
    assert hub_arguments(HubOptions()) == []
    options = HubOptions(
        listen=("127.0.0.1:0", "[::1]:7777"),
        data=tmp_path,
        title="--title",
        host_name=("chat.example.org", "hub.lan"),
        invite_only=True,
        advertise=False,
        metrics_public=True,
        message_rate=0,
        log_format=LogFormat.JSON,
    )
    assert hub_arguments(options) == [
        "--listen=127.0.0.1:0",
        "--listen=[::1]:7777",
        f"--data={tmp_path}",
        "--title=--title",
        "--host-name=chat.example.org",
        "--host-name=hub.lan",
        "--invite-only",
        "--no-advertise",
        "--metrics-public",
        "--message-rate=0",
        "--log-format=json",
    ]
    assert PROGRAM[1:] == ("-P", "-m", "lanmsg", "hub")


def ends(pid):
    """Whether a process is gone within a few seconds."""
    end_s = time.monotonic() + 5
    while time.monotonic() < end_s:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.01)
    return False
