"""The web client: a page in a real Chromium."""

from collections.abc import Mapping
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page

from tests.web.visitors import Screen, Visitor, Watch

from .face import Device, Face, Shown

SCREEN = Screen(1280, 9000)
"""So high that no message of a scenario is scrolled away: the list draws only what is visible."""
_ISOLATES = dict.fromkeys(map(ord, "\u2066\u2067\u2068\u2069"))
_STATES = {"Waits for": "waiting", "Sent:": "sent", "Delivered to": "delivered", "Read": "read"}
_READ_MESSAGES = r"""() => [...document.querySelectorAll(".viewport article")].map((article) => {
  const find = (what) => article.querySelector(what);
  return {
    sender: article.getAttribute("aria-label").split(",")[0],
    text: find(".text")?.innerText ?? "",
    doer: find(".doer")?.innerText ?? null,
    isDeleted: find(".gone") !== null,
    state: find(".receipt [role=img]")?.getAttribute("aria-label") ?? "",
    hints: [...article.querySelectorAll(".receipt .hint, .pinned")].map((one) => one.innerText.trim()),
    answers: find(".quote span")?.innerText ?? "",
    reactions: [...article.querySelectorAll("ul button")].map((one) =>
      one.innerText.trim().split(/\s+/).slice(0, 2)),
  };
})"""


class WebFace(Face):
    """Its list shows the open conversation; what is unread elsewhere stands beside it."""

    kind = "web"

    def __init__(self, name: str, context: BrowserContext, origin: str) -> None:
        super().__init__(name)
        context.set_default_timeout(30_000)
        self._visitor = Visitor(context, Watch(origin))
        # A hub that is down answers nothing, and browsers say so on the console.
        self._visitor.watch.expect(
            r"ERR_CONNECTION|WebSocket connection to|Failed to load resource"
            r"|error occurred when fetching the script"
        )

    @property
    def page(self) -> Page:
        return self._visitor.page

    @property
    def watch(self) -> Watch:
        """What went wrong in the browser."""
        return self._visitor.watch

    @property
    def problems(self) -> list[str]:
        return self.watch.unexpected

    # --- coming and going --------------------------------------------------------------------

    def come(self, *, code: str = "") -> None:
        if self.page.is_closed():
            self._visitor.page = self._visitor.context.new_page()
        page = self._visitor.open()
        page.locator("form input, textarea").first.wait_for()
        if page.locator("textarea").count() == 0:
            self._join(code)
        page.locator("textarea").wait_for()

    def _join(self, code: str) -> None:
        if code:
            self.page.get_by_role("button", name="I am here already").click()
        field = self.page.locator("form input").first
        field.fill(code or self.name)
        field.press("Enter")

    def leave(self) -> None:
        """The page learns that it is left, as it does when a person closes the tab."""
        self.page.goto("about:blank")
        self.page.close()

    def kill(self) -> None:
        """Close the tab without a word: nothing in the page learns of it."""
        self.page.close()

    def close(self) -> None:
        self._visitor.context.close()
        assert not self.problems, self.problems

    # --- typing ------------------------------------------------------------------------------

    @property
    def _composer(self) -> Any:
        return self.page.locator("textarea").first

    def type(self, text: str) -> None:
        self._composer.fill(self.typed + text)

    def clear(self) -> None:
        if self.page.locator("textarea").count():
            self._composer.fill("")

    def press_enter(self) -> None:
        self._composer.press("Enter")

    # --- reading -----------------------------------------------------------------------------

    @property
    def target(self) -> str:
        return _plain(self.page.locator("p.target").first.inner_text()).removeprefix("→ ")

    @property
    def typed(self) -> str:
        return self._composer.input_value() if self.page.locator("textarea").count() else ""

    @property
    def words(self) -> str:
        return " ".join(_plain(self.page.locator("body").inner_text()).split())

    def is_open(self, name: str) -> bool:
        header = self.page.locator("header button.name strong").inner_text()
        return not self.typed and _bare(header) == name

    def messages(self) -> list[Shown]:
        return [_shown(each) for each in self.page.evaluate(_READ_MESSAGES)]

    def unread(self) -> Mapping[str, int]:
        found = self.page.evaluate(
            """() => [...document.querySelectorAll(".sidebar .count")].map((one) =>
              [one.parentElement.querySelector(".name").innerText, one.innerText])"""
        )
        return {_bare(name): int(count) for name, count in found}

    @property
    def is_closed(self) -> bool:
        return self.page.locator(".closed").count() > 0

    def answer(self, command: str) -> str:
        self.back_to_talk()
        self.enter(command)
        return self.words

    def refused(self, command: str) -> None:
        self.enter(command)
        self.page.locator(".notice.error").first.wait_for()
        assert self.typed == command

    def pairing_code(self) -> str:
        self.enter("/link")
        return self.page.locator("dialog .typed.code").inner_text()

    def devices(self) -> list[Device]:
        if self.page.locator("dialog .device").count() == 0:
            self.enter("/devices")
            self.page.locator("dialog .device").first.wait_for()
        return [_device(row) for row in self.page.locator("dialog .device").all()]

    def accept_verification(self, name: str) -> None:
        self.page.get_by_role("button", name="Compare now").click()

    def say_same(self) -> None:
        self.page.get_by_role("button", name="They are the same").click()

    def emoji(self) -> list[str]:
        return self.page.locator("dialog ol li span:last-child").all_inner_texts()

    def listed(self, command: str) -> list[str]:
        if self.page.locator(".frame").count() == 0:
            self.enter(command)
        return [text.strip() for text in self.page.locator(".frame .text").all_inner_texts()]

    def code(self) -> list[str]:
        return self.page.locator(".viewport article pre").all_inner_texts()[-1:]

    def stands_out(self, text: str) -> bool:
        return self.page.locator(".viewport article.calls").filter(has_text=text).count() > 0

    def back_to_talk(self) -> None:
        while self.page.locator("dialog[open]").count():
            self.page.keyboard.press("Escape")
        if self.page.locator("aside header button").count():
            self.page.locator("aside header button").last.click()
        if self.page.locator("textarea").count() == 0:
            self.page.locator(".sidebar section button").first.click()
        self.clear()


def _device(row: Locator) -> Device:
    is_this = "this device" in row.inner_text()
    return Device(row.locator(".code").inner_text(), row.locator("input").input_value(), is_this)


def _plain(text: str) -> str:
    """Return a text without the marks that keep names of other directions in their place."""
    return text.translate(_ISOLATES)


def _shown(found: dict[str, Any]) -> Shown:
    label = found["state"]
    text = found["text"].strip()
    if found["doer"] is not None:
        text = text.removeprefix(found["doer"].strip()).strip()
    return Shown(
        sender=_plain(found["sender"]),
        text=text,
        state=next((state for words, state in _STATES.items() if label.startswith(words)), ""),
        is_action=found["doer"] is not None,
        is_edited="edited" in found["hints"],
        is_deleted=found["isDeleted"],
        is_pinned="Pinned" in found["hints"],
        answers=found["answers"],
        # Read between two drawings a button may have no count yet.
        reactions={each[0]: int(each[1]) for each in found["reactions"] if len(each) == 2},
    )


def _bare(name: str) -> str:
    """Return the name of a conversation as the scenarios write it."""
    return name.replace(" ", "").replace("@", "").casefold()
