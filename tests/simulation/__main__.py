"""Runs simulations: `python -m tests.simulation SEED` repeats one, and makes it small if it fails.

python -m tests.simulation 4711                       one seed, with its history if it fails
python -m tests.simulation --from 0 --count 10000     many; `--record FILE` keeps the totals
python -m tests.simulation --bugs                     the planted bugs, and what found each
"""

import argparse
import os
import sys
from pathlib import Path

MISSED = "MISSED"
HASH_SEED = "0"
"""Sets of ids come in an order that depends on it, so a run is only repeated with the same."""


def main() -> int:
    """Do what the arguments say; 1 if something was violated."""
    arguments = _arguments()
    if os.environ.get("PYTHONHASHSEED") != HASH_SEED:
        os.environ["PYTHONHASHSEED"] = HASH_SEED
        os.execv(sys.executable, [sys.executable, "-m", "tests.simulation", *sys.argv[1:]])  # noqa: S606
    if arguments.bugs is not None:
        return _bugs(arguments.bugs, arguments.record)
    if arguments.seed is not None:
        return _one(arguments)
    return _many(arguments)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("seed", nargs="?", type=int)
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so long")
    parser.add_argument("--crypto", choices=["simulated", "real"], default="simulated")
    parser.add_argument("--disk", choices=["memory", "ext4", "posix"], default="memory")
    parser.add_argument("--record", type=Path, help="append the totals to this file")
    parser.add_argument("--complete", action="store_true", help="fail if a kind of fault never fired")
    parser.add_argument("--bugs", nargs="?", const="", help="plant the bugs, one after the other, or one")
    return parser.parse_args()


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _one(arguments: argparse.Namespace) -> int:
    from .run import run
    from .schedule import draw
    from .shrink import shrink

    schedule = draw(arguments.seed, crypto=arguments.crypto, disk=arguments.disk)
    outcome = run(schedule)
    _say(f"seed {arguments.seed}: {len(schedule.steps)} steps, trace {outcome.trace[:16]}")
    if not outcome.violations:
        _say("nothing was violated")
        return 0
    names = {violation.name for violation in outcome.violations}
    small = shrink(schedule, lambda each: bool(names & {found.name for found in run(each).violations}))
    again = run(small)
    _say(f"{len(small.steps)} of {len(schedule.steps)} steps are enough:")
    for step in small.steps:
        _say(f"  {step}")
    for violation in again.violations:
        _say(f"{violation.name}: {violation.detail}")
    return 1


def _many(arguments: argparse.Namespace) -> int:
    from .batch import run_all
    from .schedule import draw

    seeds = range(arguments.first, arguments.first + arguments.count)
    schedules = (draw(seed, crypto=arguments.crypto, disk=arguments.disk) for seed in seeds)
    totals = run_all(schedules, seconds=arguments.seconds)
    _say("\n".join(f"{name}: {value}" for name, value in totals.record().items()))
    if arguments.record is not None:
        totals.append_to(
            arguments.record, first_seed=arguments.first, crypto=arguments.crypto, disk=arguments.disk
        )
    for schedule, violations in totals.failures:
        _say(f"seed {schedule.seed}: " + "; ".join(f"{each.name}: {each.detail}" for each in violations[:3]))
    if totals.never:
        _say(f"never happened: {', '.join(totals.never)}")
    return 1 if totals.failures or (arguments.complete and totals.never) else 0


def _bugs(wanted: str, record: Path | None) -> int:
    from tests.records import keep_record

    from .bugs import BUGS, find

    found_by: dict[str, str] = {}
    for name, bug in BUGS.items():
        if wanted in {"", name}:
            found = find(bug)
            by = MISSED if found is None else f"{', '.join(sorted(found.names))} (seed {found.seed})"
            found_by[name] = by
            _say(f"| {name} | {by} |")
    if record is not None:
        keep_record({"kind": "planted bugs", "found": found_by}, record)
    return 1 if MISSED in found_by.values() else 0


if __name__ == "__main__":
    sys.exit(main())
