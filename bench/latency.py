"""How long things take: many readings of one kind, and the figures to quote of them."""

import math
from dataclasses import dataclass, field


@dataclass(slots=True)
class Latencies:
    """Waiting times in seconds."""

    readings_s: list[float] = field(default_factory=list)

    def add(self, seconds: float) -> None:
        """Take one."""
        self.readings_s.append(seconds)

    def as_json(self, name: str) -> dict[str, float]:
        """Return count, percentiles and the longest, in milliseconds; nothing if there is none."""
        if not self.readings_s:
            return {f"{name}_count": 0}
        ordered = sorted(self.readings_s)
        figures = {
            f"{name}_p{percent:g}_ms": _percentile(ordered, percent) * 1000 for percent in (50, 99, 99.9)
        }
        return {f"{name}_count": len(ordered), **figures, f"{name}_max_ms": ordered[-1] * 1000}


def _percentile(ordered: list[float], percent: float) -> float:
    """Return the smallest reading that at least so many percent do not exceed."""
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]
