"""W4 on the page: what clients cost that are there and say nothing."""

from bench.idle_peers import IDLE_PEERS
from bench.report.aims import Aim, aims_table, at_most
from bench.report.chart import Bar, bar_chart
from bench.report.figures import Group, Named, rows_of_groups
from bench.report.kept import Kept, Section
from bench.report.peers import HUB
from bench.report.words import times
from bench.summary import of, spread, value_ratios, values

_COMPARED = ("Python", "Erlang")
"""What the hub's memory is compared with: peers in languages of its kind."""


def write_idle(kept: Kept) -> Section:
    """Return W4."""
    readings = kept.cells("idle")
    ours = of(readings, "peer", HUB)
    peers = list(dict.fromkeys(each["peer"] for each in readings))
    aims = [
        at_most("at most 60 KiB for each client", values(ours, "kib_per_client"), limit=60.0, unit="KiB"),
        at_most("at most 10 % of a core", values(ours, "core_percent"), limit=10.0, unit="%"),
        *(
            Aim(
                f"less memory than {_idle_title(peer)}",
                value_ratios(of(readings, "peer", peer), ours, "kib_per_client"),
                1.0,
                times,
            )
            for peer in peers
            if peer != HUB and of(readings, "peer", peer)[0]["runtime"] in _COMPARED
        ),
    ]
    groups = [Group(_idle_title(peer), of(readings, "peer", peer)) for peer in peers]
    figures = [
        Named("kib_per_client", "KiB a client"),
        Named("empty_mib", "MiB empty"),
        Named("core_percent", "% of a core"),
        Named("logins_per_s", "logins/s"),
        Named("login_p50_ms", "login p50 (ms)"),
        Named("login_p99_ms", "login p99 (ms)"),
        Named("login_server_percent", "server's core meanwhile, %"),
        Named("login_generator_percent", "generator's core meanwhile, %"),
        Named("unanswered", "unanswered heartbeats"),
        Named("lost", "lost"),
    ]
    bars = [
        Bar(group.title, spread(found), "ours" if group.title == _idle_title(HUB) else "theirs")
        for group in groups
        if (found := values(group.readings, "kib_per_client"))
    ]
    charts: dict[str, str] = {}
    if bars:
        bars.sort(key=lambda bar: bar.value.middle)
        charts["idle"] = bar_chart("An idle client with TLS", "KiB of the server's memory", bars)
    text = [_IDLE_TEXT, aims_table(aims), *(["![Memory](charts/idle.svg)\n"] if bars else [])]
    return Section("\n".join([*text, rows_of_groups("server", groups, figures)]), charts)


def _idle_title(peer: str) -> str:
    return IDLE_PEERS[peer].title if peer in IDLE_PEERS else peer


_IDLE_TEXT = """## W4: idle clients

5,000 clients with TLS, logged in, silent but for heartbeats. Memory is what the server's processes hold for
themselves, above the empty server; shared pages are split. Logins are counted while all of them come.
"""
