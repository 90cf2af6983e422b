"""Tables of servers in one workload: what each does and stores, how fast it is, and how the hub compares."""

from collections.abc import Sequence

from bench.peers.registry import PEERS
from bench.report.chart import Bar
from bench.report.words import percent, spread_of, table, times
from bench.summary import Reading, Selection, costs_us, failure, rates, ratios, share, spread

HUB = "lanmsg"
_BUSY = 0.95


def title(peer: str) -> str:
    """Return what a server is called."""
    return PEERS[peer].facts.title


def kind(peer: str) -> str:
    """Return how its bar or line is drawn."""
    if peer == HUB:
        return "ours"
    return "limit" if PEERS[peer].facts.is_limit else "theirs"


def bars(readings: Sequence[Reading], selection: Selection, unit: str) -> list[Bar]:
    """Return a bar for each server that gave a figure, the fastest first."""
    found: list[Bar] = []
    for peer in selection.peers(readings):
        measured = rates(selection.of(readings, peer), unit)
        if measured:
            found.append(Bar(title(peer), spread(measured), kind(peer)))
    return sorted(found, key=lambda bar: -bar.value.middle)


def peers_table(readings: Sequence[Reading], selection: Selection, unit: str) -> str:
    """Return a row for each server, with ratios taken within a round; one that failed says why."""
    ours = selection.of(readings, HUB)
    rows: list[list[str]] = []
    for peer in selection.peers(readings):
        cells = selection.of(readings, peer)
        facts = PEERS[peer].facts
        row = [facts.title, "yes" if facts.has_tls else "**no**", _stores(facts.stores)]
        measured = rates(cells, unit)
        if measured:
            ratio = "" if peer == HUB else spread_of(ratios(ours, cells, unit), times)
            shares = [percent(share(cells, name)) for name in ("server_cpu_s", "generator_cpu_s")]
            row += [spread_of(measured), ratio, spread_of(costs_us(cells, unit)), *shares]
        else:
            row += [failure(cells[0]), "", "", "", ""]
        rows.append(row)
    head = [
        "server",
        "TLS",
        "stores",
        f"{unit}/s",
        "the hub is",
        "µs each",
        "server's core",
        "generator's core",
    ]
    return table(head, rows, left=3)


def _stores(text: str) -> str:
    return "**nothing**" if text == "nothing" else text


def held_back(readings: Sequence[Reading], selection: Selection) -> str:
    """Return a sentence about servers that were not busy while the generator was; empty if there are none."""
    names = [
        title(peer)
        for peer in selection.peers(readings)
        if (cells := selection.of(readings, peer))
        and share(cells, "generator_cpu_s") >= _BUSY > share(cells, "server_cpu_s")
    ]
    if not names:
        return "In no row was the generator busy while the server was not.\n"
    return f"The generator held these back, which may be faster than shown: {', '.join(names)}.\n"
