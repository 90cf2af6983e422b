"""Cursors and receipts: how far each device has stored what, and who hears of it."""

import asyncio

import pytest

from lanmsg.hub.receipts import RECEIPT_INTERVAL_S, REMEMBERED_AUTHORS, ReceiptBook, wants_all_receipts
from lanmsg.hub.storage.interface import StoredCursor
from lanmsg.wire.entries import LogKind
from lanmsg.wire.frames import Receipt, Receipts
from lanmsg.wire.ids import DeviceId, LogId

from .lab import settle, virtual

ROOM, HALL = LogId(b"room".ljust(16)), LogId(b"hall".ljust(16))
ANN, BOB, CID = (DeviceId(name.ljust(16)) for name in (b"ann", b"bob", b"cid"))


def make(*cursors: StoredCursor) -> tuple[ReceiptBook, list[tuple[DeviceId, Receipts]]]:
    sent: list[tuple[DeviceId, Receipts]] = []
    book = ReceiptBook(
        asyncio.get_running_loop(), cursors=cursors, send=lambda device, frame: sent.append((device, frame))
    )
    return book, sent


@virtual
async def test_a_cursor_only_moves_forward() -> None:
    book, _ = make(StoredCursor(ROOM, ANN, 5))
    assert [book.advance(ROOM, ANN, seq) for seq in (7, 6, 7, 9)] == [5, 7, 7, 7]
    assert book.cursor(ROOM, ANN) == 9
    assert book.cursor(HALL, ANN) == book.cursor(ROOM, BOB) == 0


@virtual
async def test_only_cursors_that_moved_are_saved_and_once() -> None:
    book, _ = make(StoredCursor(ROOM, ANN, 5))
    book.advance(ROOM, ANN, 5)
    assert book.take_unsaved() == []
    book.advance(ROOM, ANN, 6)
    book.advance(ROOM, ANN, 7)
    book.advance(HALL, BOB, 1)
    assert book.take_unsaved() == [StoredCursor(ROOM, ANN, 7), StoredCursor(HALL, BOB, 1)]
    assert book.take_unsaved() == []


@virtual
async def test_receipts_are_gathered_and_the_newest_counts() -> None:
    book, sent = make()
    book.tell([ANN, BOB], ROOM, CID, 1)
    book.tell([ANN], ROOM, CID, 3)
    book.tell([ANN], ROOM, BOB, 2)
    book.tell([ANN], HALL, BOB, 9)
    assert sent == []
    await settle(RECEIPT_INTERVAL_S * 1.1)
    assert sent == [
        (ANN, Receipts(ROOM, [Receipt(CID, 3), Receipt(BOB, 2)])),
        (BOB, Receipts(ROOM, [Receipt(CID, 1)])),
        (ANN, Receipts(HALL, [Receipt(BOB, 9)])),
    ]
    book.tell([], ROOM, ANN, 1)
    await settle(1)
    assert len(sent) == 3


@virtual
async def test_authors_are_those_of_the_entries_newly_stored() -> None:
    book, _ = make()
    for seq, device in enumerate([ANN, BOB, ANN, CID], 1):
        book.note_author(ROOM, seq, device)
    assert book.authors(ROOM, 0, 4) == {ANN, BOB, CID}
    assert book.authors(ROOM, 1, 2) == {BOB}
    assert book.authors(ROOM, 2, 3) == {ANN}
    assert book.authors(ROOM, 4, 4) == book.authors(HALL, 0, 9) == set()


@virtual
async def test_authors_of_long_ago_are_forgotten() -> None:
    book, _ = make()
    book.note_author(ROOM, 1, ANN)
    for seq in range(2, REMEMBERED_AUTHORS + 2):
        book.note_author(ROOM, seq, BOB)
    assert book.authors(ROOM, 0, REMEMBERED_AUTHORS + 1) == {BOB}


@virtual
async def test_a_login_hears_of_the_others() -> None:
    book, _ = make(StoredCursor(ROOM, ANN, 5), StoredCursor(ROOM, BOB, 3))
    assert book.of_log(ROOM, but=ANN) == Receipts(ROOM, [Receipt(BOB, 3)])
    assert book.of_log(HALL, but=ANN) is None
    book.advance(HALL, ANN, 1)
    assert book.of_log(HALL, but=ANN) is None


@virtual
async def test_a_closed_book_sends_nothing_more() -> None:
    book, sent = make()
    book.tell([ANN], ROOM, BOB, 1)
    book.close()
    await settle(1)
    assert sent == []


@pytest.mark.parametrize("kind", LogKind)
def test_only_direct_chats_and_groups_tell_every_receipt(kind: LogKind) -> None:
    assert wants_all_receipts(kind) == (kind in {LogKind.DIRECT, LogKind.GROUP})
