"""`python -m bench keep report`: from raw results to `docs/benchmarks.md` and its charts."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bench.report import kept as files
from bench.report.app import write_app
from bench.report.catch_up import write_catch_up
from bench.report.cut_off import write_cut_off
from bench.report.decisions import write_decisions
from bench.report.direct import write_direct
from bench.report.fan_out import write_fan_out
from bench.report.idle import write_idle
from bench.report.kept import CHARTS, DATA, PAGE, Kept, Section
from bench.report.large import write_large
from bench.report.latencies import write_fairness, write_paced
from bench.report.limits import write_limits
from bench.report.search import write_search
from bench.report.startup import write_startup
from bench.report.web import write_web
from bench.report.whole import write_whole
from bench.results import RESULTS

_FOLDERS = re.compile(r"(?<![\w.~:/-])/(?:[\w.+~-]+/)+")
"""Folders of the machine, in what programs said when they failed: they are nobody's business."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A section, the results it is made from, and what to call it where they are missing."""

    result: str
    title: str
    write: Callable[[Kept], Section]


PARTS = (
    _Part("fan-out", "W1, one room", write_fan_out),
    _Part("limits", "the physical limit of W1", write_limits),
    _Part("direct", "W2, direct messages", write_direct),
    _Part("paced", "W3, a fixed pace", write_paced),
    _Part("idle", "W4, idle clients", write_idle),
    _Part("catch-up", "W5, coming back", write_catch_up),
    _Part("large", "W6, a large hub", write_large),
    _Part("cut-off", "W7, cut off", write_cut_off),
    _Part("whole", "W8, the whole system", write_whole),
    _Part("fairness", "fairness", write_fairness),
    _Part("search", "search", write_search),
    _Part("compare", "what the hub's decisions are worth", write_decisions),
    _Part("startup", "the start", write_startup),
    _Part("web", "the web client", write_web),
    _Part("app", "the terminal app", write_app),
)


def keep_results() -> None:
    """Take the newest raw results over into the file that is committed."""
    records = dict(files.load().records)
    for part in PARTS:
        path = RESULTS / f"{part.result}.json"
        if path.exists():
            records[part.result] = _without_folders(json.loads(path.read_text(encoding="utf-8")))
    DATA.write_text(json.dumps(records, indent=1) + "\n", encoding="utf-8")


def _without_folders(record: dict[str, Any]) -> dict[str, Any]:
    for cell in record.get("cells", []):
        if "failure" in cell:
            cell["failure"] = _FOLDERS.sub("", str(cell["failure"]))
    return record


def write_report() -> None:
    """Write the page and its charts from the committed results."""
    page = make_page(files.load())
    CHARTS.mkdir(exist_ok=True)
    for name, svg in page.charts.items():
        (CHARTS / f"{name}.svg").write_text(svg, encoding="utf-8")
    PAGE.write_text(page.text, encoding="utf-8")


def make_page(kept: Kept) -> Section:
    """Return the whole page: a section for each result there is, and a line about those that are missing."""
    sections = [part.write(kept) for part in PARTS if part.result in kept.records]
    missing = [part.title for part in PARTS if part.result not in kept.records]
    texts = [_INTRODUCTION, *(section.text for section in sections), _missing(missing), _machines(kept)]
    charts = {name: svg for section in sections for name, svg in section.charts.items()}
    return Section("\n".join(filter(None, texts)), charts)


def _missing(titles: Sequence[str]) -> str:
    if not titles:
        return ""
    return f"## Not measured yet\n\nThere are no results yet of: {'; '.join(titles)}.\n"


# --- machines --------------------------------------------------------------------------------


def _machines(kept: Kept) -> str:
    """Return where each benchmark ran; what is the same for all stands once."""
    parts = ["## Where this was measured\n"]
    seen: dict[str, list[str]] = {}
    for part in PARTS:
        record = kept.records.get(part.result)
        if record is not None:
            commit = f", commit {record['commit']}" if "commit" in record else ""
            seen.setdefault(_machine(record), []).append(f"{part.title} ({record['date']}{commit})")
    parts += [f"{machine}:\n\n- " + "\n- ".join(names) + "\n" for machine, names in seen.items()]
    return "\n".join(parts)


def _machine(record: dict[str, Any]) -> str:
    machine = record["machine"]
    if isinstance(machine, str):
        return f"{machine}, Python {record['python']}"
    versions = {**record["packages"], **record["programs"]}
    listed = ", ".join(f"{program} ({version})" for program, version in versions.items() if version)
    return (
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_bytes'] / 2**30:.0f} GiB, "
        f"{machine['system']}, TCP {machine['congestion_control']}, Python {record['python']}; {listed}"
    )


_INTRODUCTION = """# Benchmarks

Made by `python -m bench keep report` from [benchmarks-data.json](benchmarks-data.json); do not edit. Run them
yourself with `make bench`; [bench/README.md](../bench/README.md) says what to install.

**How it is measured.** The server has one processor core, the generator the other. Peers and hub take turns
in the same run, round after round. Each figure is the median of the rounds, with the lowest and the highest
behind it. A ratio is taken within a round, because machines change more between rounds than servers differ;
its spread stands behind it too. Whether an aim was met is computed, and the median decides. Before each
measurement of W1 to W3 the machine must be quiet; one in which other programs used more than a twentieth of
it is made again.

**What the hub does meanwhile.** It runs with its default settings, but for `--message-rate 0`: TLS on every
connection, each message on disk (`synchronous=EXTRA`) before it is acknowledged. What the others leave out
stands beside their figures: **nothing** in "stores", **no** in "TLS".

**Which core was busy.** "Server's core" and "generator's core" say how much of each was used. Where the
generator's is near 100 % and the server's is not, the server may be faster than shown.
"""
