"""A process of `people.py`, seen from the test that started it."""

import json
import os
import sys
from contextlib import contextmanager
from pathlib import Path

from tests.faults.outcome import load
from tests.processes import Program, until

PEOPLE = (sys.executable, "-P", str(Path(__file__).with_name("people.py")))


def figure(name, usual):
    """A number of a test: the usual one, or what an environment variable says for a deep run."""
    return int(os.environ.get(name) or usual)


class Crowd:
    """Some people in one process, which can be killed and started again on the same homes.

    `prefix` comes before the command: ip netns exec. `manner` is how they behave, see `people.py`.
    """

    def __init__(self, directory, names, *, hub, everybody, seed, prefix=(), **manner):
        directory.mkdir(exist_ok=True)
        self.names = names
        self.record_path = directory / f"{names[0]}.record"
        self._config = {
            "hub": hub,
            "homes": {name: str(directory / name) for name in names},
            "everybody": everybody,
            "record": str(self.record_path),
            "seed": seed,
            "run": -1,
            "pace_s": 0.0,
            "to_all": 0.6,
            "looks_far": False,
            **manner,
        }
        self._prefix = prefix
        self.program = None

    def start(self):
        self._config["run"] += 1
        self.program = Program(json.dumps(self._config), command=PEOPLE, prefix=self._prefix)
        return self

    def ready(self, timeout_s=40):
        self._said("ready", timeout_s)
        return self

    def tell(self, command):
        """Give a command without waiting for its end."""
        self.program.say(command)

    def done(self, command, timeout_s=40):
        """Wait until a command that was given is carried out."""
        self._said(command, timeout_s)

    def ask(self, command, timeout_s=40):
        self.tell(command)
        self.done(command, timeout_s)

    def _said(self, word, timeout_s):
        self.program.wait_for(f"{word}\n", timeout_s=timeout_s)

    def kill(self):
        self.program.process.kill()
        self.program.__exit__()

    def close(self):
        """Let it end in order, and see that it could."""
        code = self.program.end()
        assert code == 0, self.program.stderr

    def count(self, did):
        """How often something was written down."""
        return self._lines_with(f'{{"did": "{did}"')

    def count_of(self, name, did):
        """How often it was written down of one of them."""
        return self._lines_with(f'{{"did": "{did}", "who": "{name}"')

    def _lines_with(self, start):
        return self.record_path.read_bytes().count(start.encode()) if self.record_path.exists() else 0


@contextmanager
def crowds_of(crowds):
    """Start them all together; end them all, whatever happens."""
    try:
        for crowd in crowds:
            crowd.start()
        for crowd in crowds:
            crowd.ready()
        yield crowds
    finally:
        for crowd in crowds:
            if crowd.program is not None:
                crowd.program.__exit__()


def count(crowds, did):
    return sum(crowd.count(did) for crowd in crowds)


def finish(crowds, timeout_s=30):
    """Let everybody fall silent, wait until all have all, and let them write it down."""
    _all_do(crowds, "quiet", timeout_s)
    _all_do(crowds, know(_ends(crowds)), timeout_s)
    _all_do(crowds, "report", timeout_s)
    for crowd in crowds:
        crowd.close()


def know(ends):
    """The command that waits for so many messages of each conversation."""
    return f"know {json.dumps(ends)}"


def _all_do(crowds, command, timeout_s):
    for crowd in crowds:
        crowd.tell(command)
    for crowd in crowds:
        crowd.done(command, timeout_s)


def _ends(crowds):
    """How many messages each conversation has: each is complete with those who wrote it."""
    ends = {}
    for each in load(crowd.record_path for crowd in crowds):
        if each["did"] == "ends":
            ends |= {place: max(number, ends.get(place, 0)) for place, number in each["ends"].items()}
    return ends


def until_more(crowds, did, number, timeout_s=40):
    """Wait until so many more things were written down."""
    start = count(crowds, did)
    until(lambda: count(crowds, did) >= start + number, timeout_s=timeout_s, what=f"{number} more {did}")
