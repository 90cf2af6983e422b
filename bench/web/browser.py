"""Chromium for benchmarks: a profile of its own that trusts the hub's authority, and marks in the page.

Times are of the page's own clock, which starts with the navigation.
"""

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page


NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"]
LOOK_EVERY_S = 0.02
TIMEOUT_S = 180.0
VIEWPORT = {"width": 1280, "height": 800}

MARKS = """
(() => {
  const marks = (window.marks = {});
  const isThere = {
    door: () => document.querySelector("form input")?.value,
    words: () => document.querySelectorAll("main li:not(.coming)").length === 4,
    in: () => document.querySelector("textarea"),
  };
  const drawn = (name) => requestAnimationFrame(() => setTimeout(() => (marks[name] = performance.now())));
  const look = () => {
    for (const [name, is] of Object.entries(isThere)) {
      if (!is()) continue;
      delete isThere[name];
      marks[name + "Inserted"] = performance.now();
      drawn(name);
    }
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
})();
"""
"""`marks.NAME`: when it was drawn; `marks.NAMEInserted`: when it came into the page."""


def missing_programs() -> str:
    """Return what has to be installed for this; empty if nothing."""
    needed = {
        "chromium": _chromium(),
        "libnss3-tools": shutil.which("certutil"),
        "the Python package playwright": find_spec("playwright"),
    }
    return ", ".join(name for name, found in needed.items() if not found)


def _chromium() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def trust(home: Path, hub_data: Path) -> None:
    """Make the system of whoever lives in `home` trust a hub's authority, as people do who install it."""
    database = home / ".pki" / "nssdb"
    database.mkdir(parents=True)
    pem = (hub_data / "authority.pem").read_text(encoding="ascii")
    certificate = home / "authority.crt"
    certificate.write_text(pem[pem.index("-----BEGIN CERT") :], encoding="ascii")
    _certutil(database, "-N", "--empty-password")
    _certutil(database, "-A", "-t", "C,,", "-n", "lanmsg", "-i", str(certificate))


def _certutil(database: Path, *arguments: str) -> None:
    subprocess.run(["certutil", "-d", f"sql:{database}", *arguments], check=True, capture_output=True)


@contextlib.contextmanager
def tab(home: Path, *scripts: str) -> Iterator["Page"]:
    """Start Chromium for whoever lives in `home`, with an empty tab in which these scripts run first."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        context = driver.chromium.launch_persistent_context(
            home / "profile",
            executable_path=_chromium(),
            args=ARGUMENTS,
            env={**os.environ, "HOME": str(home)},
            viewport=VIEWPORT,
        )
        try:
            page = context.new_page()
            for script in (MARKS, *scripts):
                page.add_init_script(script)
            page.bring_to_front()
            yield page
        finally:
            context.close()


def wait_for(page: "Page", expression: str) -> float:
    """Wait until a number in the page is there, and return it. Raises RuntimeError."""
    deadline_s = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline_s:
        value = page.evaluate(f"() => {expression}")  # the page's policy forbids to wait in it for a text
        if value is not None:
            return float(value)
        time.sleep(LOOK_EVERY_S)
    raise RuntimeError(f"the page never had {expression}")
