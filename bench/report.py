"""`python -m bench report`: from the kept results to `docs/benchmarks.md` and its charts."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from bench import direct, fan_out
from bench.chart import Bar, bar_chart, short
from bench.peers.registry import PEERS
from bench.results import RESULTS
from bench.summary import Reading, Selection, Spread, rates, ratios, share, spread

DOCS = Path(__file__).parent.parent / "docs"
DATA = DOCS / "benchmarks-data.json"
PAGE = DOCS / "benchmarks.md"
CHARTS = DOCS / "charts"
SETS = ("startup", "fan-out", "fan-out-short", "direct", "direct-short", "paced")
_MAIN_ROOM = Selection("room", fan_out.MAIN_READERS, fan_out.MAIN_WINDOW)
_PAIRS = Selection("pairs", direct.CLIENTS, direct.WINDOW)


def keep_results() -> None:
    """Take the newest raw results over into the file that is committed."""
    kept = json.loads(DATA.read_text(encoding="utf-8")) if DATA.exists() else {}
    for name in SETS:
        path = RESULTS / f"{name}.json"
        if path.exists():
            kept[name] = json.loads(path.read_text(encoding="utf-8"))
    DATA.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def write_report() -> None:
    """Write the page and its charts from the committed results."""
    kept = json.loads(DATA.read_text(encoding="utf-8"))
    CHARTS.mkdir(exist_ok=True)
    parts = [_INTRODUCTION]
    for name, write in _SECTIONS.items():
        if name in kept:
            parts.append(write(kept))
    parts.append(_machines(kept))
    PAGE.write_text("\n".join(parts), encoding="utf-8")


# --- W1 --------------------------------------------------------------------------------------


def _fan_out(kept: dict[str, Reading]) -> str:
    readings = kept["fan-out"]["cells"]
    _write_chart("fan-out", "One room, 500 readers, 64 in flight", "deliveries/s", _bars(readings))
    parts = [
        _FAN_OUT_TEXT.format(**_sizes(readings)),
        "![Deliveries a second](charts/fan-out.svg)\n",
        _peers_table(readings, _MAIN_ROOM, "deliveries"),
        _readers_table(readings),
    ]
    if "fan-out-short" in kept:
        short_cells = kept["fan-out-short"]["cells"]
        selection = Selection("room", fan_out.MAIN_READERS, fan_out.MAIN_WINDOW, fan_out.SHORT_TEXT_BYTES)
        parts += [
            _SHORT_TEXT.format(**_sizes(short_cells)),
            _peers_table(short_cells, selection, "deliveries"),
        ]
    return "\n".join(parts)


def _bars(readings: Sequence[Reading]) -> list[Bar]:
    bars = []
    for peer in _MAIN_ROOM.peers(readings):
        values = rates(_MAIN_ROOM.of(readings, peer), "deliveries")
        if values:
            bars.append(_bar(peer, spread(values)))
    return sorted(bars, key=lambda bar: -bar.middle)


def _bar(peer: str, values: Spread) -> Bar:
    facts = PEERS[peer].facts
    return Bar(
        facts.title, values.low, values.middle, values.high, is_ours=peer == "lanmsg", is_limit=facts.is_limit
    )


def _readers_table(readings: Sequence[Reading]) -> str:
    rows = ["| readers | in flight | " + " | ".join(map(_title, _MATRIX_PEERS)) + " | hub: µs a delivery |"]
    rows.append("| ---: " * (len(_MATRIX_PEERS) + 3) + "|")
    for readers in fan_out.READERS:
        for window in fan_out.WINDOWS:
            selection = Selection("room", readers, window)
            cells = [rates(selection.of(readings, peer), "deliveries") for peer in _MATRIX_PEERS]
            if any(cells):
                values = [_spread_text(cell) for cell in cells]
                cost = _cost_us(selection.of(readings, "lanmsg"), "deliveries")
                rows.append(f"| {readers:,} | {window} | " + " | ".join(values) + f" | {cost} |")
    return "Deliveries a second, and what one costs the hub's core:\n\n" + "\n".join(rows) + "\n"


_MATRIX_PEERS = ("lanmsg", "nats", "nats-tls", "threads")


# --- W2 --------------------------------------------------------------------------------------


def _direct(kept: dict[str, Reading]) -> str:
    readings = kept["direct"]["cells"]
    bars = [
        _bar(peer, spread(values))
        for peer in _PAIRS.peers(readings)
        if (values := rates(_PAIRS.of(readings, peer), "messages"))
    ]
    bars.sort(key=lambda bar: -bar.middle)
    _write_chart("direct", "500 clients in pairs, 4 in flight each", "messages/s", bars)
    return "\n".join(
        [
            _DIRECT_TEXT,
            "![Messages a second](charts/direct.svg)\n",
            _peers_table(readings, _PAIRS, "messages"),
        ]
    )


# --- W3 --------------------------------------------------------------------------------------


def _paced(kept: dict[str, Reading]) -> str:
    rows = [
        "| server | ack p50 | ack p99 | ack p99.9 | delivery p50 | delivery p99 | delivery p99.9 | lost |",
        "| :--- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for peer in ("lanmsg", "threads"):
        readings = [each for each in kept["paced"]["cells"] if each["peer"] == peer and "failure" not in each]
        if readings:
            names = [
                f"{kind}_p{percent}_ms" for kind in ("ack", "delivery") for percent in ("50", "99", "99.9")
            ]
            cells = [_milliseconds(readings, name) for name in names]
            lost = max(each["lost"] for each in readings)
            rows.append(f"| {_title(peer)} | " + " | ".join(cells) + f" | {lost} |")
    return _PACED_TEXT + "\n" + "\n".join(rows) + "\n"


def _milliseconds(readings: Sequence[Reading], name: str) -> str:
    values = [each[name] for each in readings if name in each]
    if not values:
        return "none"
    found = spread(values)
    return f"{found.middle:.1f} ({found.low:.1f} to {found.high:.1f})"


# --- tables ----------------------------------------------------------------------------------


def _peers_table(readings: Sequence[Reading], selection: Selection, unit: str) -> str:
    ours = selection.of(readings, "lanmsg")
    rows = [
        f"| server | TLS | stores | {unit}/s | the hub is | µs each | server's core | generator's core |",
        "| :--- | :--- | :--- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for peer in selection.peers(readings):
        cells = selection.of(readings, peer)
        facts = PEERS[peer].facts
        head = f"| {facts.title} | {'yes' if facts.has_tls else 'no'} | {facts.stores} | "
        values = rates(cells, unit)
        if not values:
            rows.append(f"{head}{cells[0]['failure'].splitlines()[-1]} | | | | |")
            continue
        times = "" if peer == "lanmsg" else _times(ratios(ours, cells, unit))
        rows.append(
            f"{head}{_spread_text(values)} | {times} | {_cost_us(cells, unit)} | "
            f"{share(cells, 'server_cpu_s'):.0%} | {share(cells, 'generator_cpu_s'):.0%} |"
        )
    return "\n".join(rows) + "\n"


def _times(values: Sequence[float]) -> str:
    if not values:
        return ""
    found = spread(values)
    return f"{found.middle:.2f} x ({found.low:.2f} to {found.high:.2f})"


def _spread_text(values: Sequence[float]) -> str:
    if not values:
        return ""
    found = spread(values)
    return f"{short(found.middle)} ({short(found.low)} to {short(found.high)})"


def _cost_us(readings: Sequence[Reading], unit: str) -> str:
    values = [1e6 * each["server_cpu_s"] / each[unit] for each in readings if each.get(unit)]
    return f"{spread(values).middle:.3g}" if values else ""


def _title(peer: str) -> str:
    return PEERS[peer].facts.title


def _sizes(readings: Sequence[Reading]) -> dict[str, int]:
    found = next(each for each in readings if "body_bytes" in each)
    return {"body": found["body_bytes"], "entry": found["entry_bytes"], "text": found["text_bytes"]}


def _write_chart(name: str, title: str, unit: str, bars: Sequence[Bar]) -> None:
    (CHARTS / f"{name}.svg").write_text(bar_chart(title, unit, bars), encoding="utf-8")


# --- machines --------------------------------------------------------------------------------


def _machines(kept: dict[str, Reading]) -> str:
    parts = ["## Where this was measured\n"]
    for name, record in kept.items():
        machine = record["machine"]
        if isinstance(machine, str):
            parts.append(f"- {name}: {record['date']}, {machine}, Python {record['python']}")
            continue
        versions = {**record["packages"], **record["programs"]}
        listed = ", ".join(f"{program} ({version})" for program, version in versions.items() if version)
        parts.append(
            f"- {name}: {record['date']}, commit {record['commit']}, {machine['processor']}, "
            f"{machine['cores']} cores, {machine['memory_bytes'] / 2**30:.0f} GiB, {machine['system']}, "
            f"TCP {machine['congestion_control']}, Python {record['python']}; {listed}"
        )
    return "\n".join(parts) + "\n"


_SECTIONS: dict[str, Callable[[dict[str, Reading]], str]] = {
    "fan-out": _fan_out,
    "direct": _direct,
    "paced": _paced,
}

_INTRODUCTION = """# Benchmarks

