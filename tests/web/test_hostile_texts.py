"""Attack: texts of others that would be script, wherever the web client draws a text."""

import io
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Dialog, Page

from lanmsg.cli.export import write_export
from lanmsg.cli.export_formats import ExportFormat, rendering
from lanmsg.cli.export_source import ClientSource
from lanmsg.wire.errors import LocalError
from lanmsg.wire.limits import (
    MAX_AWAY_REASON_CODE_POINTS,
    MAX_DEVICE_NAME_CODE_POINTS,
    MAX_EMOJI_BYTES,
    MAX_EMOJI_PER_MESSAGE,
    MAX_NOTICE_CHARACTERS,
    MAX_TITLE_CODE_POINTS,
    MAX_TOPIC_CODE_POINTS,
)
from lanmsg.wire.names import canonical_handle
from tests.web.hostile_texts import all_texts, in_messages, packed, vectors, words
from tests.web.natives import Natives
from tests.web.visitors import Visitor, Visitors
from tests.web.web_hub import WebHub

pytestmark = pytest.mark.timeout(300)
GUARD = Path(__file__).with_name("guard.js")
TITLE = "</title><img src=/ran.png onerror=alert(1)>"
WAIT_MS = 60_000


@pytest.fixture(scope="module")
def natives(tmp_path_factory):
    with Natives(tmp_path_factory.mktemp("natives")) as natives:
        yield natives


@pytest.fixture(scope="module")
def hub(tmp_path_factory, built_client):
    assert len(TITLE) <= MAX_TITLE_CODE_POINTS
    hub = WebHub(tmp_path_factory.mktemp("hub"), "--message-rate", "0", "--title", TITLE)
    try:
        yield hub.start()
    finally:
        hub.end()


@pytest.fixture(scope="module")
def mallory(hub, natives):
    """Who writes all of it; an admin, so that the hub says it too."""
    mallory = natives.join(hub.address, "mallory")
    hub.stop()
    hub.start("--admin", "mallory")
    natives.until(lambda: mallory.is_online)
    return mallory


