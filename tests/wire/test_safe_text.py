# ruff: noqa: RUF001  - look-alikes and joined scripts are what is tested
import re
import subprocess
import sys
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lanmsg.wire import safe_text as module
from lanmsg.wire.safe_text import MAX_MARKS, clip, isolated, safe_line, safe_text, width

BIDI_CONTROLS = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
FAMILY = "👨\u200d👩\u200d👧"
RAINBOW = "🏳\ufe0f\u200d🌈"
SCOTLAND = "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
CODER = "👩🏽\u200d💻"

# Characters that decide something here, so that hypothesis meets their combinations often.
TRICKY = st.sampled_from(
    [
        *BIDI_CONTROLS,
        *"\u200c\u200d\ufe0f\u034f\u0301\u20e3\u115f\u3164\u094d\u0915\u0628\ud800\ue000\U000e0067",
        *"\x1b\x9b\x00\x7f\n\r\t\x85\u2028a1#❤👩🏴\ufffd◌\u00ad\ufeff",
        *(SCOTLAND, FAMILY, "\r\n"),
    ]
)
ANY_TEXT = st.text() | st.lists(TRICKY | st.characters(), max_size=30).map("".join)

SEQUENCES = [
    "\x1b[2J",
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\",
    "\x1b]52;c;cm0gLXJm\x07",
    "\x1bP$q q\x1b\\",
    "\x1b_apc\x1b\\",
    "\x1b^pm\x1b\\",
    "\x1bXsos\x1b\\",
    "\x1b[201~",
    "\x9b2J",
    "\x9d52;c;AAAA\x9c",
    "\x90q\x9c",
    "\x1bc",
    "\x07\x08\x0b\x0c\x0e\x0f\x7f",
]


def allowed(char):
    category = unicodedata.category(char)
    if char in "\u200c\u200d":
        return True  # only where they join; tested below
    return category not in {"Cc", "Cs", "Co", "Zl", "Zp"} and (
        category != "Cf" or char in module._VISIBLE_FORMATS
    )


@pytest.mark.parametrize("attack", SEQUENCES)
def test_no_terminal_sequence_passes(attack):
    for filtered in (safe_line(f"a{attack}b"), safe_text(f"a{attack}b")):
        assert filtered.startswith("a")
        assert filtered.endswith("b")
        assert filtered.isprintable()
        assert len(filtered) >= 3  # and what was there is visible


@pytest.mark.parametrize("code", [*range(0x20), *range(0x7F, 0xA0)])
def test_each_control_character_becomes_visible(code):
    if chr(code) != "\t":
        assert safe_line(chr(code)) in {module.NEW_LINE_MARK, "\ufffd", chr(0x2400 + code), "\u2421"}


def test_no_code_point_of_unicode_gets_out_if_it_should_not():
    unassigned_planes = range(0x40000, 0xE0000)
    codes = (code for code in range(0xF0100) if code not in unassigned_planes)
    shown = safe_line("a".join(map(chr, codes)))
    assert all(allowed(char) for char in set(shown))


def test_a_mark_is_never_a_word_character_so_the_fast_path_sees_each_pile():
    marks = (
        chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) in {"Mn", "Me"}
    )
    assert not any(re.match(r"\w", mark) for mark in marks)


@given(ANY_TEXT)
@example("\u0628\u200d\u115f")
def test_filtering_twice_changes_nothing(text):
    assert safe_line(safe_line(text)) == safe_line(text)
    assert safe_text(safe_text(text)) == safe_text(text)


@given(ANY_TEXT)
def test_only_allowed_characters_come_out(text):
    line, lines = safe_line(text), safe_text(text)
    assert all(allowed(char) for char in line.replace(SCOTLAND, ""))
    assert all(allowed(char) or char == "\n" for char in lines.replace(SCOTLAND, ""))


@given(ANY_TEXT)
def test_no_output_fails_to_encode(text):
    (safe_line(text) + safe_text(text)).encode()


@given(st.text(alphabet=st.characters(categories=["Lu", "Ll", "Nd", "Po", "Sc", "Lo"]) | st.just(" ")))
def test_ordinary_text_stays_as_it_is(text):
    if not set(text) & module._BLANK_LETTERS:
        assert safe_line(text) == safe_text(text) == text


@pytest.mark.parametrize("control", BIDI_CONTROLS)
def test_bidi_controls_are_removed(control):
    assert safe_line(f"photo{control}gpj.exe") == "photogpj.exe"


@pytest.mark.parametrize(
    "emoji", [FAMILY, RAINBOW, SCOTLAND, CODER, "1\ufe0f\u20e3", "❤\ufe0f\u200d🔥", "🙂\u200d↔\ufe0f"]
)
def test_emoji_sequences_stay_whole(emoji):
    assert safe_line(f"a {emoji} b") == f"a {emoji} b"


