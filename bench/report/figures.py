"""Tables of named figures: what a benchmark kept under these names, by what was measured."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.report.words import Show, short, spread_of, table
from bench.summary import Reading, failure, values


@dataclass(frozen=True, slots=True)
class Named:
    """A figure of the readings: its name there, its title here, and how it is written."""

    name: str
    title: str
    show: Show = short


def median_and_p99(name: str, title: str) -> list[Named]:
    """Return the figures of one kind of times: the median and the 99th percentile, in milliseconds."""
    return [Named(f"{name}_p{each}_ms", f"{title}, p{each} (ms)") for each in (50, 99)]


@dataclass(frozen=True, slots=True)
class Group:
    """Readings of one thing, over all rounds."""

    title: str
    readings: Sequence[Reading]

    def text(self, figure: Named) -> str:
        """Return the figure's median with its spread."""
        return spread_of(values(self.readings, figure.name), figure.show)

    @property
    def failure(self) -> str:
        """Why none of the rounds gave a figure; empty if one did."""
        if not self.readings or any("failure" not in each for each in self.readings):
            return ""
        return failure(self.readings[0]) or "failed"


def rows_of_groups(head: str, groups: Sequence[Group], figures: Sequence[Named]) -> str:
    """Return a table with a row for each group; one that failed says why."""
    rows: list[list[str]] = []
    for group in groups:
        cells = [group.failure] if group.failure else [group.text(figures[0])]
        cells += ["" if group.failure else group.text(figure) for figure in figures[1:]]
        rows.append([group.title, *cells])
    return table([head, *(figure.title for figure in figures)], rows)


def rows_of_figures(groups: Sequence[Group], figures: Sequence[Named]) -> str:
    """Return a table with a row for each figure that any group has, and a column for each group."""
    rows = [[figure.title, *(group.text(figure) for group in groups)] for figure in figures]
    return table(["", *(group.title for group in groups)], [row for row in rows if any(row[1:])])
