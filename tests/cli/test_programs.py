"""Whole commands against a real hub, each a process of its own: what scripts and people rely on."""

import json
import os
import pty
import shutil
import signal
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from tests.processes import LANMSG, STAYS_HERE, Hub, Program, environment, run_lanmsg, until

from lanmsg.wire.invites import format_invite, parse_invite


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    with Hub(tmp_path_factory.mktemp("hub") / "data", "--no-advertise") as hub:
        yield hub


class Person:
    """One home and one name at a hub."""

    def __init__(self, hub, home, name):
        self.handle = name
        self.options = ("--home", home / name, "--hub", hub.address, "--name", name)

    def run(self, command, *arguments, **more):
        return run_lanmsg(command, *arguments, *self.options, **more)

    def start(self, command, *arguments):
        return Program(command, *arguments, *self.options)


@pytest.fixture(scope="module")
def people(hub, tmp_path_factory):
    """Two people, enrolled."""
    homes = tmp_path_factory.mktemp("homes")
    both = [Person(hub, homes, name) for name in ("ann", "bob")]
    for each in both:
        assert each.run("who").returncode == 0
    return both


def objects(text):
    return [json.loads(line) for line in text.splitlines()]


# --- the main job ----------------------------------------------------------------------------


def test_two_people_write_to_each_other_and_to_everyone(people):
    ann, bob = people
    assert ann.run("send", f"@{bob.handle}", "for", "you").returncode == 0
    assert ann.run("send", "#", text_in="for all\nof you\n").returncode == 0
    [private] = objects(bob.run("history", f"@{ann.handle}", "--json", "--limit", "1").stdout)
    assert (private["from"], private["text"], private["kind"]) == (ann.handle, "for you", "direct")
    public = objects(bob.run("history", "#", "--json", "--limit", "1").stdout)
    assert [(each["from"], each["text"]) for each in public] == [(ann.handle, "for all\nof you")]
    assert bob.run("send", f"@{ann.handle}", "thanks").returncode == 0
    shown = ann.run("history", f"@{bob.handle}").stdout
    assert f"{bob.handle} → you: thanks" in shown
    assert f"you → @{bob.handle}: for you" in shown


def test_listen_prints_what_came_while_nobody_listened_and_what_comes(people):
    ann, bob = people
    bob.run("who")  # takes what other tests have sent
    ann.run("send", f"@{bob.handle}", "early")
    with bob.start("listen", "--json", "--count", "2") as listening:
        listening.wait_for("early")
        ann.run("send", f"@{bob.handle}", "late")
        assert listening.wait() == 0
    assert [each["text"] for each in objects(listening.stdout)] == ["early", "late"]


def test_listen_ends_when_its_time_is_over(people):
    ann, _ = people
    assert ann.run("listen", "--count", "1", "--timeout", "0.1").returncode == 3
    assert ann.run("listen", "--timeout", "0.1").returncode == 0


def test_who_lists_the_people(people):
    ann, bob = people
    found = {each["name"]: each for each in objects(ann.run("who", "--json").stdout)}
    assert found[ann.handle]["me"] is True
    assert found[bob.handle]["me"] is False
    assert f"{ann.handle}  here  (you)" in ann.run("who").stdout


def test_search_finds_what_was_said_anywhere(people):
    ann, bob = people
    ann.run("send", "#", "the cormorants are back")
    bob.run("send", f"@{ann.handle}", "鵜が東京に cormorant")
    [private, public] = objects(ann.run("search", "cormorant", "--json").stdout)
    assert (private["from"], private["kind"], public["kind"]) == (bob.handle, "direct", "everyone")
    assert [public["text"][start:end] for start, end in public["marks"]] == ["cormorants"]
    assert (
        f"{bob.handle} → you: 鵜が東京に cormorant" in ann.run("search", "東京", "from:" + bob.handle).stdout
    )
    nothing = ann.run("search", "cormorant", "-東京", "from:" + bob.handle)
    assert (nothing.returncode, nothing.stdout, nothing.stderr) == (0, "", "nothing was found\n")
    assert ann.run("search", "has:cake").returncode == 2


