"""The words of a text as search compares them: without case and accents, in every script.

A word is a run of letters and digits. Scripts that put no spaces between words (Chinese, Japanese, Thai,
Lao, Khmer, Burmese …) or endings right behind them (Korean) are cut into overlapping pairs of characters:
東京都 becomes 東京 京都 都. So any run of characters finds the texts it stands in, and a word of two is one
look-up (of single characters every query would compare the places of thousands). A Korean syllable is
kept as its letters, so that what is typed of 학교 so far (하, 학) finds it.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

WORDS_VERSION: Final = f"1, Unicode {unicodedata.unidata_version}"
"""Changes when the words of a text may have changed: an index of another version is made anew."""
MAX_WORD: Final = 64
"""Characters of a word; a longer one counts as several, side by side."""
FACT: Final = "\ue000"
"""Begins what is indexed beside the words of a text. No word has it: private use is no letter."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words side by side; with `is_prefix` the last one may go on."""

    words: tuple[str, ...]
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """A word, and where it stands in the text: code points, ends exclusive.

    Of a pair, the first character is `first_size` characters of `word` and ends at `first_end`; of all
    others they are the whole word. `ends_run`: the last character of a run of pairs, alone.
    """

    word: str
    start: int
    end: int
    first_size: int
    first_end: int
    ends_run: bool = False


def index_words(text: str) -> list[str]:
    """Return the words of a text, in order."""
    if text.isascii():
        return _ASCII_WORD.findall(text.lower())
    return [word.word for word in words_in(text)]


def words_in(text: str) -> Iterator[Word]:
    """Yield the words of a text with their places, in order."""
    if text.isascii():
        for found in _ASCII_WORD.finditer(text.lower()):
            yield _word(found[0], found.start(), found.end())
        return
    for part in _PARTS.finditer(text):
        if part[1]:
            yield from _pairs(part[1], part.start())
        else:
            yield from _spaced_words(part[0], part.start())


def phrase_of(text: str, *, is_open: bool = False) -> Phrase | None:
    """Return what a piece of a query looks for; None if it has no word.

    `is_open`: it is still being typed, so its last word may go on.
    """
    found = list(words_in(text))
    words = tuple(each.word for each in found)
    if not found or not found[-1].ends_run:
        return Phrase(words, is_open) if words else None
    # The last character of a run stands alone only where the run ends; here it may go on in the text.
    if len(found) > 1 and found[-2].end == found[-1].end:
        return Phrase(words[:-1], is_open)
    return Phrase(words, is_prefix=True)


# --- comparing -------------------------------------------------------------------------------


def has_phrase(phrase: Phrase, words: Sequence[str]) -> bool:
    """Tell whether a phrase stands among the words of a text."""
    return any(True for _ in _places_of(phrase, words))


def marks_of(text: str, phrases: Iterable[Phrase], *, limit: int) -> tuple[tuple[int, int], ...]:
    """Return where phrases stand in a text, as (start, end): in order, apart, the first `limit`.

    A word that the phrase only begins is marked whole; of a pair, what was asked for.
    """
    found = list(words_in(text))
    words = [each.word for each in found]
    marks = sorted(_mark(phrase, found, place) for phrase in phrases for place in _places_of(phrase, words))
    return tuple(_joined(marks, text)[:limit])


def _places_of(phrase: Phrase, words: Sequence[str]) -> Iterator[int]:
    """Yield the indexes of `words` at which the phrase begins."""
    *firsts, last = phrase.words
    size = len(firsts)
    for place in range(len(words) - size):
        found = words[place + size]
        is_found = found.startswith(last) if phrase.is_prefix else found == last
        if is_found and (not firsts or list(words[place : place + size]) == firsts):
            yield place


def _mark(phrase: Phrase, found: Sequence[Word], place: int) -> tuple[int, int]:
    last = found[place + len(phrase.words) - 1]
    is_in_first = len(phrase.words[-1]) <= last.first_size
    return found[place].start, last.first_end if is_in_first else last.end


def _joined(marks: Iterable[tuple[int, int]], text: str) -> list[tuple[int, int]]:
    """Join marks that touch, and end none inside of what is drawn as one character."""
    joined: list[tuple[int, int]] = []
    for start, end in marks:
        while end < len(text) and _is_mark(text[end]):
            end += 1
        if joined and start <= joined[-1][1]:
            start, end = joined[-1][0], max(end, joined.pop()[1])
        joined.append((start, end))
    return joined


# --- cutting ---------------------------------------------------------------------------------

