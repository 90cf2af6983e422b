"""Draws docs/pictures/*.svg: what people see, photographed at a real hub with real clients.

Needs Linux with tmux, iproute2 and util-linux. Everything runs in a network namespace of its own, as a
machine with one network card and an address of the picture's choice: nothing leaves this machine, nobody
else's hub is found, and no name or address of this machine gets into a picture. The key of the hub and
the time of day are fixed; the date is today's.
"""

import argparse
import contextlib
import hashlib
import io
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

DIRECTORY: Final = Path(__file__).parents[1] / "docs" / "pictures"
INSIDE: Final = "--inside"
LIMIT_S: Final = 150
"""The whole takes about 20 s."""
STEP_S: Final = 20.0
FIRST_RUN_SIZE: Final = (114, 46)
CHAT_SIZE: Final = (92, 18)
APP_SIZE: Final = (118, 26)
"""Columns and rows: the lines end where the screen does, and the join link has room on one."""
MIN_BLOCKS: Final = 8
"""A line with fewer block characters is no part of a QR code."""
MINUTE: Final = (12, 41)
"""What the clock on ann's wall says when the talk begins: it takes less than a minute."""


def main() -> int:
    """Go to a network of our own, and take the pictures there."""
    parser = argparse.ArgumentParser(
        description="Draws docs/pictures/*.svg from a real hub and real clients."
    )
    parser.add_argument("--title", default="kitchen", help="name of the hub, and of the machine it runs on")
    parser.add_argument("--address", default="192.168.1.5", help="address of that machine")
    parser.add_argument("--out", type=Path, default=DIRECTORY, help="directory of the pictures")
    parser.add_argument(INSIDE, action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.inside:
        return _run_in_a_network_of_its_own()
    signal.signal(signal.SIGALRM, _too_late)
    signal.alarm(LIMIT_S)
    _set_up_network(options.title, options.address)
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="lanmsg-pictures-") as directory:
        take_pictures(Path(directory), options.out, address=options.address)
    return 0


def _run_in_a_network_of_its_own() -> int:
    ours = ("unshare", "--user", "--map-root-user", "--net", "--uts")
    command = [*ours, sys.executable, __file__, INSIDE, *sys.argv[1:]]
    return subprocess.run(command, timeout=LIMIT_S + 30, check=False).returncode


def _set_up_network(host_name: str, address: str) -> None:
    for command in (
        f"hostname {host_name}",
        "ip link set lo up",
        "ip link add eth0 type veth peer name cable",
        "ip link set cable addrgenmode none up",
        "ip link set eth0 addrgenmode none",
        f"ip addr add {address}/24 brd + dev eth0",
        "ip link set eth0 up",
        "ip route add default dev eth0",
    ):
        subprocess.run(command.split(), check=True, timeout=STEP_S)


def _too_late(_signal: int, _frame: FrameType | None) -> None:
    raise TimeoutError(f"not done after {LIMIT_S} s")


# --- the play --------------------------------------------------------------------------------


def take_pictures(directory: Path, out: Path, *, address: str) -> None:
    """Let ann start, bob and cid come, and all of them talk; photograph ann's screen."""
    terminals = Terminals(directory)
    _fix_identity(terminals.home_of("ann") / ".local/share/lanmsg/hub")
    with contextlib.ExitStack() as stack:
        stack.callback(_stop_hub, terminals.environment("ann"))
        stack.enter_context(terminals)
        first = terminals.open("ann", *FIRST_RUN_SIZE)
        first.enter("lanmsg")
        first.wait_for("→ everyone (0)")
        first.press("C-q")  # what stands in the terminal behind the app is what a person comes back to
        first.wait_for("The hub stays up")
        shown = first.coloured()
        assert shown.startswith("$ lanmsg\n"), f"it is higher than its terminal:\n{shown}"
        _write(out / "first-run.svg", first)

        others = [terminals.open(name, *CHAT_SIZE) for name in ("bob", "cid")]
        for other in others:
            other.enter(f"lanmsg chat --line --hub {address}:7777")
            other.wait_for("Enter sends to")
        ann = terminals.open("ann", *APP_SIZE, clock=MINUTE)
        ann.enter("COLORTERM=truecolor lanmsg")
        ann.wait_for("→ everyone (2)")
        _talk(ann, *others)
        _write(out / "chat.svg", ann)
        _search(ann)
        _write(out / "search.svg", ann)


