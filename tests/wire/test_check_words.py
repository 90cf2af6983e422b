import json
import subprocess
import sys
from pathlib import Path

import mnemonic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanmsg.wire import check_words as module
from lanmsg.wire.check_words import check_words, fingerprint

VECTORS = json.loads((Path(__file__).parents[2] / "docs/vectors/check_words.json").read_text("utf-8"))["keys"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["identity_key"][:8])
def test_each_vector_gives_its_words(vector):
    key = bytes.fromhex(vector["identity_key"])
    assert list(check_words(key)) == vector["words"]
    assert fingerprint(key) == vector["fingerprint"]


@settings(max_examples=5)
@given(st.binary(min_size=32, max_size=32), st.integers(0, 255))
def test_one_other_bit_gives_other_words(key, bit):
    other = (int.from_bytes(key, "big") ^ 1 << bit).to_bytes(32, "big")
    assert check_words(key) != check_words(other)


@given(st.binary(min_size=32, max_size=32))
def test_a_fingerprint_shows_the_whole_key(key):
    assert bytes.fromhex(fingerprint(key)) == key
    assert len(fingerprint(key).split(" ")) == 16


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(33)])
def test_only_whole_keys_have_words_and_fingerprints(key):
    for function in (check_words, fingerprint):
        with pytest.raises(AssertionError):
            function(key)


def test_another_word_list_is_refused(monkeypatch):
    class OtherList:
        def __init__(self, language):
            self.wordlist = ["abandon"] * 2048

    monkeypatch.setattr(mnemonic, "Mnemonic", OtherList)
    with pytest.raises(AssertionError, match="BIP-39"):
        module._word_list.__wrapped__()


def test_a_guess_costs_what_the_threat_model_says():
    assert (module.SCRYPT_N, module.SCRYPT_R, module.SCRYPT_P) == (2**14, 8, 1)
    assert module.WORD_COUNT * module._BITS_PER_WORD == 44


def test_the_word_list_loads_only_when_needed():
    code = "import sys, lanmsg.wire.check_words; sys.exit('mnemonic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
