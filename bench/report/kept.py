"""The results that are committed, and where the page and its charts go."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.summary import Reading

DOCS = Path(__file__).parent.parent.parent / "docs"
DATA = DOCS / "benchmarks-data.json"
PAGE = DOCS / "benchmarks.md"
CHARTS = DOCS / "charts"


@dataclass(frozen=True, slots=True)
class Kept:
    """Records of benchmarks by name, each with machine, versions, date and `cells`."""

    records: dict[str, dict[str, Any]]

    def cells(self, name: str) -> list[Reading]:
        """Return the readings of one benchmark; none if it was not run."""
        return self.records.get(name, {}).get("cells", [])


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page, and the charts in it: SVG by file name without its end."""

    text: str
    charts: dict[str, str] = field(default_factory=dict)


def load(path: Path = DATA) -> Kept:
    """Read them."""
    return Kept(json.loads(path.read_text(encoding="utf-8")) if path.exists() else {})
