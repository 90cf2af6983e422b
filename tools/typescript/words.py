"""Lists of words that people compare."""

from mnemonic import Mnemonic
from tools.typescript.text import header


def word_files() -> dict[str, str]:
    """Return the files of this module."""
    words = " ".join(Mnemonic("english").wordlist)
    return {
        "check-word-list.ts": header("the English list of BIP-39")
        + f'/** 2,048 words, with spaces between. */\nexport const CHECK_WORD_LIST =\n  "{words}";\n'
    }
