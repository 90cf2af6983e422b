"""The log of a process: structlog to stderr, pretty on a terminal, one JSON object a line elsewhere.

Always true: no byte of anybody else reaches the terminal unfiltered, raw bytes are never shown (only
how many), and a log that can't be written never hurts what is logged about. `docs/logging.md` lists
every event.
"""

import logging
import sys
from enum import StrEnum
from typing import IO, TYPE_CHECKING, Any, Final, cast

from lanmsg.wire.safe_text import safe_line, safe_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from structlog.typing import EventDict, Processor

MAX_VALUE_CHARACTERS: Final = 1000
"""A value longer than this is cut: the log is for people, and must not fill the disk."""
_FIRST = ("timestamp", "level", "event")
_WHOLE_TEXT = "exception"  # a traceback is ours, and of use only when it is whole


class LogFormat(StrEnum):
    """How the lines look."""

    AUTO = "auto"
    PRETTY = "pretty"
    JSON = "json"


class LogLevel(StrEnum):
    """From which level on lines are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def set_up_logs(
    *, log_format: LogFormat = LogFormat.AUTO, level: LogLevel = LogLevel.INFO, stream: IO[str] | None = None
) -> None:
    """Send all logs of this process, those of libraries too (from WARNING on), to `stream` or stderr."""
    structlog = _structlog_without_rich()
    out = sys.stderr if stream is None else stream
    is_pretty = log_format is LogFormat.PRETTY or (log_format is LogFormat.AUTO and _is_terminal(out))
    structlog.configure(
        processors=_processors(is_pretty=is_pretty, is_coloured=is_pretty and _is_terminal(out)),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=_OutputFactory(out),
        cache_logger_on_first_use=False,  # the hub's modules made theirs before this ran
    )
    logging.basicConfig(handlers=[_FromLibraries()], level=logging.WARNING, force=True)


def _structlog_without_rich() -> Any:  # noqa: ANN401 - a module
    """Import structlog; it would load rich, for its colourful tracebacks: 50 ms and 4 MB of every hub."""
    was_there = "rich" in sys.modules
    if not was_there:
        sys.modules["rich"] = None  # type: ignore[assignment]
    try:
        import structlog
    finally:
        if not was_there:
            del sys.modules["rich"]
    return structlog


def _processors(*, is_pretty: bool, is_coloured: bool) -> "list[Processor]":
    from structlog import dev, processors

    common: list[Processor] = [
        processors.add_log_level,
        processors.TimeStamper(fmt="%H:%M:%S" if is_pretty else "iso", utc=not is_pretty),
        processors.format_exc_info,
        make_safe,
    ]
    if is_pretty:
        show = dev.ConsoleRenderer(colors=is_coloured, exception_formatter=dev.plain_traceback)
        return [*common, show]
    return [*common, processors.JSONRenderer()]


def make_safe(_logger: object, _method: str, event: "EventDict") -> "Mapping[str, Any]":
    """Filter every value of an event: the last step before it is written. A structlog processor."""
    safe = {key: _safe_value(key, value) for key, value in event.items()}
    first = {key: safe[key] for key in _FIRST if key in safe}
    return first | safe


def _safe_value(key: str, value: object) -> object:
    match value:
        case bool() | int() | float() | None:
            return value
        case bytes():
            return f"<{len(value)} bytes>"  # it may be content or a key
        case str() if key == _WHOLE_TEXT:
            return safe_text(value)
        case list() | tuple():
            return [_safe_value(key, each) for each in cast("Iterable[object]", value)]
        case _:
            return _cut(safe_line(str(value)))


def _cut(text: str) -> str:
    return text if len(text) <= MAX_VALUE_CHARACTERS else text[:MAX_VALUE_CHARACTERS] + "…"


def _is_terminal(stream: IO[str]) -> bool:
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False


class _OutputFactory:
    def __init__(self, stream: IO[str]) -> None:
        self._output = _Output(stream)

    def __call__(self, *_: object) -> "_Output":
        return self._output


class _Output:
    """Writes lines; what can't be written is dropped: the terminal may be gone, the disk full."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def msg(self, line: str) -> None:
        try:
            self._stream.write(line + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            return

    log = debug = info = warning = error = critical = exception = msg


class _FromLibraries(logging.Handler):
    """Passes on what libraries log, so that it is filtered too."""

    def emit(self, record: logging.LogRecord) -> None:
        import structlog

        structlog.get_logger("lanmsg").log(
            record.levelno,
            "library message",
            logger=record.name,
            text=record.getMessage(),
            exc_info=record.exc_info,
        )
