"""What was begun and not sent, in a browser that goes away while somebody types."""

import pytest
from playwright.sync_api import Page

from .test_view import join, say
from .visitors import Visitor, Visitors

pytestmark = pytest.mark.timeout(180)

STORED = """async () => {
  const { name } = (await indexedDB.databases()).find(({ name }) => !name.includes("keys"));
  const database = await new Promise((done, failed) => Object.assign(indexedDB.open(name),
    { onsuccess: ({ target }) => done(target.result), onerror: failed }));
  const rows = await new Promise((done) => Object.assign(
    database.transaction("state").objectStore("state").getAll(),
    { onsuccess: ({ target }) => done(target.result) }));
  database.close();
  return rows.map(String).join();
}"""
"""What the store keeps beside messages, encrypted: whatever is stored anew looks another way."""


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


def type_and_wait(page: Page, text: str) -> None:
    """Type, and wait until something more is stored."""
    before = page.evaluate(STORED)
    page.wait_for_timeout(1500)
    while before != (now := page.evaluate(STORED)):  # still at work with the joining
        before = now
        page.wait_for_timeout(1500)
    page.locator("textarea").fill(text)
    while page.evaluate(STORED) == before:
        page.wait_for_timeout(50)


def test_a_killed_tab_gives_back_what_was_typed(ann):
    type_and_wait(ann.page, "half a sen")
    ann.page.close()  # without a word: nothing in the page learns of it
    assert back(ann).locator("textarea").input_value() == "half a sen"


def test_a_killed_tab_does_not_give_back_what_was_sent(ann):
    type_and_wait(ann.page, "soup?")
    say(ann.page, "soup?")
    ann.page.wait_for_selector("article >> text=soup?")
    ann.page.close()
    page = back(ann)
    page.wait_for_selector("article >> text=soup?")
    assert page.locator("textarea").input_value() == ""
