"""W7 on the page: everybody is cut off at once, and comes back."""

from bench.report.figures import Group, Named, rows_of_figures
from bench.report.kept import Kept, Section


def write_cut_off(kept: Kept) -> Section:
    """Return the section: every figure that was kept, under its own name."""
    readings = kept.cells("cut-off")
    names = dict.fromkeys(
        name for each in readings for name, value in each.items() if isinstance(value, float)
    )
    figures = [Named(name, name.replace("_", " ")) for name in names]
    return Section("\n".join([_TEXT, rows_of_figures([Group("2,000 clients", readings)], figures)]))


_TEXT = """## W7: cut off

2,000 clients lose their connections at the same moment.
"""
