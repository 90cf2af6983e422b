"""W5 on the page: coming back to 10,000 messages."""

from bench.report.aims import aims_table, at_most
from bench.report.figures import Group, Named, median_and_p99, rows_of_figures
from bench.report.kept import Kept, Section
from bench.report.words import percent
from bench.summary import of, values

_ALONE = [
    Named("catch_up_s", "until all is decrypted and stored, from the call (s)"),
    Named("catch_up_from_process_start_s", "the same from the start of the process (s)"),
    Named("login_s", "of it until logged in (s)"),
    Named("client_cpu_s", "processor time of the client (s)"),
    Named("hub_cpu_s", "processor time of the hub (s)"),
    Named("peak_resident_mib", "client's memory at most (MiB)"),
]
_CROWD = [
    Named("seconds", "until all have everything (s)"),
    Named("entries_per_s", "entries a second"),
    Named("mib_per_s", "MiB a second"),
    Named("hub_core", "hub's core", percent),
    Named("crowd_core", "core of the crowd", percent),
    Named("quiet_delivery_p99_ms", "talk before: delivered, p99 (ms)"),
    *median_and_p99("delivery", "talk meanwhile: delivered"),
    Named("delivery_max_ms", "talk meanwhile: the longest (ms)"),
    Named("lost", "messages that never came"),
]


def write_catch_up(kept: Kept) -> Section:
    """Return W5."""
    readings = kept.cells("catch-up")
    alone, crowd = of(readings, "what", "alone"), of(readings, "what", "crowd")
    aims = [
        at_most(
            "a real client, 10,000 messages: at most 3 s", values(alone, "catch_up_s"), limit=3.0, unit="s"
        ),
        at_most(
            "200 clients at once: live traffic's p99 at most 100 ms",
            values(crowd, "delivery_p99_ms"),
            limit=100.0,
            unit="ms",
        ),
    ]
    return Section(
        "\n".join(
            [
                _CATCH_UP_TEXT,
                aims_table(aims),
                rows_of_figures([Group("one real client", alone)], _ALONE),
                rows_of_figures([Group("200 at once", crowd)], _CROWD),
            ]
        )
    )


_CATCH_UP_TEXT = """## W5: coming back

A device was away for 10,000 messages. Alone, it is a real client with its encrypted store, and the time ends
when all messages are decrypted and on its disk. At once, 200 clients fetch, check the order and acknowledge,
but do not decrypt, because one core could not do it for all of them; so they ask faster than real ones.
Meanwhile twenty people talk, 100 messages a second.
"""
