"""Bar and line charts as SVG: enough for a page of figures, readable in light and dark."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

_WIDTH = 720
_LABEL_WIDTH = 210
_VALUE_WIDTH = 150
_ROW = 26
_TOP = 44
_OURS, _THEIRS, _LIMIT = "#2563eb", "#94a3b8", "#d97706"
_STYLE = (
    "<style>text{font:13px sans-serif;fill:#1f2937}.title{font-weight:bold;font-size:15px}"
    ".small{font-size:11px}@media(prefers-color-scheme:dark){text{fill:#e5e7eb}}</style>"
)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar from 0 to `middle`, with a whisker from `low` to `high`."""

    label: str
    low: float
    middle: float
    high: float
    is_ours: bool = False
    is_limit: bool = False


def bar_chart(title: str, unit: str, bars: Sequence[Bar]) -> str:
    """Return a chart of horizontal bars on one scale that starts at 0."""
    longest = max(bar.high for bar in bars)
    room = _WIDTH - _LABEL_WIDTH - _VALUE_WIDTH
    rows = [_row(bar, _TOP + index * _ROW, room / longest) for index, bar in enumerate(bars)]
    height = _TOP + len(bars) * _ROW + 8
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
            f'viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(title)}">',
            _STYLE,
            f'<text class="title" x="8" y="20">{escape(title)}</text>',
            f'<text class="small" x="8" y="36">{escape(unit)}; thin line: spread over the rounds</text>',
            *rows,
            "</svg>\n",
        ]
    )


def _row(bar: Bar, top: float, scale: float) -> str:
    left, middle = _LABEL_WIDTH, top + _ROW / 2
    color = _OURS if bar.is_ours else _LIMIT if bar.is_limit else _THEIRS
    value_at = left + bar.high * scale + 8
    length, thickness = bar.middle * scale, _ROW - 8
    return (
        f'<text x="{left - 8}" y="{middle + 4:.0f}" text-anchor="end">{escape(bar.label)}</text>'
        f'<rect x="{left}" y="{top + 4:.0f}" width="{length:.1f}" height="{thickness}" fill="{color}"/>'
        f'<path d="M{left + bar.low * scale:.1f} {middle:.0f}H{left + bar.high * scale:.1f}" '
        f'stroke="#111827" stroke-width="2"/>'
        f'<text x="{value_at:.1f}" y="{middle + 4:.0f}">{short(bar.middle)}</text>'
    )


def short(value: float) -> str:
    """Return a number as people read it: 2.41 M, 312 k, 87."""
    for limit, name in ((1e6, " M"), (1e3, " k")):
        if value >= limit:
            return f"{value / limit:.3g}{name}"
    return f"{value:.3g}"
