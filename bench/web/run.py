"""The figures of the web client: visits, catching up, keys; each in rounds."""

from collections.abc import Callable

from bench.rounds import Measurement, measure_in_rounds, middle
from bench.web.browser import missing_programs
from bench.web.catch_up import measure_catch_up
from bench.web.keys import measure_keys
from bench.web.visits import measure_visits

ROUNDS = 5
_MEASURED = {"visits": measure_visits, "catch-up": measure_catch_up, "keys": measure_keys}
_SHOWN = (
    ("visits", "loaded until name and words are there (KiB as gzip; aim 195)", "first_load_gzip_kib"),
    ("visits", "  as sent (KiB)", "first_load_sent_kib"),
    ("visits", "  with what comes behind it, until one can write (KiB as gzip)", "joined_gzip_kib"),
    ("visits", "fresh profile: name filled in, Enter works (s; aim 1)", "first_door_s"),
    ("visits", "  the check words are there (s)", "first_words_s"),
    ("visits", "  from Enter until one is in (s)", "join_s"),
    ("visits", "second visit: one is in (s; aim 0.5)", "second_in_s"),
    ("catch-up", "10,000 messages, from the navigation (s; aim 6)", "stored_s"),
    ("catch-up", "  of it until one can write (s)", "in_s"),
    ("catch-up", "  processor time of the hub (s)", "hub_cpu_s"),
    ("keys", "key to screen, p50 (ms)", "key_p50_ms"),
    ("keys", "  p99 (ms; aim 50)", "key_p99_ms"),
    ("keys", "  longest (ms)", "key_max_ms"),
    ("keys", "  messages a second meanwhile", "messages_per_s"),
)


def run_web(*, say: Callable[[str], None]) -> None:
    """Measure all rounds and print a table; without Chromium say so."""
    missing = missing_programs()
    if missing:
        say(f"web: left out, not installed: {missing}")
        return
    measurements = [Measurement({"what": what}, measure) for what, measure in _MEASURED.items()]
    readings = measure_in_rounds(measurements, rounds=ROUNDS, name="web", say=say)
    for what, title, figure in _SHOWN:
        say(f"  {title:56} {middle([each for each in readings if each['what'] == what], figure)}")
