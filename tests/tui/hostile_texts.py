"""Texts that would act on a terminal if they came there as they are, in families (F-06).

Whatever they would do differs from what the app itself writes: other numbers, other modes, places outside
of the screen. So each of them is found among all that was written.
"""

import random
import string

SEED = 6
_ENDS = ("\x07", "\x1b\\", "\x9c", "")
_OSC = (0, 1, 2, 4, 7, 8, 9, 10, 11, 12, 22, 50, 52, 104, 133, 777, 1337)
_FINALS = [chr(code) for code in range(0x40, 0x7F)]
_STRINGS = ("\x1bP", "\x1b_", "\x1b^", "\x1bX", "\x90", "\x98", "\x9e", "\x9f")
_DIRECTIONS = (*range(0x202A, 0x202F), 0x2066, 0x2067, 0x2028, 0x2029, 0x85)
_INTRODUCERS = ("\x1b[", "\x9b")

FAMILIES = {
    "controls": [f"a{chr(code)}b" for code in (*range(1, 10), *range(11, 32), *range(0x7F, 0xA0))],
    "csi": [f"{begin}99;3{final}" for begin in _INTRODUCERS for final in _FINALS],
    "private csi": [
        f"{begin}{sign}99{final}" for begin in _INTRODUCERS for sign in "?>=<!" for final in "hlcmpqu"
    ],
    "osc": [f"{begin}{number};evil{end}" for begin in ("\x1b]", "\x9d") for number in _OSC for end in _ENDS],
    "strings": [f"{begin}q evil{end}" for begin in _STRINGS for end in _ENDS],
    "escapes": [f"\x1b{chr(code)}evil" for code in range(0x20, 0x7F)],
    "known": [
        "\x1b[2J",
        "\x1b[31mred\x1b[1mbold",
        "\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\",
        "\x1b]52;c;cm0gLXJm\x07",
        "\x1b]777;notify;a;b\x07",
        "\x1bP$q q\x1b\\",
        "\x1bP+q544e\x1b\\",
        "\x1b[201~rm -rf\r\x1b[200~",
        "\x1b[?1049l",
        "\x1b[?2026h",
        "\x1b[6n",
        "\x1b[5i",
        "\x1bc",
        "\x1b(0",
        "\x1b#8",
    ],
    "directions": [f"{chr(code)}evil" for code in _DIRECTIONS],
    "markup": ["[red]evil[/red]", "[@click=app.quit]evil[/]", "[link=file:///evil]evil[/link]", "[/]"],
    "wide": ["👩\u200d👧" * 9, "日本" * 30, "e" + "\u0301" * 60, "שלום", "\ufeff\u00ad", "\U000e0041evil"],
}
PLACES = [
    "{}",
    "a {} b",
    "**{}**",
    "`{}`",
    "> {}",
    "- {}",
    "[{}](https://example.org)",
    "[text](https://example.org/{})",
    "https://example.org/{}",
    "@kim {}",
    "```{}\ncode\n```",
    "```python\nx = '{}'\n```",
]
EVERY = [sequence for family in FAMILIES.values() for sequence in family]
LINES_A_TEXT = 20
"""Mixed ones stand together: a text of so many lines is drawn whole."""


def sample(count):
    """Return so many texts, the same each time: of each family as many as of every other."""
    chance = random.Random(SEED)
    families = [chance.sample(family, len(family)) for family in FAMILIES.values()]
    turns = (family[number % len(family)] for number in range(count) for family in families)
    return [chance.choice(PLACES).format(next(turns)) for _ in range(count)]


def everything():
    """Return every sequence at every place."""
    return [place.format(sequence) for sequence in EVERY for place in PLACES]


def mixes(count, seed):
    """Return so many random ones, in texts of several lines."""
    chance = random.Random(seed)
    parts = [*EVERY, *"\x1b\x9b[]();*_`>@ ", *string.ascii_lowercase]
    made = ["".join(chance.choices(parts, k=chance.randrange(1, 7))).replace("\n", "") for _ in range(count)]
    return ["\n".join(made[start : start + LINES_A_TEXT]) for start in range(0, count, LINES_A_TEXT)]
