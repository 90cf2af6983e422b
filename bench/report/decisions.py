"""The hub beside itself on the page: what it is worth to have decided as we did."""

from bench import direct, fan_out
from bench.report.kept import Kept, Section
from bench.report.peers import HUB
from bench.report.words import spread_of, table, times
from bench.summary import Selection, rates, ratios

_VARIANT = f"{HUB}, "
_WORKLOADS = (
    (Selection("room", fan_out.MAIN_READERS, fan_out.MAIN_WINDOW), "deliveries"),
    (Selection("pairs", direct.CLIENTS, direct.WINDOW), "messages"),
)


def write_decisions(kept: Kept) -> Section:
    """Return the section."""
    readings = kept.cells("compare")
    rows: list[list[str]] = []
    for peer in dict.fromkeys(each["peer"] for each in readings):
        row = [peer.removeprefix(_VARIANT)]
        for selection, unit in _WORKLOADS:
            cells = selection.of(readings, peer)
            ratio = ratios(selection.of(readings, HUB), cells, unit)
            row += [spread_of(rates(cells, unit)), "" if peer == HUB else spread_of(ratio, times)]
        rows.append(row)
    head = ["", "W1: deliveries/s", "the hub as it is", "W2: messages/s", "the hub as it is"]
    return Section("\n".join([_TEXT, table(head, rows)]))


_TEXT = """## What the hub's decisions are worth

W1 with 500 readers and 64 in flight, and W2: with the hub as it is, and with one decision made otherwise.
Above 1 x the hub as it is was faster.
"""
