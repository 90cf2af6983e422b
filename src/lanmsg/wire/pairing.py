"""Pairing: the code with which one device lets a second one in, and what is derived from it.

    K7QM-0XWD-9RTA-3FEH      16 characters of Crockford's base32: 80 random bits

The hub keeps a sealed parcel under a name that follows from the code, for ten minutes, and hands it
out once. It can open it only by guessing the code: 2**79 runs of scrypt on average, at 32 MiB each.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from lanmsg.wire import labels
from lanmsg.wire.errors import LocalError
from lanmsg.wire.labels import labelled_hash
from lanmsg.wire.limits import PAIRING_CODE_BYTES

SCRYPT_N: Final = 2**15
SCRYPT_R: Final = 8
SCRYPT_P: Final = 1
_SCRYPT_MEMORY = 64 * 1024 * 1024
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without I, L, O and U: nobody confuses what is left, and it spells nothing."""
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})
_CHARACTERS = PAIRING_CODE_BYTES * 8 // 5
_GROUP = 4


@dataclass(frozen=True, slots=True)
class PairingKeys:
    """What follows from a code: the parcel's name at the hub, and the key that opens it (32 bytes each)."""

    name: bytes
    key: bytes


def pairing_keys(code: bytes) -> PairingKeys:
    """Stretch a code; takes some 80 ms and 32 MiB, for both ends once.

    scrypt (RFC 7914) of the code with salt `PAIRING_CODE`, 32 bytes; name and key are labelled hashes
    of that under `PAIRING_NAME` and `PAIRING_KEY`.
    """
    assert len(code) == PAIRING_CODE_BYTES
    stretched = hashlib.scrypt(
        code,
        salt=labels.PAIRING_CODE,
        n=SCRYPT_N,
        r=SCRYPT_R,
        p=SCRYPT_P,
        maxmem=_SCRYPT_MEMORY,
        dklen=32,
    )
    return PairingKeys(
        name=labelled_hash(labels.PAIRING_NAME, stretched), key=labelled_hash(labels.PAIRING_KEY, stretched)
    )


def format_code(code: bytes) -> str:
    """Return a code as people read and type it."""
    assert len(code) == PAIRING_CODE_BYTES
    bits = int.from_bytes(code, "big")
    text = "".join(_ALPHABET[bits >> 5 * place & 31] for place in reversed(range(_CHARACTERS)))
    return "-".join(text[at : at + _GROUP] for at in range(0, _CHARACTERS, _GROUP))


def parse_code(text: str) -> bytes:
    """Read a code as people type it: in any case, with or without its dashes, O for 0, I and L for 1.

    Raises:
        LocalError: it is none; the text says what is wrong.
    """
    plain = text.strip().upper().translate(_READ_AS)
    wrong = next((character for character in plain if character not in _ALPHABET), None)
    if wrong is not None:
        raise LocalError(f"this is no code for a device: none has a {wrong!a} in it")
    if len(plain) != _CHARACTERS:
        raise LocalError(
            f"a code for a device has {_CHARACTERS} letters and digits, not {len(plain)}: type all of it"
        )
    bits = 0
    for character in plain:
        bits = bits << 5 | _ALPHABET.index(character)
    return bits.to_bytes(PAIRING_CODE_BYTES, "big")
