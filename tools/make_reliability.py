"""Writes docs/reliability.md's tables from the records of the runs themselves.

    python tools/make_reliability.py [RECORDS …]

RECORDS have one JSON object a line, as the deep targets of the Makefile leave them. The newest record of
each run goes to docs/reliability-records.jsonl, and the page is made of that file alone: without an argument
it is made anew. Simulations of the same commit are summed up.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.records import in_words

Record = dict[str, Any]

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reliability.md"
KEPT = ROOT / "docs" / "reliability-records.jsonl"
BEGIN, END = "<!-- begin: made by tools/make_reliability.py -->", "<!-- end -->"


def main() -> int:
    """Keep what is newest, and replace what stands between the two marks."""
    paths = [KEPT, *map(Path, sys.argv[1:])]
    records = newest(record for path in paths if path.exists() for record in read(path))
    KEPT.write_text("".join(json.dumps(record) + "\n" for record in records))
    PAGE.write_text(page(PAGE.read_text(), records))
    return 0


def read(path: Path) -> list[Record]:
    """Return the records of a file."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def newest(records: Iterable[Record]) -> list[Record]:
    """Return the newest record of each run; of simulations, those of the newest commit."""
    kept: dict[tuple[str, ...], Record] = {}
    for record in sorted(records, key=lambda each: each["at"]):
        kept[_group(record) + _part(record)] = record
    by_time = sorted(kept.values(), key=lambda each: each["at"])
    commits = {_group(record): record["commit"] for record in by_time}
    found = [record for record in by_time if record["commit"] == commits[_group(record)]]
    return sorted(found, key=lambda each: (*_group(each), *_part(each)))


def _group(record: Record) -> tuple[str, ...]:
    return tuple(str(record.get(key, "")) for key in ("kind", "run", "crypto", "disk"))


def _part(record: Record) -> tuple[str, ...]:
    return (str(record.get("first_seed", "")),)


def page(text: str, records: list[Record]) -> str:
    """Return the page with the tables of these records."""
    before, rest = text.split(BEGIN)
    after = rest.split(END, 1)[1]
    return before + BEGIN + "\n\n" + _tables(records) + "\n\n" + END + after


def _tables(records: list[Record]) -> str:
    simulations = _of_kind(records, "simulation")
    parts = (_totals(_of_kind(records, "totals")), _simulations(simulations), _faults(simulations))
    return "\n\n".join((*parts, _bugs(_of_kind(records, "planted bugs"))))


def _of_kind(records: list[Record], kind: str) -> list[Record]:
    return [record for record in records if record["kind"] == kind]


def _totals(records: list[Record]) -> str:
    rows = ["| run | plan | what was done | violations | date, commit |", "|---|---|---|---:|---|"]
    for record in records:
        done = in_words(record["figures"])
        rows.append(
            f"| {record['run']} | {record['plan']} | {done} | {record['violations']} | {_when([record])} |"
        )
    return "\n".join(rows)


def _when(records: list[Record]) -> str:
    last = max(records, key=lambda each: each["at"])
    return f"{last['at'][:10]}, {last['commit']}"


def _simulations(records: list[Record]) -> str:
    names = "encryption | disk | schedules | simulated hours | messages | longest to settle | violations"
    rows = [f"| {names} | date, commit |", "|---|---|---:|---:|---:|---:|---:|---|"]
    groups: dict[tuple[str, ...], list[Record]] = {}
    for record in records:
        groups.setdefault(_group(record), []).append(record)
    for (_, _, crypto, disk), group in sorted(groups.items()):
        figures = " | ".join(
            f"{_sum(group, key):,.0f}" for key in ("schedules", "simulated_hours", "messages")
        )
        longest = max(record["longest_to_settle_s"] for record in group)
        end = f"{longest:.0f} s | {_sum(group, 'violations'):.0f} | {_when(group)}"
        rows.append(f"| {crypto} | {disk} | {figures} | {end} |")
    return "\n".join(rows)


def _sum(records: list[Record], key: str) -> float:
    return sum(float(record[key]) for record in records)


def _faults(records: list[Record]) -> str:
    fired: Counter[str] = Counter()
    for record in records:
        fired.update(record["fired"])
    schedules = _sum(records, "schedules")
    rows = ["| fault | in how many schedules it had an effect |", "|---|---:|"]
    rows += [f"| {kind} | {count:,} ({count / schedules:.0%}) |" for kind, count in sorted(fired.items())]
    return "\n".join(rows)


def _bugs(records: list[Record]) -> str:
    rows = ["| planted bug | found by |", "|---|---|"]
    return "\n".join(
        [*rows, *(f"| {bug} | {by} |" for record in records for bug, by in record["found"].items())]
    )


if __name__ == "__main__":
    sys.exit(main())
