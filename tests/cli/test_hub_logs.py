"""Logs: what they look like, what can't get into them, and that the page about them is complete."""

import io
import json
import logging
import re
from pathlib import Path

import pytest
import structlog

from lanmsg.cli.logs import MAX_VALUE_CHARACTERS, LogFormat, LogLevel, set_up_logs

ROOT = Path(__file__).parents[2]
EVIL = "a\x1b]52;c;Zm9v\x07b\x9bc\r\n\u202ed"


@pytest.fixture
def out():
    """Where the log goes; the set-up is undone after the test."""
    handlers, level = logging.root.handlers[:], logging.root.level
    yield io.StringIO()
    structlog.reset_defaults()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_elsewhere_than_on_a_terminal_each_line_is_a_json_object(out):
    set_up_logs(stream=out)
    structlog.get_logger().info("started", port=7777, addresses=["a", "b"])
    event = json.loads(out.getvalue())
    assert list(event)[:3] == ["timestamp", "level", "event"]
    assert event["event"] == "started"
    assert (event["port"], event["addresses"]) == (7777, ["a", "b"])


def test_on_a_terminal_it_is_for_people(out):
    terminal = Terminal()
    set_up_logs(stream=terminal)
    structlog.get_logger().info("started", port=7777)
    assert "started" in terminal.getvalue()
    assert "\x1b[" in terminal.getvalue()  # our own colours


@pytest.mark.parametrize("log_format", [LogFormat.PRETTY, LogFormat.JSON])
def test_terminal_escapes_of_others_do_not_reach_the_terminal(out, log_format):
    set_up_logs(stream=out, log_format=log_format)
    structlog.get_logger().warning("protocol error", detail=EVIL, many=[EVIL])
    logging.getLogger("asyncio").error("bad %s", EVIL)
    try:
        raise ValueError(EVIL)
    except ValueError:
        structlog.get_logger().exception("bug in a command")
    shown = out.getvalue()
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", shown)
    assert "ValueError" in shown


def test_bytes_are_counted_and_never_shown(out):
    set_up_logs(stream=out)
    structlog.get_logger().info("x", key=b"secret", keys=[b"secret"])
    event = json.loads(out.getvalue())
    assert (event["key"], event["keys"]) == ("<6 bytes>", ["<6 bytes>"])


def test_a_long_value_is_cut(out):
    set_up_logs(stream=out)
    structlog.get_logger().info("x", detail="y" * 100_000)
    assert len(json.loads(out.getvalue())["detail"]) == MAX_VALUE_CHARACTERS + 1


def test_lines_below_the_level_are_not_written(out):
    set_up_logs(stream=out, level=LogLevel.WARNING)
    structlog.get_logger().info("no")
    structlog.get_logger().warning("yes")
    assert json.loads(out.getvalue())["event"] == "yes"


def test_what_libraries_warn_of_is_logged_and_their_chat_is_not(out):
    set_up_logs(stream=out)
    logging.getLogger("zeroconf").info("no")
    logging.getLogger("zeroconf").warning("what %s", "now")
    event = json.loads(out.getvalue())
    assert (event["event"], event["logger"], event["text"]) == ("library message", "zeroconf", "what now")


def test_a_log_that_cannot_be_written_hurts_nobody(out):
    class Gone(io.StringIO):
        def write(self, text):
            raise OSError(5, "Input/output error")

    set_up_logs(stream=Gone())
    structlog.get_logger().info("x")


def test_every_event_is_on_the_page_about_logging_and_nothing_else_is():
    call = re.compile(r"\blog\.(debug|info|warning|error|exception)\(\s*\"([^\"]+)\"")
    logged = set()
    for path in (ROOT / "src").rglob("*.py"):
        for level, event in call.findall(path.read_text(encoding="utf-8")):
            logged.add(({"exception": "error"}.get(level, level), event))
    page = (ROOT / "docs" / "logging.md").read_text(encoding="utf-8")
    listed = set()
    level = ""
    for line in page.splitlines():
        if line.startswith("## "):
            level = line[3:].split(":")[0].lower()
        elif line.startswith("| `"):
            listed.add((level, line.split("`")[1]))
    assert logged - listed == set(), "logged, but not listed in docs/logging.md"
    assert listed - logged == {("warning", "library message"), ("error", "library message")}
