"""Sizes as people write them: `2GB`, `500 MB`."""

import re
from typing import Final

from lanmsg.wire.errors import LocalError

_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(i?)B?", re.IGNORECASE)
_POWERS: Final = ("", "K", "M", "G", "T")


def parse_size(text: str) -> int:
    """Return bytes: kB, MB, GB and TB are powers of 1000, KiB and so on of 1024.

    Raises:
        LocalError: it is no size, with how to write one.
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise LocalError(f"{text!r} is no size: write it as 500MB, 2GB or 1.5TB")
    number, power, binary = found.groups()
    return int(float(number) * (1024 if binary else 1000) ** _POWERS.index(power.upper()))


def size_words(size_bytes: int) -> str:
    """Return a size as people read it: `2 GB`, `1.5 GB`, `512 MB`."""
    power = 0
    while size_bytes >= 1000 ** (power + 1) and power + 1 < len(_POWERS):
        power += 1
    unit = "kB" if power == 1 else f"{_POWERS[power]}B"
    return f"{size_bytes / 1000**power:.3g} {unit}"
