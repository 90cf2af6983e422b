"""`compare`: the hub beside itself with one decision made otherwise, in W1's and W2's main cells."""

from collections.abc import Callable

from bench.cells import Cell
from bench.fan_out import MAIN_READERS, MAIN_WINDOW
from bench.peers.lanmsg_hub import LanmsgHub
from bench.peers.registry import PEERS
from bench.results import run_rounds
from bench.variants import VARIANTS

_SECONDS = 2.0
_ROUNDS = 3
_ONLY_FAN_OUT = ("slices", "run encoded")
"""Variants that change nothing for pairs."""


def run_compare(*, say: Callable[[str], None]) -> None:
    """Measure each variant in turn with the hub as it is."""
    names = [LanmsgHub().name, *(LanmsgHub(variant).name for variant in VARIANTS)]
    cells = [Cell("room", name, MAIN_READERS, MAIN_WINDOW, supply=12_000, seconds=_SECONDS) for name in names]
    cells += [
        Cell("pairs", name, 500, 4, supply=100_000, seconds=_SECONDS)
        for name in names
        if not any(word in name for word in _ONLY_FAN_OUT)
    ]
    assert all(name in PEERS for name in names)
    say(str(run_rounds(cells, rounds=_ROUNDS, name="compare", say=say)))
