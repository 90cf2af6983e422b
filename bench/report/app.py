"""The terminal app on the page: its start, keys, memory, and how quickly one gets about."""

from bench.app.measures import MIB, PER_S
from bench.app.run import JUMP_AIM_MS, KEY_AIM_MS, MEMORY_AIM_MIB, START_AIM_S
from bench.app.world import MESSAGES
from bench.report.aims import aims_table, at_most
from bench.report.figures import Group, Named, rows_of_figures
from bench.report.kept import Kept, Section
from bench.summary import of, values

_START = [Named("start_s", "from the command until a key is echoed (s)")]
_KEYS = [
    Named("key_p50_ms", "a key's echo, p50 (ms)"),
    Named("key_p99_ms", "p99 (ms)"),
    Named("key_max_ms", "longest (ms)"),
    Named("messages_per_s", "messages a second meanwhile"),
]
_SCROLL = [
    Named("memory_before_mib", "memory at the start (MiB)"),
    Named("memory_mib", "memory behind it (MiB)"),
    Named("scrolled_pages", "pages up, to the oldest message"),
    Named("scrolled_s", "how long that took (s)"),
]
_JUMPS = [
    Named("jump_p50_ms", "Ctrl+K, and Enter: until it is drawn, p50 (ms)"),
    Named("jump_p99_ms", "p99 (ms)"),
    Named("ends_p50_ms", "to the oldest message, and the newest, p50 (ms)"),
    Named("ends_p99_ms", "p99 (ms)"),
    Named("search_p50_ms", "a key of a search, p50 (ms)"),
    Named("search_p99_ms", "p99 (ms)"),
]


def write_app(kept: Kept) -> Section:
    """Return how the app feels with a long history."""
    readings = kept.cells("app")
    start, keys, scroll, jumps = (of(readings, "what", what) for what in ("start", "keys", "scroll", "jumps"))
    aims = [
        at_most(
            f"start to usable: at most {START_AIM_S} s", values(start, "start_s"), limit=START_AIM_S, unit="s"
        ),
        at_most(
            f"a key's echo: p99 at most {KEY_AIM_MS} ms",
            values(keys, "key_p99_ms"),
            limit=KEY_AIM_MS,
            unit="ms",
        ),
        at_most(
            f"memory: at most {MEMORY_AIM_MIB * MIB / 1e6:.0f} MB",
            values(scroll, "memory_mib"),
            limit=MEMORY_AIM_MIB,
            unit="MiB",
        ),
        *(
            at_most(
                f"{title}: p99 at most {JUMP_AIM_MS} ms", values(jumps, name), limit=JUMP_AIM_MS, unit="ms"
            )
            for title, name in (
                ("jump", "jump_p99_ms"),
                ("both ends", "ends_p99_ms"),
                ("search", "search_p99_ms"),
            )
        ),
    ]
    tables = [
        rows_of_figures([Group("start", start)], _START),
        rows_of_figures([Group("typing", keys)], _KEYS),
        rows_of_figures([Group("scrolling through all", scroll)], _SCROLL),
        rows_of_figures([Group("getting about", jumps)], _JUMPS),
    ]
    return Section("\n".join([_TEXT, aims_table(aims), *tables]))


_TEXT = f"""## The terminal app

The app in a real terminal of 120 columns and 40 lines, at a real hub, with {MESSAGES:,} messages in its
store. Keys go into the terminal and what it draws is read; a time ends when the wanted text has been drawn.
*Usable*: the newest message is there and a key is echoed. Keys are typed while {PER_S} messages a second
arrive in the open conversation; each is another letter, at times that keep no step with the app. Hub and
talkers have the first core, the app the second. Memory is what the process holds for itself, with shared
pages split.
"""
