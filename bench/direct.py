"""W2: everybody writes to one other, every message acknowledged by those who acknowledge."""

from bench.cells import Cell

_PEERS = (
    *("lanmsg", "threads", "nats", "nats-tls", "jetstream", "redis"),
    *("mosquitto", "inspircd", "ngircd"),
    *("ejabberd", "ejabberd-archive", "prosody", "prosody-archive"),
)
CLIENTS = 500
WINDOW = 4


def cells() -> list[Cell]:
    """Return all cells."""
    return [Cell("pairs", peer, CLIENTS, WINDOW, supply=100_000) for peer in _PEERS]


def small_cells() -> list[Cell]:
    """Return what `bench-quick` measures."""
    return [
        Cell("pairs", peer, 100, WINDOW, supply=40_000, seconds=2.0)
        for peer in ("lanmsg", "threads", "jetstream")
    ]
