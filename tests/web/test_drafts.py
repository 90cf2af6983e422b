"""What was begun and not sent, in a browser that goes away while somebody types."""

import pytest
from playwright.sync_api import Page

from .test_view import join, say
from .visitors import Visitor, Visitors

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def ann(visitors: Visitors) -> Visitor:
    """She has joined."""
    visitor = visitors.new()
    join(visitor, "ann")
    return visitor


def back(visitor: Visitor) -> Page:
    """Return her page in a new tab; the old one is gone."""
    page = visitor.new_tab()
    page.wait_for_selector("textarea")
    return page


def test_what_was_typed_last_is_there_again_when_the_tab_was_left(ann):
    ann.page.locator("textarea").press_sequentially("half a sen")
    ann.page.goto("about:blank")
    assert back(ann).locator("textarea").input_value() == "half a sen"


def test_what_was_typed_last_is_there_again_when_the_tab_was_closed(ann):
    ann.page.locator("textarea").press_sequentially("half a sen")
    ann.page.close(run_before_unload=True)
    assert back(ann).locator("textarea").input_value() == "half a sen"


def test_a_killed_tab_does_not_give_back_what_was_sent(ann):
    ann.page.locator("textarea").press_sequentially("soup?")
    ann.page.evaluate("dispatchEvent(new Event('beforeunload'))")  # it is stored as a draft
    say(ann.page, "soup?")
    ann.page.wait_for_selector("article >> text=soup?")
    ann.page.close()
    page = back(ann)
    page.wait_for_selector("article >> text=soup?")
    assert page.locator("textarea").input_value() == ""