_ASCII_WORD: Final = re.compile(f"[a-z0-9]{{1,{MAX_WORD}}}")
_PAIRED: Final = (
    "\u0e01-\u0e3a\u0e40-\u0e4e"  # Thai, digits and signs apart
    "\u0e81-\u0ebd\u0ec0-\u0ece\u0edc-\u0edf"  # Lao
    "\u1000-\u103f\u1050-\u109d\ua9e0-\ua9ef\uaa60-\uaa7f"  # Burmese
    "\u1780-\u17d3"  # Khmer
    "\u1950-\u1974\u1980-\u19c9\u1a20-\u1a7c\uaa80-\uaac2"  # Tai scripts
    "\u1b05-\u1b4c\ua980-\ua9c0"  # Balinese, Javanese
    "\u1100-\u11ff\u3131-\u318e\ua960-\ua97c\uac00-\ud7fb\uffa0-\uffdc"  # Korean
    "\u2e80-\u2fd5\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff"  # Chinese
    "\uf900-\ufad9\U00020000-\U0003ffff"
    "\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f\U0001b000-\U0001b167"  # Japanese
    "\u3105-\u312f\u31a0-\u31bf\ua000-\ua48c"  # Bopomofo, Yi
)
_PARTS: Final = re.compile(f"([{_PAIRED}]+)|[^{_PAIRED}]+")
# One character to a reader: a Korean syllable in letters, or a kana with its sound mark.
_CHARACTER: Final = re.compile(
    "[\u1100-\u115f\ua960-\ua97c]+[\u1160-\u11a7\ud7b0-\ud7c6]*[\u11a8-\u11ff\ud7cb-\ud7fb]*"
    "|.[\u3099\u309a\uff9e\uff9f]?",
    re.DOTALL,
)


def _pairs(run: str, start: int) -> Iterator[Word]:
    """Cut a run of characters into pairs; the last character follows alone."""
    characters = [
        (folded, start + each.end())
        for each in _CHARACTER.finditer(run)
        if (folded := _folded(each[0])) not in {"", _BREAK}  # not (yet) a letter
    ]
    if not characters:
        return
    for (first, first_end), (second, second_end) in pairwise(characters):
        yield Word(first + second, start, second_end, len(first), first_end)
        start = first_end
    last, end = characters[-1]
    yield Word(last, start, end, len(last), end, ends_run=True)


def _spaced_words(part: str, start: int) -> Iterator[Word]:
    """Cut what has spaces between its words; an emoji is a word of its own."""
    word, word_start, word_end = "", start, start
    for place, character in enumerate(part, start):
        folded = _folded(character)
        is_alone = folded == _BREAK or (not folded.isalnum() and _is_symbol(character))
        if word and (is_alone or len(word) + len(folded) > MAX_WORD):
            yield _word(word, word_start, word_end)
            word = ""
        if is_alone:
            if folded not in {_BREAK, ""}:
                yield _word(folded, place, place + 1)
        elif folded:
            word_start = word_start if word else place
            word, word_end = word + folded, place + 1
    if word:
        yield _word(word, word_start, word_end)


def _word(word: str, start: int, end: int) -> Word:
    return Word(word, start, end, len(word), end)


# --- folding ---------------------------------------------------------------------------------

_BREAK: Final = " "
_PLAIN: Final = str.maketrans(
    {"\u0131": "i", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th"}
)
"""Letters that Unicode does not take apart, and that people type without their strokes."""
_ACCENTS: Final = re.compile(
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\U000e0100-\U000e01ef"
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # Hebrew points
    "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"  # Arabic vowels, tatweel
    "\U0001f3fb-\U0001f3ff]"  # skin tones
)
"""Left out of words. The vowel signs of India and its neighbours are marks too, but spell the word."""


@lru_cache(maxsize=16_384)
def _folded(character: str) -> str:
    """Return what stands for a character (or syllable) in a word; nothing, or `_BREAK` between words."""
    plain = unicodedata.normalize("NFKD", character.casefold()).translate(_PLAIN)
    kept = "".join(each for each in _ACCENTS.sub("", plain) if each.isalnum() or _is_kept(each))
    if kept:
        return kept
    is_unseen = _ACCENTS.match(character) or unicodedata.category(character[0]) in {"Cf", "Mn", "Me"}
    return "" if is_unseen else _BREAK


@lru_cache(maxsize=16_384)
def _is_symbol(character: str) -> bool:
    return unicodedata.category(character) == "So"


def _is_kept(character: str) -> bool:
    return unicodedata.category(character) in {"Mn", "Mc", "So"}


def _is_mark(character: str) -> bool:
    return character > "\u02ff" and unicodedata.category(character) in {"Mn", "Mc", "Me"}
