"""Asking the system for pages before SQLite reads them one by one.

A log's entries lie in pages all over the file, for other logs grew meanwhile. SQLite waits for each
page before it asks for the next: on a machine that was just started, some 70 waits of a disk for one
answer to `fetch`, and thousands for the late rows of a start. So the inner pages of the table are read
here, and all leaves that a range of entries needs are asked for at once; the disk serves many as fast
as one.

It is a hint and nothing else: the file may be older than what SQLite sees (the rest is in the WAL), and
a wrong page costs one read. Page layout: https://www.sqlite.org/fileformat2.html#b_tree_pages.
"""

import contextlib
import os
from bisect import bisect_left
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

CAN_ADVISE: Final = hasattr(os, "posix_fadvise")
"""Whether this system takes such hints: Linux and FreeBSD do."""
MAX_PAGES: Final = 64 * 1024
"""Asked for in one go, 256 MiB: more would push out each other."""
_INTERIOR: Final = 5
_CELLS_AT: Final = 12
"""Where an interior page's array of cell offsets begins, two bytes each."""


class Ids(NamedTuple):
    """Rows with these ids and all between."""

    first: int
    last: int


class ReadAhead:
    """Reads the inner pages of one table. Everything about it is optional: it never fails.

    Close it after SQLite's own connection: closing any descriptor of a file gives up all locks this
    process holds on it (POSIX), SQLite's too.
    """

    def __init__(
        self, path: Path, root: int, page_bytes: int, *, advise: Callable[[int, int, int], None] | None = None
    ) -> None:
        self._root = root
        self._page_bytes = page_bytes
        self._file: int | None = None
        with contextlib.suppress(OSError):  # too many files are open: then it goes without
            self._file = os.open(path, os.O_RDONLY)
        self._advise = advise or _will_need

    def ask_for(self, ranges: Sequence[Ids]) -> None:
        """Ask for the pages with these rows, level by level: all of a level are on their way at once."""
        try:
            self._ask_for(ranges)
        except (IndexError, OSError):
            return  # a page that SQLite will take from the WAL; or the disk, which SQLite will report

    def _ask_for(self, ranges: Sequence[Ids]) -> None:
        level = {self._root: ranges}
        while self._file is not None and 0 < len(level) <= MAX_PAGES:
            for page in level:
                self._advise(self._file, (page - 1) * self._page_bytes, self._page_bytes)
            if self._read(next(iter(level)))[0] != _INTERIOR:
                return  # the leaves, which lie all at one depth
            below: dict[int, list[Ids]] = {}
            for page, wanted in level.items():
                interior = _Interior(self._read(page))
                for each in wanted:
                    for child in interior.pages_with(each):
                        below.setdefault(child, []).append(each)
            level = below

    def _read(self, page: int) -> bytes:
        assert self._file is not None
        return os.pread(self._file, self._page_bytes, (page - 1) * self._page_bytes)

    def close(self) -> None:
        """Close the file; may be called twice."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _will_need(file: int, start: int, size: int) -> None:
    os.posix_fadvise(file, start, size, os.POSIX_FADV_WILLNEED)


class _Interior:
    """An inner page: the largest ids of the pages below it, decoded when they are looked at.

    Each cell is a page (4 bytes) and the largest id below it; what is larger than all is below the
    page in the header.
    """

    def __init__(self, page: bytes) -> None:
        self._page = page
        self._count = int.from_bytes(page[3:5], "big")
        self._ids: dict[int, int] = {}

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> int:
        if index not in self._ids:
            self._ids[index] = _varint(self._page, self._cell(index) + 4)
        return self._ids[index]

    def pages_with(self, ids: Ids) -> list[int]:
        """Return the pages below that can hold these rows."""
        index = bisect_left(self, ids.first)
        pages = [self._page_below(index)]
        while index < self._count and self[index] < ids.last:
            index += 1
            pages.append(self._page_below(index))
        return pages

    def _cell(self, index: int) -> int:
        at = _CELLS_AT + 2 * index
        return self._page[at] << 8 | self._page[at + 1]

    def _page_below(self, index: int) -> int:
        at = 8 if index == self._count else self._cell(index)
        return int.from_bytes(self._page[at : at + 4], "big")


def _varint(page: bytes, at: int) -> int:
    """Read seven bits a byte, until one is below 128; a ninth byte has eight."""
    value = 0
    for byte in page[at : at + 8]:
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value
    return value << 8 | page[at + 8]