def test_no_sequence_of_others_reaches_the_terminal(people):
    ann, bob = people
    ann.run("send", f"@{bob.handle}", "\x1b]52;c;aGk=\x07\x1b[2Jred")
    for arguments in (("history", f"@{ann.handle}"), ("history", f"@{ann.handle}", "--json")):
        shown = bob.run(*arguments).stdout
        assert "red" in shown
        assert not any(ord(char) < 32 and char != "\n" for char in shown)


# --- exit codes ------------------------------------------------------------------------------


def test_a_wrong_name_or_text_is_code_2(people):
    ann, bob = people
    assert ann.run("send", "@nobody", "hi").returncode == 2
    assert ann.run("send", f"@{bob.handle}", text_in="").returncode == 2
    assert ann.run("history", "@nobody").returncode == 2


def test_no_hub_is_code_4(tmp_path):
    done = run_lanmsg("send", "#", "hi", "--home", tmp_path, "--hub", "127.0.0.1:9")
    assert done.returncode == 4
    assert "127.0.0.1:9" in done.stderr


def test_a_taken_name_is_code_5(hub, people, tmp_path):
    ann, _ = people
    done = run_lanmsg("who", "--home", tmp_path / "thief", "--hub", hub.address, "--name", ann.handle)
    assert done.returncode == 5
    assert ann.handle in done.stderr


def test_a_login_name_that_is_taken_gets_a_number(hub, tmp_path):
    names = []
    for home in ("one", "two"):
        done = run_lanmsg("who", "--json", "--home", tmp_path / home, "--hub", hub.address, login="kim")
        names += [each["name"] for each in objects(done.stdout) if each["me"]]
    assert names == ["kim", "kim2"]


def test_a_home_in_use_is_code_7(people):
    ann, bob = people
    with bob.start("listen") as listening:
        ann.run("send", f"@{bob.handle}", "are you there?")
        listening.wait_for("are you there?")
        done = bob.run("invite")
    assert done.returncode == 7
    assert "in use" in done.stderr


# --- a second window -------------------------------------------------------------------------

posix = pytest.mark.skipif(os.name != "posix", reason="Unix domain sockets")


@pytest.fixture
def short_path():
    """A directory for sockets: the paths of `tmp_path` are too long for them."""
    with tempfile.TemporaryDirectory(dir="/tmp") as directory:
        yield Path(directory)


@posix
def test_while_the_chat_is_open_other_commands_work_as_ever(people):
    ann, bob = people
    with ann.start("chat", "--plain") as chat:
        chat.wait_for("Enter sends to everyone")
        done = ann.run("send", f"@{bob.handle}", "from the second window")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        chat.wait_for(f"you → @{bob.handle}: from the second window")
        assert ann.run("send", "@nobody", "hi").returncode == 2
        assert "Nobody here is called nobodi" in ann.run("send", "@nobodi", "hi").stderr
        assert ann.run("history", "@nobody").returncode == 2
        [last] = objects(ann.run("history", f"@{bob.handle}", "--json", "--limit", "1").stdout)
        assert (last["text"], last["own"]) == ("from the second window", True)
        [found] = objects(ann.run("search", '"second window"', "--json").stdout)
        assert found["text"] == "from the second window"
        found = {each["name"]: each["me"] for each in objects(ann.run("who", "--json").stdout)}
        assert found[ann.handle] is True
        assert chat.end() == 0
    assert "from the second window" in bob.run("history", f"@{ann.handle}").stdout


@posix
def test_what_a_killed_chat_left_is_harmless(people):
    ann, _ = people
    with ann.start("chat", "--plain") as chat:
        chat.wait_for("Enter sends to everyone")
        chat.process.kill()
        chat.wait()
    left = next((ann.options[1] / "hubs").glob("*/asked"))
    assert ann.run("send", "#", "alone again").returncode == 0
    with ann.start("chat", "--plain") as chat:
        chat.wait_for("Enter sends to everyone")
        assert ann.run("send", "#", "two again").returncode == 0
        assert chat.end() == 0
    assert not left.exists()


