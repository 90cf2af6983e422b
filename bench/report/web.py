"""The web client on the page: how long a person with a browser waits."""

from bench.report.aims import aims_table, at_most
from bench.report.figures import Group, Named, rows_of_figures
from bench.report.kept import Kept, Section
from bench.summary import of, values

_VISITS = [
    Named("first_load_gzip_kib", "loaded until name and check words are there, as gzip (KiB)"),
    Named("first_load_sent_kib", "the same as sent, with brotli (KiB)"),
    Named("joined_gzip_kib", "with what is loaded behind it, until one can write, as gzip (KiB)"),
    Named("first_door_s", "fresh profile: the name is filled in, Enter works (s)"),
    Named("first_words_s", "fresh profile: the check words are there (s)"),
    Named("join_s", "from Enter until one can write (s)"),
    Named("second_in_s", "second visit: until one can write (s)"),
]
_CATCH_UP = [
    Named("stored_s", "10,000 messages: all stored, from the navigation (s)"),
    Named("in_s", "of it until one can write (s)"),
    Named("hub_cpu_s", "processor time of the hub (s)"),
]
_KEYS = [
    Named("key_p50_ms", "from a key to the screen, p50 (ms)"),
    Named("key_p99_ms", "the same, p99 (ms)"),
    Named("key_max_ms", "the same, longest (ms)"),
    Named("messages_per_s", "messages a second meanwhile"),
]


def write_web(kept: Kept) -> Section:
    """Return how long a person with a browser waits."""
    readings = kept.cells("web")
    visits, catch_up, keys = (of(readings, "what", what) for what in ("visits", "catch-up", "keys"))
    aims = [
        at_most(
            "first load at most 200 KB as gzip",
            values(visits, "first_load_gzip_kib"),
            limit=200_000 / 1024,
            unit="KiB",
        ),
        at_most("fresh profile: of use in 1 s", values(visits, "first_door_s"), limit=1.0, unit="s"),
        at_most("second visit: of use in 0.5 s", values(visits, "second_in_s"), limit=0.5, unit="s"),
        at_most("10,000 messages: at most 6 s", values(catch_up, "stored_s"), limit=6.0, unit="s"),
        at_most("key to screen: p99 at most 50 ms", values(keys, "key_p99_ms"), limit=50.0, unit="ms"),
    ]
    tables = [
        rows_of_figures([Group("visits", visits)], _VISITS),
        rows_of_figures([Group("coming back", catch_up)], _CATCH_UP),
        rows_of_figures([Group("typing", keys)], _KEYS),
    ]
    return Section("\n".join([_WEB_TEXT, aims_table(aims), *tables]))


_WEB_TEXT = """## The web client

Real Chromium at a real hub, on loopback; the profile trusts the hub's authority, so that files are cached.
Times are the page's own, from the navigation until the thing is drawn. The first load is every file that was
asked for before the door was complete, where a name is filled in, Enter joins and the check words stand:
scripts, styles, WebAssembly, the list of words. What one needs to write is loaded behind that, while a person
reads; it is counted below, and in the time from Enter until one can write. A message counts as
stored when the page has acknowledged it, which it does once it is on its disk. Keys are typed while a hundred
messages a second arrive in the open conversation; a key's time ends when the next frame is drawn. The hub
and those who talk have the first core, the browser has both.
"""
