"""W3 and fairness on the page: how long messages take, at a pace and beside a flood."""

from collections.abc import Sequence

from bench.fairness import FLOODERS, FLOODS, MESSAGES_PER_S, WINDOW
from bench.report.aims import Aim, aims_table, at_most
from bench.report.chart import Bar, bar_chart
from bench.report.figures import Group, Named, rows_of_figures, rows_of_groups
from bench.report.kept import Kept, Section
from bench.report.peers import HUB, title
from bench.report.words import percent, times
from bench.summary import Reading, of, spread, value_ratios, values

_PERCENTILES = ("50", "99", "99.9")
_KINDS = {"ack": "acknowledged", "delivery": "delivered"}
_END = " traffic"
_TRAFFIC = (("even" + _END, False), ("bursty" + _END, True))
"""Without and with messages to the room of everybody."""
_LATENCIES = [
    Named(f"{kind}_p{each}_ms", f"{word}, p{each}") for kind, word in _KINDS.items() for each in _PERCENTILES
]


def write_paced(kept: Kept) -> Section:
    """Return W3: the hub in two kinds of traffic, and the baseline in one."""
    readings = kept.cells("paced")
    groups = [
        Group(f"{title(peer)}, {words}", cells)
        for peer in dict.fromkeys(each["peer"] for each in readings)
        for words, cells in _by_traffic(of(readings, "peer", peer)).items()
        if cells
    ]
    aims: list[Aim] = []
    for words, cells in _by_traffic(of(readings, "peer", HUB)).items():
        for kind, limit in (("ack", 10.0), ("delivery", 15.0)):
            text = f"{words}: {_KINDS[kind]}, p99 at most {limit:g} ms"
            aims.append(at_most(text, values(cells, f"{kind}_p99_ms"), limit=limit, unit="ms"))
        aims.append(at_most(f"{words}: nothing lost", values(cells, "lost"), limit=0.0))
    bars = [
        Bar(f"{group.title.removesuffix(_END)}: {_KINDS[kind]}", spread(found), _kind_of(group))
        for group in groups
        for kind in _KINDS
        if (found := values(group.readings, f"{kind}_p99_ms"))
    ]
    if not bars:
        return Section("## W3: a fixed pace\n\nNothing could be measured.\n")
    text = [
        _PACED_TEXT,
        aims_table(aims),
        "![Latencies](charts/paced.svg)\n",
        "Milliseconds:\n",
        rows_of_groups("server", groups, [*_LATENCIES, Named("lost", "lost")]),
    ]
    chart = bar_chart("1,000 messages/s in, 10,000 deliveries/s out", "p99 in ms", bars)
    return Section("\n".join(text), {"paced": chart})


def _by_traffic(readings: Sequence[Reading]) -> dict[str, list[Reading]]:
    return {
        words: [each for each in readings if bool(each["room_per_s"]) is has_room]
        for words, has_room in _TRAFFIC
    }


def _kind_of(group: Group) -> str:
    return "ours" if group.readings[0]["peer"] == HUB else "theirs"


def write_fairness(kept: Kept) -> Section:
    """Return what a flood does to a chat beside it."""
    readings = kept.cells("fairness")
    groups = [Group(words, of(readings, "flood", flood)) for flood, words in FLOODS.items()]
    figures = [
        *_LATENCIES,
        Named("lost", "messages that never came"),
        Named("login_ms", "login of both"),
        Named("told_heads", "times told to fetch instead"),
        Named("flood_messages_per_s", "flood: messages/s"),
        Named("flood_deliveries_per_s", "flood: deliveries/s"),
        Named("server_core", "hub's core", percent),
        Named("flood_core", "core of the flood's clients", percent),
        Named("chat_core", "core of the chat's clients", percent),
    ]
    return Section(
        "\n".join(
            [
                _FAIRNESS_TEXT.format(pace=MESSAGES_PER_S, flooders=FLOODERS, window=WINDOW),
                "Times in milliseconds:\n",
                rows_of_figures(groups, figures),
                "How much longer a message takes than with no flood, round by round:\n",
                rows_of_figures(
                    [Group(words, _against_calm(readings, flood)) for flood, words in _floods()],
                    [Named(figure.name, figure.title, times) for figure in _LATENCIES],
                ),
            ]
        )
    )


def _against_calm(readings: Sequence[Reading], flood: str) -> list[Reading]:
    calm, flooded = of(readings, "flood", "none"), of(readings, "flood", flood)
    found = {figure.name: value_ratios(flooded, calm, figure.name) for figure in _LATENCIES}
    rounds = max(map(len, found.values()))
    return [
        {name: each[number] for name, each in found.items() if number < len(each)} for number in range(rounds)
    ]


def _floods() -> list[tuple[str, str]]:
    return [(flood, words) for flood, words in FLOODS.items() if flood != "none"]


_PACED_TEXT = """## W3: a fixed pace

2,000 connections, 1,000 messages a second in, 10,000 deliveries a second out, in two ways. Even traffic: five
devices a person, so that each direct message reaches ten. Bursty traffic: one device each; 996 messages a
second reach the two ends of a direct chat, four reach all 2,000 at once. A message's time starts when it was
due, not when it was sent: a server that holds up the generator does not thereby look better.
"""
_FAIRNESS_TEXT = """## Fairness: a flood and a chat

Two people talk directly, {pace} messages a second, while {flooders} others keep {window} messages in
flight each and wait for nobody: once all to everyone, once to each other in pairs. All limits on the rate of
messages are off; with them a device may send 20 messages a second, so it would take hundreds of devices.

Everybody reads what is said to everyone, the two as well, over their one connection each. So a delivery may
wait behind what its reader was sent before, and an acknowledgement waits for the writes to disk that it
shares with the flood. Flood and chat come from different processes; the flood's gives way, but both have one
core.
"""
