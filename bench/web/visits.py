"""The first and the second visit: what is loaded, and when the page is of use."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bench.summary import Reading
from bench.web.browser import tab, trust, wait_for
from bench.web.place import HUB, Place, empty_directory, hub_in
from lanmsg.hub.web_client_files import load_web_client

if TYPE_CHECKING:
    from playwright.sync_api import Page

KIB = 1024
NAME = "reader"
_LOADED = """() => ["navigation", "resource"]
  .flatMap((type) => performance.getEntriesByType(type))
  .map((each) => [each.name, each.startTime, each.encodedBodySize])"""


def measure_visits() -> Reading:
    """Join with a fresh profile, close the browser, and come back."""
    with empty_directory() as directory, hub_in(directory) as hub:
        trust(hub.person, directory / HUB)
        first = _first_visit(hub)
        return {**first, **_second_visit(hub)}


def _first_visit(hub: Place) -> Reading:
    with tab(hub.person) as page:
        join(page, hub)
        return {
            "first_door_s": wait_for(page, "marks.door") / 1000,
            "first_words_s": wait_for(page, "marks.words") / 1000,
            "join_s": (wait_for(page, "marks.in") - wait_for(page, "marks.pressed")) / 1000,
            **_loaded(page),
        }


def join(page: "Page", hub: Place) -> None:
    """Open the page for the first time, and join as soon as the words are there."""
    page.goto(hub.origin)
    wait_for(page, "marks.words")
    page.locator("form input").first.fill(NAME)
    page.evaluate("() => { marks.pressed = performance.now(); }")
    page.keyboard.press("Enter")
    wait_for(page, "marks.in")


def _loaded(page: "Page") -> Reading:
    """Sum up the files: those of the door with its check words, and all until the person was in."""
    client = load_web_client()
    if client is None:
        raise RuntimeError("the web client was never built (tools/build_web_client.py)")
    loaded = [
        (started_ms, len(file.contents.get("gzip", file.contents["identity"])), size)
        for name, started_ms, size in page.evaluate(_LOADED)
        if (file := client.files.get(urlsplit(name).path)) is not None
    ]

    def until(mark: str) -> tuple[int, int]:
        end_ms = wait_for(page, f"marks.{mark}")
        kept = [(packed, size) for started_ms, packed, size in loaded if started_ms < end_ms]
        return sum(packed for packed, _ in kept), sum(size for _, size in kept)

    first, all_of_it = until("wordsInserted"), until("inInserted")
    return {
        "first_load_gzip_kib": first[0] / KIB,
        "first_load_sent_kib": first[1] / KIB,
        "joined_gzip_kib": all_of_it[0] / KIB,
    }


def _second_visit(hub: Place) -> Reading:
    with tab(hub.person) as page:
        page.goto(hub.origin)
        in_s = wait_for(page, "marks.in") / 1000
        cached = [size for name, _, size in page.evaluate(_LOADED) if "/assets/" in name]
        if not cached:
            raise RuntimeError("the second visit has loaded nothing")
        return {"second_in_s": in_s}
