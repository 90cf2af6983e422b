"""Pictures of the app that are kept, and what it draws now compared with them.

    LANMSG_ACCEPT_SNAPSHOTS=1 python -m pytest tests/tui/test_snapshots.py      keeps what is drawn now

A kept picture is Textual's own SVG without what only browsers need, so that a change of one word is a
change of one line.
"""

import os
import re
from html import unescape
from pathlib import Path

from textual.widgets import Input, TextArea

DIRECTORY = Path(__file__).parent / "pictures"
IS_ACCEPTING = bool(os.environ.get("LANMSG_ACCEPT_SNAPSHOTS"))
_FONTS = re.compile(r"@font-face \{.*?\}", re.DOTALL)
_CLIPS = re.compile(r"<clipPath.*?</clipPath>", re.DOTALL)
_CLIPPED = re.compile(r' clip-path="url\([^)]*\)"')
_IDS = re.compile(r"terminal-\d+-")
_TEXT = re.compile(r'<text class="[^"]*-r\d+" x="([\d.]+)" y="([\d.]+)"[^>]*>(.*?)</text>')


def picture(app) -> str:
    """Return what the app shows, the same each time it shows the same."""
    svg = app.export_screenshot(title="lanmsg")
    for pattern in (_FONTS, _CLIPS, _CLIPPED, _IDS):
        svg = pattern.sub("", svg)
    svg = re.sub(r"(<rect|<text|<g)", r"\n\1", svg)
    return re.sub(r"\s*\n\s*", "\n", svg).strip() + "\n"


def words_of(svg: str) -> str:
    """Return the words of a picture, line by line."""
    rows: dict[float, list[tuple[float, str]]] = {}
    for x, y, text in _TEXT.findall(svg):
        rows.setdefault(float(y), []).append((float(x), unescape(text).replace("\xa0", " ")))
    return "\n".join("".join(text for _, text in sorted(rows[y])).rstrip() for y in sorted(rows))


def check(app, name: str, directory: Path) -> None:
    """Compare what the app shows with the picture of this name. What it is now is put into `directory`."""
    now = picture(app)
    kept = DIRECTORY / f"{name}.svg"
    if IS_ACCEPTING:
        DIRECTORY.mkdir(exist_ok=True)
        kept.write_text(now, encoding="utf-8")
        return
    assert kept.exists(), f"there is no picture {kept.name}: see tests/tui/snapshots.py"
    was = kept.read_text(encoding="utf-8")
    if now != was:
        (directory / kept.name).write_text(now, encoding="utf-8")
    assert words_of(now) == words_of(was), f"{kept.name} says something else"
    assert now.splitlines() == was.splitlines(), f"{kept.name} has other colours or places"


def still(app) -> None:
    """Let no cursor blink, on any screen."""
    for screen in app.screen_stack:
        for field in (*screen.query(TextArea), *screen.query(Input)):
            field.cursor_blink = False
            field._cursor_visible = field.has_focus
            if isinstance(field, TextArea):
                field._line_cache.clear()  # lines are kept as they were drawn, with or without a cursor
            field.refresh()
