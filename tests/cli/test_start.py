"""`lanmsg` alone, on networks of its own where nobody else's hub is found."""

import itertools
import json
import os
import subprocess

import pytest
from tests.cli.terminal import Terminal, needs_tmux
from tests.processes import Program, run_lanmsg

pytestmark = [pytest.mark.network, needs_tmux]
numbers = itertools.count()


class Machine:
    """A network namespace with one network card; `run` runs a command of lanmsg there."""

    def __init__(self, home):
        self.name = f"lanmsgcli{os.getpid() % 100_000}x{next(numbers)}"
        self.home = home
        self.prefix = ("ip", "netns", "exec", self.name)
        self._ip("netns", "add", self.name)
        for words in (
            "link set lo up",
            "link add eth0 type veth peer name cable",
            "link set cable up",
            "addr add 192.0.2.1/24 brd + dev eth0",
            "link set eth0 up",
            "route add default dev eth0",
        ):
            self._ip("-n", self.name, *words.split())

    @staticmethod
    def _ip(*words):
        subprocess.run(["ip", *words], check=True, timeout=20, capture_output=True)

    def run(self, *arguments, home="home", **more):
        return run_lanmsg(*arguments, "--home", self.home / home, prefix=self.prefix, **more)

    def program(self, *arguments, home="home", **more):
        return Program(*arguments, "--home", self.home / home, prefix=self.prefix, **more)

    def terminal(self, *arguments, home="home", **more):
        return Terminal(*arguments, "--home", self.home / home, prefix=self.prefix, rows=60, **more)

    def close(self):
        self._ip("netns", "del", self.name)


@pytest.fixture
def machine(tmp_path):
    machine = Machine(tmp_path)
    yield machine
    for home in ("home", "other"):
        machine.run("stop", home=home)
    machine.close()


def test_where_there_is_no_hub_it_hosts_one_that_stays(machine):
    with machine.terminal(LOGNAME="sam") as sam:
        sam.wait_for_words("First time at hub", "as sam", "check words", "F5 shows how others join")
        sam.wait_for("→ everyone (0)")
        sam.press("F5")
        sam.wait_for("lanmsg://192.0.2.1:7777", "Check words of the hub")
        sam.press("C-q")
        sam.wait_for(
            "No hub was found on this network. Tried:",
            "this machine becomes the hub",
            "192.0.2.1:7777",
            "lanmsg join",
            "lanmsg://192.0.2.1:7777",
            "▄▄▄▄▄",
            "check ",
            "lanmsg stop",
            "The hub stays up for the others.",
        )
        words = check_words(sam.screen, "  check ")
        assert sam.wait() == 0
    status = machine.run("admin", "--json", login="sam")
    assert json.loads(status.stdout)["admins"] == ["sam"]
    guest = machine.run("who", home="guest", login="sam")
    assert guest.returncode == 0
    assert "sam2  here  (you)" in guest.stdout
    assert words in guest.stderr
    assert machine.run("stop").returncode == 0
    assert machine.run("send", "#", "hi", "--timeout", "0.2").returncode == 3


def test_after_a_restart_of_the_machine_it_hosts_the_same_hub_again(machine):
    for _ in range(2):
        with machine.terminal() as terminal:
            terminal.wait_for("→ everyone (0)")
            terminal.press("C-d")
            terminal.wait_for("is up. Nothing leaves this network.")
            assert terminal.wait() == 0
        assert machine.run("stop").returncode == 0


def test_a_hub_that_is_here_is_joined_without_a_question(machine):
    with machine.program(home="other", login="host") as host:
        host.wait_for("lanmsg join")
        with machine.terminal(LOGNAME="guest") as guest:
            guest.wait_for_words("First time at hub", "as guest", "check words")
            guest.wait_for("→ everyone (0)")
            guest.press("C-d")
            assert guest.wait() == 0


def test_of_several_hubs_a_number_chooses_and_a_script_must_say_which(machine):
    with (
        machine_hub(machine, "kitchen", 7777) as kitchen,
        machine_hub(machine, "lab", 7778) as lab,
    ):
        for hub in (kitchen, lab):
            hub.wait_for("ready")
        script = machine.run("send", "#", "hi")
        assert script.returncode == 4
        assert "There are several hubs here: choose one with --hub HOST:PORT" in script.stderr
        assert '192.0.2.1:7778  "lab"' in script.stderr or ':7778  "lab"' in script.stderr
        with machine.terminal() as terminal:
            terminal.wait_for("There are several hubs here:", "Which one? 1 to 2:")
            number = next(line.split()[0] for line in terminal.screen.splitlines() if '"lab"' in line)
            terminal.enter(number)
            terminal.wait_for_words('First time at hub "lab"')
            terminal.wait_for("→ everyone (0)")


def machine_hub(machine, title, port):
    options = ("--title", title, "--listen", f"*:{port}", "--data", machine.home / title)
    return Program("hub", *options, prefix=machine.prefix)


def check_words(screen, before):
    line = next(line for line in screen.splitlines() if line.startswith(before))
    return " ".join(line.removeprefix(before).split()[:4])
