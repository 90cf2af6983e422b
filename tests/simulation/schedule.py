"""What happens in a simulation and when, drawn from a seed: work that people do, and faults.

Each seed has its own favourites: some kinds of work and of faults often, others never ("swarm testing",
Groce et al. 2012), so that rare ones meet in plenty.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from random import Random

PEOPLE = ("ann", "bob", "cid")
NEWCOMER = "dan"

WORK = {
    "say to all": 6.0,
    "say to one": 6.0,
    "say in room": 6.0,
    "edit": 3.0,
    "react": 3.0,
    "delete": 1.0,
    "join": 2.0,
    "leave": 2.0,
    "invite": 2.0,
    "remove": 1.5,
    "ban": 0.5,
    "read": 2.0,
    "newcomer": 0.5,
    "link": 1.2,
    "cut off": 1.0,
}
FAULTS = {
    "partition": 2.0,
    "one way there": 1.0,
    "one way back": 1.0,
    "reset": 2.0,
    "reset one end": 1.0,
    "black hole": 1.0,
    "delay": 1.0,
    "slow reader": 1.0,
    "kill hub": 2.0,
    "power cut hub": 2.0,
    "stop hub": 0.5,
    "pause hub": 0.7,
    "kill client": 2.0,
    "power cut client": 1.0,
    "close client": 0.7,
    "pause client": 0.7,
    "clock jump hub": 0.5,
    "clock jump client": 0.7,
    "slow disk": 0.7,
    "disk error hub": 0.3,
    "disk error client": 0.5,
}

STRESS = 12.0
"""The weight of a kind that must come often."""


@dataclass(frozen=True)
class Step:
    """One thing that happens. `who` and `whom` choose among those there are, `amount` is from 0 to 1."""

    at_s: float
    what: str
    who: int = 0
    whom: int = 0
    amount: float = 0.5


@dataclass(frozen=True)
class Schedule:
    """A whole simulation. `mode` is `liveness` (faults end, all must converge) or `safety` (they do not)."""

    seed: str
    steps: tuple[Step, ...]
    delay_s: float = 0.001
    commit_s: float = 0.004
    """What a commit takes at most."""
    mode: str = "liveness"
    crypto: str = "simulated"
    disk: str = "memory"
    start: str = "warm"
    """Whether people are there already, or join."""

    @property
    def length_s(self) -> float:
        """When the last step begins."""
        return max([step.at_s for step in self.steps], default=0.0)

    def with_steps(self, steps: Sequence[Step]) -> "Schedule":
        """Return the same with other steps."""
        return replace(self, steps=tuple(steps))

    def to_json(self) -> str:
        """Write it down."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Schedule":
        """Read what `to_json` wrote."""
        values = json.loads(text)
        return cls(**{**values, "steps": tuple(Step(**step) for step in values["steps"])})


def draw(
    seed: int, *, crypto: str = "simulated", disk: str = "memory", stress: Sequence[str] = ()
) -> Schedule:
    """Return the schedule of a seed; `stress` names kinds that must come often."""
    chance = Random(f"schedule {seed}")
    length_s = chance.choice([3.0, 10.0, 30.0, 90.0])
    work = _favourites(WORK, chance, always=("say to all", "say to one"), stress=stress)
    faults = _favourites(FAULTS, chance, stress=stress)
    steps = [_step(work, length_s, chance) for _ in range(chance.randint(8, 30))]
    steps += [_step(faults, length_s, chance) for _ in range(chance.randint(1, 8))]
    return Schedule(
        seed=str(seed),
        steps=tuple(sorted(steps, key=lambda step: step.at_s)),
        delay_s=chance.choice([0.0005, 0.005, 0.05]),
        commit_s=chance.choice([0.004, 0.05, 0.5]),
        mode="safety" if seed % 4 == 3 else "liveness",
        crypto=crypto,
        disk=disk,
        start="cold" if disk != "memory" or chance.random() < 0.1 else "warm",
    )


def _favourites(
    kinds: dict[str, float], chance: Random, *, always: Sequence[str] = (), stress: Sequence[str] = ()
) -> dict[str, float]:
    """Leave about half of the kinds out."""
    chosen = {kind: weight for kind, weight in kinds.items() if kind in always or chance.random() < 0.5}
    chosen |= {kind: STRESS for kind in kinds if kind in stress}
    return chosen or kinds


def _step(kinds: dict[str, float], length_s: float, chance: Random) -> Step:
    [what] = chance.choices(list(kinds), list(kinds.values()))
    at_s = round(chance.random() * length_s, 3)
    return Step(at_s, what, chance.randrange(60), chance.randrange(60), round(chance.random(), 3))
