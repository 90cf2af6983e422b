"""The chat as a person sees it: in a real terminal, at a real hub."""

import pytest
from tests.cli.terminal import Terminal, needs_tmux
from tests.processes import Hub, run_lanmsg

pytestmark = needs_tmux


@pytest.fixture
def hub(tmp_path):
    with Hub(tmp_path / "hub", "--no-advertise") as hub:
        yield hub


@pytest.fixture
def bob(hub, tmp_path):
    """Runs a command as bob."""

    def run(command, *arguments):
        options = ("--home", tmp_path / "bob", "--hub", hub.address, "--name", "bob")
        return run_lanmsg(command, *arguments, *options)

    assert run("who").returncode == 0
    return run


@pytest.fixture
def ann(hub, bob, tmp_path):
    """The terminal at which ann chats."""
    with Terminal(
        "chat", "--line", "--home", tmp_path / "ann", "--hub", hub.address, "--name", "ann"
    ) as terminal:
        terminal.wait_for("Enter sends to everyone (1)")
        terminal.wait_for_line("→ everyone (1) >")
        yield terminal


def test_the_prompt_says_where_enter_will_send_while_it_is_typed(ann):
    for typed, line in [
        ("@bo", "→ nobody called bo > @bo"),
        ("b", "→ @bob private > @bob"),
        (" hi", "→ @bob private > @bob hi"),
    ]:
        ann.type(typed)
        ann.wait_for_line(line)
    ann.press("C-u")
    ann.wait_for_line("→ everyone (1) >")
    ann.type("/who")
    ann.wait_for_line("→ command /who > /who")
    ann.press("C-u")
    ann.enter("@bob")
    ann.wait_for_line("→ @bob private >")
    ann.type("#")
    ann.wait_for_line("→ everyone (1) > #")


def test_what_comes_does_not_break_the_line_that_is_typed(ann, bob):
    ann.type("half a sen")
    ann.wait_for_line("→ everyone (1) > half a sen")
    bob("send", "#", "one\ntwo")
    bob("send", "@ann", "psst")
    ann.wait_for("bob → everyone: one\n      two", "bob → you: psst")
    ann.wait_for_line("→ everyone (1) > half a sen")
    ann.enter("tence")
    ann.wait_for("you → everyone: half a sentence")
    assert ann.screen.count("half a sen") == 1


def test_tab_completes_names_and_commands(ann):
    ann.type("@b")
    ann.press("Tab")
    ann.wait_for_line("→ @bob private > @bob")
    ann.enter("done with Tab")
    ann.wait_for("you → @bob: done with Tab")
    ann.type("/wh")
    ann.press("Tab", "Tab")
    ann.wait_for("/who    /whois")


def test_pasted_lines_and_alt_enter_stay_one_message(ann, bob):
    ann.paste("one\n@bob two")
    ann.wait_for_line("… @bob two")
    ann.press("M-Enter")
    ann.type("three")
    ann.wait_for_line("… three")
    ann.press("Enter")
    ann.wait_for("you → everyone: one\n      @bob two\n      three")
    assert "ann → everyone: one\n      @bob two\n      three" in bob("history", "#").stdout


def test_up_brings_back_what_was_written(ann):
    ann.enter("the same again")
    ann.wait_for("you → everyone: the same again")
    ann.press("Up")
    ann.wait_for_line("→ everyone (1) > the same again")


def test_a_line_that_means_nothing_stays_and_says_why(ann):
    ann.enter("/whoo")
    ann.wait_for("there is no command /whoo. Did you mean /who")
    ann.wait_for_line("→ nowhere (Enter says why) > /whoo")


def test_without_the_hub_messages_wait_and_are_delivered_when_it_is_back(ann, bob, hub):
    hub.kill()
    ann.wait_for("OFFLINE: ")
    ann.enter("@bob are you there?")
    ann.wait_for("you → @bob: are you there?   … waiting", "OFFLINE, trying again · 1 waiting")
    hub.start()
    ann.wait_for("Online again. 1 message waits.", "✓ sent → @bob: are you there?", "0 waiting")
    assert "ann → you: are you there?" in bob("history", "@ann").stdout
    ann.wait_for("✓✓ delivered → @bob: are you there?")


def test_sequences_of_others_do_nothing_to_the_terminal(ann, bob):
    title = ann.title
    bob("send", "#", "\x1b]0;owned\x07\x1b]52;c;aGk=\x07\x1b[2J\x1b[31m<red>\x1b[1A\u202eend")
    ann.wait_for("bob → everyone: ␛]0;owned␇␛]52;c;aGk=␇␛[2J␛[31m<red>␛[1Aend")
    ann.wait_for("Enter sends to everyone (1)")
    assert ann.title == title


def test_ctrl_c_twice_and_ctrl_d_leave(ann, hub, tmp_path):
    ann.type("never mind")
    ann.wait_for_line("→ everyone (1) > never mind")
    ann.press("C-c")
    ann.wait_for("Ctrl+C again leaves the chat.")
    ann.wait_for_line("→ everyone (1) >")
    ann.press("C-c")
    assert ann.wait() == 0
    with Terminal("chat", "--line", "--home", tmp_path / "ann", "--hub", hub.address) as again:
        again.wait_for_line("→ everyone (1) > never mind")  # what was not sent is there again
        again.press("C-c")
        again.wait_for_line("→ everyone (1) >")
        again.press("C-d")
        assert again.wait() == 0


def test_the_last_messages_are_shown_at_the_start(ann, bob, hub, tmp_path):
    ann.enter("@bob before")
    ann.wait_for("you → @bob: before")
    ann.enter("/quit")
    assert ann.wait() == 0
    bob("send", "@ann", "while you were away")
    with Terminal("chat", "--line", "--home", tmp_path / "ann", "--hub", hub.address) as again:
        again.wait_for("You are ann at hub", "you → @bob: before", "bob → you: while you were away")
        again.enter("/reply I am back")
        again.wait_for("↩ bob “while you were away”: I am back")


def test_colours_go_away_when_asked(hub, bob, tmp_path):
    options = ("--home", tmp_path / "ann", "--hub", hub.address, "--name", "ann")
    with Terminal("chat", "--line", *options, NO_COLOR="1") as ann:
        ann.wait_for_line("→ everyone (1) >")
        ann.enter("@bob hi")
        ann.wait_for("you → @bob: hi")
        shown = ann._tmux("capture-pane", "-p", "-e")
        assert "\x1b[3" not in shown.replace("\x1b[39m", "")
