"""What is measured of the app: its start, a key's echo beside talk, memory after a scroll, jump, search."""

import random
import statistics
import time
from dataclasses import asdict
from typing import Final

from bench.app.terminal import Terminal
from bench.app.world import (
    LETTERS,
    NEWEST,
    OLDEST,
    SOUGHT,
    TALKERS,
    AppWorld,
    app_world,
    found_by,
    last_word_of,
)
from bench.jobs import run_beside
from bench.latency import Latencies
from bench.summary import Reading
from bench.web.talkers import Job

MIB: Final = 1024 * 1024
STARTS: Final = 5
PER_S: Final = 200
KEYS: Final = 300
KEY_EVERY_S: Final = (0.05, 0.15)
"""Between these two times by chance: keys that keep step with the app's clock would meet it always alike."""
CYRILLIC: Final = [chr(code) for code in range(0x400, 0x500) if chr(code).isprintable()]
"""Letters that nobody writes: each key is another one, so that it can't be taken for one before."""
KEYS_IN_LINE: Final = 60
SEARCHES: Final = 16
JUMPS: Final = 12
SETTLE_S: Final = 3.0
QUIET_S: Final = 0.3
SCROLL_TIMEOUT_S: Final = 300.0
_PAGE_UP, _EMPTY_LINE, _ESCAPE, _ENTER = "\x1b[5~", "\x15", "\x1b", "\r"
_OLDEST_KEY, _NEWEST_KEY, _JUMP, _SEARCH = "\x1b[1;5H", "\x1b[1;5F", "\x0b", "\x06"


def measure_start() -> Reading:
    """Start it again and again; it is usable when the newest message is there and a key is echoed."""
    with app_world() as world:
        _start_s(world)  # what it reads is in the machine's memory then
        return {"start_s": statistics.median(_start_s(world) for _ in range(STARTS))}


def _start_s(world: AppWorld) -> float:
    with Terminal(world) as terminal:
        terminal.wait_for(NEWEST)
        terminal.type("Ж")
        return terminal.wait_for("Ж") - terminal.started_s


def measure_keys() -> Reading:
    """Type while others talk in the open conversation."""
    with app_world() as world, Terminal(world) as terminal:
        _wait_until_idle(terminal)
        job = asdict(Job(str(world.hub.directory), world.hub.port, PER_S))
        with run_beside("bench.web.talkers", job, ready="talking", timeout_s=60.0) as finish:
            terminal.pass_time(SETTLE_S)
            echoes = _type_keys(terminal)
            talk = finish()
        return {**echoes.as_json("key"), **talk}


def _type_keys(terminal: Terminal) -> Latencies:
    chance, echoes = random.Random(7), Latencies()
    for number in range(KEYS):
        if number % KEYS_IN_LINE == 0:
            terminal.type(_EMPTY_LINE)
            terminal.pass_time(QUIET_S)
        letter = CYRILLIC[number % len(CYRILLIC)]
        echoes.add(terminal.took_s(letter, letter))
        terminal.pass_time(chance.uniform(*KEY_EVERY_S))
    return echoes


def measure_scroll() -> Reading:
    """Page up from the newest message to the oldest, and see what is held in memory then."""
    with app_world() as world, Terminal(world) as terminal:
        _wait_until_idle(terminal)
        before_bytes = terminal.memory_bytes()
        started_s = time.perf_counter()
        pages = 0
        while not terminal.draws(_PAGE_UP, OLDEST, seconds=0.02):
            pages += 1
            if time.perf_counter() - started_s > SCROLL_TIMEOUT_S:
                raise RuntimeError(f"the oldest message did not come in {pages} pages")
        seconds = time.perf_counter() - started_s
        return {
            "memory_before_mib": before_bytes / MIB,
            "memory_mib": terminal.memory_bytes() / MIB,
            "scrolled_pages": pages,
            "scrolled_s": seconds,
        }


def measure_jumps() -> Reading:
    """Open other conversations by a few letters, go to both ends of the log, and search as one types."""
    with app_world() as world, Terminal(world) as terminal:
        _wait_until_idle(terminal)
        return {
            **_jump(terminal).as_json("jump"),
            **_ends(terminal).as_json("ends"),
            **_search(terminal).as_json("search"),
        }


def _jump(terminal: Terminal) -> Latencies:
    """Take the time of Ctrl+K until the dialog is drawn, and of Enter until the conversation is."""
    found = Latencies()
    for number in range(JUMPS):
        name = TALKERS[number % len(TALKERS)]
        found.add(terminal.took_s(_JUMP, "Go to"))
        terminal.settle(QUIET_S)
        terminal.type(name)
        terminal.settle(QUIET_S)
        found.add(terminal.took_s(_ENTER, last_word_of(name)))
        terminal.settle(QUIET_S)
    terminal.type(f"{_JUMP}everyone")
    terminal.settle(QUIET_S)
    terminal.took_s(_ENTER, NEWEST)
    terminal.settle(QUIET_S)
    return found


def _ends(terminal: Terminal) -> Latencies:
    """Take the time of Ctrl+Home and Ctrl+End until the messages there are drawn."""
    found = Latencies()
    for _ in range(JUMPS):
        found.add(terminal.took_s(_OLDEST_KEY, OLDEST))
        terminal.settle(QUIET_S)
        found.add(terminal.took_s(_NEWEST_KEY, NEWEST))
        terminal.settle(QUIET_S)
    return found


def _search(terminal: Terminal) -> Latencies:
    """Take the time of the last key of a query until what it finds is drawn."""
    found = Latencies()
    terminal.took_s(_SEARCH, "Search")
    for letter in LETTERS[:SEARCHES]:
        terminal.type(f"{_EMPTY_LINE}{SOUGHT} ")
        terminal.settle(QUIET_S)
        found.add(terminal.took_s(letter, found_by(letter)))
        terminal.settle(QUIET_S)
    terminal.type(_ESCAPE)
    return found


def _wait_until_idle(terminal: Terminal) -> None:
    terminal.wait_for(NEWEST)
    terminal.pass_time(SETTLE_S)
