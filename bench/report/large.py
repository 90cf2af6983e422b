"""W6 on the page: a hub with a long past."""

from bench.report.aims import Aim, aims_table, at_most
from bench.report.figures import Group, Named, median_and_p99, rows_of_figures
from bench.report.kept import Kept, Section
from bench.summary import of, values

_LARGE = [
    Named("start_s", "start until it accepts (s)"),
    *median_and_p99("login", "login"),
    *median_and_p99("newest_page", "newest page"),
    *median_and_p99("oldest_page", "oldest page"),
    Named("entries_per_page", "entries a page"),
    Named("disk_bytes_per_entry", "bytes on disk for each entry"),
    Named("body_bytes_per_entry", "of them its body"),
    Named("entry_bytes_on_wire", "bytes on the wire for each entry"),
    Named("resident_mib", "memory after the start (MiB)"),
    Named("resident_after_mib", "memory after all pages (MiB)"),
]


def write_large(kept: Kept) -> Section:
    """Return W6."""
    readings = kept.cells("large")
    groups = [Group(cache, of(readings, "cache", cache)) for cache in ("cold", "warm")]
    groups = [group for group in groups if group.readings]
    aims: list[Aim] = []
    for group in groups:
        for name, words, limit, unit in (
            ("start_s", "start: at most 3 s", 3.0, "s"),
            ("newest_page_p99_ms", "newest page: p99 at most 20 ms", 20.0, "ms"),
            ("oldest_page_p99_ms", "oldest page: p99 at most 20 ms", 20.0, "ms"),
        ):
            found = values(group.readings, name)
            aims.append(at_most(f"{group.title}: {words}", found, limit=limit, unit=unit))
    return Section("\n".join([_LARGE_TEXT, aims_table(aims), rows_of_figures(groups, _LARGE)]))


_LARGE_TEXT = """## W6: a large hub

10,000,000 entries in 10,000 conversations. "Cold" means that the system had forgotten every file before the
start, and again before the pages; what lies below the system, a disk's own memory or a virtual machine's
host, is not emptied. A page is what a client asks for when it opens a conversation. Cold, each is read
once. Warm, nothing is forgotten and each is read twice; the second time counts.
"""