@posix
def test_a_stopped_chat_sends_nothing_and_the_home_is_in_use(people):
    ann, _ = people
    with ann.start("chat", "--plain") as chat:
        chat.wait_for("Enter sends to everyone")
        os.kill(chat.pid, signal.SIGSTOP)
        done = ann.run("send", "#", "to a sleeper")
        os.kill(chat.pid, signal.SIGCONT)
        assert chat.end() == 0
    assert done.returncode == 7
    assert "to a sleeper" not in ann.run("history", "#").stdout


@posix
def test_without_the_hub_a_second_window_waits_or_takes_back_as_ever(tmp_path, short_path):
    with Hub(tmp_path / "hub", "--no-advertise") as hub:
        ann, bob = Person(hub, short_path, "ann"), Person(hub, short_path, "bob")
        for each in (bob, ann):
            assert each.run("who").returncode == 0
        with Program("chat", "--plain", *ann.options, command=STAYS_HERE) as chat:
            chat.wait_for("Enter sends to everyone")
            hub.kill()
            chat.wait_for("OFFLINE")
            kept = ann.run("send", "@bob", "kept", "--timeout", "0.2")
            gone = ann.run("send", "@bob", "gone", "--timeout", "0.2", "--no-queue")
            assert (kept.returncode, gone.returncode) == (3, 3)
            assert "waits in the outbox" in kept.stderr
            assert "taken back" in gone.stderr
            assert "can't be reached" in ann.run("history", "@bob").stderr
            chat.say("/quit")
            assert chat.wait() == 0
        hub.start()
        assert ann.run("send", "@bob", "later").returncode == 0
        texts = [each["text"] for each in objects(bob.run("history", "@ann", "--json").stdout)]
    assert texts == ["kept", "later"]


def test_damaged_pins_are_code_7(hub, tmp_path):
    (tmp_path / "known_hubs.json").write_text("{")
    done = run_lanmsg("who", "--home", tmp_path, "--hub", hub.address)
    assert done.returncode == 7
    assert "check words" in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="SIGINT")
def test_ctrl_c_is_code_130_and_no_traceback(people):
    ann, bob = people
    with bob.start("listen") as listening:
        ann.run("send", f"@{bob.handle}", "hi")
        listening.wait_for("hi")
        os.kill(listening.pid, signal.SIGINT)
        assert listening.wait() == 130
    assert listening.stderr == ""


@pytest.mark.skipif(os.name != "posix", reason="pipes")
def test_a_reader_who_has_enough_ends_it_quietly(people):
    ann, _ = people
    ann.run("send", "#", "x" * 60_000)
    command = " ".join([*LANMSG, "history", "'#'", *map(str, ann.options)])
    done = subprocess.run(
        ["bash", "-c", f"{command} | head -c 1; echo ${{PIPESTATUS[0]}}"],
        capture_output=True,
        env=environment(),
        timeout=40,
        check=False,
    )
    assert done.stdout.endswith(b"0\n")
    assert done.stderr == b""


# --- a hub that goes away --------------------------------------------------------------------


def test_what_is_not_taken_in_time_waits_and_is_sent_later(tmp_path):
    with Hub(tmp_path / "hub", "--no-advertise") as hub:
        ann, bob = Person(hub, tmp_path, "ann"), Person(hub, tmp_path, "bob")
        for each in (bob, ann):
            assert each.run("who").returncode == 0
        hub.kill()
        kept = ann.run("send", "@bob", "kept", "--timeout", "0.2")
        gone = ann.run("send", "@bob", "gone", "--timeout", "0.2", "--no-queue")
        assert (kept.returncode, gone.returncode) == (3, 3)
        assert "waits in the outbox" in kept.stderr
        assert "taken back" in gone.stderr
        hub.start()
        assert ann.run("send", "@bob", "later").returncode == 0
        texts = [each["text"] for each in objects(bob.run("history", "@ann", "--json").stdout)]
    assert texts == ["kept", "later"]


