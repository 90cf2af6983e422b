r"""The age format (age-encryption.org/v1) with one scrypt recipient: files under a passphrase.

    header   "age-encryption.org/v1\n"
             "-> scrypt " salt " " log2(N) "\n"          salt: 16 bytes; all bytes in base64 without padding
             wrapped file key "\n"                       ChaCha20-Poly1305, 16 + 16 bytes
             "--- " MAC "\n"                             HMAC-SHA256 over everything up to "---"
    payload  nonce (16 bytes), then STREAM: chunks of 64 KiB, each sealed with ChaCha20-Poly1305 under a
             counter and a mark of the last one, so that no chunk can be moved, changed or cut off

The specification is that of the project (C2SP, `age.md`); `age -d` opens what is written here, and what
`age -p` writes is opened here.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from lanmsg.wire.errors import LocalError

VERSION_LINE: Final = b"age-encryption.org/v1\n"
CHUNK_BYTES: Final = 64 * 1024
TAG_BYTES: Final = 16
WORK_FACTOR: Final = 18
"""log2 of scrypt's N, as `age` takes it: some 0.6 s and 256 MiB for each guess."""
MAX_WORK_FACTOR: Final = 20
"""A file that asks for more (1 GiB) is refused: it would only stop this machine."""
MAX_HEADER_BYTES: Final = 512
"""Twice what a header with one scrypt recipient has."""

_FILE_KEY_BYTES: Final = 16
_NONCE_BYTES: Final = 16
_SALT_BYTES: Final = 16
_MAC_BYTES: Final = 32
_SCRYPT_LABEL: Final = b"age-encryption.org/v1/scrypt"
_STANZA: Final = re.compile(rb"-> scrypt ([A-Za-z0-9+/]{22}) ([1-9][0-9]?)")
_COUNTER_BYTES: Final = 11


class NotAge(LocalError):
    """The file is none of this format, not under a passphrase, or damaged."""


class WrongPassphrase(LocalError):
    """The passphrase does not open the file."""

    def __str__(self) -> str:
        return "the passphrase is wrong"


# --- writing ---------------------------------------------------------------------------------


class AgeWriter:
    """Encrypts what is written to it into `file`; `finish` writes the last chunk and is called once.

    A file-like object as far as `tarfile` needs one. Without `finish` the file does not open.
    """

    def __init__(
        self,
        file: BinaryIO,
        passphrase: str,
        *,
        random_bytes: Callable[[int], bytes],
        work_factor: int = WORK_FACTOR,
    ) -> None:
        file_key = random_bytes(_FILE_KEY_BYTES)
        salt = random_bytes(_SALT_BYTES)
        file.write(_header(passphrase, file_key, salt=salt, work_factor=work_factor))
        nonce = random_bytes(_NONCE_BYTES)
        file.write(nonce)
        self._file = file
        self._cipher = _payload_cipher(file_key, nonce)
        self._waiting = bytearray()
        self._chunks = 0

    def write(self, data: bytes) -> int:
        """Take more of the plaintext."""
        self._waiting += data
        while len(self._waiting) > CHUNK_BYTES:  # the last chunk is known when there is no more
            self._seal(bytes(self._waiting[:CHUNK_BYTES]), is_last=False)
            del self._waiting[:CHUNK_BYTES]
        return len(data)

    def finish(self) -> None:
        """Write what is left, marked as the end."""
        self._seal(bytes(self._waiting), is_last=True)

    def _seal(self, chunk: bytes, *, is_last: bool) -> None:
        self._file.write(self._cipher.encrypt(_chunk_nonce(self._chunks, is_last=is_last), chunk, None))
        self._chunks += 1


def _header(passphrase: str, file_key: bytes, *, salt: bytes, work_factor: int) -> bytes:
    wrapped = _wrapping_cipher(passphrase, salt, work_factor).encrypt(bytes(12), file_key, None)
    start = VERSION_LINE + b"-> scrypt %b %d\n%b\n---" % (_base64(salt), work_factor, _base64(wrapped))
    return start + b" " + _base64(_header_mac(file_key, start)) + b"\n"


# --- reading ---------------------------------------------------------------------------------


