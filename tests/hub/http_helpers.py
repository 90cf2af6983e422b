"""What the tests of the HTTP side share."""

from lanmsg.hub.http_door import HubSite, LinkMaker
from lanmsg.hub.hub import HubStatistics
from lanmsg.hub.join_page import JoinFacts
from lanmsg.net.conformance import RecordingHandler

STATISTICS = HubStatistics(*range(1, 11))
FACTS = JoinFacts(
    title="kitchen",
    addresses=("127.0.0.1:7777",),
    link="lanmsg://x",
    check_words=("a", "b", "c", "d"),
    authority_fingerprint="3F:9A",
)


def make_links(*, admit=lambda _: True, make_handler=RecordingHandler):
    return LinkMaker(admit=admit, make_handler=make_handler, certificate_hash=lambda: b"h" * 32)


def make_site(*, is_healthy=True, metrics_public=False, facts=lambda: FACTS, **others):
    return HubSite(
        facts=facts,
        statistics=lambda: STATISTICS,
        is_healthy=lambda: is_healthy,
        metrics_public=metrics_public,
        **{"links": make_links(), **others},
    )


class FakeTransport:
    """Records what a protocol does to it."""

    def __init__(self, address="192.168.1.9"):
        self.address = address
        self.is_aborted = False

    def get_extra_info(self, name, default=None):
        return (self.address, 50000) if name == "peername" else default

    def abort(self):
        self.is_aborted = True
