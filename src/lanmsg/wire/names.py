"""Handles: what a person can be called, and which two names look too much alike.

A canonical handle is what the directory stores and what everybody compares: PRECIS username rules
with case folded to lower (RFC 8265 §3.3), NFC, one script, letters, digits and inner `.` `_` `-`.
Nothing in it means anything in a typed line (`@ # / , :` and white space can't occur).
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from lanmsg.wire.errors import LocalError
from lanmsg.wire.limits import MAX_NAME_CODE_POINTS
from lanmsg.wire.safe_text import clip, safe_line

WORDS_FOR_EVERYONE: Final = frozenset({"all", "channel", "everybody", "everyone", "here"})
"""Other programs mean everyone by these."""
RESERVED: Final = WORDS_FOR_EVERYONE | {"anyone", "hub", "lanmsg", "me", "nobody", "server", "system"}
"""Words that would read as somebody else than a person; their look-alikes are refused too."""
FALLBACK: Final = "guest"
MAX_MARKS: Final = 4
"""Combining marks on one letter; Vietnamese has 2 before NFC, pointed Hebrew up to 3."""
MAX_NEAR_NAMES: Final = 3

_PUNCTUATION = "._-"
# Scripts that one person writes mixed: UTS #39 §5.2, "highly restrictive".
_MIXED_SCRIPTS = (
    frozenset({"LATIN", "HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "HAN", "HANGUL"}),
    frozenset({"LATIN", "HAN", "BOPOMOFO"}),
)
_SHOWN_COLUMNS = 40
_LONGEST_INPUT = 4 * MAX_NAME_CODE_POINTS


class IllegalName(LocalError):
    """A text can't be a handle; the text of the error says why and what can."""


def canonical_handle(text: str) -> str:
    """Return the one spelling of a handle under which it is stored and compared.

    Raises:
        IllegalName: with a sentence that says what is wrong and what to do.
    """
    text = text.strip()
    if not text:
        raise IllegalName("a name can't be empty: choose one with at least one letter")
    if len(text) > _LONGEST_INPUT:
        raise IllegalName(f"the name is too long: choose one of at most {MAX_NAME_CODE_POINTS} characters")
    _check_characters(text)
    handle = _enforce_username(text)
    _check_characters(handle)  # what the case and width mappings made must be legal too
    _check_shape(handle)
    _check_scripts(handle)
    if _reserved_skeletons() & {skeleton(handle)}:
        raise IllegalName(
            f"{_shown(text)} is, or looks like, a word for something else: add to it or choose another"
        )
    return handle


def skeleton(handle: str) -> str:
    """Return the look-alike key of a canonical handle: equal keys, look-alike names.

    The skeleton of UTS #39 §4, with case folded and repeated until nothing changes: `0` stands for
    `O` there, and among lower-case names it must meet `o`. For comparing only, never for showing.
    """
    from lanmsg.wire.confusables import prototypes

    table = prototypes()
    text = unicodedata.normalize("NFC", handle)  # some entries are for whole letters: before NFD, too
    for _ in range(_MOST_ROUNDS):
        mapped = "".join(table.get(char, char) for char in text).lower()
        folded = unicodedata.normalize("NFD", mapped)
        if folded == text:
            break
        text = folded
    return text


_MOST_ROUNDS = 8  # the data needs 4 at most; a test goes through all of it


def numbered(handle: str, n: int) -> str:
    """Return alternative `n` (2, 3 …) for a canonical handle that is taken, as in `sam2`.

    `-` stands between where the handle ends in a digit; long handles are cut to fit. Some
    alternatives look like others (`sam10`, `samlo`): the caller tries numbers until one is free.
    """
    digits = _digits_like(handle, n)
    stem = handle[: MAX_NAME_CODE_POINTS - len(digits) - 1].rstrip(_PUNCTUATION)
    separator = "-" if unicodedata.category(stem[-1]) == "Nd" else ""
    return f"{stem}{separator}{digits}"


def handle_from_login(login: str) -> str:
    r"""Return the best legal handle from an OS login or any other text; `FALLBACK` if there is none.

    Takes `user` from `DOMAIN\user` and `user@host`; what can't be in a handle becomes `-`.
    """
    user = login[-_LONGEST_INPUT:].rpartition("\\")[2].partition("@")[0]
    folded = _without_accents(user)
    candidates = [user, folded]
    if re.search("[0-9]", folded):  # logins that are numbers only
        candidates.append(f"u{folded}")
    return next(filter(None, map(_legalized, candidates)), FALLBACK)


def near_names(name: str, names: Iterable[str]) -> list[str]:
    """Return at most three of `names` that `name` may have meant, best first."""
    from difflib import get_close_matches

    wanted = name[:MAX_NAME_CODE_POINTS].casefold()
    by_folded = {known.casefold(): known for known in names}
    starts = sorted(folded for folded in by_folded if wanted and folded.startswith(wanted))
    close = get_close_matches(wanted, by_folded, n=MAX_NEAR_NAMES)
    return [by_folded[folded] for folded in dict.fromkeys(starts + close)][:MAX_NEAR_NAMES]


# --- What a handle must be -------------------------------------------------------------------


def _check_characters(text: str) -> None:
    for char in text:
        category = unicodedata.category(char)
        if category[0] not in "LM" and category != "Nd" and char not in _PUNCTUATION:
            raise IllegalName(
                f"a name can't have {_character_shown(char)} in it: use letters, digits and . _ - only"
            )


def _enforce_username(text: str) -> str:
    from precis_i18n import get_profile

    try:
        return get_profile("UsernameCaseMapped").enforce(text)
    except UnicodeEncodeError as error:
        if "bidi_rule" in error.reason:
            raise IllegalName(
                f"{_shown(text)} mixes writing from right to left with other writing: use one of them"
            ) from error
        raise IllegalName(
            f"{_shown(text)} has a character that names can't have: use letters, digits and . _ - only"
        ) from error


def _check_shape(handle: str) -> None:
    if len(handle) > MAX_NAME_CODE_POINTS:
        raise IllegalName(
            f"the name has {len(handle)} characters: choose one of at most {MAX_NAME_CODE_POINTS}"
        )
    if not any(unicodedata.category(char)[0] == "L" for char in handle):
        raise IllegalName(f"{_shown(handle)} has no letter: a name needs at least one")
    if unicodedata.category(handle[0])[0] == "M" or handle[0] in _PUNCTUATION or handle[-1] in _PUNCTUATION:
        raise IllegalName(f"{_shown(handle)} must start and end with a letter or digit: . _ - go between")
    if _longest_run_of_marks(handle) > MAX_MARKS:
        raise IllegalName(f"a letter of the name has too many marks: at most {MAX_MARKS} can be on one")


def _longest_run_of_marks(handle: str) -> int:
    kinds = "".join("M" if unicodedata.category(char) in {"Mn", "Me"} else " " for char in handle)
    return max(map(len, kinds.split(" ")))


def _check_scripts(handle: str) -> None:
    from lanmsg.wire.confusables import script_of

    scripts = {script_of(char) for char in handle} - {"COMMON", "INHERITED"}
    if len(scripts) > 1 and not any(scripts <= mixed for mixed in _MIXED_SCRIPTS):
        names = " and ".join(sorted(script.replace("_", " ").title() for script in scripts))
        raise IllegalName(f"{_shown(handle)} mixes {names} letters, which can look alike: use one alphabet")
    zeros = {ord(char) - unicodedata.decimal(char) for char in handle if unicodedata.category(char) == "Nd"}
    if len(zeros) > 1:
        raise IllegalName(f"{_shown(handle)} mixes digits of several scripts: use one kind")


@lru_cache(maxsize=1)
def _reserved_skeletons() -> frozenset[str]:
    return frozenset(map(skeleton, RESERVED))


def _shown(text: str) -> str:
    return clip(safe_line(text), _SHOWN_COLUMNS)


def _character_shown(char: str) -> str:
    if char.isspace():
        return "a space"
    shown = safe_line(char)
    return shown if shown == char else f"the invisible character U+{ord(char):04X}"


# --- Handles for machines to propose ---------------------------------------------------------


def _digits_like(handle: str, n: int) -> str:
    """Write a number with the digits that the handle has already; mixing them is not legal."""
    zero = next(
        (ord(c) - unicodedata.decimal(c) for c in handle if unicodedata.category(c) == "Nd"), ord("0")
    )
    return "".join(chr(zero + int(digit)) for digit in str(n))


def _without_accents(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def _legalized(text: str) -> str | None:
    legal = "".join(
        char if unicodedata.category(char)[0] in "LM" or char in _PUNCTUATION or char.isdecimal() else "-"
        for char in text
    )
    legal = re.sub(r"-{2,}", "-", legal)[:MAX_NAME_CODE_POINTS].strip(_PUNCTUATION)
    for candidate in (legal, f"{legal}2"):  # the second for reserved words
        try:
            return canonical_handle(candidate)
        except IllegalName:
            continue
    return None
