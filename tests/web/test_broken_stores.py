"""What a browser does to a store: throws away all or parts, forbids it, fills up, puts an old copy back."""

import shutil

import pytest
from playwright.sync_api import Page

from tests.web.natives import Natives
from tests.web.visitors import CHROMIUM_ARGUMENTS, Visitor, Visitors

pytestmark = pytest.mark.timeout(180)
WAIT_MS = 60_000


def visit(visitors: Visitors) -> Visitor:
    visitor = visitors.new()
    visitor.context.set_default_timeout(WAIT_MS)
    return visitor


def join(page: Page, name: str) -> None:
    page.locator("form input").first.fill(name)
    page.keyboard.press("Enter")
    page.wait_for_selector("textarea")


def say(page: Page, text: str) -> None:
    """Say something, and wait until the hub has it."""
    page.locator("textarea").fill(text)
    page.keyboard.press("Enter")
    page.wait_for_selector(f"article:not(:has(.waiting)) >> text={text}")


def sees(page: Page, text: str) -> None:
    page.wait_for_function("(text) => document.body.innerText.includes(text)", arg=text)


def at_rest(visitor: Visitor) -> Page:
    """A page of the same origin that has no program: what is stored is nobody's now."""
    return visitor.open("/join")


DELETE = """(wanted) => indexedDB.databases().then((all) => Promise.all(all
  .filter(({ name }) => wanted === "all" || name.includes("keys") === (wanted === "keys"))
  .map(({ name }) => new Promise((done, failed) =>
    Object.assign(indexedDB.deleteDatabase(name), { onsuccess: done, onerror: failed })))))"""


@pytest.mark.parametrize("part", ["keys", "messages", "all"])
def test_a_store_that_was_thrown_away_is_missed_in_words_and_the_person_goes_on(visitors, part):
    ann = visit(visitors)
    join(ann.open(), "ann")
    say(ann.page, "hello")
    at_rest(ann).evaluate(DELETE, part)
    page = ann.open()
    sees(page, "lost your messages")
    sees(page, "join under another name")
    page.get_by_role("button", name="Go on").click()
    join(page, "ann-again")
    say(page, "here once more")


def test_a_store_that_has_lost_what_lay_beside_it_is_whole(visitors):
    ann = visit(visitors)
    join(ann.open(), "ann")
    say(ann.page, "hello")
    at_rest(ann).evaluate("localStorage.clear()")
    page = ann.open()
    sees(page, "hello")
    assert "ann" in page.locator("footer .me").inner_text()


def test_a_browser_without_a_database_says_what_to_do(visitors):
    ann = visit(visitors)
    ann.context.add_init_script("Object.defineProperty(self, 'indexedDB', { value: undefined })")
    sees(ann.open(), "private window")


def test_a_browser_that_gives_a_page_little_is_enough(visitors):
    """No `crypto.subtle`, Web Locks, `localStorage`, persistent storage: as without a secure context."""
    ann = visit(visitors)
    ann.context.add_init_script("""
      Object.defineProperty(Crypto.prototype, "subtle", { value: undefined });
      for (const name of ["locks", "storage", "serviceWorker"])
        Object.defineProperty(Navigator.prototype, name, { value: undefined });
      const forbid = () => { throw new DOMException("no", "SecurityError"); };
      Object.defineProperty(self, "localStorage", { get: forbid });
    """)
    join(ann.open(), "ann")
    say(ann.page, "hello")
    ann.page.reload()
    sees(ann.page, "hello")


FULL_DISK = """
  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (...values) {
    if (!self.isDiskFull) return put.apply(this, values);
    this.transaction.abort();
    throw new DOMException("full", "QuotaExceededError");
  };"""


def test_what_was_taken_by_the_hub_is_there_when_a_full_disk_has_room_again(visitors):
    ann = visit(visitors)
    ann.context.add_init_script(FULL_DISK)
    join(ann.open(), "ann")
    say(ann.page, "before")
    ann.page.evaluate("self.isDiskFull = true")
    ann.page.locator("textarea").fill("into the full disk")
    ann.page.keyboard.press("Enter")
    sees(ann.page, "no room left")
    ann.page.reload()
    sees(ann.page, "before")
    say(ann.page, "after")
    assert ann.page.locator("article .text").all_inner_texts() == ["before", "after"]