def test_a_hub_with_another_key_is_code_6_until_the_old_one_is_forgotten(tmp_path):
    hub = Hub(tmp_path / "hub", "--no-advertise")
    ann = Person(hub, tmp_path, "ann")
    with hub:
        assert ann.run("who").returncode == 0
    shutil.rmtree(tmp_path / "hub")
    with hub:
        done = ann.run("send", "#", "secret")
        assert done.returncode == 6
        assert "known:" in done.stderr
        assert "shown:" in done.stderr
        forgotten = run_lanmsg("forget", hub.address, "--home", tmp_path / "ann")
        assert forgotten.returncode == 0
        assert ann.run("send", "#", "hello").returncode == 0
        unknown = run_lanmsg("forget", "10.0.0.1", "--home", tmp_path / "ann")
        assert unknown.returncode == 2


def test_history_can_be_read_without_the_hub(tmp_path):
    with Hub(tmp_path / "hub", "--no-advertise") as hub:
        ann = Person(hub, tmp_path, "ann")
        ann.run("send", "#", "still here")
    done = ann.run("history", "#")
    assert done.returncode == 0
    assert "still here" in done.stdout
    assert "can't be reached" in done.stderr


# --- joining ---------------------------------------------------------------------------------


def test_only_an_invite_opens_a_hub_for_the_invited_and_only_once(tmp_path):
    with Hub(tmp_path / "hub", "--no-advertise", "--invite-only") as hub:
        until(lambda: "lanmsg://" in hub.stdout, timeout_s=20, what="the hub shows an invite")
        first = hub.stdout.split('"lanmsg://')[1].split('"')[0]
        uninvited = run_lanmsg("who", "--home", tmp_path / "eve", "--hub", hub.address, "--name", "eve")
        assert uninvited.returncode == 5
        joined = run_lanmsg("join", f"lanmsg://{first}", "--home", tmp_path / "ann", "--name", "ann")
        assert joined.returncode == 0
        assert joined.stdout.startswith("You are ann at hub ")
        again = run_lanmsg("join", f"lanmsg://{first}", "--home", tmp_path / "eve", "--name", "eve")
        assert again.returncode == 5
        link, *code = Person(hub, tmp_path, "ann").run("invite").stdout.splitlines()
        assert any("▄" in line for line in code)
        assert run_lanmsg("join", at(hub, link), "--home", tmp_path / "bob", "--name", "bob").returncode == 0


def at(hub, link):
    """The link as the hub that listens on loopback alone can use it."""
    return format_invite(replace(parse_invite(link), addresses=(hub.address,)))


def test_stop_ends_the_hub_of_a_directory(tmp_path):
    with Hub(tmp_path / "hub", "--no-advertise") as hub:
        stopped = run_lanmsg("stop", "--data", hub.data)
        assert stopped.returncode == 0
        assert hub.wait() == 0
    assert run_lanmsg("stop", "--data", hub.data).returncode == 4


# --- the plain chat --------------------------------------------------------------------------


def test_a_pipe_into_the_chat_is_sent_line_by_line(people):
    ann, bob = people
    done = ann.run("chat", text_in=f"hello\n@{bob.handle} psst\n/who\n/nonsense\n")
    assert done.returncode == 0
    assert "you → everyone: hello" in done.stdout
    assert "✓ sent" in done.stdout
    assert f"you → @{bob.handle}: psst" in done.stdout
    assert "there is no command /nonsense" in done.stdout
    assert "\x1b" not in done.stdout


