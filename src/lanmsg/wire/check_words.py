"""Four words from a hub's identity key, for two people to compare; and keys in full, to read aloud.

44 bits are few, so each guess is made dear: an attacker who wants another key with the same four
words must run scrypt 2**43 times on average. At 16 MiB and some 40 ms each, that is 10,000 years of
one core, or a year of 10,000 cores, for one hub, before the words are even shown.
"""

import hashlib
from functools import lru_cache
from typing import Final

from lanmsg.wire.ids import KEY_BYTES
from lanmsg.wire.labels import CHECK_WORDS

SCRYPT_N: Final = 2**14
SCRYPT_R: Final = 8
SCRYPT_P: Final = 1
WORD_COUNT: Final = 4
_BITS_PER_WORD = 11
_STRETCHED_BYTES = 6  # 48 bits, of which the first 44 are used
_LIST_SHA256 = "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"
_GROUP_BYTES = 2


def check_words(identity_key: bytes) -> tuple[str, str, str, str]:
    """Return the four words of an Ed25519 public key (32 bytes); takes some 40 ms and 16 MiB.

    The first 44 bits of scrypt(password = key, salt = label CHECK_WORDS), 11 bits per word, most
    significant first, from the English list of BIP-39 (RFC 7914; `docs/vectors/check_words.json`).
    """
    assert len(identity_key) == KEY_BYTES
    stretched = hashlib.scrypt(
        identity_key, salt=CHECK_WORDS, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P, dklen=_STRETCHED_BYTES
    )
    bits = int.from_bytes(stretched, "big") >> (8 * _STRETCHED_BYTES - WORD_COUNT * _BITS_PER_WORD)
    words = _word_list()
    first, second, third, fourth = (
        words[bits >> shift & (1 << _BITS_PER_WORD) - 1] for shift in (33, 22, 11, 0)
    )
    return first, second, third, fourth


def fingerprint(key: bytes) -> str:
    """Return a key of 32 bytes in full as 16 groups of 4 hexadecimal digits."""
    assert len(key) == KEY_BYTES
    return key.hex(" ", _GROUP_BYTES)


@lru_cache(maxsize=1)
def _word_list() -> tuple[str, ...]:
    """Load the 2,048 words, and make sure that both sides of a comparison have the same ones."""
    from mnemonic import Mnemonic

    words = tuple(Mnemonic("english").wordlist)
    digest = hashlib.sha256("".join(f"{word}\n" for word in words).encode()).hexdigest()
    if len(words) != 1 << _BITS_PER_WORD or digest != _LIST_SHA256:
        raise AssertionError("the installed word list is not the English one of BIP-39")
    return words
