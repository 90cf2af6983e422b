"""W1 on the page: one room, one sender, many readers."""

from collections.abc import Callable, Sequence

from bench import fan_out
from bench.report.aims import Aim, aims_table
from bench.report.chart import Line, bar_chart, line_chart
from bench.report.kept import Kept, Section
from bench.report.peers import HUB, bars, held_back, kind, peers_table, title
from bench.report.words import percent, spread_of, table, times
from bench.summary import Reading, Selection, by_round, costs_us, rates, ratios, spread

_MAIN = Selection("room", fan_out.MAIN_READERS, fan_out.MAIN_WINDOW)
_NEAREST = (HUB, "nats", "nats-tls", "threads")
_IN_LINES = (HUB, "nats", "nats-tls")
_FEW, _MANY = 100, 2000
_BARS_TITLE = "One room, 500 readers, 64 in flight"
_LINES_TITLE = "What a delivery costs: µs of the server's core"


def write_fan_out(kept: Kept) -> Section:
    """Return the section."""
    readings = kept.cells("fan-out")
    found = next((each for each in readings if "body_bytes" in each), None)
    if found is None:
        return Section("## W1: one room\n\nNothing could be measured.\n")
    charts = {"fan-out": bar_chart(_BARS_TITLE, "deliveries/s", bars(readings, _MAIN, "deliveries"))}
    lines = _cost_lines(readings)
    if lines:
        charts["fan-out-cost"] = line_chart(_LINES_TITLE, "readers, with 64 messages in flight", lines)
    parts = [
        _TEXT.format(text=found["text_bytes"], body=found["body_bytes"], entry=found["entry_bytes"]),
        aims_table(_aims(readings)),
        "![Deliveries a second](charts/fan-out.svg)\n",
        peers_table(readings, _MAIN, "deliveries"),
        held_back(readings, _MAIN),
        "Over readers and messages in flight, deliveries a second:\n",
        _matrix(readings, lambda cells: spread_of(rates(cells, "deliveries"))),
        "The same as microseconds of the server's core for each delivery:\n",
        _matrix(readings, lambda cells: spread_of(costs_us(cells, "deliveries"))),
    ]
    if lines:
        parts.append("![Cost of a delivery](charts/fan-out-cost.svg)\n")
    return Section("\n".join(parts), charts)


def _aims(readings: Sequence[Reading]) -> list[Aim]:
    ours = _MAIN.of(readings, HUB)

    def ratio(peer: str) -> list[float]:
        return ratios(ours, _MAIN.of(readings, peer), "deliveries")

    return [
        Aim("at least 1.0 x NATS core plain", ratio("nats"), 1.0, times),
        Aim("at least 1.5 x NATS core TLS", ratio("nats-tls"), 1.5, times),
        Aim("at least 8 x a thread per client", ratio("threads"), 8.0, times),
        Aim(
            f"a delivery to {_FEW} or {_MANY:,} readers costs within 25 % of what it costs to 500",
            _deviations(readings),
            0.25,
            percent,
            is_at_most=True,
        ),
    ]


def _deviations(readings: Sequence[Reading]) -> list[float]:
    """Return how far the cost is from that at 500 readers, where it is farthest, of each round."""
    costs = {
        readers: {number: costs_us([cell], "deliveries")[0] for number, cell in by_round(cells).items()}
        for readers in (_FEW, fan_out.MAIN_READERS, _MANY)
        if (cells := Selection("room", readers, fan_out.MAIN_WINDOW).of(readings, HUB))
    }
    if len(costs) < 3:
        return []
    middle = costs[fan_out.MAIN_READERS]
    return [
        max(abs(costs[readers][number] / middle[number] - 1) for readers in (_FEW, _MANY))
        for number in middle
        if number in costs[_FEW] and number in costs[_MANY]
    ]


def _cost_lines(readings: Sequence[Reading]) -> list[Line]:
    lines: list[Line] = []
    for peer in _IN_LINES:
        points = [
            (float(readers), spread(costs))
            for readers in fan_out.READERS
            if (costs := costs_us(_at(readings, peer, readers, fan_out.MAIN_WINDOW), "deliveries"))
        ]
        if len(points) > 1:
            lines.append(Line(title(peer), points, kind(peer)))
    return lines


def _matrix(readings: Sequence[Reading], show: Callable[[Sequence[Reading]], str]) -> str:
    rows: list[list[str]] = []
    for readers in fan_out.READERS:
        for window in fan_out.WINDOWS:
            cells = [show(_at(readings, peer, readers, window)) for peer in _NEAREST]
            if any(cells):
                rows.append([f"{readers:,}", str(window), *cells])
    return table(["readers", "in flight", *map(title, _NEAREST)], rows, left=0)


def _at(readings: Sequence[Reading], peer: str, readers: int, window: int) -> list[Reading]:
    return Selection("room", readers, window).of(readings, peer)


_TEXT = """## W1: one room

One sender, many readers. The sender keeps so many messages in flight. A message is done when every reader
has it and, where the server acknowledges, the sender was told.

Each is a text of {text} bytes, as the real Megolm ciphertext with its envelope: {body} bytes, which all
servers carry. With its place in the log the hub writes {entry} bytes to each reader. IRC has no room for
that, so its servers carry the bare text. The hub's readers are logged in like all clients, and their
generator looks at every frame.
"""
