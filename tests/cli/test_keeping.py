"""What an operator says of how long messages are kept."""

import pytest

from lanmsg.cli.keeping import kept_bytes, kept_days
from lanmsg.cli.sizes import parse_size, size_words
from lanmsg.wire.errors import LocalError


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("2GB", 2_000_000_000),
        ("2g", 2_000_000_000),
        (" 1.5 TB ", 1_500_000_000_000),
        ("20 MiB", 20 * 1024**2),
        ("100kB", 100_000),
        ("17", 17),
    ],
)
def test_sizes_are_read_as_people_write_them(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "GB", "2 PB", "-1", "1,5GB", "2GBB", "ten"])
def test_what_is_no_size_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(LocalError, match="2GB"):
        parse_size(text)


@pytest.mark.parametrize(
    ("size", "words"), [(2_000_000_000, "2 GB"), (1_500_000_000, "1.5 GB"), (512_000, "512 kB"), (7, "7 B")]
)
def test_sizes_are_said_as_people_read_them(size: int, words: str) -> None:
    assert size_words(size) == words


def test_what_is_not_said_is_left_to_what_is_remembered() -> None:
    assert (kept_days(None), kept_bytes("")) == (None, None)
    assert (kept_days(0), kept_bytes("0")) == (0, 0)
    assert (kept_days(7), kept_bytes("2GB")) == (7, 2 * 10**9)


@pytest.mark.parametrize("days", [-1, 36_501])
def test_a_time_that_cannot_be_is_refused(days: int) -> None:
    with pytest.raises(LocalError):
        kept_days(days)


@pytest.mark.parametrize("size", ["1MB", "much"])
def test_a_size_that_cannot_be_is_refused(size: str) -> None:
    with pytest.raises(LocalError):
        kept_bytes(size)
