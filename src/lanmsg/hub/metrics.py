"""The hub's figures in the text format of Prometheus. Loaded with the HTTP side, when first needed."""

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from lanmsg.hub.hub import HubStatistics

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

_GAUGES = {
    "connections": "Connections of native clients, logged in or not.",
    "logged_in": "Devices that are logged in.",
    "behind": "Devices that read more slowly than others write.",
    "users": "People who are enrolled.",
    "logs": "Logs: the directory, conversations and inboxes.",
    "waiting_jobs": "Requests that wait for the disk.",
}
_COUNTERS = {
    "commits": "Transactions written since the start.",
    "jobs": "Requests that these transactions held.",
    "entries": "Log entries published since the start.",
    "deliveries": "Entries times the readers they went to at once.",
}


class Metrics:
    """Renders the hub's statistics, and those of its process where the system tells them (Linux)."""

    def __init__(self, statistics: Callable[[], HubStatistics]) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_HubCollector(statistics))
        ProcessCollector(registry=self._registry)

    def render(self) -> bytes:
        """Return all figures, as of now."""
        return generate_latest(self._registry)


class _HubCollector(Collector):
    def __init__(self, statistics: Callable[[], HubStatistics]) -> None:
        self._statistics = statistics

    def collect(self) -> Iterable[Metric]:
        statistics = self._statistics()
        for name, help_text in _GAUGES.items():
            yield GaugeMetricFamily(f"lanmsg_{name}", help_text, value=getattr(statistics, name))
        for name, help_text in _COUNTERS.items():
            yield CounterMetricFamily(f"lanmsg_{name}", help_text, value=getattr(statistics, name))
