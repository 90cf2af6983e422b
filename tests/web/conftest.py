"""What tests with a real browser share. Each says why it is skipped where something is missing."""

import importlib.util
import sys
from collections.abc import Generator
from pathlib import Path
from types import ModuleType

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.web.visitors import CHROMIUM_ARGUMENTS, Visitor, Visitors, find_chromium
from tests.web.web_hub import WebHub

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def built_client() -> Path:
    """The folder with the web client, built from the sources as they are now."""
    tool = load_build_tool()
    if not tool.is_current() and tool.find_node() is None:
        pytest.skip("the web client is not built, and there is no Node to build it")
    tool.ensure_built()
    return tool.BUILT


def load_build_tool() -> ModuleType:
    """Import `tools/build_web_client.py`; tools/ is no package."""
    spec = importlib.util.spec_from_file_location("build_web_client", ROOT / "tools" / "build_web_client.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclass looks itself up there
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the system's Chromium."""
    found = find_chromium()
    if found is None:
        pytest.skip("there is no Chromium here (Debian: chromium)")
    return found


@pytest.fixture(scope="module")
def driver(chromium: str) -> Generator[Playwright]:
    """What starts browsers. Its event loop holds this thread, so it ends before other modules begin."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="module")
def browser(driver: Playwright, chromium: str) -> Generator[Browser]:
    """One Chromium for all tests of a module; profiles are made for each visitor."""
    browser = driver.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture
def hub(tmp_path: Path, built_client: Path) -> Generator[WebHub]:
    """A hub of its own for each test, on loopback; ann is its admin."""
    hub = WebHub(tmp_path / "hub", "--admin", "ann")
    try:
        yield hub.start()
    finally:
        hub.end()


@pytest.fixture
def visitors(browser: Browser, hub: WebHub) -> Generator[Visitors]:
    """Makes visitors of the hub; whatever went wrong in their browsers fails the test."""
    visitors = Visitors(browser, hub.origin)
    yield visitors
    visitors.close()


@pytest.fixture
def visitor(visitors: Visitors) -> Visitor:
    """One of them, at a desk."""
    return visitors.new()
