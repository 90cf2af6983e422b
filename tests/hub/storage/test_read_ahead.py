"""Asking for pages: every page that SQLite will need, few others, and never an error."""

from pathlib import Path

import apsw
import pytest

from lanmsg.hub.storage.sqlite.read_ahead import CAN_ADVISE, Ids, ReadAhead

PAGE_BYTES = 512
"""Small, so that a few thousand rows make a tree of four levels."""
ROWS = 3000
STEP = 2**50 + 12345
"""Ids grow from one byte to nine."""

pytestmark = pytest.mark.skipif(not CAN_ADVISE, reason="this system takes no such hints")


class Table:
    """A table in a file, and what is asked for of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        connection = apsw.Connection(str(path))
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, body BLOB)")
        with connection:
            rows = [(row_id(number), body(number)) for number in range(ROWS)]
            connection.executemany("INSERT INTO t VALUES (?, ?)", rows)
        ((root,),) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 't'").fetchall()
        assert isinstance(root, int)
        connection.close()
        self.asked: list[int] = []
        self.ahead = ReadAhead(path, root, PAGE_BYTES, advise=self._advise)

    def _advise(self, _file: int, start: int, size: int) -> None:
        assert size == PAGE_BYTES
        self.asked.append(start // PAGE_BYTES)

    def asked_bytes(self) -> bytes:
        """All that was asked for."""
        data = self.path.read_bytes()
        return b"".join(data[page * PAGE_BYTES : (page + 1) * PAGE_BYTES] for page in self.asked)


def row_id(number: int) -> int:
    return 1 + number * STEP


def body(number: int) -> bytes:
    return b"<%06d>" % number * 12


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return Table(tmp_path / "t.sqlite3")


@pytest.mark.parametrize(("first", "last"), [(0, ROWS - 1), (0, 0), (7, 7), (500, 620), (ROWS - 9, ROWS - 1)])
def test_every_page_with_the_rows_is_asked_for(table: Table, first: int, last: int) -> None:
    table.ahead.ask_for([Ids(row_id(first), row_id(last))])
    asked = table.asked_bytes()
    assert all(body(number) in asked for number in range(first, last + 1))
    assert len(table.asked) == len(set(table.asked))


def test_few_other_pages_are_asked_for(table: Table) -> None:
    table.ahead.ask_for([Ids(row_id(500), row_id(520))])
    assert len(table.asked) < 21  # 4 rows a page, and a path of inner pages


def test_several_ranges_are_asked_for_together(table: Table) -> None:
    numbers = [3, 800, 801, 2500]
    table.ahead.ask_for([Ids(row_id(number), row_id(number)) for number in numbers])
    asked = table.asked_bytes()
    assert all(body(number) in asked for number in numbers)
    assert len(table.asked) == len(set(table.asked))


def test_rows_that_do_not_exist_are_no_error(table: Table) -> None:
    table.ahead.ask_for([Ids(2**63 - 2, 2**63 - 1), Ids(0, 0)])
    assert table.asked


@pytest.mark.parametrize("damage", [b"\xff", b"\x05", b"\x00"])
def test_a_damaged_file_is_no_error(table: Table, damage: bytes) -> None:
    table.path.write_bytes(damage * table.path.stat().st_size)
    table.ahead.ask_for([Ids(1, 2**60)])
    assert len(table.asked) < ROWS


def test_a_file_that_ends_early_is_no_error(table: Table) -> None:
    table.path.write_bytes(table.path.read_bytes()[: 40 * PAGE_BYTES])
    table.ahead.ask_for([Ids(row_id(0), row_id(ROWS - 1))])
    assert table.asked


def test_a_closed_one_asks_for_nothing(table: Table) -> None:
    table.ahead.close()
    table.ahead.close()
    table.ahead.ask_for([Ids(1, 2)])
    assert not table.asked


def test_without_the_file_nothing_is_asked_for(tmp_path: Path) -> None:
    asked: list[int] = []
    ahead = ReadAhead(tmp_path / "nothing", 2, PAGE_BYTES, advise=lambda *_: asked.append(1))
    ahead.ask_for([Ids(1, 2)])
    assert not asked
