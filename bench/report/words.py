"""Numbers as people read them, and tables of them in Markdown."""

from collections.abc import Callable, Sequence

from bench.summary import spread

Show = Callable[[float], str]
_HUGE = 100_000


def short(value: float) -> str:
    """Return three digits: 2.41 M, 312 k, 8,700, 87.1, 0."""
    for limit, scale, name in ((1e6, 1e6, " M"), (_HUGE, 1e3, " k")):
        if value >= limit:
            return f"{value / scale:.3g}{name}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def percent(value: float) -> str:
    """Return a share: 97 %."""
    return f"{100 * value:.0f} %"


def times(value: float) -> str:
    """Return a ratio: 1.32 x, 95 x."""
    return f"{value:.2f} x" if value < 10 else f"{value:,.0f} x"


def with_unit(unit: str) -> Show:
    """Return what writes a number with this unit: 9.8 ms."""
    return lambda value: f"{short(value)} {unit}"


def spread_of(found: Sequence[float], show: Show = short) -> str:
    """Return the median with the lowest and highest behind it; nothing if there are no readings."""
    if not found:
        return ""
    each = spread(found)
    if len(found) == 1:
        return show(each.middle)
    return f"{show(each.middle)} ({show(each.low)} to {show(each.high)})"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1) -> str:
    """Return a Markdown table; the first `left` columns are text, the others stand to the right."""
    marks = [":---"] * left + ["---:"] * (len(head) - left)
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, marks, *rows)) + "\n"
