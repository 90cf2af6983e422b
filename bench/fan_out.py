"""W1: one room, one sender, many readers, a closed loop."""

from bench.cells import Cell

ALL_PEERS = (
    *("lanmsg", "threads", "nats", "nats-tls", "jetstream", "redis"),
    *("mosquitto", "inspircd", "ngircd"),
    *("ejabberd", "ejabberd-archive", "prosody", "prosody-archive"),
    *("limit", "limit-tls"),
)
_CLOSE_PEERS = ("lanmsg", "nats")
READERS = (10, 100, 500, 2000)
WINDOWS = (1, 16, 64)
MAIN_READERS, MAIN_WINDOW = 500, 64
_MESSAGES = {10: 60_000, 100: 30_000, 500: 12_000, 2000: 3_000}


def cells() -> list[Cell]:
    """Return all cells: every peer where the aim is, the nearest ones everywhere."""
    found = [_cell(peer, MAIN_READERS, MAIN_WINDOW) for peer in ALL_PEERS]
    for readers in READERS:
        for window in WINDOWS:
            if (readers, window) != (MAIN_READERS, MAIN_WINDOW):
                found += [_cell(peer, readers, window, most_rounds=2) for peer in _CLOSE_PEERS]
    return found


def small_cells() -> list[Cell]:
    """Return what `bench-quick` measures."""
    return [
        Cell("room", peer, 99, 64, supply=8_000, seconds=2.0)
        for peer in ("lanmsg", "threads", "nats", "nats-tls")
    ]


def _cell(peer: str, readers: int, window: int, *, most_rounds: int = 3) -> Cell:
    return Cell("room", peer, readers, window, supply=_MESSAGES[readers], most_rounds=most_rounds)
