"""W3: a fixed pace, far below what the servers can do, and how long messages take."""

from bench.cells import Cell

_SECONDS = 20.0
_SLACK_S = 10
"""Messages are made for longer than the pace counts: it settles first, and chance is not even."""
DEVICES = 5


def cells() -> list[Cell]:
    """Return all cells: 1,000 messages a second in, 10,000 deliveries a second out, two ways.

    With five devices a person each message reaches ten. With one device each, 996 of them reach two
    and four reach all 2,000: the same number, but in bursts.
    """
    return [
        _cell("lanmsg", clients=2000, direct_per_s=1000, devices=DEVICES),
        *(_cell(peer, clients=2000, direct_per_s=996, room_per_s=4) for peer in ("lanmsg", "threads")),
    ]


def small_cells() -> list[Cell]:
    """Return what `bench-quick` measures: 500 messages a second in, some 5,000 deliveries out."""
    return [
        _cell(peer, clients=100, direct_per_s=460, room_per_s=40, seconds=3.0)
        for peer in ("lanmsg", "threads")
    ]


def _cell(
    peer: str,
    *,
    clients: int,
    direct_per_s: int,
    room_per_s: int = 0,
    devices: int = 1,
    seconds: float = _SECONDS,
) -> Cell:
    whole_s = int(seconds) + _SLACK_S
    return Cell(
        "paced",
        peer,
        clients,
        window=0,
        supply=max(2 * whole_s * direct_per_s, 40 * clients),
        room_supply=whole_s * room_per_s,
        direct_per_s=direct_per_s,
        room_per_s=room_per_s,
        devices=devices,
        seconds=seconds,
    )
