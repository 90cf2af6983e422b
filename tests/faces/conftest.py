"""What the scenarios share: a browser, and a hub with two people at faces of each ordered pair of kinds."""

import contextlib
import shutil
import zlib
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.web.conftest import built_client as built_client
from tests.web.conftest import chromium as chromium
from tests.web.visitors import CHROMIUM_ARGUMENTS

from .face import Face
from .stage import PAIRS, WITH_ALL_PAIRS, Stage


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Spare each scenario of two people one pair of the three, so that all kinds are in those left."""
    if WITH_ALL_PAIRS:
        return
    spared = [item for item in items if isinstance(item, pytest.Function) and _is_spared(item)]
    if spared:
        config.hook.pytest_deselected(items=spared)
        items[:] = [item for item in items if item not in set(spared)]


def _is_spared(item: pytest.Function) -> bool:
    if "meeting" not in item.fixturenames:
        return False
    parameters = dict(item.callspec.params)
    pair = parameters.pop("pair")
    scenario = repr((item.originalname, sorted(parameters.items())))
    return PAIRS.index(pair) == zlib.crc32(scenario.encode()) % len(PAIRS)


@pytest.fixture(scope="package")
def driver() -> Generator[Playwright]:
    """What starts browsers. It holds this thread, so it ends before tests of other folders begin."""
    if shutil.which("tmux") is None:
        pytest.skip("two of the faces need a terminal: tmux")
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="package")
def browser(driver: Playwright, chromium: str) -> Generator[Browser]:
    """One Chromium for all scenarios."""
    browser = driver.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
    yield browser
    browser.close()


@dataclass(frozen=True)
class Meeting:
    """Two people at one hub, each at a face of some kind; cat is there too, and reads only when asked."""

    stage: Stage
    ann: Face
    ben: Face

    def begin(self) -> None:
        """Let both come and greet each other."""
        self.stage.run("cat", "who")
        self.ann.come()
        self.ben.come()
        for one, other in ((self.ann, self.ben), (self.ben, self.ann)):
            one.wait_for("everyone")
            one.enter(f"#I am {one.name}")
            other.see(f"I am {one.name}")


Pair = tuple[str, str]


class Meetings:
    """One hub and two people for each pair of kinds: every scenario leaves them usable."""

    def __init__(self, make_directory: Callable[[str], Path], browser: Browser) -> None:
        self._make_directory = make_directory
        self._browser = browser
        self._made: dict[Pair, Meeting] = {}
        self._broken: set[Pair] = set()

    def of(self, pair: Pair) -> Meeting:
        """Return that of a pair; it begins when it is first wanted."""
        assert pair not in self._broken, "it could not begin, see the first failure"
        if pair not in self._made:
            self._broken.add(pair)
            stage = Stage(self._make_directory("-".join(pair)), self._browser)
            ann, ben = (stage.person(kind, name) for kind, name in zip(pair, ("ann", "ben"), strict=True))
            self._made[pair] = Meeting(stage, ann, ben)
            self._made[pair].begin()
            self._broken.remove(pair)
        return self._made[pair]

    def close(self) -> None:
        """End all of them; fail if something went wrong behind a face."""
        with contextlib.ExitStack() as stack:
            for meeting in self._made.values():
                stack.callback(meeting.stage.close)


@pytest.fixture(scope="package")
def meetings(
    tmp_path_factory: pytest.TempPathFactory, browser: Browser, built_client: object
) -> Generator[Meetings]:
    """They go on through all modules."""
    meetings = Meetings(tmp_path_factory.mktemp, browser)
    yield meetings
    meetings.close()


@pytest.fixture(params=PAIRS, ids="-".join)
def pair(request: pytest.FixtureRequest) -> Pair:
    """Which faces meet."""
    return request.param


@pytest.fixture
def meeting(meetings: Meetings, pair: Pair) -> Generator[Meeting]:
    """Both of them are in the conversation with everyone, nothing typed; nothing goes wrong behind a face."""
    meeting = meetings.of(pair)
    for face in (meeting.ann, meeting.ben):
        face.back_to_talk()
        face.open("#")
    yield meeting
    for face in (meeting.ann, meeting.ben):
        assert not face.problems, face.problems


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