@pytest.mark.skipif(os.name != "posix", reason="terminals")
@pytest.mark.parametrize("how", ["--plain", "TERM=dumb"])
def test_at_a_terminal_the_plain_chat_only_prints_lines(people, how):
    ann, bob = people
    keyboard, terminal = pty.openpty()
    term, options = ("dumb", ()) if how == "TERM=dumb" else ("xterm", ("--plain",))
    command = [*LANMSG, "chat", *options, *map(str, bob.options)]
    chat = subprocess.Popen(
        command, stdin=terminal, stdout=terminal, stderr=terminal, env=environment(TERM=term)
    )
    os.close(terminal)
    seen = read_until(keyboard, "Enter sends to everyone")
    ann.run("send", f"@{bob.handle}", "hi there")
    seen += read_until(keyboard, f"{ann.handle} → you: hi there")
    os.write(keyboard, f"@{ann.handle}\n".encode())
    seen += read_until(keyboard, f"Enter sends to @{ann.handle} private now.")
    os.write(keyboard, b"hi yourself\n")
    seen += read_until(keyboard, f"you → @{ann.handle}: hi yourself")
    os.write(keyboard, b"/quit\n")
    assert chat.wait(20) == 0
    os.close(keyboard)
    assert "\x1b" not in seen


def read_until(keyboard, text):
    seen = ""
    while text not in seen:
        seen += os.read(keyboard, 4096).decode()
    return seen


def test_asked_for_the_three_it_takes_them_from_the_answers(hub, tmp_path):
    host, _, port = hub.address.partition(":")
    done = run_lanmsg("chat", "--ask", "--home", tmp_path, text_in=f"{host}\n{port}\nasked\nhello\n")
    assert done.returncode == 0
    for question in ("Server address", "Port", "Your name"):
        assert question in done.stdout
    assert "as asked" in done.stdout
    assert "you → everyone: hello" in done.stdout
    assert run_lanmsg("chat", "--ask", "--home", tmp_path / "x").returncode == 2


# --- export ----------------------------------------------------------------------------------


def test_an_export_has_all_that_was_said_and_needs_no_hub(tmp_path):
    with Hub(tmp_path / "hub", "--no-advertise") as hub:
        ann, bob = (Person(hub, tmp_path, name) for name in ("ann", "bob"))
        assert (ann.run("who").returncode, bob.run("who").returncode) == (0, 0)
        assert ann.run("send", "@bob", "for <you>").returncode == 0
        assert ann.run("send", "#", "for all").returncode == 0
        assert bob.run("who").returncode == 0
    page, lines = tmp_path / "all.html", tmp_path / "all.jsonl"
    done = run_lanmsg("export", "--output", page, "--home", bob.options[1])
    assert (done.returncode, done.stdout) == (0, "")
    assert "has 2 messages" in done.stderr
    assert "for &lt;you&gt;" in page.read_text()
    assert run_lanmsg("export", "--output", lines, "--home", bob.options[1]).returncode == 0
    assert [each["text"] for each in objects(lines.read_text())] == ["for all", "for <you>"]
    only = run_lanmsg("export", "@ann", "--home", bob.options[1]).stdout
    assert "ann → you: for <you>" in only
    assert "for all" not in only
    again = run_lanmsg("export", "--output", page, "--home", bob.options[1])
    assert again.returncode == 2
    assert "is there already" in again.stderr
    assert run_lanmsg("export", "--output", page, "--force", "--home", bob.options[1]).returncode == 0


@posix
def test_an_export_works_while_the_chat_is_open(people):
    ann, bob = people
    assert ann.run("send", f"@{bob.handle}", "to be kept").returncode == 0
    with bob.start("chat", "--plain") as chat:
        chat.wait_for("Enter sends to everyone")
        chat.say("#said while it is open")
        chat.wait_for("✓ sent")
        open_lines = objects(bob.run("export", "--format", "jsonl").stdout)
        assert chat.end() == 0
    closed_lines = objects(bob.run("export", "--format", "jsonl").stdout)
    assert [each["text"] for each in open_lines] == [each["text"] for each in closed_lines]
    assert {"to be kept", "said while it is open"} <= {each["text"] for each in open_lines}


def test_an_export_of_a_home_that_was_nowhere_is_code_4(tmp_path):
    done = run_lanmsg("export", "--home", tmp_path / "none")
    assert done.returncode == 4
    assert "has never been at any hub" in done.stderr
    assert not (tmp_path / "none").exists()


# --- backup, restore, wipe -------------------------------------------------------------------


