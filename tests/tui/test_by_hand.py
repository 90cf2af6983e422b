"""What a person does with the app, in a real terminal: keys go in by tmux, and the screen is read."""

import pytest
from tests.cli.terminal import Terminal, needs_tmux
from tests.processes import Hub, run_lanmsg, until

pytestmark = needs_tmux


@pytest.fixture
def hub(tmp_path):
    with Hub(tmp_path / "hub", "--no-advertise") as hub:
        yield hub


@pytest.fixture
def bob(hub, tmp_path):
    """Runs a command as bob, at another machine; returns what it printed."""

    def run(command, *arguments):
        options = ("--home", tmp_path / "bob", "--hub", hub.address, "--name", "bob")
        done = run_lanmsg(command, *arguments, *options)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_a_person_starts_talks_answers_searches_and_leaves(hub, bob, tmp_path):
    options = ("--home", tmp_path / "kim", "--hub", hub.address, "--name", "kim")
    with Terminal("chat", *options, columns=100, rows=30, COLORTERM="truecolor") as kim:
        kim.wait_for("First time at hub", "F5 shows how others join", "→ everyone (0)")

        bob("send", "#", "is **anybody** here?")
        kim.wait_for("is anybody here?", "→ everyone (1)")
        kim.enter("only me")
        kim.wait_for("only me  ✓")
        assert "only me" in bob("history", "#")

        kim.press("Escape")
        kim.wait_for("r reply")
        kim.press("k", "r")
        kim.wait_for("↩ reply to bob “is")
        kim.enter("and bob")
        kim.wait_for("↩ bob “is", "and bob  ✓")

        kim.press("C-f")
        kim.wait_for("Enter goes there")
        kim.type("anyb")
        kim.wait_for("bob → everyone: is")
        close(kim, "Enter goes there")

        kim.press("F7")
        kim.wait_for("What else there is")
        close(kim, "What else there is")

        kim._tmux("resize-window", "-x", "50", "-y", "14")
        until(lambda: "Here" not in kim.screen and "and bob" in kim.screen, timeout_s=20, what="it is narrow")
        kim.press("C-q")
        assert kim.wait() == 0
        assert "→ everyone" not in kim.screen, "what was in the terminal before is there again"


def close(kim, words):
    kim.press("Escape")
    until(lambda: words not in kim.screen, timeout_s=20, what=f"{words} is closed")
