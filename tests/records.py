"""What long runs leave behind: how much was tried and what came of it, for `tools/make_reliability.py`.

LANMSG_RECORDS=FILE keeps it, one JSON object a line; without it the totals are only printed.
"""

import json
import os
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]


def keep(run: str, figures: Mapping[str, float], *, violations: int, plan: str) -> str:
    """Keep the totals of a run, and return them as a line to print.

    A figure is named as it is read behind its number: {"kills": 12} is "12 kills". `plan` are the ids of the
    test plan that the run belongs to. Call it before what asserts that there were no violations.
    """
    _append({"kind": "totals", "run": run, "plan": plan, "violations": violations, "figures": dict(figures)})
    return f"{run}: {in_words(figures)}; {violations} violations"


def in_words(figures: Mapping[str, float]) -> str:
    """Return the figures as a text, the way the page shows them."""
    return ", ".join(f"{value:,.10g} {name}" for name, value in figures.items())


def keep_record(record: Mapping[str, object], path: Path | None = None) -> None:
    """Append a record to a file, else to that of the environment, with the time and the commit."""
    if path is None:
        _append(record)
    else:
        _append_to(path, record)


def _append(record: Mapping[str, object]) -> None:
    if path := os.environ.get("LANMSG_RECORDS"):
        _append_to(Path(path), record)


def _append_to(path: Path, record: Mapping[str, object]) -> None:
    whole = {**record, "at": datetime.now(UTC).isoformat(timespec="seconds"), "commit": commit()}
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(json.dumps(whole) + "\n")


def commit() -> str:
    """Return the commit that is tried; a plus: with changes since; `unknown` without git."""
    try:
        name = _git("rev-parse", "--short", "HEAD").strip()
        return name + ("+" if _git("status", "--porcelain", "--untracked-files=no").strip() else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout
