"""What the rules of names need of Unicode: which characters can be in one, and which look alike.

JavaScript's own tables differ from browser to browser, and it has none of look-alikes at all. Only what can
be in a name is written, or what the look-alike key of a name passes through: a quarter of the whole.
"""

import unicodedata
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from precis_i18n.derived import CONTEXTO, PVALID, derived_property
from precis_i18n.unicode import UnicodeData
from tools.typescript.text import header, value

from lanmsg.wire import names
from lanmsg.wire.confusables import prototypes, script_of

_EVERY = range(0x110000)
_UNICODE = UnicodeData()
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class _Class(NamedTuple):
    """What the rules ask about a character: category, direction, script, and whether PRECIS takes it."""

    category: str
    direction: str
    script: str
    is_allowed: bool


@cache
def name_files() -> dict[str, str]:
    """Return the files of this module. They depend on the Unicode version of the Python that runs this."""
    source = f"Python's unicodedata {unicodedata.unidata_version}, precis-i18n and confusable-homoglyphs"
    return {
        "name-data.ts": header(source) + _classes() + _prototypes(),
        "name-words.ts": header("src/lanmsg/wire/names.py") + _words(),
    }


def _classes() -> str:
    """Write the classes, and each run of characters: how far behind the last, its length, its class."""
    runs = _runs()
    classes = sorted({each for _, _, each in runs})
    listed = "".join(f"  {value([*each[:3], int(each.is_allowed)])},\n" for each in classes)
    end, parts = 0, list[str]()
    for first, last, each in runs:
        parts.append(f"{_base36(first - end)} {_base36(last - first)} {_base36(classes.index(each))}")
        end = last
    return (
        "/** Category, direction, script, and whether PRECIS allows it in a user name. */\n"
        "export const NAME_CLASSES: readonly (readonly [string, string, string, 0 | 1])[] = [\n"
        f"{listed}];\n\n"
        "/** Runs of characters: how far behind the last one, how many more, their class; in base 36. */\n"
        f"export const NAME_RUNS =\n  {value(','.join(parts))};\n\n"
    )


def _runs() -> list[tuple[int, int, _Class]]:
    runs: list[tuple[int, int, _Class]] = []
    for code in _EVERY:
        category = unicodedata.category(chr(code))
        if category[0] not in "LM" and category != "Nd":
            continue
        each = _class_of(code, "L" if category[0] == "L" else category)
        if runs and runs[-1][1:] == (code - 1, each):
            runs[-1] = (runs[-1][0], code, each)
        else:
            runs.append((code, code, each))
    _check_digits(runs)
    return runs


def _check_digits(runs: list[tuple[int, int, _Class]]) -> None:
    """Digits come in tens, from zero on: so their values need not be written."""
    for first, last, each in runs:
        digits = range(first, last + 1) if each.category == "Nd" else ()
        assert all(unicodedata.decimal(chr(code)) == (code - first) % 10 for code in digits)


def _class_of(code: int, category: str) -> _Class:
    is_allowed = derived_property(code, _UNICODE)[0] in {PVALID, CONTEXTO}
    return _Class(category, unicodedata.bidirectional(chr(code)), script_of(chr(code)), is_allowed)


def _prototypes() -> str:
    table = sorted(reachable_prototypes().items())
    assert not any(" " in source + target for source, target in table)
    codes = [0, *(ord(source) for source, _ in table)]
    steps = " ".join(_base36(code - before) for before, code in pairwise(codes))
    targets = " ".join(target for _, target in table)
    return (
        "/** The look-alikes: how far each is behind the last one, in base 36. */\n"
        f"export const LOOK_ALIKES =\n  {value(steps)};\n\n"
        "/** What stands for each of them in a look-alike key. */\n"
        f"export const PROTOTYPES =\n  {value(targets)};\n\n"
    )


def reachable_prototypes() -> dict[str, str]:
    """Return the prototypes that the look-alike key of a canonical handle can meet."""
    table = prototypes()
    waiting = {each for code in _EVERY if _can_be_in_a_handle(chr(code)) for each in _forms(chr(code))}
    found: dict[str, str] = {}
    seen: set[str] = set()
    while waiting:
        char = waiting.pop()
        seen.add(char)
        if char in table:
            found[char] = table[char]
            waiting |= _forms(table[char]) - seen
    return found


def _can_be_in_a_handle(char: str) -> bool:
    category = unicodedata.category(char)
    if category[0] not in "LM" and category != "Nd":
        return char in "._-"
    return char.lower() == char and _class_of(ord(char), category).is_allowed


def _forms(text: str) -> set[str]:
    lower = text.lower()
    return {*text, *lower, *unicodedata.normalize("NFD", lower), *unicodedata.normalize("NFC", lower)}


def _words() -> str:
    return (
        "/** Other programs mean everyone by these words. */\n"
        f"export const WORDS_FOR_EVERYONE: readonly string[] = {value(sorted(names.WORDS_FOR_EVERYONE))};\n\n"
        "/** Words that would read as somebody else than a person; their look-alikes are refused too. */\n"
        f"export const RESERVED: readonly string[] = {value(sorted(names.RESERVED))};\n"
    )


def _base36(number: int) -> str:
    rest, digit = divmod(number, 36)
    return (_base36(rest) if rest else "") + _DIGITS[digit]
