"""Store, lock of tabs and encryption of the web client in a real browser, under the page's own policy."""

import subprocess
from pathlib import Path

import pytest

from tests.web.node import WEB, find_node
from tests.web.web_hub import WebHub

HUB = "ab" * 16
WASM = WEB / "node_modules" / "@towns-protocol" / "olm" / "olm.wasm"


@pytest.fixture(scope="module")
def hub(tmp_path_factory, built_client):
    """One for all: it only serves the page."""
    hub = WebHub(tmp_path_factory.mktemp("hub"))
    try:
        yield hub.start()
    finally:
        hub.end()


@pytest.fixture(scope="module")
def script(tmp_path_factory) -> Path:
    """`web/tests/peers/browser.ts` as one script."""
    output = tmp_path_factory.mktemp("script") / "lab.js"
    subprocess.run([find_node(), "tests/bundle.mjs", "tests/peers/browser.ts", output], cwd=WEB, check=True)
    return output


@pytest.fixture
def visitor(visitor, script):
    """A visitor whose tabs have the lab."""
    visitor.context.add_init_script(path=script)
    visitor.context.route(
        "**/assets/test.wasm", lambda route: route.fulfill(path=WASM, content_type="application/wasm")
    )
    return visitor


def test_the_store_keeps_its_promises_in_this_browser(visitor):
    page = visitor.open()
    broken = {name: page.evaluate("(name) => lab.check(name)", name) for name in page.evaluate("lab.checks")}
    assert len(broken) > 20
    assert {name: what for name, what in broken.items() if what} == {}


def test_what_is_stored_is_there_in_the_next_tab_and_after_the_last_is_closed(visitor):
    page = visitor.open()
    assert page.evaluate(f"lab.open('{HUB}')") == "new"
    assert page.evaluate("lab.save('ann')") == ""
    page.close()
    again = visitor.new_tab()
    assert again.evaluate(f"lab.open('{HUB}')") == "known"
    assert again.evaluate("lab.savedHandle()") == "ann"


def test_a_tab_that_was_taken_over_can_write_nothing_more(visitor):
    one = visitor.open()
    one.evaluate(f"lab.open('{HUB}')")
    two = visitor.new_tab()
    two.evaluate(f"lab.open('{HUB}')")
    assert one.evaluate("lab.save('late')") == "StoreTaken"
    assert two.evaluate("lab.save('ann')") == ""
    assert two.evaluate("lab.savedHandle()") == "ann"


@pytest.mark.parametrize("has_locks", [True, False])
def test_one_tab_at_a_time_and_another_takes_over_on_request(visitor, has_locks):
    one, two = visitor.open(), visitor.new_tab()
    assert one.evaluate("(locks) => lab.listen(locks)", has_locks) is True, "Web Locks need it"
    two.evaluate("(locks) => lab.listen(locks)", has_locks)
    assert one.evaluate("lab.tryTake()")
    assert not two.evaluate("lab.tryTake()")
    two.evaluate("lab.takeOver()")
    assert (one.evaluate("lab.isHeld()"), two.evaluate("lab.isHeld()")) == (False, True)
    assert one.evaluate("lab.told()") == ["asked"]
    two.close()
    one.wait_for_function("() => lab.tryTake()")  # a closed tab lets go, when its process ends


def test_messages_are_encrypted_under_the_policy_of_the_page(visitor):
    page = visitor.open()
    assert page.evaluate("lab.talk('/assets/test.wasm')") == "hello"
    assert visitor.watch.problems == []
