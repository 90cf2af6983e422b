"""Unicode's data on look-alikes and scripts (UTS #39, UAX #24), read from confusable-homoglyphs.

Only its two JSON files are used: its code imports urllib, and answers other questions than ours.
`docs/decisions/0002-look-alike-names.md` says why this package.
"""

import json
from bisect import bisect_right
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple, cast

import confusable_homoglyphs  # pyright: ignore[reportMissingTypeStubs]  - only its data is read

_LEFT_TO_RIGHT_MARK = "\u200e"  # the file puts it around right-to-left characters to be readable


@lru_cache(maxsize=1)
def prototypes() -> dict[str, str]:
    """Return what stands for each character in a skeleton; characters without entry stand for themselves.

    The package lists each pair of confusables.txt under both its ends. A source has one partner,
    its prototype; where both have one, the source was written first.
    """
    listed = cast("dict[str, list[dict[str, str]]]", _load("confusables.json"))
    result: dict[str, str] = {}
    for written, partners in listed.items():
        source = written.replace(_LEFT_TO_RIGHT_MARK, "")
        target = partners[0]["c"].replace(_LEFT_TO_RIGHT_MARK, "")
        if len(partners) == 1 and len(source) == 1 and result.get(target) != source:
            result[source] = target
    return result


def script_of(char: str) -> str:
    """Return the Script property of a character in upper case: LATIN, HAN, COMMON, INHERITED …, UNKNOWN."""
    ranges = _script_ranges()
    at = bisect_right(ranges.starts, ord(char)) - 1
    return ranges.scripts[at] if at >= 0 and ord(char) <= ranges.ends[at] else "UNKNOWN"


class _Ranges(NamedTuple):
    starts: list[int]
    ends: list[int]
    scripts: list[str]


@lru_cache(maxsize=1)
def _script_ranges() -> _Ranges:
    data = cast("dict[str, list[list[int]]]", _load("categories.json"))
    names = cast("list[str]", data["iso_15924_aliases"])
    ranges = sorted(data["code_points_ranges"])
    return _Ranges(
        [start for start, *_ in ranges], [row[1] for row in ranges], [names[row[2]] for row in ranges]
    )


def _load(name: str) -> object:
    return json.loads((files(confusable_homoglyphs) / name).read_text(encoding="utf-8"))