def open_age(file: BinaryIO, passphrase: str) -> Iterator[bytes]:
    """Yield the plaintext of a file, chunk by chunk; each is authentic, and the whole when this ends.

    Raises:
        NotAge: it is no file of this format, or was changed or cut off; also after some chunks.
        WrongPassphrase: it is under another one.
    """
    file_key = _read_header(file, passphrase)
    nonce = file.read(_NONCE_BYTES)
    if len(nonce) != _NONCE_BYTES:
        raise NotAge("the file is cut off")
    return _chunks(file, _payload_cipher(file_key, nonce))


def _chunks(file: BinaryIO, cipher: ChaCha20Poly1305) -> Iterator[bytes]:
    number = 0
    sealed = _read(file, CHUNK_BYTES + TAG_BYTES)
    while True:
        following = _read(file, CHUNK_BYTES + TAG_BYTES)
        try:
            chunk = cipher.decrypt(_chunk_nonce(number, is_last=not following), sealed, None)
        except (InvalidTag, ValueError) as error:
            raise NotAge("the file is damaged or cut off") from error
        if number and not chunk:
            raise NotAge("the file is damaged: it ends in an empty piece")
        yield chunk
        if not following:
            return
        number, sealed = number + 1, following


def _read_header(file: BinaryIO, passphrase: str) -> bytes:
    """Read up to the end of the header; return the file key."""
    lines = _header_lines(file)
    stanza = _STANZA.fullmatch(lines[1])
    if stanza is None:
        raise NotAge("the file is encrypted, but not with a passphrase")
    work_factor = int(stanza[2])
    if work_factor > MAX_WORK_FACTOR:
        raise NotAge(f"the file asks for too much work (2^{work_factor}): it was not made by lanmsg")
    salt, wrapped = _bytes(stanza[1], _SALT_BYTES), _bytes(lines[2], _FILE_KEY_BYTES + TAG_BYTES)
    try:
        file_key = _wrapping_cipher(passphrase, salt, work_factor).decrypt(bytes(12), wrapped, None)
    except InvalidTag:
        raise WrongPassphrase from None
    start = b"\n".join((*lines[:3], b"---"))
    if not hmac.compare_digest(_header_mac(file_key, start), _bytes(lines[3][4:], _MAC_BYTES)):
        raise NotAge("the file's header was changed")
    return file_key


def _header_lines(file: BinaryIO) -> list[bytes]:
    """Read the four lines of a header with one scrypt recipient, without their ends."""
    lines: list[bytes] = []
    for _ in range(4):
        line = file.readline(MAX_HEADER_BYTES)
        if not line.endswith(b"\n") or (not lines and line != VERSION_LINE):
            raise NotAge("this is no backup: it is not in the age format")
        lines.append(line[:-1])
    if not lines[3].startswith(b"--- "):
        raise NotAge("the file is encrypted for more than one passphrase: lanmsg makes no such file")
    return lines


def _read(file: BinaryIO, size: int) -> bytes:
    """Read so many bytes; fewer only at the end."""
    data = file.read(size)
    while len(data) < size and (more := file.read(size - len(data))):
        data += more
    return data


# --- keys ------------------------------------------------------------------------------------


def _wrapping_cipher(passphrase: str, salt: bytes, work_factor: int) -> ChaCha20Poly1305:
    kdf = Scrypt(salt=_SCRYPT_LABEL + salt, length=32, n=2**work_factor, r=8, p=1)
    return ChaCha20Poly1305(kdf.derive(passphrase.encode("utf-8", "surrogateescape")))


def _payload_cipher(file_key: bytes, nonce: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(_hkdf(file_key, salt=nonce, info=b"payload"))


def _header_mac(file_key: bytes, start: bytes) -> bytes:
    return hmac.digest(_hkdf(file_key, salt=None, info=b"header"), start, "sha256")


def _hkdf(key: bytes, *, salt: bytes | None, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(key)


def _chunk_nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(_COUNTER_BYTES, "big") + (b"\1" if is_last else b"\0")


def _base64(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def _bytes(text: bytes, size: int) -> bytes:
    """Read base64 as age writes it: no padding, one spelling for each value."""
    try:
        data = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotAge("the file's header is damaged") from error
    if len(data) != size or _base64(data) != text:
        raise NotAge("the file's header is damaged")
    return data
