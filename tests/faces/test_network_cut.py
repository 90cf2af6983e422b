"""A browser whose network is cut, in each way, and one that is killed: what was written arrives, once."""

import os
import signal
import subprocess

import pytest
from playwright.sync_api import BrowserContext, Playwright

from tests.web.visitors import CHROMIUM_ARGUMENTS

from .relay import Network, Relay
from .stage import Stage
from .web_face import SCREEN, WebFace

pytestmark = pytest.mark.timeout(240)
SENT = frozenset({"sent", "delivered", "read"})


@pytest.fixture
def relay(stage):
    relay = Relay(stage.hub.port)
    yield relay
    relay.close()


@pytest.mark.parametrize("cut", [Network.HELD, Network.SWALLOWS, Network.DOWN], ids=lambda cut: cut.name)
def test_what_is_written_while_the_network_is_cut_waits_and_arrives_once(stage, relay, cut):
    ann, ben = stage.person("web", "ann", port=relay.port), stage.person("line", "ben")
    ann.come()
    ben.come()
    ann.enter("before the cut")
    ben.see("before the cut")
    relay.become(cut)
    ann.enter("written in a tunnel")
    ann.enter("and another")
    ben.enter("where is ann?")
    for text in ("written in a tunnel", "and another"):
        ann.see(text, lambda shown: shown.state == "waiting")
    assert "written in a tunnel" not in ben.texts()
    assert "where is ann?" not in ann.texts()
    relay.become(Network.WORKS)
    wanted = ["and another", "before the cut", "where is ann?", "written in a tunnel"]
    for face in (ann, ben):
        face.wait(lambda face=face: sorted(face.texts()) == wanted, "all of them, each once")
    ann.see("and another", lambda shown: shown.state in SENT)
    assert ann.texts() == ben.texts()


def test_a_browser_that_is_killed_while_it_sends_loses_nothing_it_said_was_sent(
    stage: Stage, tmp_path, driver: Playwright, chromium: str
):
    def browse() -> WebFace:
        context = driver.chromium.launch_persistent_context(
            tmp_path / "profile",
            executable_path=chromium,
            args=CHROMIUM_ARGUMENTS,
            ignore_https_errors=True,
            viewport={"width": SCREEN.width, "height": SCREEN.height},
            locale="en-GB",
        )
        return WebFace("ann", context, stage.origin)

    ann, ben = browse(), stage.person("line", "ben")
    ann.come()
    ben.come()
    for number in range(30):
        ann.enter(f"ann {number}")
    ann.wait(lambda: any(each.state in SENT for each in ann.messages()), "some are sent")
    kept = [each.text for each in ann.messages() if each.state in SENT]
    kill_browser(ann.page.context, str(tmp_path / "profile"))
    ann = browse()
    try:
        ann.come()
        ann.clear()  # a draft that was kept may have come back
        ann.enter("the last")
        ben.see("the last")
        ann.see("the last")
        assert ann.texts() == ben.texts()
        assert len(set(ben.texts())) == len(ben.texts())
        assert set(kept) <= set(ben.texts())
    finally:
        ann.close()


def kill_browser(context: BrowserContext, profile: str) -> None:
    """Kill the process that all others of a browser belong to, and wait until its end is noticed."""
    listed = subprocess.check_output(["ps", "-e", "-ww", "-o", "pid=,args="], text=True)
    rows = [line.split(maxsplit=1) for line in listed.splitlines()]
    (pid,) = (
        int(pid) for pid, args in rows if f"--user-data-dir={profile}" in args and "--type=" not in args
    )
    with context.expect_event("close"):
        os.kill(pid, signal.SIGKILL)
