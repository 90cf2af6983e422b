import subprocess
import sys
import unicodedata

import pytest

from lanmsg.wire.confusables import prototypes, script_of


@pytest.mark.parametrize(
    ("char", "prototype"),
    [
        ("1", "l"),
        ("0", "O"),
        ("m", "rn"),
        ("\u0430", "a"),
        ("\u0627", "l"),
        ("\u05ad", "\u0596"),
        ("\uff41", "a"),
    ],
)
def test_known_lines_of_confusables_txt_are_there(char, prototype):
    assert prototypes()[char] == prototype


def test_the_data_is_whole():
    assert len(prototypes()) >= 6300


def test_a_prototype_stands_for_itself():
    sources = prototypes().keys()
    assert not [target for target in prototypes().values() if any(char in sources for char in target)]


def test_letters_and_digits_of_ascii_that_look_alike_are_these_only():
    ascii_pairs = {char: target for char, target in prototypes().items() if char.isascii() and char.isalnum()}
    assert ascii_pairs == {"1": "l", "I": "l", "0": "O", "m": "rn"}


@pytest.mark.parametrize(
    ("char", "script"),
    [
        ("a", "LATIN"),
        ("\u0430", "CYRILLIC"),
        ("漢", "HAN"),
        ("1", "COMMON"),
        ("\u0301", "INHERITED"),
        ("\u0378", "UNKNOWN"),
    ],
)
def test_a_character_has_the_script_of_the_standard(char, script):
    assert script_of(char) == script


def test_scripts_agree_with_the_names_of_letters():
    for script, first, last in (("GREEK", 0x3B1, 0x3C9), ("HEBREW", 0x5D0, 0x5EA), ("THAI", 0xE01, 0xE2E)):
        for code in range(first, last + 1):
            assert unicodedata.name(chr(code)).startswith(script)
            assert script_of(chr(code)) == script


def test_the_code_of_the_package_which_imports_network_modules_is_not_loaded():
    code = (
        "import sys, lanmsg.wire.confusables as c; c.prototypes(); sys.exit('urllib.request' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
