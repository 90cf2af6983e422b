"""Much at once, in a real browser: a long backlog, and a list with a hundred thousand messages."""

import asyncio
import functools
import os
import subprocess
import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page

from lanmsg.client import EVERYONE, Client, ClientSettings
from tests.web.node import WEB, find_node
from tests.web.visitors import Visitors
from tests.web.web_hub import WebHub

BACKLOG = 5000
LONG = 100_000
MOST_NODES = 3000
"""Of the whole page; 1,500 messages drawn at once would be many times that."""
LIMIT_MS = 240_000
"""A guard against a hang, on a machine that does other things too."""

STORED = """async () => {
  const [{ name }] = (await indexedDB.databases()).filter((each) => /^lanmsg [0-9a-f]+ /.test(each.name));
  const database = await new Promise((resolve) => {
    indexedDB.open(name).onsuccess = (event) => resolve(event.target.result);
  });
  const count = await new Promise((resolve) => {
    const request = database.transaction("messages").objectStore("messages").count();
    request.onsuccess = () => resolve(request.result);
  });
  database.close();
  return count;
}"""
"""How many messages are in the browser's store."""

SCROLL_TO = """async (wanted) => {
  const viewport = document.querySelector(".viewport");
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const numbers = () =>
    [...document.querySelectorAll("article .text")].map((each) => parseInt(each.textContent.slice(7)));
  const isBack = Math.min(...numbers()) > wanted;
  let mostNodes = 0;
  while (!(isBack ? Math.min(...numbers()) <= wanted : Math.max(...numbers()) >= wanted)) {
    viewport.scrollTop = isBack ? 0 : viewport.scrollHeight;
    await frame();
    mostNodes = Math.max(mostNodes, document.querySelectorAll("*").length);
  }
  return mostNodes;
}"""
"""Scroll until a message at or behind this number is drawn; return how many nodes the page had at most."""


# --- a long backlog ------------------------------------------------------------------------------


@pytest.fixture
def busy_hub(tmp_path: Path, built_client: Path) -> Generator[WebHub]:
    """A hub at which one may write as fast as one can."""
    hub = WebHub(tmp_path / "hub", "--message-rate", "0")
    try:
        yield hub.start()
    finally:
        hub.end()


async def write_backlog(home: Path, address: str) -> None:
    settings = ClientSettings(home=home, hub=address, name="ben")
    async with asyncio.timeout(LIMIT_MS / 1000), Client(settings) as ben:
        await ben.synced()
        for start in range(1, BACKLOG + 1, 100):
            sent = [await ben.send(EVERYONE, f"number {start + place}") for place in range(100)]
            await ben.wait_sent(sent[-1].id)


@pytest.mark.timeout(600)
def test_a_browser_comes_back_to_5000_messages(busy_hub, browser, tmp_path):
    visitors = Visitors(browser, busy_hub.origin)
    visitor = visitors.new()
    page = visitor.open()
    page.locator("form input").first.press("Enter")
    page.wait_for_selector("textarea", timeout=LIMIT_MS)
    page.close()
    with ThreadPoolExecutor(1) as pool:  # this thread has the loop of Playwright
        pool.submit(asyncio.run, write_backlog(tmp_path / "ben", busy_hub.address)).result()
    page = visitor.new_tab()
    while page.evaluate(STORED) < BACKLOG:  # the time limit of the test ends it
        page.wait_for_timeout(500)
    if page.locator("button.newest").count():  # the list waits at what was unread, if that filled the screen
        page.locator("button.newest").click()
    page.wait_for_selector(f"article >> text=number {BACKLOG}", timeout=LIMIT_MS)
    texts = page.locator("article .text").all_inner_texts()
    last = [int(text.removeprefix("number ")) for text in texts]
    assert last == list(range(BACKLOG - len(last) + 1, BACKLOG + 1))
    assert page.evaluate(STORED) == BACKLOG
    visitors.close()


# --- a long list ---------------------------------------------------------------------------------


@pytest.fixture
def screens(tmp_path: Path) -> Generator[str]:
    """Where the screens on recorded data are served (`web/tests/view/screens.ts`)."""
    command = [find_node(), "node_modules/vite/bin/vite.js", "build", "-c", "tests/view/vite.config.js"]
    folder = tmp_path / "screens"
    subprocess.run(
        command, cwd=WEB, env={**os.environ, "SCREENS": str(folder)}, check=True, capture_output=True
    )
    handler = functools.partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/screens.html"
        server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.mark.timeout(600)
def test_the_list_scrolls_through_100000_messages_and_back_with_few_nodes(browser, screens):
    page: Page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.set_default_timeout(LIMIT_MS)
    page.goto(f"{screens}?long={LONG}")
    page.wait_for_selector(f"article >> text=number {LONG}")
    assert page.evaluate(SCROLL_TO, 1) < MOST_NODES
    assert page.evaluate(SCROLL_TO, 10_000) < MOST_NODES
    page.locator("button.newest").click()
    page.wait_for_selector(f"article >> text=number {LONG}")
    page.close()
