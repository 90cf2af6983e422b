"""W8 on the page: the whole system, and where its time goes."""

from collections.abc import Sequence

from bench.report.figures import Group, Named, median_and_p99, rows_of_figures
from bench.report.kept import Kept, Section
from bench.report.words import percent
from bench.summary import Reading, of
from bench.whole import STORES

_WHOLE = [
    Named("messages_per_s", "messages/s"),
    Named("deliveries_per_s", "deliveries/s"),
    *median_and_p99("delivery", "from `send` to the event at another"),
    *median_and_p99("own", "from `send` until the sender's own entry is back from the hub and stored"),
    Named("hub_cpu_us_per_message", "hub: processor µs a message"),
    Named("client_cpu_us_per_delivery", "client: processor µs a delivery"),
    Named("hub_core", "hub's core", percent),
    Named("clients_core", "the clients' core, all together", percent),
    Named("client_resident_mib", "memory of a client (MiB)"),
]


def write_whole(kept: Kept) -> Section:
    """Return W8."""
    readings = kept.cells("whole")
    measured = [each for each in readings if each["round"]]
    parts = [_WHOLE_TEXT, rows_of_figures(_by_stores(measured), _WHOLE)]
    for name, whose in (("client_areas", "a client"), ("hub_areas", "the hub")):
        profiled = [each for each in readings if each.get(name)]
        if profiled:
            parts.append(f"Where the processor time of {whose} goes:\n")
            parts.append(_areas_table(profiled, name))
    return Section("\n".join(parts))


def _areas_table(readings: Sequence[Reading], name: str) -> str:
    """Return a row for each area, with its share."""
    groups = [Group(group.title, [each[name] for each in group.readings]) for group in _by_stores(readings)]
    areas = dict.fromkeys(area for each in readings for area in each[name])
    return rows_of_figures(groups, [Named(area, area, percent) for area in areas])


def _by_stores(readings: Sequence[Reading]) -> list[Group]:
    """Return the readings by where the clients' stores were."""
    groups = [Group(f"clients' stores {place}", of(readings, "stores", place)) for place in STORES]
    return [group for group in groups if group.readings]


_WHOLE_TEXT = """## W8: the whole system

Twenty real clients in processes of their own, with their stores, keys and events, all in the room of
everyone: from the call of `send` in one process to the event in another, decrypted and stored. A sender's own
entry takes the same way: its time ends when it is back from the hub and stored. The hub has one core, the
twenty clients share the other, so they are the slow part here. Elsewhere twenty clients have twenty disks,
here they have one, which syncs for each of their commits: so all is measured with their stores on disk and
with their stores in memory. The hub's is on disk in both. There is no aim.
"""
