"""`python -m bench [NAME …]`: run benchmarks, print their figures, keep the raw results as JSON."""

import json
import platform
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench import direct, fan_out, paced
from bench.app.run import run_app
from bench.catch_up import run_catch_up
from bench.cells import Cell
from bench.compare import run_compare
from bench.cut_off import run_cut_off
from bench.fairness import run_fairness
from bench.figures import Figure, print_figures
from bench.idle import run_idle
from bench.large import run_large
from bench.limits import run_limits
from bench.processes import allow_many_connections
from bench.quick import run_quick
from bench.report.page import keep_results, write_report
from bench.results import run_rounds
from bench.search import run_search
from bench.startup import measure_startup
from bench.web.run import run_web
from bench.whole import run_whole

ROUNDS = 3
RESULTS = Path(__file__).parent / "results"


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all; `keep` and `report` make the page of them."""
    known = {**BENCHMARKS, **COMMANDS}
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    allow_many_connections()
    for name in names or BENCHMARKS:
        known[name]()
    return 0


def _measure_startup() -> None:
    figures = measure_startup()
    print_figures("startup", figures)
    _keep("startup", figures)


def _keep(name: str, figures: list[Figure]) -> None:
    RESULTS.mkdir(exist_ok=True)
    record = {
        "benchmark": name,
        "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "figures": [figure.as_json() for figure in figures],
    }
    (RESULTS / f"{name}.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def _say(text: str) -> None:
    print(text, flush=True)


def _rounds(name: str, cells: Callable[[], list[Cell]], rounds: int = ROUNDS) -> Callable[[], None]:
    return lambda: print(run_rounds(cells(), rounds=rounds, name=name, say=_say))


COMMANDS: dict[str, Callable[[], None]] = {"keep": keep_results, "report": write_report}
BENCHMARKS: dict[str, Callable[[], None]] = {
    "startup": _measure_startup,
    "fan-out": _rounds("fan-out", fan_out.cells),
    "limits": partial(run_limits, say=_say),
    "direct": _rounds("direct", direct.cells),
    "paced": _rounds("paced", paced.cells),
    "large": partial(run_large, say=_say),
    "whole": partial(run_whole, say=_say),
    "catch-up": partial(run_catch_up, say=_say),
    "fairness": partial(run_fairness, say=_say),
    "idle": partial(run_idle, say=_say),
    "cut-off": partial(run_cut_off, say=_say),
    "search": partial(run_search, say=_say),
    "web": partial(run_web, say=_say),
    "app": partial(run_app, say=_say),
    "compare": partial(run_compare, say=_say),
    "quick": partial(run_quick, say=_say),
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