def _talk(ann: "Terminal", bob: "Terminal", cid: "Terminal") -> None:
    """Each line is typed when the one before has come to ann's screen."""
    bob.enter("lunch in **ten** minutes! https://kitchen.example/menu")
    ann.wait_for("kitchen.example")
    cid.enter("/me lays the table")
    ann.wait_for("* cid lays the table")
    ann.enter("who has seen the bread?")
    ann.wait_for("bread?  ✓")
    cid.enter("@ann the cake for bob is in the blue cupboard")
    ann.wait_for(" People")
    ann.press("M-a")
    ann.wait_for("blue cupboard")
    ann.enter("I won't say a word")
    ann.wait_for("a word  ✓")
    ann.press("M-1")
    bob.enter("found it")
    ann.wait_for("found it")
    bob.enter("@ann are there candles?")
    ann.press("Escape")
    ann.wait_for("r reply")
    ann.press("+")
    ann.wait_for("👍 1")
    ann.press("r")
    ann.wait_for("↩ reply to bob “found it”")
    ann.type("well done!")
    ann.wait_for("well done!")


def _search(ann: "Terminal") -> None:
    """Look for something in all conversations."""
    ann.press("C-f")
    ann.wait_for("Enter goes there")
    ann.type("the")
    ann.wait_for("blue cupboard", "lays the table", "seen the bread")


def _write(path: Path, terminal: "Terminal") -> None:
    path.write_text(
        picture(terminal.coloured(), columns=terminal.columns, title="ann", name=path.stem), "utf-8"
    )


