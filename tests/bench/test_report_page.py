"""The page from made-up results: what is there is shown, what is not is named, verdicts are computed."""

import json

from bench.limits import BARE_WRITERS
from bench.report import page as report
from bench.report.kept import Kept
from bench.report.page import PARTS, make_page

MACHINE = {
    "processor": "Some Processor",
    "cores": 2,
    "memory_bytes": 8 * 2**30,
    "system": "Linux",
    "congestion_control": "cubic",
}


def record(cells: list[dict], **more) -> dict:
    return {
        "date": "2026-11-23",
        "commit": "abc1234",
        "machine": MACHINE,
        "python": "3.13.1",
        "packages": {"lanmsg": "0.1.0", "gone": ""},
        "programs": {},
        "cells": cells,
        **more,
    }


def cell(workload: str, peer: str, number: int, *, clients: int, window: int, per_s: int) -> dict:
    return {
        "workload": workload,
        "peer": peer,
        "clients": clients,
        "window": window,
        "text_bytes": 128,
        "body_bytes": 524,
        "entry_bytes": 574,
        "round": number,
        "messages": per_s,
        "deliveries": per_s,
        "seconds": 1.0,
        "server_cpu_s": 0.97,
        "generator_cpu_s": 0.5,
        "lost": 0,
    }


def rounds(workload: str, speeds: dict[str, list[int]], *, clients: int, window: int) -> list[dict]:
    return [
        cell(workload, peer, number, clients=clients, window=window, per_s=per_s)
        for peer, speed in speeds.items()
        for number, per_s in enumerate(speed, 1)
    ]


def test_what_was_not_measured_is_named_and_nothing_else_is():
    page = make_page(Kept({"direct": record(rounds("pairs", {"lanmsg": [30_000]}, clients=500, window=4))}))
    last = page.text.partition("## Not measured yet")[2].partition("##")[0]
    assert all((part.title in last) is (part.result != "direct") for part in PARTS)
    assert "commit abc1234" in page.text
    assert "lanmsg (0.1.0)" in page.text


def test_w1_compares_within_rounds_and_says_what_was_missed():
    speeds = {
        "lanmsg": [900, 800, 700],
        "nats": [1000, 1000, 1000],
        "nats-tls": [500, 500, 500],
        "threads": [100] * 3,
    }
    page = make_page(Kept({"fan-out": record(rounds("room", speeds, clients=500, window=64))}))
    assert "| at least 1.0 x NATS core plain | 0.80 x (0.70 x to 0.90 x) | **missed** |" in page.text
    assert (
        "| at least 1.5 x NATS core TLS | 1.60 x (1.40 x to 1.80 x) | **met**, but missed in 1 of 3 rounds |"
        in page.text
    )
    assert "none | not measured |" in page.text
    assert list(page.charts) == ["fan-out"]


def test_w1_says_how_the_cost_changes_with_the_readers():
    cells = [
        each
        for clients, per_s in ((100, 1000), (500, 1000), (2000, 500))
        for each in rounds("room", {"lanmsg": [per_s]}, clients=clients, window=64)
    ]
    page = make_page(Kept({"fan-out": record(cells)}))
    assert "within 25 % of what it costs to 500 | 100 % | **missed** |" in page.text
    assert "fan-out-cost" in page.charts


def test_who_stores_nothing_or_has_no_tls_is_marked():
    page = make_page(
        Kept({"direct": record(rounds("pairs", {"lanmsg": [3], "ngircd": [2]}, clients=500, window=4))})
    )
    assert "| ngIRCd, plain | **no** | **nothing** |" in page.text
    assert "| more than ngIRCd, plain | 1.50 x | **met** |" in page.text


def test_the_limit_tells_how_near_the_hub_comes():
    cells = [
        each
        for window, (plain, tls) in BARE_WRITERS.items()
        for each in rounds("room", {"lanmsg": [50], plain: [400], tls: [100]}, clients=500, window=window)
    ]
    page = make_page(Kept({"limits": record(cells, encrypted_bytes_per_s=[2.0e9])}))
    assert "bare writer, TLS | 100 |" in page.text.replace("| 64 | ", "")
    assert "| 50 % | 97 % | 50 % |" in page.text
    assert "2,000 MB/s" in page.text


def test_paced_traffic_is_kept_apart():
    def paced(room_per_s: int, ack_ms: float) -> dict:
        return {"peer": "lanmsg", "round": 1, "room_per_s": room_per_s, "ack_p99_ms": ack_ms, "lost": 0}

    page = make_page(Kept({"paced": record([paced(0, 4.0), paced(4, 40.0)])}))
    assert "| even traffic: acknowledged, p99 at most 10 ms | 4 ms | **met** |" in page.text
    assert "| bursty traffic: acknowledged, p99 at most 10 ms | 40 ms | **missed** |" in page.text