Made by `python -m bench report` from [benchmarks-data.json](benchmarks-data.json); do not edit. Run them
yourself with `make bench`; [bench/README.md](../bench/README.md) says what to install.

How it is measured: the server has one core, one generator process the other. Peers and hub take turns in
the same run; each figure is the median of the rounds, with the lowest and highest behind it, and a ratio
is taken within a round. A round in which other programs used more than a twentieth of the machine is
measured again. The hub runs with its default settings, but for `--message-rate 0`: TLS on every
connection, each message on disk (`synchronous=EXTRA`) before it is acknowledged. "Core" says how busy the
server and the generator were: where the generator's is near 100 %, the server may be faster than shown.
"""

_FAN_OUT_TEXT = """## W1: one room

One sender, many readers. The sender keeps so many messages in flight; a message is done when every reader
has it and, where the server acknowledges, the sender was told. Each is a text of {text} bytes, as the
real Megolm ciphertext with its envelope: {body} bytes, which all servers carry; with its place in the log
the hub writes {entry} bytes to each reader. IRC has no room for that, so its servers carry the bare text.
The bare writer is no server: it writes the same bytes to all readers for ever, the physical limit of one
core, and the ceiling of the generator.
"""

_SHORT_TEXT = """A text of {text} bytes fits the next smaller padding: {body} bytes for all, {entry} on the
hub's wire.
"""

_DIRECT_TEXT = """## W2: direct messages

500 clients, each writes to one other, chosen by chance, and keeps four messages in flight. The loop is
closed by the acknowledgement where there is one, else by the message's arrival at the other end. In a
direct chat the hub also sends each message back to the devices of its sender: two deliveries each.
"""

_PACED_TEXT = """## W3: a fixed pace

2,000 connections, 1,000 messages a second: 996 to partners and 4 to the room of everybody, which makes some
10,000 deliveries a second. Milliseconds from the moment a message was due; median of the rounds.
"""
