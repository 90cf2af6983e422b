"""From a committed batch to its readers, and what the event loop knows afterwards."""

import pytest

from lanmsg.hub.jobs import Changes
from lanmsg.hub.storage.interface import PlacedEntry
from lanmsg.wire import ids
from lanmsg.wire.codec import decode_entry, decode_hub_frame
from lanmsg.wire.entries import Entry, EntryKind, entry_hash
from lanmsg.wire.frames import Entries, Heads
from lanmsg.wire.ids import LogId
from lanmsg.wire.limits import COMMIT_BATCH_ENTRIES, FETCH_PAGE_ENTRIES, MAX_BODY_BYTES, MAX_FRAME_BYTES

from .lab import Device, Lab, message_id, virtual


def run_of(log: LogId, count: int, size_bytes: int) -> list[PlacedEntry]:
    previous, found = ids.ZERO_HASH, []
    for seq in range(1, count + 1):
        entry = Entry(EntryKind.MESSAGE, Device("ann").id, message_id(seq), 2**52, bytes(size_bytes))
        hash_ = entry_hash(log, seq, previous, entry)
        found.append(PlacedEntry(log, seq, previous, hash_, entry))
        previous = hash_
    return found


@pytest.mark.parametrize(
    ("count", "size_bytes"),
    [
        (1, MAX_BODY_BYTES),
        (7, MAX_BODY_BYTES),
        (COMMIT_BATCH_ENTRIES, 0),
        (COMMIT_BATCH_ENTRIES, 200),
        (6000, 1),
        (FETCH_PAGE_ENTRIES, 393),
        (FETCH_PAGE_ENTRIES + 1, 0),
    ],
)
@virtual
async def test_every_run_is_cut_into_frames_that_clients_take(count: int, size_bytes: int) -> None:
    async with Lab() as lab:
        run = run_of(lab.everyone, count, size_bytes)
        lab.hub.published.logs[lab.everyone].seq = count
        frames = lab.hub.publisher.encode_run(lab.everyone, 1, ids.ZERO_HASH, [each.entry for each in run])
        expected = iter(run)
        for data in frames:
            assert len(data) - 4 <= MAX_FRAME_BYTES
            frame = decode_hub_frame(data[4:])
            assert isinstance(frame, Entries)
            assert frame.head == count
            for seq, item in enumerate(frame.items, frame.first_seq):
                committed = next(expected)
                if seq == frame.first_seq:
                    assert frame.previous == committed.previous
                assert (seq, decode_entry(item)) == (committed.seq, committed.entry)
        assert next(expected, None) is None


@virtual
async def test_an_empty_run_is_one_empty_frame() -> None:
    async with Lab() as lab:
        (data,) = lab.hub.publisher.encode_run(lab.everyone, 8, b"h" * 32, [])
        assert decode_hub_frame(data[4:]) == Entries(lab.everyone, 8, b"h" * 32, 0, [])


@virtual
async def test_an_entry_is_encoded_once_for_all_readers() -> None:
    async with Lab() as lab:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        lab.hub.publisher.publish(Changes(entries=run_of(lab.everyone, 1, 10)))
        parts = [lab.hub.session_of(peer.device.id).outgoing.parts[-1] for peer in (ann, bob)]
        assert parts[0] is parts[1]


@virtual
async def test_heads_and_logs_follow_what_was_published() -> None:
    async with Lab() as lab:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        run = run_of(lab.everyone, 3, 10)
        published = lab.hub.published
        lab.hub.publisher.publish(Changes(entries=run))
        head = published.head(lab.hub.session_of(bob.device.id), lab.everyone, counter=4)
        assert (head.seq, head.hash, head.base, head.counter) == (3, run[-1].hash, 0, 4)
        assert (lab.hub.publisher.entries, lab.hub.publisher.deliveries) == (4 + 3, 2 + 6)
        assert len(ann.all(Heads)) == 1