class Victim:
    """Somebody whose pages are guarded (`guard.js`)."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self._dialogs: list[str] = []
        visitor.context.add_init_script(path=GUARD)
        visitor.context.on("dialog", self._on_dialog)
        visitor.context.set_default_timeout(WAIT_MS)

    @property
    def page(self) -> Page:
        return self.visitor.page

    def _on_dialog(self, dialog: Dialog) -> None:
        self._dialogs.append(dialog.message)
        dialog.dismiss()

    def join(self, name: str) -> Page:
        page = self.visitor.open()
        field = page.locator("form input").first
        field.fill(name)
        field.press("Enter")
        page.wait_for_selector("textarea")
        return page

    def run(self, line: str) -> None:
        """Type a line, and Enter."""
        self.page.locator("textarea").first.fill(line)
        self.page.locator("textarea").first.press("Enter")

    def sees(self, text: str) -> None:
        """Wait until a text is drawn."""
        self.page.wait_for_function("(text) => document.body.innerText.includes(text)", arg=text)

    def check(self, *allowed: str) -> None:
        """Fail if anything but text came of all that was drawn in the page that is open."""
        assert self.page.evaluate("guard.nodes") > 20, "the guard looks at nothing"
        found = set(self.page.evaluate("[...guard.found]")) - set(allowed)
        assert not found, "\n".join(sorted(found))
        assert self._dialogs == []
        paths = {urlsplit(url).path for url in self.visitor.watch.requests if not url.startswith("blob:")}
        assert [path for path in paths if "ran" in path] == []
        self.visitor.watch.check()


@pytest.fixture
def victim(visitors: Visitors) -> Victim:
    return Victim(visitors.new())


READ_ALL = """async (first) => {
  const viewport = document.querySelector(".viewport");
  const drawn = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const seen = new Set();
  for (let step = 0; step < 5000 && !seen.has(first); step++) {
    for (const article of viewport.querySelectorAll("article"))
      for (const [number] of article.innerText.matchAll(/number\\d+/g)) seen.add(number);
    viewport.scrollTop -= viewport.clientHeight / 2;
    await drawn();
  }
  return [...seen];
}"""


def test_attack_a_message_is_drawn_as_text_whatever_it_says(visitors, natives, mallory):
    texts = all_texts()
    assert len(texts) >= 700
    ann, ben = Victim(visitors.new()), Victim(visitors.new(ignores_policy=True))
    ann.join("ann")
    ben.join("ben")
    messages = list(in_messages(texts))

    async def say_all() -> None:
        for message in messages:
            await mallory.send(mallory.conversation("#"), message)

    natives.do(say_all())
    numbers = {f"number{number}" for number in range(1, len(messages) + 1)}
    for victim in (ann, ben):
        victim.sees(f"number{len(messages)}\n")
        assert set(victim.page.evaluate(READ_ALL, "number1")) == numbers
        victim.check()


PANELS = {
    "/pins": "aside >> text=ran",
    "/thread": "aside article",
    "/search onerror": "aside mark >> text=onerror",
    '/search "script" from:mallory': "aside mark >> text=script",
    "/search <img": "aside mark >> text=img",
}


def test_attack_what_was_said_is_text_in_quotes_threads_pins_search_and_notices(victim, natives, mallory):
    victim.visitor.context.grant_permissions(["notifications"])
    victim.visitor.context.add_init_script("localStorage.setItem('lanmsg.notifies', 'yes')")
    page = victim.join("cat")
    direct = mallory.conversation("@cat")

    async def say_all() -> None:
        for vector in vectors():
            said = await mallory.send(direct, vector)
            await mallory.send(direct, f"{vector} again", reply_to=said.id)
        await mallory.wait_sent((await mallory.send(direct, "the end")).id)
        await mallory.pin(said.id)
        for emoji in words(MAX_EMOJI_BYTES)[:MAX_EMOJI_PER_MESSAGE]:
            await mallory.react(said.id, emoji)

    natives.do(say_all())
    page.wait_for_function("() => guard.notices.length > 200")
    victim.run("@mallory")
    victim.sees("the end")
    page.wait_for_selector("article ul button")
    for command, drawn in PANELS.items():
        victim.run(command)
        page.wait_for_selector(drawn)
    victim.check()


def test_attack_topics_reasons_names_of_devices_and_the_words_of_the_hub_are_text(visitors, natives, mallory):
    victim = Victim(visitors.new())
    page = victim.join("dan")
    assert page.title() == TITLE
    room = natives.do(mallory.create_room("kitchen"))
    natives.do(mallory.send(mallory.conversation("#"), "hello"))  # its key opens reasons
    victim.sees("hello")
    victim.run("/join kitchen")
    page.wait_for_selector("header >> text=kitchen")
    for topic in packed(MAX_TOPIC_CODE_POINTS):
        natives.do(mallory.set_topic(room, topic))
        victim.sees(topic)
    for notice in packed(MAX_NOTICE_CHARACTERS):
        natives.do(mallory.admin.set_notice(notice))
        victim.sees(notice)
    victim.run("@mallory")
    for reason in packed(MAX_AWAY_REASON_CODE_POINTS)[:12]:
        natives.tell(mallory.away, reason)
        victim.sees(reason)
    victim.check()


def test_attack_the_name_of_a_device_is_text(victim, natives, mallory):
    page = victim.visitor.open()
    code = natives.do(mallory.link_device()).code
    page.get_by_role("button", name="another device").click()
    page.locator("form input").first.fill(code)
    page.keyboard.press("Enter")
    page.wait_for_selector("textarea")
    here = mallory.devices()[0].device
    for name in packed(MAX_DEVICE_NAME_CODE_POINTS)[:6]:
        natives.do(mallory.rename_device(here, name))
        while name not in device_names(victim):
            pass
    victim.check()


def device_names(victim: Victim) -> list[str]:
    """Open the list of devices, and close it again."""
    victim.run("/devices")
    shown = victim.page.locator("dialog li input")
    shown.first.wait_for()
    names = [each.input_value() for each in shown.all()]
    victim.page.keyboard.press("Escape")
    victim.page.locator("dialog").wait_for(state="detached")
    return names


LINES = (
    "/{}",
    "@{} hi",
    "@{}",
    "/whois {}",
    "/join {}",
    "/create {}",
    "/search {}",
    "/msg {} hi",
    "/help {}",
)


def test_attack_what_is_typed_and_what_is_answered_is_text(victim, mallory):
    page = victim.join("eve")
    typed = [text for text in vectors() if text.isprintable()]
    for number, vector in enumerate(typed):
        victim.run(LINES[number % len(LINES)].format(vector))
        while page.locator("dialog").count():
            page.locator("dialog header button").last.click()
        victim.page.locator("textarea").first.fill("")
    assert page.locator(".notice p").count() > 0, "none of these was answered"
    victim.check()


PASTE = """([html, text]) => {
  const carried = new DataTransfer();
  carried.setData("text/html", html);
  carried.setData("text/plain", text);
  const paste = new ClipboardEvent("paste", { clipboardData: carried, bubbles: true, cancelable: true });
  document.querySelector("textarea").dispatchEvent(paste);
}"""


def test_attack_what_is_pasted_is_plain(victim, mallory):
    page = victim.join("fay")
    for vector in vectors():
        page.evaluate(PASTE, [vector, "plain"])
    victim.check()


def test_attack_a_link_with_script_behind_its_address_is_said_to_be_damaged(victim, hub):
    for vector in vectors()[::8]:
        victim.page.goto("about:blank")
        victim.page.goto(f"{hub.origin}/#{vector}")
        victim.page.wait_for_selector("main h1")
        victim.check()


def test_attack_no_such_text_is_a_name():
    for text in all_texts():
        with pytest.raises(LocalError):
            canonical_handle(text)


def test_attack_an_exported_page_has_it_as_text(visitors, natives, mallory, hub):
    victim = Victim(visitors.new(ignores_policy=True))
    file = io.BytesIO()

    async def export() -> int:
        for message in in_messages(all_texts()):
            await mallory.send(mallory.conversation("@mallory"), message)
        return await write_export(ClientSource(mallory), "", rendering(ExportFormat.HTML), file)

    assert natives.do(export()) > 200
    page = f"{hub.origin}/export.html"
    victim.visitor.context.route(
        page, lambda route: route.fulfill(body=file.getvalue(), content_type="text/html")
    )
    victim.page.goto(page)
    victim.check("element style", "attribute meta[http-equiv]")
