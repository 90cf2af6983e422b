"""Draws docs/pictures/web-*.webp: the web client at a real hub, a wide screen and a phone.

Needs the system's Chromium (Debian: chromium), and Playwright of the developer's packages. Who is not
photographed is a native client. The pictures show the time of lunch; the date is today's.
"""

import argparse
import asyncio
import base64
import contextlib
import tempfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, Page, async_playwright
from tests.cli.hub_runner import HubRun
from tests.web.visitors import CHROMIUM_ARGUMENTS, find_chromium

from lanmsg.client import Client, ClientSettings

DIRECTORY: Final = Path(__file__).parents[1] / "docs" / "pictures"
LIMIT_S: Final = 180
"""The whole takes about 20 s."""
QUALITY: Final = 82
LUNCH_HOUR: Final = 12
WIDE: Final = {"width": 1280, "height": 800}
PHONE: Final = {"width": 390, "height": 844}


def main() -> int:
    """Take both."""
    parser = argparse.ArgumentParser(description="Draws docs/pictures/web-*.webp from a real hub.")
    parser.add_argument("--out", type=Path, default=DIRECTORY, help="directory of the pictures")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="lanmsg-pictures-") as directory:
        asyncio.run(asyncio.wait_for(take_pictures(Path(directory), out), LIMIT_S))
    return 0


async def take_pictures(directory: Path, out: Path) -> None:
    """Let people talk, one of them in a browser, one on a phone; photograph these two."""
    async with contextlib.AsyncExitStack() as stack:
        hub = HubRun(
            "--data", directory / "hub", "--listen", "127.0.0.1:0", "--title", "kitchen table"
        ).ready()
        stack.callback(hub.stop)
        address = f"127.0.0.1:{hub.port}"
        browser = await stack.enter_async_context(_chromium())
        people = [
            await stack.enter_async_context(
                Client(ClientSettings(home=directory / name, name=name, hub=address))
            )
            for name in ("ben", "chidi", "lena")
        ]
        ann = await _visit(browser, address, "ann", theme="light", size=WIDE)
        mara = await _visit(browser, address, "mara", theme="dark", size=PHONE)
        await _talk(ann, *people)
        await _save(ann, out / "web-wide.webp")
        await mara.locator(".sidebar section button").first.click()
        await mara.wait_for_selector("article >> text=at one")
        await _save(mara, out / "web-phone.webp")


async def _talk(ann: Page, ben: Client, chidi: Client, lena: Client) -> None:
    """Each waits until what went before can be seen."""
    room = await ben.create_room("kitchen")
    await ben.set_topic(room, "soup on Fridays, and who washes up")
    await ben.invite(room, ["ann", "lena"])
    everyone = chidi.conversation("#")
    await lena.send(lena.conversation("#"), "Who has seen the bread?")
    await _until(ann, "the bread")
    await _say(ann, "In the blue cupboard, next to the **good** knife.")
    await _until(ann, "good")
    question = await chidi.send(
        everyone, "@ann can you look at the build? It says\n```\nretry(link, attempts=5): timed out\n```"
    )
    await _until(ann, "timed out")
    await chidi.wait_sent(question.id)
    await ben.send(ben.conversation("@ann"), "cake for lena: three o'clock, say nothing")
    await ben.send(room, "main is frozen until the release")
    await _until(ann, "frozen", is_here=False)
    await ann.keyboard.press("ArrowUp")
    await ann.keyboard.press("Escape")
    await _say(ann, "It was the old cable. Green again.")
    await _until(ann, "Green again")
    await asyncio.sleep(1)
    fixed = chidi.history(everyone)[-1]
    await chidi.react(fixed.id, "🎉")
    await lena.react(fixed.id, "🎉")
    await lena.send(
        lena.conversation("#"),
        "Lunch at one. Four of us so far:\n- noodles\n- dumplings\n- that *green* soup",
    )
    await _until(ann, "at one")
    await ann.wait_for_selector(".message button[aria-pressed]")


async def _say(page: Page, text: str) -> None:
    await page.locator("textarea").fill(text)
    await page.locator("textarea").press("Enter")


async def _until(page: Page, text: str, *, is_here: bool = True) -> None:
    if is_here:
        await page.wait_for_selector(f"article >> text={text}")
    else:
        await page.wait_for_selector(".sidebar .count")


async def _visit(browser: Browser, address: str, name: str, *, theme: str, size: dict[str, int]) -> Page:
    is_phone = size is PHONE
    context = await browser.new_context(
        ignore_https_errors=True,
        viewport={"width": size["width"], "height": size["height"]},
        device_scale_factor=1.5 if is_phone else 1,
        is_mobile=is_phone,
        has_touch=is_phone,
        color_scheme="dark" if theme == "dark" else "light",
        locale="en-GB",
        timezone_id=_zone_where_it_is(LUNCH_HOUR),
        reduced_motion="reduce",
    )
    page = await context.new_page()
    await page.goto(f"https://{address}/")
    await page.locator("form input").first.fill(name)
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".sidebar", state="attached")
    return page


def _zone_where_it_is(hour: int) -> str:
    """Return a time zone in which it is that hour now; its name counts west as plus."""
    west = (datetime.now(UTC).hour - hour + 12) % 24 - 12
    return f"Etc/GMT{west:+d}"


async def _save(page: Page, path: Path) -> None:
    """Photograph the screen as WebP, which Chromium writes by itself."""
    await page.wait_for_timeout(8000)  # what was told at the edge of the screen has gone
    session = await page.context.new_cdp_session(page)
    shot = await session.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    path.write_bytes(base64.b64decode(shot["data"]))  # noqa: ASYNC240 - nobody waits meanwhile


@contextlib.asynccontextmanager
async def _chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_ARGUMENTS)
        yield browser
        await browser.close()


if __name__ == "__main__":
    raise SystemExit(main())
