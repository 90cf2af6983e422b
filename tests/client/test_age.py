"""The age format: what is written opens, here and with `age`; whatever was changed does not."""

import base64
import io
import os
import pty
import re
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanmsg.client.age import CHUNK_BYTES, TAG_BYTES, AgeWriter, NotAge, WrongPassphrase, open_age

EASY = 4
"""scrypt's work factor where its cost is not what is tested."""
SIZES = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 2 * CHUNK_BYTES + 5]


def sealed(plaintext=b"hello", passphrase="word", *, cut=None, work_factor=EASY):
    """Return a file, written in pieces of `cut` bytes."""
    file = io.BytesIO()
    writer = AgeWriter(file, passphrase, random_bytes=os.urandom, work_factor=work_factor)
    cut = cut or max(len(plaintext), 1)
    for start in range(0, len(plaintext), cut):
        writer.write(plaintext[start : start + cut])
    writer.finish()
    return file.getvalue()


def opened(data, passphrase="word"):
    return b"".join(open_age(io.BytesIO(data), passphrase))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("cut", [None, 1000, CHUNK_BYTES, CHUNK_BYTES + 1])
def test_what_is_written_opens_whatever_its_size_and_pieces(size, cut):
    plaintext = os.urandom(size)
    assert opened(sealed(plaintext, cut=cut)) == plaintext


@pytest.mark.parametrize("size", SIZES)
def test_a_payload_has_the_chunks_of_the_specification(size):
    header, _, rest = sealed(os.urandom(size)).partition(b"\n--- ")
    payload = rest.partition(b"\n")[2]
    chunks = max(1, -(-size // CHUNK_BYTES))  # an empty one only where there is nothing
    assert len(payload) == 16 + size + chunks * TAG_BYTES
    assert re.fullmatch(rb"age-encryption\.org/v1\n-> scrypt [A-Za-z0-9+/]{22} 4\n[A-Za-z0-9+/]{43}", header)


def test_another_passphrase_does_not_open_it():
    with pytest.raises(WrongPassphrase):
        opened(sealed(), "Word")


@given(st.data())
@settings(max_examples=60)
def test_a_file_with_one_bit_changed_does_not_open(data):
    file = bytearray(sealed(b"x" * 100))
    place = data.draw(st.integers(0, len(file) * 8 - 1))
    file[place // 8] ^= 1 << place % 8
    with pytest.raises((NotAge, WrongPassphrase)):
        opened(bytes(file))


@pytest.mark.parametrize("size", [5, CHUNK_BYTES, CHUNK_BYTES + 5])
@pytest.mark.parametrize("lost", [1, 5, TAG_BYTES + 5, CHUNK_BYTES + TAG_BYTES])
def test_a_file_that_was_cut_off_does_not_open(size, lost):
    file = sealed(os.urandom(size))
    with pytest.raises(NotAge):
        opened(file[:-lost])


def test_a_file_whose_chunks_were_swapped_does_not_open():
    file = sealed(os.urandom(3 * CHUNK_BYTES))
    payload = len(file) - 3 * (CHUNK_BYTES + TAG_BYTES)
    one, two = (slice(payload + n * (CHUNK_BYTES + TAG_BYTES), None) for n in (0, 1))
    first, second = file[one][: CHUNK_BYTES + TAG_BYTES], file[two][: CHUNK_BYTES + TAG_BYTES]
    swapped = file[:payload] + second + first + file[payload + 2 * (CHUNK_BYTES + TAG_BYTES) :]
    assert len(swapped) == len(file)
    with pytest.raises(NotAge):
        opened(swapped)


def test_bytes_behind_the_end_are_noticed():
    for size in (5, CHUNK_BYTES):
        with pytest.raises(NotAge):
            opened(sealed(os.urandom(size)) + b"\0")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (rb"/v1\n", b"/v2\n"),
        (rb" 4\n", b" 04\n"),
        (rb" 4\n", b" +4\n"),
        (rb" 4\n", b" 21\n"),
        (rb" 4\n", b" 4 x\n"),
        (rb"-> scrypt", b"-> x25519"),
        (rb"scrypt (.{22})", rb"scrypt \1=="),
        (rb"scrypt (.{21})(.)", rb"scrypt \1B"),  # not the one spelling: bits behind the end
        (rb"\n---", b"\n-> other x\n\n---"),
        (rb"--- ", b"---  "),
        (rb"\n---", b"\r\n---"),
        (rb"^", b"\n"),
    ],
)
def test_a_header_that_is_not_exactly_as_specified_is_refused(old, new):
    file = sealed()
    header, _, payload = file.partition(b"\n--- ")
    changed = re.sub(old, new, header + b"\n--- ", count=1) + payload
    assert changed != file
    with pytest.raises((NotAge, WrongPassphrase)):
        opened(changed)


@pytest.mark.parametrize("data", [b"", b"hello", b"age-encryption.org/v1\n", b"\xff" * 1000, b"a" * 100_000])
def test_what_is_no_such_file_is_a_sentence(data):
    with pytest.raises(NotAge, match="no backup"):
        opened(data)


def test_a_file_of_age_itself_opens():
    """Written by `age -p` 1.1.1: interoperability, where there is no `age`."""
    assert opened(base64.b64decode(WRITTEN_BY_AGE), "correct horse battery") == b"from age itself\n"


WRITTEN_BY_AGE = """
YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlwdCBJMlkxTGE5QkUvS1YrWHFRODQ1bVB3IDE4CjZuaHdJdU5KZzNCTGFoRHhZ
TU42TFptdHFDZlhZMTlyNS9DSjZrZ1gvQWsKLS0tIDJqdDBxK3g4TXYzcVlFbVdQRGxIei9SalN3WGh3R0s0NkF3MU1uL3h3d2cK
IX9QmJGIJDFKJp1vFRBxXbx/Kyyrr/lJjQEbN4FNjRnQzanKUuZsQpEKiDT/0vnP
"""

needs_age = pytest.mark.skipif(shutil.which("age") is None, reason="needs the command age")


def run_on_terminal(command, lines):
    """Run a command that asks for a passphrase on its terminal."""
    process, terminal = pty.fork()
    if not process:
        os.execvp(command[0], command)  # noqa: S606
    try:
        shown = b""
        for line in lines:
            while not shown.endswith(b": "):
                shown += os.read(terminal, 1000)
            os.write(terminal, line.encode() + b"\n")
            shown = b""
        while True:
            try:
                if not os.read(terminal, 1000):
                    break
            except OSError:  # Linux: the other end is closed
                break
    finally:
        os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0


@needs_age
@pytest.mark.parametrize("size", SIZES[1:])  # of nothing `age` makes no file
def test_age_opens_what_we_write(size, tmp_path):
    plaintext = os.urandom(size)
    (tmp_path / "a.age").write_bytes(sealed(plaintext, "correct horse", work_factor=10))
    run_on_terminal(["age", "-d", "-o", str(tmp_path / "a"), str(tmp_path / "a.age")], ["correct horse"])
    assert (tmp_path / "a").read_bytes() == plaintext


@needs_age
def test_we_open_what_age_writes(tmp_path):
    plaintext = os.urandom(CHUNK_BYTES + 7)
    (tmp_path / "a").write_bytes(plaintext)
    run_on_terminal(["age", "-p", "-o", str(tmp_path / "a.age"), str(tmp_path / "a")], ["correct horse"] * 2)
    assert opened((tmp_path / "a.age").read_bytes(), "correct horse") == plaintext
    assert subprocess.run(["age", "--version"], check=True).returncode == 0
