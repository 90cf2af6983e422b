"""Emoji by their names: `:thumbs_up:`. The names are Unicode's, as this Python knows them."""

import unicodedata
from functools import cache
from typing import Final

from lanmsg.wire.short_emoji import SHORT_EMOJI

_BLOCKS: Final = ((0x2600, 0x27C0), (0x1F300, 0x1F650), (0x1F680, 0x1F700), (0x1F900, 0x1FB00))
MAX_CHOICES: Final = 20
MIN_LETTERS: Final = 2
"""Fewer letters are a smiley or a colon."""
_MODIFIERS: Final = range(0x1F3FB, 0x1F400)


@cache
def emoji_names() -> dict[str, str]:
    """Return every name, and short ones that people know, with its emoji."""
    names = {name: emoji for name, emoji in SHORT_EMOJI.items() if name.isalpha()}
    for start, end in _BLOCKS:
        for code in range(start, end):
            if code not in _MODIFIERS and unicodedata.category(chr(code)) == "So":
                names.setdefault(_word(unicodedata.name(chr(code), "")), chr(code))
    names.pop("", None)
    return {**names, "thumbs_up": "👍", "thumbs_down": "👎", "smile": "🙂", "joy": "😂"}


def _word(name: str) -> str:
    return name.removesuffix(" SIGN").lower().replace(" ", "_").replace("-", "_")


def emoji_like(part: str) -> list[str]:
    """Return the emoji whose names have this in them: those that begin with it first, the short first."""
    wanted = part.casefold()
    found = [(not name.startswith(wanted), len(name), name) for name in emoji_names() if wanted in name]
    return list(dict.fromkeys(emoji_names()[name] for *_, name in sorted(found)))[:MAX_CHOICES]
