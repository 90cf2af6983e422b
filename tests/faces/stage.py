"""A hub, a browser, and people at faces of each kind."""

import itertools
import os
from pathlib import Path

from playwright.sync_api import Browser

from tests.processes import Hub, run_lanmsg

from .app_face import AppFace
from .face import Face
from .line_face import LineFace
from .terminal_face import TerminalFace
from .web_face import SCREEN, WebFace

KINDS = ("line", "web", "app")
"""All faces."""
TERMINALS: dict[str, type[TerminalFace]] = {each.kind: each for each in (LineFace, AppFace)}
WITH_ALL_PAIRS = os.environ.get("LANMSG_PAIRS") == "all"
_CYCLE = tuple(zip(KINDS, KINDS[1:] + KINDS[:1], strict=True))
PAIRS = tuple(itertools.product(KINDS, repeat=2)) if WITH_ALL_PAIRS else _CYCLE
"""Faces that meet: each kind once in each role; with LANMSG_PAIRS=all every pair, also two of a kind."""


def pairs_at(place: int) -> tuple[tuple[str, str], ...]:
    """Return the pairs for a scenario with a hub of its own, which takes long: one; with all pairs, all."""
    return PAIRS if WITH_ALL_PAIRS else PAIRS[place : place + 1]


class Stage:
    """One hub that may be killed and started again at its place, and who is at it."""

    def __init__(self, directory: Path, browser: Browser) -> None:
        self._directory = directory
        self._browser = browser
        self._faces: list[Face] = []
        self.hub = Hub(directory / "hub", "--no-advertise", "--title", "Attic", "--message-rate", "0").start()

    @property
    def origin(self) -> str:
        """The hub's address for browsers."""
        return f"https://{self.hub.address}"

    def person(self, kind: str, name: str, *, device: str = "", port: int | None = None) -> Face:
        """Return somebody at a face who has not come yet.

        `device` tells two of one person apart; `port`: of a relay to the hub, for browsers.
        """
        face = self._terminal(kind, name, device) if kind in TERMINALS else self._web(name, port)
        self._faces.append(face)
        return face

    def _terminal(self, kind: str, name: str, device: str) -> TerminalFace:
        return TERMINALS[kind](name, self._directory / f"{name}{device}", self.hub.address)

    def _web(self, name: str, port: int | None) -> WebFace:
        context = self._browser.new_context(
            ignore_https_errors=True,
            viewport={"width": SCREEN.width, "height": SCREEN.height},
            locale="en-GB",
            reduced_motion="reduce",
        )
        return WebFace(name, context, f"https://127.0.0.1:{port or self.hub.port}")

    def run(self, name: str, command: str, *arguments: str) -> str:
        """Run a command of a native client as somebody; return what it printed."""
        options = ("--home", self._directory / name, "--hub", self.hub.address, "--name", name)
        done = run_lanmsg(command, *arguments, *options)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def close(self) -> None:
        """End everything; fail if something went wrong behind a face."""
        try:
            for face in self._faces:
                face.close()
        finally:
            self.hub.close()
