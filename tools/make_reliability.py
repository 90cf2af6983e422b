"""Writes docs/reliability.md's tables from the records of the simulations' own runs.

    python tools/make_reliability.py RECORDS

RECORDS has one JSON object a line, as `python -m tests.simulation --record RECORDS` leaves them. The
newest run of each combination of encryption and disk is shown, with the sums over all of them; the table of
planted bugs is made by planting them now (some minutes).
"""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- begin: made by tools/make_reliability.py -->", "<!-- end -->"


def main() -> int:
    """Replace what stands between the two marks."""
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    records = [json.loads(line) for line in Path(sys.argv[1]).read_text().splitlines()]
    before, rest = PAGE.read_text().split(BEGIN)
    after = rest.split(END, 1)[1]
    PAGE.write_text(before + BEGIN + "\n\n" + _tables(records) + "\n" + END + after)
    return 0


def _tables(records: list[dict[str, object]]) -> str:
    commit = _output("git", "rev-parse", "--short", "HEAD").strip()
    date = max(str(record["at"]) for record in records)[:10]
    parts = [f"As of {date}, commit {commit}.", _runs(records), _faults(records), _bugs()]
    return "\n\n".join(parts) + "\n"


def _runs(records: list[dict[str, object]]) -> str:
    rows = ["| encryption | disk | schedules | simulated hours | messages | longest to settle | violations |"]
    rows.append("|---|---|---:|---:|---:|---:|---:|")
    groups: dict[tuple[str, str], list[dict[str, object]]] = {}
    for record in records:
        groups.setdefault((str(record["crypto"]), str(record["disk"])), []).append(record)
    for (crypto, disk), group in sorted(groups.items()):
        sums = [_sum(group, key) for key in ("schedules", "simulated_hours", "messages")]
        longest = max(float(str(record["longest_to_settle_s"])) for record in group)
        figures = " | ".join(f"{value:,.0f}" for value in sums)
        rows.append(f"| {crypto} | {disk} | {figures} | {longest:.0f} s | {_sum(group, 'violations'):.0f} |")
    return "\n".join(rows)


def _sum(records: list[dict[str, object]], key: str) -> float:
    return sum(float(str(record[key])) for record in records)


def _faults(records: list[dict[str, object]]) -> str:
    fired: Counter[str] = Counter()
    for record in records:
        fired.update(record["fired"])  # type: ignore[arg-type]
    schedules = _sum(records, "schedules")
    rows = ["| fault | in how many schedules it had an effect |", "|---|---:|"]
    rows += [f"| {kind} | {count:,} ({count / schedules:.0%}) |" for kind, count in sorted(fired.items())]
    return "\n".join(rows)


def _bugs() -> str:
    table = _output(sys.executable, "-m", "tests.simulation", "--bugs")
    return f"| planted bug | found by |\n|---|---|\n{table.strip()}"


def _output(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main())
