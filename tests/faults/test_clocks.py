"""R-11: the dates of real hubs and clients are set forward and back, by a day and a year, while they talk."""

import contextlib
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.processes import Hub, Program, run_lanmsg

pytestmark = pytest.mark.timeout(180)
SHIFTED = (sys.executable, "-P", str(Path(__file__).with_name("shifted_clock.py")))
DAY_S, YEAR_S = 86_400, 365 * 86_400
ERRORS_S = (DAY_S, -DAY_S, YEAR_S, -YEAR_S, 0)
NAMES = ("ann", "ben")


class Clock:
    """The wall clock of a program, and how to start one with it."""

    def __init__(self, directory, name):
        self._file = directory / f"{name}.clock"
        self.command = (*SHIFTED, str(self._file))
        self.set(0)

    def set(self, error_s):
        changed = self._file.with_suffix(".new")
        changed.write_text(str(error_s), encoding="ascii")
        changed.replace(self._file)


class People(contextlib.ExitStack):
    """ann and ben at one hub, each program with a clock of its own; all that they said."""

    def __init__(self, directory, hub, clocks):
        super().__init__()
        self._directory, self._hub = directory, hub
        self._chats = {name: self._chat(name, clocks[name].command) for name in NAMES}
        self.said = []

    def _chat(self, name, command):
        chat = self.enter_context(Program("chat", "--plain", *self.options(name), command=command))
        chat.wait_for("Enter sends to")
        return chat

    def options(self, name):
        return ("--hub", self._hub.address, "--home", self._directory / name, "--name", name)

    def talk(self, about):
        """Each says something, and the other one sees it."""
        for name, other in (NAMES, NAMES[::-1]):
            text = f"{name} after {about}"
            self._chats[name].say(f"#{text}")
            self._chats[other].wait_for(text)
            self.said.append(text)

    def leave(self):
        for chat in self._chats.values():
            assert chat.end() == 0, chat.stderr


@pytest.fixture
def clocks(tmp_path):
    return {name: Clock(tmp_path, name) for name in ("hub", *NAMES)}


@pytest.fixture
def hub(tmp_path, clocks):
    hub = Hub(tmp_path / "hub")
    hub.program = clocks["hub"].command
    with hub:
        yield hub


def history(people, name):
    lines = run_lanmsg("history", *people.options(name), "#", "--json").stdout.splitlines()
    return [json.loads(line) for line in lines]


def test_whose_date_is_set_loses_nothing_and_all_agree(tmp_path, hub, clocks):
    with People(tmp_path, hub, clocks) as people:
        people.talk("the start")
        for name, clock in clocks.items():
            for error_s in ERRORS_S:
                clock.set(error_s)
                people.talk(f"{error_s} s at {name}")
        people.leave()
    for name in NAMES:
        assert [each["text"] for each in history(people, name)] == people.said


def test_a_hub_that_starts_years_off_takes_everybody_back(tmp_path, hub, clocks):
    with People(tmp_path, hub, clocks) as people:
        people.talk("the start")
        for error_s in (YEAR_S, -YEAR_S):
            hub.kill()
            clocks["hub"].set(error_s)
            hub.start()
            people.talk(f"a start {error_s} s off")
        people.leave()
    seen = [history(people, name) for name in NAMES]
    assert [[each["text"] for each in messages] for messages in seen] == [people.said] * 2
    offsets = [datetime.fromisoformat(each["sent_at"]) - datetime.now(UTC) for each in seen[0]]
    years = [round(offset / timedelta(days=365)) for offset in offsets]
    assert years == [0, 0, 1, 1, -1, -1]  # the hub's clock says when
