"""Search on the page: how long a keystroke waits."""

from bench.report.aims import Aim, aims_table, at_most
from bench.report.figures import Group, Named, rows_of_figures
from bench.report.kept import Kept, Section
from bench.search import AIM_MS, MESSAGES
from bench.summary import values
from lanmsg.client.searching import MAX_SCANNED

_SEARCH = [
    Named("keystroke_p50_ms", "a keystroke's search, p50 (ms)"),
    Named("keystroke_p99_ms", "p99 (ms)"),
    Named("keystroke_max_ms", "longest (ms)"),
    Named("keystroke_unindexed_p50_ms", f"with {MAX_SCANNED} messages not indexed, p50 (ms)"),
    Named("keystroke_unindexed_p99_ms", "p99 (ms)"),
    Named("keystroke_unindexed_max_ms", "longest (ms)"),
    Named("stored_per_s", "messages stored a second"),
    Named("stored_without_index_per_s", "without an index"),
    Named("indexed_per_s", "messages indexed a second, in the background"),
]


def write_search(kept: Kept) -> Section:
    """Return how quickly everything that a device can read is searched."""
    readings = kept.cells("search")
    aims: list[Aim] = [
        at_most(f"{title}: p99 at most {AIM_MS} ms", values(readings, name), limit=AIM_MS, unit="ms")
        for title, name in (
            ("everything indexed", "keystroke_p99_ms"),
            (f"{MAX_SCANNED} messages not indexed", "keystroke_unindexed_p99_ms"),
        )
    ]
    figures = rows_of_figures([Group("one client", readings)], _SEARCH)
    return Section("\n".join([_SEARCH_TEXT, aims_table(aims), figures]))


_SEARCH_TEXT = f"""## Search

{MESSAGES:,} messages in one client's encrypted store. Queries in several scripts and with filters are
typed: each keystroke is a search of its own, with hits, what stands around them and marks, by the code of
`Client.search`. Once with everything indexed, once with the newest {MAX_SCANNED} messages not indexed yet,
which are read one by one.
"""
