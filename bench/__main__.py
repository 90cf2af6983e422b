"""`python -m bench [NAME …]`: run benchmarks, print their figures, keep the raw results as JSON."""

import json
import platform
import sys
import time
from pathlib import Path

from bench.figures import Figure, print_figures
from bench.startup import measure_startup

BENCHMARKS = {"startup": measure_startup}
RESULTS = Path(__file__).parent / "results"


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    for name in names or BENCHMARKS:
        figures = BENCHMARKS[name]()
        print_figures(name, figures)
        _keep(name, figures)
    return 0


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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
