"""From a key to the screen, while a hundred messages a second arrive in the open conversation."""

import json
import statistics
import time
from dataclasses import asdict

from bench.jobs import run_beside
from bench.summary import Reading
from bench.web.browser import tab, trust, wait_for
from bench.web.place import HUB, empty_directory, hub_in
from bench.web.talkers import Job
from bench.web.visits import join

PER_S = 100
KEYS = 120
KEY_EVERY_S = 0.15
SETTLE_S = 5.0
TIMEOUT_S = 120.0

WATCH_KEYS = """
(() => {
  const keys = (window.keys = []);
  addEventListener("keydown", (event) => {
    // What a key changes is drawn in the next frame; a message to ourselves comes once that is done.
    requestAnimationFrame(() => {
      const drawn = new MessageChannel();
      drawn.port1.onmessage = () => keys.push(performance.now() - event.timeStamp);
      drawn.port2.postMessage(0);
    });
  }, { capture: true });
})();
"""


def measure_keys() -> Reading:
    """Join, let others talk, and type."""
    with empty_directory() as directory, hub_in(directory) as hub:
        trust(hub.person, directory / HUB)
        job = asdict(Job(str(directory), hub.port, PER_S))
        with tab(hub.person, WATCH_KEYS) as page:
            join(page, hub)
            with run_beside("bench.web.talkers", job, ready="talking", timeout_s=TIMEOUT_S) as finish:
                time.sleep(SETTLE_S)
                page.evaluate("() => { keys.length = 0; }")
                for number in range(KEYS):
                    page.keyboard.press("abcdefgh"[number % 8])
                    time.sleep(KEY_EVERY_S)
                wait_for(page, f"keys.length >= {KEYS} || null")
                taken_ms = json.loads(page.evaluate("() => JSON.stringify(keys)"))
                talk = finish()
            if page.locator("textarea").input_value() != ("abcdefgh" * KEYS)[:KEYS]:
                raise RuntimeError("the keys did not arrive")
        cuts = statistics.quantiles(taken_ms, n=100)
        return {"key_p50_ms": cuts[49], "key_p99_ms": cuts[98], "key_max_ms": max(taken_ms), **talk}
