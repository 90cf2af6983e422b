"""What `bench-quick` prints: ratios of one round, and peers that are missing."""

from bench.quick import latency_lines, rate_lines


def rate(peer: str, number: int, messages: int) -> dict:
    return {"peer": peer, "round": number, "messages": messages, "seconds": 1.0, "server_cpu_s": 0.5}


def test_ratios_are_printed_with_their_spread():
    readings = [rate("lanmsg", 1, 40), rate("threads", 1, 10), rate("lanmsg", 2, 20), rate("threads", 2, 10)]
    assert rate_lines(readings, "messages") == [
        "  lanmsg       30 (20 to 40) messages/s, 50% of its core, 3.00 x (2.00 x to 4.00 x) of threads",
        "  threads      10 (10 to 10) messages/s, 50% of its core",
    ]


def test_a_peer_that_is_not_installed_takes_a_line():
    readings = [rate("threads", 1, 10), {"peer": "nats", "round": 1, "failure": "not installed: nats-server"}]
    assert rate_lines(readings, "messages")[1] == "  nats         not installed: nats-server"


def test_times_are_compared_where_both_have_them():
    hub = {"peer": "lanmsg", "round": 1, "lost": 0, "ack_p50_ms": 2.0, "delivery_p50_ms": 3.0}
    baseline = {"peer": "threads", "round": 1, "lost": 2, "delivery_p50_ms": 1.5}
    assert latency_lines([hub, baseline]) == [
        "  lanmsg       lost 0",
        "    ack_p50_ms         2",
        "    delivery_p50_ms    3, 2.00 x of threads",
        "  threads      lost 2",
        "    delivery_p50_ms    1.5",
    ]
