"""W7 on the page: everybody is cut off at once, and comes back."""

from bench.cut_off import CUTS
from bench.report.aims import Aim, aims_table, at_most
from bench.report.figures import Group, Named, rows_of_figures
from bench.report.kept import Kept, Section
from bench.summary import of, values

_FIGURES = [
    Named("back", "clients that came back"),
    Named("half_back_s", "until half of them are back (s)"),
    Named("all_back_s", "until all are back (s)"),
    Named("attempts", "attempts to connect"),
    Named("said", "messages said"),
    Named("unacknowledged", "of them not acknowledged when it happened"),
    Named("lost", "lost"),
    Named("duplicates", "stored twice"),
]


def write_cut_off(kept: Kept) -> Section:
    """Return the section."""
    groups = [Group(cut, of(kept.cells("cut-off"), "cut", cut)) for cut in CUTS]
    aims: list[Aim] = []
    for group in groups:
        back, lost = values(group.readings, "all_back_s"), values(group.readings, "lost")
        aims.append(at_most(f"{group.title}: all back within 20 s", back, limit=20.0, unit="s"))
        aims.append(at_most(f"{group.title}: nothing lost", lost, limit=0.0))
    return Section("\n".join([_TEXT, aims_table(aims), rows_of_figures(groups, _FIGURES)]))


_TEXT = """## W7: cut off

2,000 clients lose their connections at the same moment, in the middle of talking: once because the hub is
killed (`SIGKILL`) and started again, once because the network resets them all (`ss -K`). They come back as
clients do, after a random wait, and send again what was not acknowledged.
"""
