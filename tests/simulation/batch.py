"""Many simulations: totals, and what each kind of fault and of work did over all of them."""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.checker import Violation
from tests.records import keep_record

from .run import Outcome, run
from .schedule import Schedule

MUST_FIRE = (
    "overtaken",
    "window full",
    "partition",
    "one way cut",
    "dial timed out",
    "reset",
    "reset one end",
    "reset by a dead end",
    "black hole",
    "delay",
    "slow reader",
    "kill hub",
    "power cut hub",
    "stop hub",
    "pause hub",
    "commit of the hub lost or untold",
    "kill client",
    "power cut client",
    "close client",
    "pause client",
    "commit of a client lost or untold",
    "clock jump hub",
    "clock jump client",
    "slow disk",
    "disk error of the hub",
    "disk error of a client",
)
"""Every kind of fault, as what it did to somebody: a batch in which one never did proves too little."""
MUST_BE_DONE = ("say to all", "say to one", "say to room", "edit", "react", "delete", "join", "leave")
MUST_BE_DONE += ("invite", "remove", "ban", "read", "newcomer", "link", "cut off")


@dataclass
class Totals:
    """What came of a batch; `fired` counts the schedules in which a kind of fault had an effect."""

    schedules: int = 0
    liveness: int = 0
    simulated_s: float = 0.0
    took_s: float = 0.0
    callbacks: int = 0
    events: int = 0
    messages: int = 0
    recovered: int = 0
    longest_to_settle_s: float = 0.0
    fired: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[Schedule, list[Violation]]] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Count one more."""
        self.schedules += 1
        self.liveness += outcome.schedule.mode == "liveness"
        self.simulated_s += outcome.simulated_s
        self.took_s += outcome.took_s
        self.callbacks += outcome.callbacks
        self.events += outcome.events
        self.messages += outcome.messages
        self.recovered += outcome.recovered
        self.longest_to_settle_s = max(self.longest_to_settle_s, outcome.settled_s)
        self.fired.update(dict.fromkeys(outcome.fired, 1))
        self.done.update(outcome.done)
        if outcome.violations:
            self.failures.append((outcome.schedule, outcome.violations))

    @property
    def never(self) -> list[str]:
        """What should have happened somewhere in the batch, and did not."""
        return [kind for kind in MUST_FIRE if not self.fired[kind]] + [
            kind for kind in MUST_BE_DONE if not self.done[kind]
        ]

    def record(self) -> dict[str, object]:
        """Return what is kept of a batch."""
        return {
            "kind": "simulation",
            "schedules": self.schedules,
            "liveness": self.liveness,
            "violations": len(self.failures),
            "simulated_hours": round(self.simulated_s / 3600, 2),
            "schedules_per_second": round(self.schedules / self.took_s, 1) if self.took_s else 0.0,
            "callbacks": self.callbacks,
            "checked_events": self.events,
            "messages": self.messages,
            "recovered": self.recovered,
            "longest_to_settle_s": self.longest_to_settle_s,
            "fired": dict(sorted(self.fired.items())),
            "done": {kind: count for kind, count in sorted(self.done.items()) if ":" not in kind},
        }

    def append_to(self, path: Path, **more: object) -> None:
        """Keep the record of this batch, one line of JSON."""
        keep_record({**self.record(), **more}, path)


def run_all(schedules: Iterable[Schedule], *, seconds: float = float("inf")) -> Totals:
    """Run schedules until there are no more, or the time is up."""
    totals = Totals()
    end_s = time.monotonic() + seconds
    for schedule in schedules:
        totals.add(run(schedule))
        if time.monotonic() > end_s:
            break
    return totals