@pytest.fixture
def passphrase(tmp_path):
    file = tmp_path / "passphrase"
    file.write_text("seven old boats under the bridge\n")
    return ("--passphrase-file", file)


def test_a_backup_made_while_the_chat_is_open_comes_back_elsewhere(people, passphrase, tmp_path):
    ann, bob = people
    file, home = tmp_path / "bob.age", tmp_path / "home"
    with bob.start("chat", "--plain") as chat:
        chat.wait_for("Enter sends to everyone")
        chat.say("#before the backup")
        chat.wait_for("✓ sent")
        made = run_lanmsg("backup", file, *passphrase, "--home", bob.options[1])
        assert (made.returncode, made.stdout) == (0, ""), made.stderr
        chat.say("#after the backup")
        chat.wait_for("after the backup   ✓ sent")
        assert chat.end() == 0
    assert b"before the backup" not in file.read_bytes()
    done = run_lanmsg("restore", file, *passphrase, "--home", home)
    assert done.returncode == 0, done.stderr
    lines = objects(run_lanmsg("history", "#", "--json", "--home", home).stdout)
    assert [each["text"] for each in lines][-2:] == ["before the backup", "after the backup"]
    assert run_lanmsg("send", f"@{ann.handle}", "from the copy", "--home", home).returncode == 0
    [last] = objects(ann.run("history", f"@{bob.handle}", "--json", "--limit", "1").stdout)
    assert (last["text"], last["state"]) == ("from the copy", "received")
    again = run_lanmsg("restore", file, *passphrase, "--home", home)
    assert again.returncode == 2
    assert "has hubs already" in again.stderr


def test_a_wrong_passphrase_is_code_2_and_leaves_nothing(people, passphrase, tmp_path):
    _, bob = people
    file, home, wrong = tmp_path / "bob.age", tmp_path / "home", tmp_path / "wrong"
    wrong.write_text("not this one\n")
    assert run_lanmsg("backup", file, *passphrase, "--home", bob.options[1]).returncode == 0
    done = run_lanmsg("restore", file, "--passphrase-file", wrong, "--home", home)
    assert done.returncode == 2
    assert "the passphrase is wrong" in done.stderr
    assert list(home.iterdir()) == []


def test_a_wipe_takes_the_word_and_then_everything(hub, tmp_path):
    cid = Person(hub, tmp_path, "cid")
    assert cid.run("who").returncode == 0
    home = ("--home", cid.options[1])
    refused = run_lanmsg("wipe", *home, text_in="yes\n")
    assert refused.returncode == 2
    assert "nothing was deleted" in refused.stderr
    assert cid.options[1].exists()
    assert run_lanmsg("wipe", *home, text_in="wipe\n").returncode == 0
    assert not cid.options[1].exists()
    assert run_lanmsg("wipe", *home, "--yes").returncode == 2


def test_a_home_that_is_in_use_is_not_wiped(people):
    _, bob = people
    with bob.start("chat", "--plain") as chat:
        chat.wait_for("Enter sends to everyone")
        done = run_lanmsg("wipe", "--yes", "--home", bob.options[1])
        assert done.returncode == 7
        assert "in use" in done.stderr
        assert chat.end() == 0
    assert bob.run("who").returncode == 0


# --- doctor ----------------------------------------------------------------------------------


def test_the_doctor_finds_a_hub_well_and_tells_another_from_it(tmp_path):
    with Hub(tmp_path / "hub", "--no-advertise") as hub:
        ann = Person(hub, tmp_path, "ann")
        assert ann.run("who").returncode == 0
        well = ann.run("doctor", "--json")
        checks = {each["id"]: each for each in objects(well.stdout)}
        assert {checks[name]["result"] for name in ("hub", "clock", "name", "store")} == {"ok"}, well.stdout
        assert "you are ann" in checks["name"]["text"]
    away = ann.run("doctor")
    assert away.returncode == 4
    assert "fail    hub: " in away.stdout
    with Hub(tmp_path / "other", "--no-advertise", port=hub.port):
        other = ann.run("doctor")
    assert other.returncode == 6
    assert "answers another hub than the one you know" in other.stdout