def _fix_identity(hub: Path) -> None:
    """Give the hub a key that only these pictures know: the check words and the link stay the same."""
    key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"lanmsg pictures").digest())
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    hub.mkdir(parents=True, mode=0o700)
    file = os.open(hub / "identity.key", os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(file, "wb") as opened:
        opened.write(pem)


def _stop_hub(environment: dict[str, str]) -> None:
    program = [sys.executable, "-P", "-m", "lanmsg", "stop"]
    subprocess.run(program, env=environment, timeout=STEP_S, check=False, stdout=subprocess.DEVNULL)


# --- terminals -------------------------------------------------------------------------------


class Terminals:
    """Terminals of people who have nothing but a home directory and a shell."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._socket = directory / "tmux"
        self._count = 0

    def home_of(self, name: str) -> Path:
        """Return a person's home directory."""
        return self._directory / name

    def environment(self, name: str) -> dict[str, str]:
        """Return all that a program of this person is told."""
        home = self.home_of(name)
        home.mkdir(exist_ok=True)
        path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
        return {
            "HOME": str(home),
            "LOGNAME": name,
            "USER": name,
            "PATH": path,
            "LANG": "C.UTF-8",
            "PS1": "$ ",
        }

    def open(self, name: str, columns: int, rows: int, *, clock: tuple[int, int] | None = None) -> "Terminal":
        """Open a terminal with a shell; its clock shows `clock` now."""
        self._count += 1
        terminal = Terminal(self.tmux, f"{name}{self._count}", columns)
        environment = self.environment(name) | ({"TZ": time_zone_where_it_is(*clock)} if clock else {})
        variables = [f"{key}={value}" for key, value in environment.items()]
        shell = ["env", "-i", "TERM=tmux-256color", *variables, "bash", "--norc", "--noprofile"]
        size = ["-x", str(columns), "-y", str(rows)]
        self.tmux("new-session", "-d", "-s", terminal.name, "-c", environment["HOME"], *size, *shell)
        self.tmux("set-option", "-g", "status", "off")
        self.tmux("resize-window", "-t", terminal.name, *size)
        terminal.wait_for("$")
        return terminal

    def tmux(self, *arguments: str) -> str:
        """Run a command of tmux; return what it printed."""
        command = ["tmux", "-u", "-f", "/dev/null", "-S", str(self._socket), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=STEP_S, check=True)
        return done.stdout

    def __enter__(self) -> "Terminals":
        return self

    def __exit__(self, *_error: object) -> None:
        with contextlib.suppress(subprocess.CalledProcessError):  # none was opened
            self.tmux("kill-server")


class Terminal:
    """One of them: keys go in, and its screen is read."""

    def __init__(self, tmux: Callable[..., str], name: str, columns: int) -> None:
        self._tmux = tmux
        self.name = name
        self.columns = columns

    def type(self, text: str) -> None:
        """Type a text."""
        self._tmux("send-keys", "-t", self.name, "-l", text)

    def press(self, key: str) -> None:
        """Press a key that has a name."""
        self._tmux("send-keys", "-t", self.name, key)

    def enter(self, text: str) -> None:
        """Type a line."""
        self.type(text)
        self.press("Enter")

    def wait_for(self, *texts: str) -> None:
        """Wait until all of these are on the screen."""
        self._until(lambda shown: all(text in shown for text in texts), f"{texts}")

    def wait_for_prompt(self, line: str) -> None:
        """Wait until the line that is edited looks so."""
        self._until(lambda shown: line in [each.rstrip() for each in shown.splitlines()], line)

    def coloured(self) -> str:
        """Return the screen with its colours."""
        return self._tmux("capture-pane", "-t", self.name, "-e", "-N", "-p")

    def _until(self, is_so: Callable[[str], bool], what: str) -> None:
        end_s = time.monotonic() + STEP_S
        while not is_so(shown := self._tmux("capture-pane", "-t", self.name, "-p")):
            if time.monotonic() > end_s:
                raise TimeoutError(f"not on the screen of {self.name}: {what}\n{shown}")
            time.sleep(0.05)


def time_zone_where_it_is(hour: int, minute: int) -> str:
    """Return a TZ of POSIX in which a minute begins now."""
    now = datetime.now(UTC)
    wanted_s = (hour * 60 + minute) * 60
    ahead_s = wanted_s - (now.hour * 3600 + now.minute * 60 + now.second)
    ahead_s -= round(ahead_s / 86_400) * 86_400  # the nearest: the date is today's or the next to it
    minutes, seconds = divmod(abs(ahead_s), 60)
    sign = "-" if ahead_s >= 0 else "+"  # east of Greenwich is minus there
    return f"PIC{sign}{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"


# --- drawing ---------------------------------------------------------------------------------

BACKGROUND, WHITE = (30, 35, 46), "#f4f5f7"
THEME: Final = TerminalTheme(
    BACKGROUND,
    (222, 226, 234),
    [
        (46, 52, 66),
        (232, 125, 131),
        (158, 206, 138),
        (231, 200, 136),
        (126, 174, 240),
        (205, 156, 232),
        (134, 212, 220),
        (222, 226, 234),
    ],
    [
        (146, 155, 174),
        (240, 150, 155),
        (178, 220, 160),
        (240, 215, 160),
        (155, 195, 245),
        (220, 180, 240),
        (150, 215, 222),
        (255, 255, 255),
    ],
)
CELL_HEIGHT, CELL_WIDTH = 24.4, 12.2
"""What rich draws a character in: a half block is a square."""
# Fonts of the reader's machine alone: a picture in a page may fetch nothing.
TEMPLATE: Final = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
    <style>
    .{unique_id}-matrix {{
        font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono",
            monospace;
        font-size: {char_height}px;
        line-height: {line_height}px;
    }}
    .{unique_id}-title {{
        font-size: 17px;
        font-family: system-ui, "Segoe UI", "DejaVu Sans", "Liberation Sans", sans-serif;
    }}
    {styles}
    </style>
    <defs>
    <clipPath id="{unique_id}-clip-terminal">
      <rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
    </clipPath>
    {lines}
    </defs>
    {chrome}
    <g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
    {backgrounds}
    <path fill="@white" shape-rendering="crispEdges" d="@blocks" />
    <g class="{unique_id}-matrix">
    {matrix}
    </g>
    </g>
</svg>
"""


def picture(coloured: str, *, columns: int, title: str, name: str) -> str:
    """Return a screen as SVG; `name` keeps its styles apart from those of other pictures in one page."""
    console = Console(record=True, file=io.StringIO(), width=columns, color_system="truecolor")
    blocks: list[str] = []
    for row, line in enumerate(Text.from_ansi(coloured.rstrip()).split("\n", allow_blank=True)):
        drawn = _block_runs(line.plain, row) if sum(map(line.plain.count, "▀▄█")) >= MIN_BLOCKS else []
        blocks += drawn
        console.print(Text() if drawn else line, highlight=False, no_wrap=True, crop=False)
    template = TEMPLATE.replace("@white", WHITE).replace("@blocks", "".join(blocks))
    svg = console.export_svg(title=title, theme=THEME, code_format=template, unique_id=name)
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


def _block_runs(line: str, row: int) -> list[str]:
    """Return the block characters of a line as parts of an SVG path: fonts leave gaps between them."""
    runs: list[str] = []
    for half, filled in enumerate(["▀█", "▄█"]):
        y = row * CELL_HEIGHT + half * CELL_HEIGHT / 2
        for run in re.finditer(f"[{filled}]+", line):
            x, across = run.start() * CELL_WIDTH, len(run[0]) * CELL_WIDTH
            runs.append(f"M{x:.1f} {y:.1f}h{across:.1f}v{CELL_HEIGHT / 2:.1f}h-{across:.1f}z")
    return runs


if __name__ == "__main__":
    sys.exit(main())
