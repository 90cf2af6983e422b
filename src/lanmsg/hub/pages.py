"""What is read from the storage for one answer: a page of a log, or of a room's MEMBERS entries."""

from lanmsg.hub.jobs import MembersPage, Page, ReadJob, ReadMembersJob
from lanmsg.hub.storage.interface import Storage
from lanmsg.wire.codec import decode_as
from lanmsg.wire.frames import MembersItem
from lanmsg.wire.limits import FETCH_PAGE_BYTES, FETCH_PAGE_ENTRIES, MEMBERS_PAGE_ENTRIES
from lanmsg.wire.statements import MembersStatement


def read_page(storage: Storage, job: ReadJob | ReadMembersJob) -> Page | MembersPage:
    """Read what a job asks for, as much as one frame allows."""
    if isinstance(job, ReadMembersJob):
        return _read_members(storage, job)
    run = storage.read_run(job.log, job.after, max_entries=FETCH_PAGE_ENTRIES, max_bytes=FETCH_PAGE_BYTES)
    return Page(job.log, job.after, run)


def _read_members(storage: Storage, job: ReadMembersJob) -> MembersPage:
    """Follow the entries from one to that before it, which each names in its view."""
    items: list[MembersItem] = []
    seq = job.seq
    while seq and len(items) < MEMBERS_PAGE_ENTRIES:
        placed = storage.members_entry(job.log, seq)
        if placed is None:
            break  # the client asked for what is none
        items.append(MembersItem(placed.seq, placed.previous, placed.entry))
        seq = decode_as(MembersStatement, placed.entry.body, "members").view.membership_seq
    return MembersPage(job.log, job.seq, items)
