"""Real `lanmsg` programs for tests of whole systems: hubs, commands and chats, each a process of its own.

Whatever is started here is ended here, by its own process id. Waiting is always for a condition, with a
limit; nothing waits for time to pass.
"""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

LANMSG = (sys.executable, "-P", "-m", "lanmsg")
STAYS_HERE = (
    sys.executable,
    "-P",
    "-c",
    "from functools import partial; from lanmsg.net import discovery; from lanmsg.cli.main import main; "
    "discovery.find_hubs = partial(discovery.find_hubs, reach=discovery.Reach.THIS_MACHINE); main()",
)
"""The same for a client that will lose its hub: it asks this machine alone where the hub is, no network."""
READY_S = 30.0
STOP_S = 20.0
COMMAND_S = 40.0
_POLL_S = 0.01


def environment(login="somebody", **more):
    """The environment of a program: nothing that the person who runs the tests has set for lanmsg."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("LANMSG_")}
    return {**mine, "LOGNAME": login, "PYTHONUNBUFFERED": "1", **more}


def until(is_so, *, timeout_s, what):
    """Wait for something that another process brings about; return what `is_so` returned."""
    end_s = time.monotonic() + timeout_s
    while not (found := is_so()):
        assert time.monotonic() < end_s, f"not within {timeout_s:g} s: {what}"
        time.sleep(_POLL_S)
    return found


def free_port():
    """A TCP port of loopback for a hub that comes back to it.

    Below the ports that the system gives to clients: one that tries to reconnect to a hub that is down
    must not take, or even reach, that port itself.
    """
    while True:
        port = random.SystemRandom().randrange(12_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def run_lanmsg(*arguments, login="somebody", prefix=(), timeout_s=COMMAND_S, text_in=""):
    """Run one command to its end; `returncode`, `stdout` and `stderr` say what came of it."""
    return subprocess.run(
        [*prefix, *LANMSG, *map(str, arguments)],
        input=text_in,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        env=environment(login),
        check=False,
    )


class Hub:
    """A hub that can be killed and started again, at the same port on the same data; usually on loopback.

    `prefix` comes before the command: strace, ip netns exec. What it logs is kept over all its lives, in
    `logs` or beside its data.
    """

    def __init__(self, data, *options, port=None, prefix=(), logs=None, host="127.0.0.1"):
        self.data = Path(data)
        self.port = port or free_port()
        self.host = host
        self.listen = f"{host}:{self.port}"
        self.program = LANMSG
        self.options = options
        self.prefix = prefix
        self.process = None
        logs = logs or self.data.parent
        self._out = logs / f"{self.data.name}.out"
        self._err = logs / f"{self.data.name}.err"

    @property
    def address(self):
        return f"{self.host}:{self.port}"

    @property
    def stdout(self):
        return self._out.read_text() if self._out.exists() else ""

    @property
    def stderr(self):
        return self._err.read_text() if self._err.exists() else ""

    @property
    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def spawn(self):
        """Start it; it is not ready yet."""
        assert not self.is_running
        command = [*self.program, "hub", "--data", self.data, "--listen", self.listen, *self.options]
        self._out.write_text("")
        with self._out.open("ab") as out, self._err.open("ab") as err:
            self.process = subprocess.Popen(
                [*self.prefix, *map(str, command)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=environment(),
            )
        return self

    def ready(self):
        """Wait until it accepts."""
        until(self._has_settled, timeout_s=READY_S, what="the hub is ready")
        assert self.is_ready, f"the hub ended with {self.process.returncode}: {self.stderr[-2000:]}"
        return self

    @property
    def is_ready(self):
        return self.is_running and self.stdout.startswith("ready")

    def _has_settled(self):
        return self.is_ready or not self.is_running

    def start(self):
        return self.spawn().ready()

    def kill(self):
        """End it as a power cut of the process does: SIGKILL."""
        self.process.kill()
        self.process.wait(STOP_S)

    def wait(self, timeout_s=STOP_S):
        """Wait for its end; return its exit code."""
        return self.process.wait(timeout_s)

    def stop(self):
        """End it as an operator does; return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_error):
        self.close()
        if kind is not None:
            sys.stderr.write(self.stderr[-4000:])  # pytest shows it with the failure

    def close(self):
        if self.is_running:
            self.kill()


class Program:
    """A `lanmsg` that runs beside the test: lines go in, and what it prints is collected."""

    def __init__(self, *arguments, login="somebody", prefix=(), command=LANMSG):
        self.process = subprocess.Popen(
            [*prefix, *command, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            bufsize=1,
            env=environment(login),
        )
        self.stdout, self.stderr = "", ""
        self._readers = [threading.Thread(target=self._read, args=(name,)) for name in ("stdout", "stderr")]
        for reader in self._readers:
            reader.start()

    def _read(self, name):
        with getattr(self.process, name) as lines:
            for line in lines:
                setattr(self, name, getattr(self, name) + line)

    @property
    def pid(self):
        return self.process.pid

    def say(self, line):
        """Type a line."""
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def wait_for(self, text, *, timeout_s=COMMAND_S):
        """Wait until it has printed this; return for how many seconds."""
        started_s = time.monotonic()
        until(lambda: text in self.stdout or not self._runs, timeout_s=timeout_s, what=self._lacks(text))
        assert text in self.stdout, self._lacks(text)
        return time.monotonic() - started_s

    @property
    def _runs(self):
        return self.process.poll() is None or any(reader.is_alive() for reader in self._readers)

    def _lacks(self, text):
        return Later(lambda: f"{text!r} is not in:\n{self.stdout}\n{self.stderr}")

    def end(self, timeout_s=STOP_S):
        """Let it come to its end: nothing more is typed. Return its exit code."""
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        return self.wait(timeout_s)

    def wait(self, timeout_s=STOP_S):
        """Wait for its end; return its exit code."""
        code = self.process.wait(timeout_s)
        for reader in self._readers:
            reader.join(STOP_S)
        return code

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        if self.process.poll() is None:
            self.process.kill()
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        self.wait()


class Later:
    """A text that is made when it is read."""

    def __init__(self, make):
        self._make = make

    def __str__(self):
        return self._make()
