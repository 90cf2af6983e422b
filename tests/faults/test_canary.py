"""What people say to each other is nowhere but with them: not on the wire, not with the hub, not on disks."""

import secrets
import shutil
import sys
from pathlib import Path

import pytest
from tests.cli.terminal import Terminal
from tests.faults.taps import Wire, files_of, forms_of, found_in, memory_of
from tests.processes import Hub, Program, run_lanmsg

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(120),
    pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="reads the memory of processes in /proc"),
]


class Talk:
    """Anna and Ben after they said two secrets, one to everyone and one to each other alone."""

    def __init__(self, directory):
        self.directory = directory
        self.private, self.public = (f"canary-{secrets.token_hex(16)}" for _ in range(2))
        self.hub = Hub(directory / "hub", "--log-level", "debug")

    @property
    def canaries(self):
        return (self.private, self.public)

    def options(self, name, address):
        return ("--hub", address, "--home", self.directory / name, "--name", name)


@pytest.fixture(scope="module")
def talk(tmp_path_factory):
    """The hub and Ben still run, for a look into their memory; all that went between is in `wire`."""
    talk = Talk(tmp_path_factory.mktemp("canary"))
    with talk.hub, Wire(talk.hub.port) as wire:
        talk.wire = wire
        with Program("chat", "--plain", *talk.options("ben", wire.address)) as talk.ben:
            talk.ben.wait_for("Enter sends to")
            anna = talk.options("anna", wire.address)
            for target, text in (("@ben", talk.private), ("#", talk.public)):
                done = run_lanmsg("send", *anna, target, text)
                assert done.returncode == 0, done.stderr
            for text in talk.canaries:
                talk.ben.wait_for(text)
            if shutil.which("tmux"):
                see_in_the_app(talk)
            try:
                talk.memory_of_ben, talk.memory_of_hub = map(memory_of, (talk.ben.pid, talk.hub.process.pid))
            except PermissionError:
                pytest.skip("this system lets nobody read the memory of another process")
            yield talk


def see_in_the_app(talk):
    """Cora, who is in everyone alone, hears of it in the terminal app, and leaves."""
    anna = talk.options("anna", talk.wire.address)
    with Terminal("chat", *talk.options("cora", talk.wire.address)) as app:
        app.wait_for("cora")
        done = run_lanmsg("send", *anna, "#", talk.public)
        assert done.returncode == 0, done.stderr
        app.wait_for(talk.public)


def test_who_was_told_knows_it(talk):
    """If this fails, all the others prove nothing."""
    history = [
        run_lanmsg("history", *talk.options("anna", talk.wire.address), target).stdout
        for target in ("@ben", "#")
    ]
    assert talk.private in history[0]
    assert talk.public in history[1]
    for text in talk.canaries:
        assert "utf-8" in found_in(talk.memory_of_ben, text)


def test_the_memory_of_the_hub_does_not_have_it(talk):
    assert b"lanmsg.hub" in talk.memory_of_hub
    assert b"anna" in talk.memory_of_hub
    for text in talk.canaries:
        assert found_in(talk.memory_of_hub, text) == []


def test_the_files_of_the_hub_do_not_have_it(talk):
    files = files_of(talk.directory / "hub")
    assert any(b"anna" in data for data in files.values())
    for path, data in files.items():
        for text in talk.canaries:
            assert found_in(data, text) == [], path


def test_what_the_hub_prints_and_logs_does_not_have_it(talk):
    said = talk.hub.stdout + talk.hub.stderr
    assert "connected" in said
    for text in talk.canaries:
        assert found_in(said.encode(), text) == []


def test_the_wire_does_not_have_it_nor_a_name(talk):
    assert b"lanmsg/1" in talk.wire.recorded  # the ALPN of TLS stands in the clear, so this is the wire
    assert len(talk.wire.recorded) > 10_000
    assert b"anna" not in talk.wire.recorded
    for text in talk.canaries:
        assert found_in(talk.wire.recorded, text) == []


def test_no_key_of_a_store_is_with_the_hub_nor_on_the_wire(talk):
    keys = [path.read_bytes().strip() for path in talk.directory.glob("*/hubs/*/store.key")]
    assert len(keys) >= 2
    places = [talk.memory_of_hub, talk.wire.recorded, *files_of(talk.directory / "hub").values()]
    assert [key for key in keys for place in places if key in place] == []


@pytest.mark.parametrize("name", ["anna", "ben", "cora"])
def test_the_files_of_clients_do_not_have_it_in_clear(talk, name):
    if name == "cora" and not shutil.which("tmux"):
        pytest.skip("needs tmux")
    files = files_of(talk.directory / name)
    assert any(path.name == "store.sqlite3" for path in files)
    for path, data in files.items():
        for text in talk.canaries:
            assert found_in(data, text) == [], path


@pytest.mark.parametrize("form", sorted(forms_of("canary")))
def test_the_search_finds_each_form(form):
    text = f"canary-{secrets.token_hex(16)}"
    assert form in found_in(b"before" + forms_of(text)[form] + b"after", text)


def test_the_search_looks_into_all_memory():
    text = f"canary-{secrets.token_hex(16)}"
    keep = "import sys; kept = sys.stdin.readline().strip()[::-1]; print('kept', flush=True); input()"
    with Program("-c", keep, command=(sys.executable,)) as keeper:
        keeper.say(text)
        keeper.wait_for("kept")
        assert "reversed" in found_in(memory_of(keeper.pid), text)
