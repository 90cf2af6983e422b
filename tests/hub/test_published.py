"""Who reads what from where, as far as it is committed."""

from lanmsg.wire.entries import LogKind
from lanmsg.wire.frames import OpenDirect
from lanmsg.wire.ids import LogId
from lanmsg.wire.limits import FETCH_PAGE_ENTRIES
from lanmsg.wire.token_bucket import TokenBucket

from .lab import Device, Lab, virtual


@virtual
async def test_who_reads_what_from_where() -> None:
    async with Lab() as lab:
        ann = await lab.join("ann")
        await ann.ask(ann.message(lab.everyone))
        bob, cid = await lab.join("bob"), await lab.join("cid")
        tablet = await lab.join("tablet", owner=ann.device)
        await ann.ask(OpenDirect(bob.device.user))
        direct = lab.direct(ann.device, bob.device)
        published, session = lab.hub.published, lab.hub.session_of
        bases = {
            peer.device.handle + str(index): [
                published.base(session(peer.device.id), log)
                for log in (
                    lab.directory,
                    lab.everyone,
                    direct,
                    lab.inbox(ann.device.id),
                    lab.account(ann.device),
                    LogId(bytes(16)),
                )
            ]
            for index, peer in enumerate((ann, tablet, bob, cid))
        }
        assert bases == {
            "ann0": [0, 0, 0, 0, 0, None],
            "ann1": [0, 0, 0, None, 0, None],
            "bob2": [0, 1, 0, None, None, None],
            "cid3": [0, 1, None, None, None, None],
        }
        readers = {
            kind: {reader.device for reader in published.readers(published.logs[log], lab.hub.fan_out)}
            for kind, log in [
                (LogKind.DIRECTORY, lab.directory),
                (LogKind.EVERYONE, lab.everyone),
                (LogKind.DIRECT, direct),
                (LogKind.INBOX, lab.inbox(ann.device.id)),
                (LogKind.ACCOUNT, lab.account(ann.device)),
            ]
        }
        all_four = {peer.device.id for peer in (ann, tablet, bob, cid)}
        assert readers == {
            LogKind.DIRECTORY: all_four,
            LogKind.EVERYONE: all_four,
            LogKind.DIRECT: all_four - {cid.device.id},
            LogKind.INBOX: {ann.device.id},
            LogKind.ACCOUNT: {ann.device.id, tablet.device.id},
        }


@virtual
async def test_nobody_reads_the_inbox_of_a_revoked_device() -> None:
    async with Lab() as lab:
        ann = await lab.join("ann")
        tablet = await lab.join("tablet", owner=ann.device)
        session = lab.hub.session_of(tablet.device.id)
        inbox = lab.inbox(tablet.device.id)
        await ann.ask(ann.revoke(tablet.device.id))
        assert lab.hub.published.base(session, inbox) is None
        assert list(lab.hub.published.readers(lab.hub.published.logs[inbox], lab.hub.fan_out)) == []
        await lab.restart()
        assert lab.hub.published.base(session, inbox) is None


@virtual
async def test_the_directory_is_replayed_page_by_page() -> None:
    async with Lab() as lab:
        lab.hub.pace.enrolments = TokenBucket(per_second=0, burst=1, now_s=0)  # no limit
        peer = await lab.greet()
        count = FETCH_PAGE_ENTRIES // 2 + 10
        for start in range(0, count, 20):
            await peer.ask(*(Device(f"p{number}").enrol() for number in range(start, start + 20)))
        size = lab.hub.published.directory.size
        assert size >= count
        await lab.restart()
        assert lab.hub.published.directory.size == size
        assert lab.hub.published.directory.seq == 2 * size