def test_idle_clients_are_compared_with_peers_in_python_or_erlang_only():
    def idle(peer: str, runtime: str, kib: float) -> dict:
        return {"peer": peer, "runtime": runtime, "round": 1, "kib_per_client": kib, "core_percent": 5.0}

    cells = [idle("lanmsg", "Python", 50), idle("asyncio-tls", "Python", 300), idle("mosquitto-tls", "C", 10)]
    page = make_page(Kept({"idle": record(cells)}))
    assert "| less memory than asyncio streams, TLS (Python) | 6.00 x | **met** |" in page.text
    assert "less memory than Mosquitto" not in page.text


def test_a_decision_is_worth_what_the_hub_loses_without_it():
    speeds = {"lanmsg": [300, 400], "lanmsg, asyncio": [100, 200]}
    page = make_page(Kept({"compare": record(rounds("room", speeds, clients=500, window=64))}))
    assert "| asyncio | 150 (100 to 200) | 2.50 x (2.00 x to 3.00 x) |" in page.text


def test_a_flood_is_compared_with_the_calm_of_the_same_round():
    def chat(flood: str, number: int, ack_ms: float) -> dict:
        return {"flood": flood, "round": number, "ack_p50_ms": ack_ms}

    cells = [chat("none", 1, 2.0), chat("room", 1, 6.0), chat("none", 2, 4.0), chat("room", 2, 4.0)]
    page = make_page(Kept({"fairness": record(cells)}))
    assert "| acknowledged, p50 | 2.00 x (1.00 x to 3.00 x) |" in page.text


def test_the_other_workloads_have_their_aims():
    page = make_page(
        Kept(
            {
                "catch-up": record(
                    [
                        {"what": "alone", "round": 1, "catch_up_s": 2.9},
                        {"what": "crowd", "round": 1, "delivery_p99_ms": 120.0},
                    ]
                ),
                "large": record([{"cache": "warm", "round": 1, "start_s": 0.5, "newest_page_p99_ms": 3.0}]),
                "cut-off": record([{"cut": "hub killed", "round": 1, "all_back_s": 21.0, "lost": 0}]),
                "whole": record(
                    [
                        {"stores": "on disk", "round": 1, "messages_per_s": 300.0},
                        {"stores": "in memory", "round": 0, "hub_areas": {"storage": 0.25}},
                    ]
                ),
                "startup": {
                    "date": "2026-11-23",
                    "machine": "Linux",
                    "python": "3.13.1",
                    "figures": [{"name": "send", "unit": "s", "readings": [0.3], "aim": 0.5}],
                },
            }
        )
    )
    assert "at most 3 s | 2.9 s | **met** |" in page.text
    assert "at most 100 ms | 120 ms | **missed** |" in page.text
    assert "| warm: newest page: p99 at most 20 ms | 3 ms | **met** |" in page.text
    assert "| hub killed: all back within 20 s | 21 s | **missed** |" in page.text
    assert "| storage | 25 % |" in page.text
    assert "| send (s) | 0.3 | 0.5 | **met** |" in page.text


def test_clients_with_stores_on_disk_and_in_memory_stand_apart():
    cells = [
        {"stores": "on disk", "round": 1, "messages_per_s": 110.0},
        {"stores": "in memory", "round": 1, "messages_per_s": 120.0},
        {"stores": "on disk", "round": 0, "client_areas": {"store": 0.75, "decrypt": 0.25}},
        {"stores": "in memory", "round": 0, "client_areas": {"decrypt": 0.5, "store": 0.5}},
    ]
    page = make_page(Kept({"whole": record(cells)}))
    assert "|  | clients' stores on disk | clients' stores in memory |" in page.text
    assert "| messages/s | 110 | 120 |" in page.text
    assert "| store | 75 % | 50 % |" in page.text


def test_what_is_kept_names_no_folder_of_the_machine(tmp_path, monkeypatch):
    cells = [
        {"peer": "lanmsg", "failure": f"cannot import it:\n{tmp_path}/hub.py, see https://example.org/a/b"}
    ]
    (tmp_path / "direct.json").write_text(json.dumps(record(cells)))
    monkeypatch.setattr(report, "RESULTS", tmp_path)
    monkeypatch.setattr(report, "DATA", tmp_path / "kept.json")
    report.keep_results()
    kept = json.loads((tmp_path / "kept.json").read_text())["direct"]["cells"]
    assert kept[0]["failure"] == "cannot import it:\nhub.py, see https://example.org/a/b"


def test_whether_the_web_client_meets_its_aims_is_computed():
    visits = [
        {"what": "visits", "first_load_gzip_kib": kib, "first_door_s": 0.8, "second_in_s": 0.6}
        for kib in (194.0, 196.0, 195.0)
    ]
    catch_up = [{"what": "catch-up", "stored_s": seconds} for seconds in (5.0, 7.0, 5.5)]
    text = make_page(Kept({"web": record([*visits, *catch_up])})).text
    assert "| first load at most 200 KB as gzip | 195 KiB (194 KiB to 196 KiB) | **met**, but missed" in text
    assert "| second visit: of use in 0.5 s | 0.6 s (0.6 s to 0.6 s) | **missed** |" in text
    assert "**met**, but missed in 1 of 3 rounds" in text
    assert "| key to screen: p99 at most 50 ms | none | not measured |" in text
