"""What one sees: the way in, talking by keys and by touch, each screen before a checker of accessibility."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.web.visitors import DESK, PHONE, SMALL_PHONE, Screen, Visitor, Visitors

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = {"serious", "critical"}


def join(visitor: Visitor, name: str) -> Page:
    """Join as somebody does who is new: a name, and Enter."""
    page = visitor.open()
    field = page.locator("form input").first
    field.fill(name)
    field.press("Enter")
    page.wait_for_selector(".sidebar", state="attached")
    return page


def open_everyone(page: Page) -> None:
    page.locator(".sidebar section button").first.click()
    page.wait_for_selector("textarea")


def say(page: Page, text: str) -> None:
    page.locator("textarea").fill(text)
    page.locator("textarea").press("Enter")


# --- joining and talking -------------------------------------------------------------------------


def test_who_is_new_sees_the_words_and_joins_with_enter_alone(visitor):
    page = visitor.open()
    page.wait_for_selector("form input")
    words = page.locator("main li").all_inner_texts()
    assert len(words) == 4
    name = page.locator("form input").first.input_value()
    assert name
    page.keyboard.press("Enter")
    page.wait_for_selector("textarea")
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    assert name in page.locator("footer .me").inner_text()


def test_a_desk_and_a_phone_talk_and_each_sees_where_enter_goes(visitors: Visitors):
    ann = join(visitors.new(), "ann")
    ben = join(visitors.new(screen=PHONE), "ben")
    open_everyone(ben)
    ann.locator("textarea").fill("@ben psst")
    assert "@ben" in ann.locator(".target").inner_text()
    ann.locator("textarea").fill("")
    say(ann, "hello **all**")
    ben.wait_for_selector("article strong")
    say(ben, "@ann psst")
    ann.wait_for_selector(".count.calling")
    ann.keyboard.press("Alt+a")
    ann.wait_for_selector("article >> text=psst")
    assert ben.locator("article >> text=psst").count() == 0


def test_a_taken_name_is_said_at_the_name(visitors: Visitors):
    join(visitors.new(), "ann")
    page = visitors.new().open()
    page.locator("form input").first.fill("ann")
    page.keyboard.press("Enter")
    page.wait_for_selector("form .wrong")
    assert page.locator("form input").first.get_attribute("aria-invalid") == "true"


def test_hostile_text_is_drawn_as_text(visitors: Visitors):
    ann = join(visitors.new(), "ann")
    for text in (
        "<img src=x onerror=alert(1)>",
        "<script>alert(1)</script>",
        "[here](javascript:alert(1))",
        "`<b>` **<i onclick=alert(1)>**",
    ):
        say(ann, text)
    ann.wait_for_selector("article >> text=onclick")
    drawn = ann.locator("article .text")
    assert drawn.locator("img, script, b, i").count() == 0
    assert drawn.locator("a").count() == 0
    assert "<script>alert(1)</script>" in drawn.all_inner_texts()[1]


def test_a_message_is_changed_by_keys_alone(visitors: Visitors):
    ann = join(visitors.new(), "ann")
    say(ann, "first")
    ann.wait_for_selector("article >> text=first")
    ann.keyboard.press("ArrowUp")
    assert "first" in ann.locator(".target").inner_text()
    ann.keyboard.type(" words")
    ann.keyboard.press("Enter")
    ann.wait_for_selector("article >> text=first words")
    ann.locator(".viewport").focus()
    ann.keyboard.press("+")
    ann.wait_for_selector("article [aria-pressed=true]")
    ann.keyboard.press("r")
    assert "first words" in ann.locator(".target").inner_text()
    ann.keyboard.press("Escape")
    ann.locator(".viewport").focus()
    ann.keyboard.press("Escape")
    assert ann.evaluate("document.activeElement.tagName") == "TEXTAREA"


def test_an_admin_runs_the_hub_and_who_is_none_is_told_who_is(visitors: Visitors):
    ann = join(visitors.new(), "ann")
    ben = join(visitors.new(), "ben")
    open_hub(ann, 3)
    ann.locator("dialog textarea").fill("soup at noon")
    ann.locator("dialog textarea").press("Tab")
    ann.keyboard.press("Enter")
    ben.wait_for_selector(".bars >> text=soup at noon")
    say(ben, "/status")
    ben.locator("dialog .row .button").last.click()
    ben.wait_for_selector("dialog >> text=ann")
    assert ben.locator("dialog .pages").count() == 0


def test_a_field_follows_what_somebody_else_sets_meanwhile(visitors: Visitors):
    ann, ben = join(visitors.new(), "ann"), join(visitors.new(), "ben")
    say(ann, "/create kitchen")
    ann.wait_for_selector("main header >> text=@kitchen")
    say(ben, "/join kitchen")
    ben.wait_for_selector("main header >> text=@kitchen")
    say(ben, "/topic")
    assert ben.locator("aside form input").first.input_value() == ""
    say(ann, "/topic soup")
    ben.wait_for_selector(".viewport p >> text=set the topic")
    assert ben.locator("aside form input").first.input_value() == "soup"


def test_what_is_typed_after_the_keys_that_open_a_dialog_goes_into_it(visitors: Visitors):
    ann = join(visitors.new(), "ann")
    join(visitors.new(), "ben")
    ann.wait_for_selector(".sidebar >> text=2 people")
    ann.keyboard.press("Control+k")
    ann.wait_for_selector("dialog input")
    ann.keyboard.type("ben")
    ann.wait_for_selector("dialog [aria-selected=true] >> text=ben")
    ann.keyboard.press("Enter")
    ann.wait_for_selector("main header >> text=@ben")
    say(ann, "/who")
    ann.wait_for_selector("dialog input")
    assert ann.evaluate("document.activeElement.type") == "search"


def test_a_panel_of_a_phone_is_a_page_with_a_way_back(visitors: Visitors):
    ann = join(visitors.new(screen=PHONE), "ann")
    open_everyone(ann)
    say(ann, "first")
    ann.wait_for_selector("article >> text=first")
    say(ann, "/thread")
    ann.wait_for_selector("aside article")
    ann.locator("aside header button:visible").click()
    ann.wait_for_selector("aside", state="detached")
    assert ann.locator("textarea").is_visible()


def test_fingers_find_every_button_of_a_phone(visitors: Visitors):
    ann = join(visitors.new(screen=SMALL_PHONE), "ann")
    open_everyone(ann)
    say(ann, "first")
    ann.locator("article >> text=first").tap()
    ann.wait_for_selector(".actions")
    tools = [each.bounding_box() for each in ann.locator("main .icon-button:visible").all()]
    assert all(box and box["height"] >= 44 for box in tools)


IS_FROM_END = """([least, most]) => {
  const { scrollTop, scrollHeight, clientHeight } = document.querySelector(".viewport");
  const distance = scrollHeight - scrollTop - clientHeight;
  return least <= distance && distance <= most;
}"""


def test_who_is_at_the_end_stays_there_and_who_went_up_stays_there_too(visitors: Visitors):
    ann, ben = join(visitors.new(screen=SMALL_PHONE), "ann"), join(visitors.new(), "ben")
    open_everyone(ann)
    for number in range(12):
        say(ben, f"message {number} of those that fill the screen of a phone")
    ann.wait_for_selector("article >> text=message 11")
    say(ben, "/react 🎉")
    ann.wait_for_selector("article >> text=🎉")
    ann.wait_for_function(IS_FROM_END, arg=[0, 2])
    ann.locator(".viewport").hover()
    ann.mouse.wheel(0, -200)
    ann.wait_for_selector(".newest")
    say(ben, "one more")
    ann.wait_for_function(IS_FROM_END, arg=[210, 400])
    ann.locator(".newest").click()
    ann.wait_for_function(IS_FROM_END, arg=[0, 2])


def test_a_tab_that_was_taken_over_says_so_and_offers_to_take_back(visitors: Visitors):
    visitor = visitors.new()
    first = join(visitor, "ann")
    second = visitor.new_tab()
    second.wait_for_selector(".button.main")
    assert first.locator(".sidebar").count() == 1
    second.locator(".button.main").click()
    second.wait_for_selector("textarea")
    first.wait_for_selector(".button.main")
    assert first.locator(".sidebar").count() == 0


# --- every screen --------------------------------------------------------------------------------


def by_command(line: str) -> Callable[[Page], None]:
    return lambda page: say(page, line)


def open_hub(page: Page, place: int) -> None:
    say(page, "/status")
    page.locator("dialog .row .button").last.click()
    page.locator("dialog .pages button").nth(place).click()
    if place == 1:
        page.locator("dialog li .one").first.click()


SCREENS: dict[str, Callable[[Page], None]] = {
    "conversation": lambda page: None,
    "selected message": lambda page: page.locator(".viewport").focus(),
    "jump": lambda page: page.keyboard.press("Control+k"),
    "search": by_command("/search soup"),
    "keys": lambda page: page.keyboard.press("Control+/"),
    "help": by_command("/help"),
    "people and rooms": by_command("/who"),
    "invite": by_command("/invite"),
    "link a device": by_command("/link"),
    "settings": by_command("/status"),
    "attention": by_command("/bell"),
    "devices": by_command("/devices"),
    "details": by_command("/topic"),
    "pinned": by_command("/pins"),
    "thread": by_command("/thread"),
    "person": by_command("/whois ann"),
    "hub": lambda page: open_hub(page, 0),
    "people of the hub": lambda page: open_hub(page, 1),
    "rooms of the hub": lambda page: open_hub(page, 2),
    "rules of the hub": lambda page: open_hub(page, 3),
    "completion": lambda page: page.locator("textarea").press_sequentially("/re"),
    "refused": lambda page: page.locator("textarea").fill("@nobody hello"),
    "emoji": lambda page: page.locator(".box .icon-button").first.click(),
}


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not there: npm ci in web/")
@pytest.mark.parametrize(
    ("screen", "is_dark", "locale"),
    [(DESK, False, "en-GB"), (SMALL_PHONE, True, "ar"), (DESK, True, "zh-CN")],
    ids=["a desk", "a small phone, dark, Arabic", "a desk, dark, Chinese"],
)
def test_no_screen_has_a_serious_finding_or_is_too_wide(
    visitors: Visitors, screen: Screen, is_dark: bool, locale: str
):
    visitor = visitors.new(screen=screen, is_dark=is_dark, locale=locale)
    page = visitor.open()
    page.wait_for_selector("form input")
    findings = check(page, "the way in")
    page = join(visitor, "ann")
    findings += check(page, "list")
    open_everyone(page)
    say(page, "**soup** is ready\n```\ncode\n```")
    page.wait_for_selector("article pre")
    for name, go in SCREENS.items():
        go(page)
        page.wait_for_timeout(150)
        findings += check(page, name)
        leave(page)
    assert findings == []


def leave(page: Page) -> None:
    """Go back to the conversation, with nothing typed."""
    while page.locator("dialog").count():
        page.locator("dialog header button").last.click()
    if page.locator("aside header button").count():
        page.locator("aside header button:visible").last.click()
    page.locator("textarea").fill("")


def check(page: Page, name: str) -> list[str]:
    """Return what is wrong with a screen."""
    session = page.context.new_cdp_session(page)
    session.send("Page.setBypassCSP", {"enabled": True})  # for the checker, whose script is none of the hub's
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    session.detach()
    is_wide = page.evaluate("document.documentElement.scrollWidth > innerWidth + 1")
    too_wide = [f"{name}: wider than the screen"] if is_wide else []
    return too_wide + [
        f"{name}: {each['id']} at {re.sub(r'[.]svelte-[a-z0-9]+', '', each['nodes'][0]['target'][-1])}"
        for each in found
        if each["impact"] in GRAVE
    ]