def test_attack_another_hub_at_the_address_is_a_hard_stop_until_the_person_says_so(visitors, hub, tmp_path):
    ann = visit(visitors)
    join(ann.open(), "ann")
    words = ann.page.evaluate("localStorage.getItem('lanmsg hub')")
    at_rest(ann)
    hub.stop()
    shutil.rmtree(tmp_path / "hub")
    hub.start()
    page = ann.open()
    sees(page, "not the hub you know")
    assert page.evaluate("localStorage.getItem('lanmsg hub')") == words
    page.get_by_role("button", name="another hub now").click()
    sees(page, "joins the new one as somebody new")
    page.get_by_role("button", name="another hub now").click()
    join(page, "ann")
    say(page, "hello, new hub")


def test_a_tab_that_hangs_leaves_the_store_to_the_next(visitors):
    ann = visit(visitors)
    join(ann.open(), "ann")
    say(ann.page, "hello")
    ann.page.evaluate("setTimeout(() => { while (true); })")  # it answers nobody any more
    second = ann.context.new_page()
    second.goto(ann.watch.origin)
    use_here = second.get_by_role("button", name="Use it here")
    use_here.click()
    sees(second, "hello")
    say(second, "taken over")


def test_who_leaves_a_browser_leaves_nothing_there(visitors):
    ann = visit(visitors)
    join(ann.open(), "ann")
    say(ann.page, "hello")
    page = ann.page
    page.locator("footer .me").click()
    page.get_by_role("button", name="Security").click()
    page.get_by_role("button", name="Delete everything here").click()
    page.get_by_role("button", name="Delete everything here").click()
    page.wait_for_selector("form input")
    stored = page.evaluate("indexedDB.databases().then((all) => all.map(({ name }) => name))")
    assert stored == ["lanmsg keys"]
    assert page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('lanmsg '))") == []


def test_the_page_shows_the_hash_of_the_program_that_the_hub_serves(visitors, built_client):
    from lanmsg.hub.web_client_files import load_bundle

    ann = visit(visitors)
    join(ann.open(), "ann")
    ann.page.locator("footer .me").click()
    ann.page.get_by_role("button", name="Security").click()
    bundle = load_bundle()
    assert bundle is not None
    sees(ann.page, bundle.bundle)


# --- an old copy ---------------------------------------------------------------------------------


class Profile:
    """A browser whose profile lies in a directory, which a person may copy and put back."""

    def __init__(self, driver, chromium, directory, origin) -> None:
        self._driver, self._chromium, self._origin = driver, chromium, origin
        self.directory = directory

    def run(self, *texts: str, name: str = "") -> list[str]:
        """Open the browser, say these, close it; return all that is drawn."""
        context = self._driver.chromium.launch_persistent_context(
            self.directory, executable_path=self._chromium, args=CHROMIUM_ARGUMENTS, ignore_https_errors=True
        )
        context.set_default_timeout(WAIT_MS)
        page = context.pages[0]
        page.goto(self._origin)
        if name:
            page.wait_for_selector("form input")
            join(page, name)
        page.wait_for_selector("textarea")
        for text in texts:
            say(page, text)
        drawn = page.locator("article .text").all_inner_texts()
        context.close()
        return drawn


@pytest.mark.parametrize("part", ["Default/IndexedDB", "Default"])
def test_an_old_copy_put_back_sends_under_new_keys_and_loses_nothing(driver, chromium, hub, tmp_path, part):
    profile = Profile(driver, chromium, tmp_path / "profile", hub.origin)
    with Natives(tmp_path / "natives") as natives:
        bob = natives.join(hub.address, "bob")
        profile.run("one", "two", name="ann")
        shutil.copytree(profile.directory / part, tmp_path / "copy")
        profile.run("three", "four")
        shutil.rmtree(profile.directory / part)
        shutil.copytree(tmp_path / "copy", profile.directory / part)
        assert profile.run("five") == ["one", "two", "three", "four", "five"]
        natives.until(lambda: [each.text for each in bob.history(bob.conversation("#"))][-1:] == ["five"])
        everything = [each.text for each in bob.history(bob.conversation("#"))]
        assert everything == ["one", "two", "three", "four", "five"]
