"""W8 on the page: the whole system, and where its time goes."""

from bench.report.figures import Group, Named, rows_of_figures
from bench.report.kept import Kept, Section
from bench.report.words import percent, table

_WHOLE = [
    Named("messages_per_s", "messages/s"),
    Named("deliveries_per_s", "deliveries/s"),
    Named("delivery_p50_ms", "from `send` to the event at another, p50 (ms)"),
    Named("delivery_p99_ms", "the same, p99 (ms)"),
    Named("own_p50_ms", "from `send` to its acknowledgement, p50 (ms)"),
    Named("own_p99_ms", "the same, p99 (ms)"),
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
    parts = [_WHOLE_TEXT, rows_of_figures([Group("20 real clients", measured)], _WHOLE)]
    for who in ("client", "hub"):
        name = f"{who}_areas"
        shares = next((each[name] for each in readings if each.get(name)), None)
        if shares:
            parts.append(f"Where the time of {'the hub' if who == 'hub' else 'a client'} goes:\n")
            parts.append(table(["area", "share"], [[area, percent(part)] for area, part in shares.items()]))
    return Section("\n".join(parts))


_WHOLE_TEXT = """## W8: the whole system

Twenty real clients in processes of their own, with their stores, keys and events, all in the room of
everyone: from the call of `send` in one process to the event in another, decrypted and stored. The hub has
one core, the twenty clients share the other, so they are the slow part here. There is no aim.
"""
