"""W2 on the page: direct messages between random pairs."""

from collections.abc import Sequence

from bench import direct
from bench.peers.registry import PEERS
from bench.report.aims import Aim, aims_table
from bench.report.chart import bar_chart
from bench.report.kept import Kept, Section
from bench.report.peers import HUB, bars, held_back, peers_table, title
from bench.report.words import times
from bench.summary import Reading, Selection, rates, ratios

_ALL = Selection("pairs", direct.CLIENTS, direct.WINDOW)
_AIM_PER_S = 25_000
_ALSO = "ngircd"
"""It stores nothing, and the hub is to be faster all the same."""


def write_direct(kept: Kept) -> Section:
    """Return the section."""
    readings = kept.cells("direct")
    measured = bars(readings, _ALL, "messages")
    if not measured:
        return Section("## W2: direct messages\n\nNothing could be measured.\n")
    text = [
        _TEXT,
        aims_table(_aims(readings)),
        "![Messages a second](charts/direct.svg)\n",
        peers_table(readings, _ALL, "messages"),
        held_back(readings, _ALL),
    ]
    chart = bar_chart("500 clients in pairs, 4 in flight each", "messages/s", measured)
    return Section("\n".join(text), {"direct": chart})


def _aims(readings: Sequence[Reading]) -> list[Aim]:
    ours = _ALL.of(readings, HUB)
    rivals = [peer for peer in _ALL.peers(readings) if peer != HUB and _is_rival(peer)]
    return [
        Aim(f"at least {_AIM_PER_S:,} messages/s", rates(ours, "messages"), _AIM_PER_S),
        *(
            Aim(f"more than {title(peer)}", ratios(ours, _ALL.of(readings, peer), "messages"), 1.0, times)
            for peer in rivals
        ),
    ]


def _is_rival(peer: str) -> bool:
    return PEERS[peer].facts.stores != "nothing" or peer == _ALSO


_TEXT = """## W2: direct messages

500 clients, each writes to one other, chosen by chance, and keeps four messages in flight. The loop is
closed by the acknowledgement where there is one, else by the message's arrival at the other end. The hub
acknowledges after the message is on disk. In a direct chat it also sends each message back to the devices
of its sender: two deliveries each. The aim is to be faster than all who store messages, and than ngIRCd.
"""
