"""The figures of the terminal app, each in rounds."""

from collections.abc import Callable, Mapping
from typing import Final

from bench.app.measures import measure_jumps, measure_keys, measure_scroll, measure_start
from bench.rounds import Measurement, measure_in_rounds, middle

ROUNDS: Final = 3
START_AIM_S: Final = 0.6
KEY_AIM_MS: Final = 30
MEMORY_AIM_MIB: Final = 120e6 / 2**20
JUMP_AIM_MS: Final = 50
MEASURED: Final[Mapping[str, Callable[[], Mapping[str, object]]]] = {
    "start": measure_start,
    "keys": measure_keys,
    "scroll": measure_scroll,
    "jumps": measure_jumps,
}
_SHOWN: Final = (
    ("start", f"100,000 messages: start to usable (s; aim {START_AIM_S})", "start_s"),
    ("keys", "a key's echo, p50 (ms)", "key_p50_ms"),
    ("keys", f"  p99 (ms; aim {KEY_AIM_MS})", "key_p99_ms"),
    ("keys", "  longest (ms)", "key_max_ms"),
    ("keys", "  messages a second meanwhile", "messages_per_s"),
    ("scroll", "memory at the start (MiB)", "memory_before_mib"),
    ("scroll", f"  after scrolling through all (MiB; aim {MEMORY_AIM_MIB:.0f})", "memory_mib"),
    ("scroll", "  pages", "scrolled_pages"),
    ("scroll", "  seconds", "scrolled_s"),
    ("jumps", f"jump to a conversation, p99 (ms; aim {JUMP_AIM_MS})", "jump_p99_ms"),
    ("jumps", f"jump to both ends, p99 (ms; aim {JUMP_AIM_MS})", "ends_p99_ms"),
    ("jumps", f"search, p99 (ms; aim {JUMP_AIM_MS})", "search_p99_ms"),
)


def run_app(*, say: Callable[[str], None]) -> None:
    """Measure all rounds and print a table."""
    measurements = [Measurement({"what": what}, measure) for what, measure in MEASURED.items()]
    readings = measure_in_rounds(measurements, rounds=ROUNDS, name="app", say=say)
    for what, title, figure in _SHOWN:
        say(f"  {title:60} {middle([each for each in readings if each['what'] == what], figure)}")
