"""Bar and line charts as SVG: enough for a page of figures, readable in light and dark."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from bench.report.words import short
from bench.summary import Spread

_WIDTH = 720
_LABEL_WIDTH = 280
_VALUE_WIDTH = 90
_ROW = 26
_TOP = 44
_LEFT, _RIGHT, _HEIGHT = 56, 190, 300
_MARKS = 5
_STYLE = """<style>
text{font:13px sans-serif;fill:#1f2937}
.title{font-weight:bold;font-size:15px}
.small{font-size:11px}
.ours{fill:#2563eb;stroke:#2563eb}
.theirs{fill:#94a3b8;stroke:#94a3b8}
.limit{fill:#d97706;stroke:#d97706}
.whisker,.axis{stroke:#111827}
.axis{stroke-width:1;opacity:.25}
rect{stroke:none!important}
.line{fill:none!important;stroke-width:2}
@media(prefers-color-scheme:dark){
text{fill:#e5e7eb}
.ours{fill:#60a5fa;stroke:#60a5fa}
.theirs{fill:#64748b;stroke:#64748b}
.limit{fill:#f59e0b;stroke:#f59e0b}
.whisker,.axis{stroke:#f9fafb}
}
</style>"""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar from 0 to the median, with a whisker over the spread; `kind`: ours, theirs or limit."""

    label: str
    value: Spread
    kind: str = "theirs"


@dataclass(frozen=True, slots=True)
class Line:
    """One line: a value for each x, with the spread over the rounds; `kind` as for bars."""

    label: str
    points: Sequence[tuple[float, Spread]]
    kind: str = "theirs"


def bar_chart(title: str, unit: str, bars: Sequence[Bar]) -> str:
    """Return a chart of horizontal bars on one scale that starts at 0."""
    longest = max(bar.value.high for bar in bars) or 1.0
    scale = (_WIDTH - _LABEL_WIDTH - _VALUE_WIDTH) / longest
    rows = [_row(bar, _TOP + index * _ROW, scale) for index, bar in enumerate(bars)]
    return _svg(title, f"{unit}; thin line: spread over the rounds", _TOP + len(bars) * _ROW + 8, rows)


def line_chart(title: str, unit: str, lines: Sequence[Line]) -> str:
    """Return a chart of lines over a logarithmic x and a y that starts at 0."""
    xs = sorted({x for line in lines for x, _ in line.points})
    top = _round_up(max(value.high for line in lines for _, value in line.points))
    place = _Place(xs[0], xs[-1], top)
    parts = [_grid(place, top * mark / _MARKS) for mark in range(_MARKS + 1)]
    parts += [
        f'<text class="small" x="{place.x(x):.1f}" y="{_HEIGHT - 8}" text-anchor="middle">{x:,g}</text>'
        for x in xs
    ]
    labels = _labels_apart([place.y(line.points[-1][1].middle) for line in lines])
    parts += [_line(line, place, label_at) for line, label_at in zip(lines, labels, strict=True)]
    return _svg(title, unit, _HEIGHT, parts)


def _svg(title: str, subtitle: str, height: float, parts: Sequence[str]) -> str:
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
            f'viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(title)}">',
            _STYLE,
            f'<text class="title" x="8" y="20">{escape(title)}</text>',
            f'<text class="small" x="8" y="36">{escape(subtitle)}</text>',
            *parts,
            "</svg>\n",
        ]
    )


def _row(bar: Bar, top: float, scale: float) -> str:
    left, middle = _LABEL_WIDTH, top + _ROW / 2
    low, high = left + bar.value.low * scale, left + bar.value.high * scale
    return (
        f'<text x="{left - 8}" y="{middle + 4:.0f}" text-anchor="end">{escape(bar.label)}</text>'
        f'<rect class="{bar.kind}" x="{left}" y="{top + 4:.0f}" width="{bar.value.middle * scale:.1f}" '
        f'height="{_ROW - 8}"/>'
        f'<path class="whisker" d="M{low:.1f} {middle:.0f}H{high:.1f}" stroke-width="2"/>'
        f'<text x="{high + 8:.1f}" y="{middle + 4:.0f}">{short(bar.value.middle)}</text>'
    )


# --- lines -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a point of the chart is: x between `first` and `last`, y between 0 and `top`."""

    first: float
    last: float
    top: float

    def x(self, value: float) -> float:
        decades = math.log(self.last / self.first) or 1.0
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * math.log(value / self.first) / decades

    def y(self, value: float) -> float:
        bottom = _HEIGHT - 26
        return bottom - (bottom - _TOP - 12) * value / self.top


def _grid(place: _Place, value: float) -> str:
    y = place.y(value)
    return (
        f'<path class="axis" d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}"/>'
        f'<text class="small" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{short(value)}</text>'
    )


def _line(line: Line, place: _Place, label_at: float) -> str:
    points = [(place.x(x), value) for x, value in line.points]
    path = "L".join(f"{x:.1f} {place.y(value.middle):.1f}" for x, value in points)
    marks = [
        f'<path class="line {line.kind}" d="M{x:.1f} {place.y(value.low):.1f}V{place.y(value.high):.1f}"/>'
        f'<circle class="{line.kind}" cx="{x:.1f}" cy="{place.y(value.middle):.1f}" r="3"/>'
        for x, value in points
    ]
    label = f'<text x="{_WIDTH - _RIGHT + 12}" y="{label_at + 4:.1f}">{escape(line.label)}</text>'
    return f'<path class="line {line.kind}" d="M{path}"/>{"".join(marks)}{label}'


def _labels_apart(wanted: Sequence[float]) -> list[float]:
    """Return the places of labels, moved down where two would stand on each other."""
    places = dict.fromkeys(range(len(wanted)), 0.0)
    free = 0.0
    for index in sorted(places, key=lambda each: wanted[each]):
        places[index] = max(wanted[index], free)
        free = places[index] + 16
    return list(places.values())


def _round_up(value: float) -> float:
    """Return the next 1, 2, 2.5, 5 or 10 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value)) if value > 0 else 1.0
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= value)
