"""How long a hub keeps messages, as its operator says it on the command line."""

from lanmsg.cli.sizes import parse_size, size_words
from lanmsg.hub.settings import MAX_KEEP_DAYS, MIN_KEEP_BYTES
from lanmsg.wire.errors import LocalError


def kept_days(days: int | None) -> int | None:
    """Return the days; None if nothing was said. Raises LocalError for what is no such time."""
    if days is not None and not 0 <= days <= MAX_KEEP_DAYS:
        raise LocalError(f"messages are kept for 1 to {MAX_KEEP_DAYS} days, or 0 for ever; not for {days}")
    return days


def kept_bytes(size: str) -> int | None:
    """Return the bytes; None if nothing was said. Raises LocalError for what is no such size."""
    if not size:
        return None
    size_bytes = parse_size(size)
    if 0 < size_bytes < MIN_KEEP_BYTES:
        raise LocalError(f"a hub keeps at least {size_words(MIN_KEEP_BYTES)} (0: no limit); not {size}")
    return size_bytes
