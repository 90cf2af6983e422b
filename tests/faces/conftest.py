"""What the scenarios share: a browser, and a hub with two people at faces of each ordered pair of kinds."""

import shutil
from collections.abc import Generator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.web.conftest import built_client as built_client
from tests.web.conftest import chromium as chromium
from tests.web.visitors import CHROMIUM_ARGUMENTS

from .face import Face
from .stage import PAIRS, Stage


@pytest.fixture(scope="module")
def driver() -> Generator[Playwright]:
    """What starts browsers. It holds this thread, so it ends before other modules begin."""
    if shutil.which("tmux") is None:
        pytest.skip("the line client needs a terminal: tmux")
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="module")
def browser(driver: Playwright, chromium: str) -> Generator[Browser]:
    """One Chromium for a module."""
    browser = driver.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
    yield browser
    browser.close()


@dataclass(frozen=True)
class Meeting:
    """Two people at one hub, each at a face of some kind; cat is there too, and reads only when asked."""

    stage: Stage
    ann: Face
    ben: Face


@pytest.fixture(scope="module", params=PAIRS, ids="-".join)
def shared_meeting(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    browser: Browser,
    built_client: object,
) -> Generator[Meeting]:
    """One hub for all scenarios of a module and a pair of kinds: each of them leaves it usable."""
    stage = Stage(tmp_path_factory.mktemp("hub"), browser)
    try:
        stage.run("cat", "who")
        ann, ben = (
            stage.person(kind, name) for kind, name in zip(request.param, ("ann", "ben"), strict=True)
        )
        ann.come()
        ben.come()
        for one, other in ((ann, ben), (ben, ann)):
            one.wait_for("everyone")
            one.enter(f"#I am {one.name}")
            other.see(f"I am {one.name}")
        yield Meeting(stage, ann, ben)
    finally:
        stage.close()


@pytest.fixture
def meeting(shared_meeting: Meeting) -> Meeting:
    """The same, both of them in the conversation with everyone, nothing typed."""
    for face in (shared_meeting.ann, shared_meeting.ben):
        face.back_to_talk()
        face.open("#")
    return shared_meeting


@pytest.fixture
def ann(meeting: Meeting) -> Face:
    return meeting.ann


@pytest.fixture
def ben(meeting: Meeting) -> Face:
    return meeting.ben


@pytest.fixture
def stage(tmp_path, browser: Browser, built_client: object) -> Generator[Stage]:
    """A hub of its own for one scenario."""
    stage = Stage(tmp_path, browser)
    try:
        yield stage
    finally:
        stage.close()