@pytest.mark.parametrize(
    "word", ["می\u200cخواهم", "ക്\u200d", "क्\u200dष", "שָׁלוֹם", "葛\U000e0100", "ភាសាខ្មែរ", "ᠮᠤ\u180b"]
)
def test_joined_and_marked_scripts_stay_whole(word):
    assert safe_line(f"{word} x") == f"{word} x"


@pytest.mark.parametrize(
    "hidden", ["\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u2062", "\ufe0f", "\u034f"]
)
def test_invisible_characters_do_not_hide_in_words(hidden):
    assert safe_line(f"pass{hidden}word") == "password"


def test_selectors_cannot_carry_bytes_behind_an_emoji():
    smuggled = "".join(chr(0xE0100 + byte) for byte in b"secret")
    assert safe_line("😀" + smuggled) == "😀"
    assert safe_line("a" + smuggled) == "a"


def test_tags_outside_the_three_flags_are_visible():
    assert safe_line("hi\U000e0041\U000e0042") == "hi\ufffd\ufffd"
    assert safe_line("🏴\U000e0067\U000e0062") == "🏴\ufffd\ufffd"


def test_blank_letters_private_use_surrogates_and_noncharacters_are_visible():
    assert safe_line("\u3164\ue000\ud800\uffff\U0010ffff") == "\ufffd" * 5


def test_zalgo_is_cut_to_what_scripts_need():
    pile = "".join(chr(0x300 + n % 0x40) for n in range(1000))
    filtered = safe_line(f"a{pile}b{pile}")
    assert len(filtered) == 2 + 2 * MAX_MARKS
    assert filtered[MAX_MARKS + 1] == "b"


def test_a_mark_at_the_start_gets_its_own_base():
    assert safe_line("\u0301x") == "◌\u0301x"
    assert safe_text("a\n\u0301x") == "a\n◌\u0301x"


def test_line_breaks_show_in_a_line_and_stay_in_a_text():
    assert safe_line("a\r\nb\nc\rd\u2028e\u2029f\x85g") == "a⏎b⏎c⏎d⏎e⏎f⏎g"
    assert safe_text("a\r\nb\nc\rd\u2028e") == "a\nb\nc␍d⏎e"


def test_tabs_become_spaces():
    assert safe_line("a\tb") == "a b"
    assert safe_text("\tif x:\n\t\ty") == "    if x:\n        y"


def test_emoji_and_ideographs_newer_than_this_python_are_shown():
    assert safe_line("\U0001fadf\U0002ebf0") == "\U0001fadf\U0002ebf0"
    assert safe_line("\U0002ffff") == "\ufffd"


def test_names_from_right_to_left_are_isolated_and_others_left_alone():
    assert isolated("דנה") == "\u2068דנה\u2069"
    assert isolated("bob") == "bob"
    assert isolated("größe") == "größe"


def test_nobody_can_close_our_isolate():
    assert isolated("דנה\u2069\u202e!") == "\u2068דנה!\u2069"


@given(ANY_TEXT)
def test_isolates_come_only_in_pairs_around_everything(text):
    result = isolated(text)
    assert "\u2068" not in result[1:]
    assert "\u2069" not in result[:-1]


@pytest.mark.parametrize(
    ("text", "columns"), [("", 0), ("abc", 3), ("größe", 5), ("漢字", 4), (FAMILY, 2), ("e\u0301", 1)]
)
def test_width_counts_columns(text, columns):
    assert width(text) == columns


@pytest.mark.parametrize(
    ("text", "columns", "clipped"),
    [
        ("hello", 5, "hello"),
        ("hello", 4, "hel…"),
        ("hello", 1, "…"),
        ("hello", 0, ""),
        ("hello", -3, ""),
        ("漢字", 4, "漢字"),
        ("漢字", 3, "漢…"),
        ("漢字", 2, "…"),
        (f"{FAMILY}ab", 3, f"{FAMILY}…"),
        ("e\u0301e\u0301e\u0301", 2, "e\u0301…"),
    ],
)
def test_clip_cuts_between_graphemes(text, columns, clipped):
    assert clip(text, columns) == clipped


@given(ANY_TEXT, st.integers(0, 20))
def test_clipped_text_fits(text, columns):
    assert width(clip(safe_line(text), columns)) <= columns


def test_heavy_libraries_load_only_when_columns_are_counted():
    code = "import sys, lanmsg.wire.safe_text as s; s.safe_line('x\\x1b'); sys.exit('wcwidth' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
