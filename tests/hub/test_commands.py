"""What each frame of a client does, seen from the other end of its link."""

from dataclasses import replace

import msgspec
import pytest

from lanmsg.hub.config import HubConfig
from lanmsg.wire import ids, limits
from lanmsg.wire.codec import encode
from lanmsg.wire.entries import EntryKind, LogKind
from lanmsg.wire.errors import Code
from lanmsg.wire.frames import (
    Ack,
    Append,
    Appended,
    Challenge,
    ClaimedKeys,
    ClaimKeys,
    CreateInvite,
    Enrolled,
    Entries,
    Fetch,
    Heads,
    Hello,
    InviteCreated,
    Login,
    OpenDirect,
    Ping,
    Pong,
    PublishKeys,
    Receipt,
    Receipts,
    Refused,
    Share,
    Stock,
    Welcome,
)
from lanmsg.wire.ids import LogId

from .lab import START_MS, Device, Lab, invite, olm_body, published_key, settle, virtual

# --- enrolling -------------------------------------------------------------------------------


@virtual
async def test_enrolling_again_is_answered_the_same_way() -> None:
    async with Lab() as lab:
        peer = await lab.greet(Device("ann"))
        await peer.ask(peer.device.enrol(), peer.device.enrol())
        assert peer.all(Enrolled) == [Enrolled("ann"), Enrolled("ann")]
        assert lab.hub.published.directory.size == 1


@virtual
async def test_of_two_connections_that_want_one_name_one_gets_it() -> None:
    async with Lab() as lab:
        one, other = await lab.greet(Device("ann")), await lab.greet(Device("ann", seed="other"))
        one.send(one.device.enrol())
        other.send(other.device.enrol())
        await settle()
        assert (len(one.all(Enrolled)), other.refusals) == (1, [Code.NAME_TAKEN])
        await other.ask(Device("ann2", seed="third").enrol())
        assert other.all(Enrolled) == [Enrolled("ann2")]


@virtual
async def test_a_false_enrolment_is_refused_and_the_hub_lives() -> None:
    async with Lab() as lab:
        peer = await lab.greet(Device("ann"))
        frame = peer.device.enrol()
        user = type(frame.user)("bob", frame.user.identity_key, frame.user.signature)
        await peer.ask(type(frame)(user, frame.device, frame.fallback_key))
        assert peer.refusals == [Code.BAD_SIGNATURE]
        await peer.ask(frame)
        assert peer.all(Enrolled)


@virtual
async def test_an_invite_made_by_a_member_lets_one_newcomer_in() -> None:
    async with Lab() as lab:
        ann = await lab.join("ann")
        lab.hub.change_settings(replace(lab.hub.settings, invite_only=True))
        await ann.ask(invite(lab, b"s" * 16, request=9))
        assert ann.all(InviteCreated) == [InviteCreated(9)]
        bob, cid = await lab.greet(Device("bob")), await lab.greet(Device("cid"))
        assert bob.last(Challenge).invite_only
        bob.send(bob.device.enrol(invite=b"s" * 16))
        cid.send(cid.device.enrol(invite=b"s" * 16))
        await settle()
        assert bob.all(Enrolled)
        assert cid.refusals == [Code.INVITE_UNKNOWN]


@virtual
async def test_enrolments_are_limited_in_all_and_go_on_at_their_rate() -> None:
    async with Lab() as lab:
        peer = await lab.greet()
        enrolments = [Device(f"p{number}").enrol() for number in range(limits.ENROLMENTS_BURST + 1)]
        await peer.ask(*enrolments)
        refused = peer.last(Refused)
        assert (len(peer.all(Enrolled)), refused.code) == (limits.ENROLMENTS_BURST, Code.THROTTLED)
        await settle(refused.retry_after_ms / 1000)
        await peer.ask(enrolments[-1])
        assert len(peer.all(Enrolled)) == limits.ENROLMENTS_BURST + 1


# --- logging in ------------------------------------------------------------------------------


@virtual
async def test_a_login_hears_where_everything_stands() -> None:
    async with Lab() as lab:
        ann, bob = await lab.join("ann", keys=3), await lab.join("bob")
        await ann.ask(OpenDirect(bob.device.user))
        direct = lab.direct(ann.device, bob.device)
        await ann.ask(ann.message(direct), ann.message(direct), ann.message(lab.everyone))
        again = await lab.log_in(ann.device)
        welcome = again.last(Welcome)
        assert (welcome.user, welcome.handle) == (ann.device.user, "ann")
        assert (welcome.stock, welcome.has_fallback_key, welcome.log_count) == (3, True, 5)
        assert welcome.hub == ids.hub_id(again.last(Challenge).identity_key)
        assert welcome.now_ms >= START_MS
        heads = [head for frame in again.all(Heads) for head in frame.heads]
        assert [head.kind for head in heads] == [
            LogKind.INBOX,
            LogKind.DIRECTORY,
            LogKind.EVERYONE,
            LogKind.ACCOUNT,
            LogKind.DIRECT,
        ]
        assert [(head.seq, head.counter) for head in heads] == [(0, 0), (4, 0), (1, 1), (0, 0), (2, 2)]
        assert heads[3].users == [ann.device.user]
        assert set(heads[-1].users) == {ann.device.user, bob.device.user}


@virtual
async def test_a_login_with_a_false_signature_is_refused() -> None:
    async with Lab() as lab:
        await lab.enrol(Device("ann"))
        peer = await lab.greet(Device("ann"))
        await peer.ask(Login(peer.device.id, bytes(64)))
        assert peer.bye == Code.BAD_SIGNATURE


@virtual
async def test_a_login_for_another_certificate_is_refused() -> None:
    """A man in the middle passes the login on, but his TLS certificate is another."""
    async with Lab() as lab:
        await lab.enrol(Device("ann"))
        peer = await lab.greet(Device("ann"))
        await peer.login(certificate_hash=bytes(32))
        assert peer.bye == Code.BAD_SIGNATURE


@virtual
async def test_a_login_replayed_on_another_connection_is_refused() -> None:
    async with Lab() as lab:
        await lab.enrol(Device("ann"))
        ann = await lab.greet(Device("ann"))
        login = ann.device.login(ann.last(Challenge), ann.nonce)
        await ann.ask(login)
        thief = await lab.connect()
        await thief.ask(Hello(1, ann.nonce), login)
        assert thief.bye == Code.BAD_SIGNATURE
        assert ann.lost is None


@virtual
async def test_a_login_with_another_nonce_than_in_hello_is_refused() -> None:
    async with Lab() as lab:
        await lab.enrol(Device("ann"))
        peer = await lab.greet(Device("ann"))
        await peer.ask(peer.device.login(peer.last(Challenge), bytes(32)))
        assert peer.bye == Code.BAD_SIGNATURE


@virtual
async def test_a_login_signed_by_another_device_is_refused() -> None:
    async with Lab() as lab:
        await lab.enrol(Device("ann"))
        await lab.enrol(Device("bob"))
        peer = await lab.greet(Device("bob"))
        login = peer.device.login(peer.last(Challenge), peer.nonce)
        await peer.ask(Login(Device("ann").id, login.signature))
        assert peer.bye == Code.BAD_SIGNATURE


@virtual
async def test_an_unknown_device_is_refused_and_may_enrol() -> None:
    async with Lab() as lab:
        peer = await lab.greet(Device("ann"))
        await peer.login()
        assert peer.refusals == [Code.UNKNOWN_DEVICE]
        await peer.ask(peer.device.enrol())
        await peer.login()
        assert peer.all(Welcome)


@virtual
async def test_a_revoked_device_is_cut_off_and_refused_for_ever() -> None:
    async with Lab() as lab:
        ann = await lab.join("ann")
        tablet = await lab.join("tablet", owner=ann.device)
        await ann.ask(ann.revoke(tablet.device.id))
        assert tablet.bye == Code.REVOKED_DEVICE
        assert tablet.lost
        again = await lab.greet(tablet.device)
        await again.login()
        assert again.refusals == [Code.REVOKED_DEVICE]
        await lab.restart()
        again = await lab.greet(tablet.device)
        await again.login()
        assert again.refusals == [Code.REVOKED_DEVICE]


@virtual
async def test_a_login_that_crosses_the_revocation_of_its_device_fails() -> None:
    async with Lab() as lab:
        ann = await lab.join("ann")
        tablet = Device("tablet", owner=ann.device)
        await lab.enrol(tablet)
        peer = await lab.greet(tablet)
        ann.send(ann.revoke(tablet.id))
        peer.send(tablet.login(peer.last(Challenge), peer.nonce))
        await settle()
        assert not peer.all(Welcome) or peer.bye == Code.REVOKED_DEVICE
        assert peer.lost
        assert lab.hub.statistics().logged_in == 1


# --- appending -------------------------------------------------------------------------------


@virtual
async def test_an_append_is_answered_with_its_place_and_reaches_every_reader() -> None:
    async with Lab() as lab:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        message = ann.message(lab.everyone, b"hi")
        await ann.ask(message)
        head = lab.hub.published.logs[lab.everyone]
        assert ann.all(Appended) == [Appended(message.message_id, lab.everyone, 1, head.hash)]
        for peer in (ann, bob):
            assert peer.entries(lab.everyone)[1].body == message.body
            assert peer.entries(lab.everyone)[1].sender == ann.device.id


@virtual
async def test_a_direct_message_reaches_its_two_people_only() -> None:
    async with Lab() as lab:
        ann, bob, cid = [await lab.join(name) for name in ("ann", "bob", "cid")]
        tablet = await lab.join("tablet", owner=bob.device)
        await ann.ask(OpenDirect(bob.device.user))
        direct = lab.direct(ann.device, bob.device)
        await ann.ask(ann.message(direct))
        assert all(peer.entries(direct) for peer in (ann, bob, tablet))
        assert not cid.entries(direct)
        await cid.ask(Fetch(direct, 0), cid.message(direct), Ack(direct, 1))
        assert cid.refusals == [Code.UNKNOWN_LOG, Code.UNKNOWN_LOG, Code.NOT_A_MEMBER]


@virtual
async def test_keys_reach_a_device_before_the_message_they_open() -> None:
    async with Lab() as lab:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        await ann.ask(ann.message(lab.everyone, shares=[Share(bob.device.id, b"key")]))
        (write,) = [write for write in bob.writes if any(isinstance(each, Entries) for each in write)]
        assert [each.log for each in write if isinstance(each, Entries)] == [
            lab.inbox(bob.device.id),
            lab.everyone,
        ]


@virtual
async def test_inbox_then_directory_then_conversation_in_one_write() -> None:
    async with Lab() as lab:
        ann, bob, cid = [await lab.join(name) for name in ("ann", "bob", "cid")]
        tablet = Device("tablet", owner=cid.device)
        await lab.enrol(tablet)
        direct = lab.direct(ann.device, bob.device)
        await ann.ask(OpenDirect(bob.device.user))
        bob.take(Entries)
        message = ann.message(direct, shares=[Share(bob.device.id, b"key")])
        # While the first commit runs, the rest becomes the next batch.
        ann.send(OpenDirect(bob.device.user), message, ann.device_message(bob.device.id))
        cid.send(cid.revoke(tablet.id))
        await settle()
        (write,) = [write for write in bob.writes if any(isinstance(each, Entries) for each in write)]
        assert [each.log for each in write if isinstance(each, Entries)] == [
            lab.inbox(bob.device.id),
            lab.directory,
            direct,
        ]
        assert [each.kind for each in bob.entries(lab.inbox(bob.device.id)).values()] == [
            EntryKind.SHARE,
            EntryKind.DEVICE_MESSAGE,
        ]


@virtual
async def test_a_stale_view_says_what_to_catch_up_to() -> None:
    async with Lab() as lab:
        ann = await lab.join("ann")
        stale = ann.message(lab.everyone)
        await lab.join("bob")
        await ann.ask(stale)
        refused = ann.last(Refused)
        assert (refused.code, refused.message_id) == (Code.STALE_VIEW, stale.message_id)
        assert refused.view is not None
        assert refused.view.directory_seq == 4
        await ann.ask(ann.message(lab.everyone, counter=1, mid=stale.message_id))
        assert ann.last(Appended).message_id == stale.message_id


@pytest.mark.parametrize("kind", [0, EntryKind.USER, EntryKind.DEVICE, EntryKind.SHARE, 99])
@virtual
async def test_nobody_appends_what_only_the_hub_writes(kind: int) -> None:
    async with Lab() as lab:
        ann = await lab.join("ann")
        for log in (lab.directory, lab.everyone, lab.inbox(ann.device.id)):
            append = Append(ann.new_id(), log, kind, olm_body())
            await ann.ask(append)
            refused = ann.take(Refused)[-1]
            assert (refused.code, refused.message_id) == (Code.MALFORMED, append.message_id)


@pytest.mark.parametrize("kind", [EntryKind.MESSAGE, EntryKind.REVOKE, EntryKind.DEVICE_MESSAGE])
@virtual
async def test_a_body_that_does_not_decode_costs_the_link(kind: EntryKind) -> None:
    async with Lab() as lab:
        ann = await lab.join("ann")
        await ann.ask(Append(ann.new_id(), lab.everyone, kind, b"\xc1"))
        assert ann.bye == Code.MALFORMED


@virtual
async def test_a_message_to_a_device_has_a_limit_and_no_shares() -> None:
    async with Lab() as lab:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        fits = limits.MAX_DEVICE_MESSAGE_BYTES - len(olm_body(1000)) + 1000
        await ann.ask(ann.device_message(bob.device.id, olm_body(fits)))
        assert len(bob.entries(lab.inbox(bob.device.id))) == 1
        await ann.ask(ann.device_message(bob.device.id, olm_body(fits + 1)))
        letter = ann.device_message(bob.device.id)
        await ann.ask(
            Append(letter.message_id, letter.log, letter.kind, letter.body, [Share(bob.device.id, b"")])
        )
        assert ann.refusals == [Code.TOO_LARGE, Code.MALFORMED]
        assert len(bob.entries(lab.inbox(bob.device.id))) == 1


@virtual
async def test_nobody_revokes_a_device_of_somebody_else() -> None:
    async with Lab() as lab:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        forged = ann.device.revoke_statement(bob.device.id)
        named = msgspec.structs.replace(forged, user=bob.device.user)
        for statement in (forged, named):
            await ann.ask(Append(ann.new_id(), lab.directory, EntryKind.REVOKE, encode(statement)))
        await ann.ask(ann.revoke(bob.device.id, signed_by=bob.device))
        theirs = msgspec.structs.replace(ann.device.revoke_statement(ann.device.id), by=bob.device.id)
        await ann.ask(Append(ann.new_id(), lab.directory, EntryKind.REVOKE, encode(theirs)))
        assert ann.refusals == [Code.UNKNOWN_DEVICE, *[Code.NOT_A_MEMBER] * 3]
        assert bob.lost is None


@virtual
async def test_a_false_revocation_is_refused_and_the_hub_lives() -> None:
    async with Lab() as lab:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        forged = bob.device.revoke_statement(ann.device.id)
        named = msgspec.structs.replace(forged, user=ann.device.user, by=ann.device.id)
        await ann.ask(Append(ann.new_id(), lab.directory, EntryKind.REVOKE, encode(named)))
        assert ann.refusals == [Code.BAD_SIGNATURE]
        await bob.ask(Ping())
        assert bob.all(Pong)


@virtual
async def test_who_revokes_their_own_device_gets_the_answer_and_then_the_farewell() -> None:
    async with Lab() as lab:
        ann = await lab.join("ann")
        await ann.ask(ann.revoke(ann.device.id))
        assert ann.all(Appended)
        assert ann.bye == Code.REVOKED_DEVICE


# --- limits ----------------------------------------------------------------------------------

SLOW = HubConfig(messages_per_second=2, messages_burst=3)


@virtual
async def test_a_device_that_sends_too_fast_is_told_when_to_go_on() -> None:
    async with Lab(SLOW) as lab:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        await ann.ask(*(ann.message(lab.everyone) for _ in range(4)))
        refused = ann.last(Refused)
        assert (len(ann.all(Appended)), refused.code) == (3, Code.THROTTLED)
        assert 490 <= refused.retry_after_ms <= 501
        await bob.ask(bob.message(lab.everyone))
        assert bob.all(Appended)
        await settle(refused.retry_after_ms / 1000 - 0.01)
        await ann.ask(ann.message(lab.everyone, counter=4))
        assert len(ann.all(Appended)) == 3
        await settle(ann.last(Refused).retry_after_ms / 1000)
        await ann.ask(ann.message(lab.everyone, counter=4))
        assert len(ann.all(Appended)) == 4


@virtual
async def test_a_disk_that_cannot_keep_up_is_told_to_the_senders(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Lab() as lab:
        ann = await lab.join("ann")
        monkeypatch.setattr("lanmsg.hub.commit_queue.WRITER_QUEUE_ENTRIES", 3)
        await ann.ask(*(ann.message(lab.everyone) for _ in range(5)))
        assert len(ann.all(Appended)) == 3
        assert ann.refusals == [Code.THROTTLED] * 2
        await ann.ask(ann.message(lab.everyone, counter=4))
        assert len(ann.all(Appended)) == 4


@virtual
async def test_a_new_connection_is_no_way_around_the_rate() -> None:
    async with Lab(SLOW) as lab:
        ann = await lab.join("ann")
        await ann.ask(*(ann.message(lab.everyone) for _ in range(3)))
        again = await lab.log_in(ann.device)
        await again.ask(again.message(lab.everyone))
        assert again.refusals == [Code.THROTTLED]


@virtual
async def test_a_new_connection_is_no_way_around_the_limit_of_claims() -> None:
    async with Lab() as lab:
        ann = await lab.join("ann")
        await ann.ask(*(ClaimKeys(number, []) for number in range(limits.CLAIMS_BURST)))
        again = await lab.log_in(ann.device)
        await again.ask(ClaimKeys(7, []))
        assert [(refused.code, refused.request) for refused in again.all(Refused)] == [(Code.THROTTLED, 7)]


@virtual
async def test_claims_go_on_when_the_hub_said_so() -> None:
    async with Lab() as lab:
        ann = await lab.join("ann")
        await ann.ask(*(ClaimKeys(number, []) for number in range(limits.CLAIMS_BURST + 1)))
        assert len(ann.all(ClaimedKeys)) == limits.CLAIMS_BURST
        await settle(ann.last(Refused).retry_after_ms / 1000)
        await ann.ask(ClaimKeys(7, []))
        assert ann.last(ClaimedKeys) == ClaimedKeys(7, [])


# --- fetching --------------------------------------------------------------------------------


@virtual
async def test_a_newcomer_never_gets_entries_from_before_they_came() -> None:
    async with Lab() as lab:
        ann = await lab.join("ann")
        await ann.ask(*(ann.message(lab.everyone, b"secret") for _ in range(5)))
        bob = await lab.join("bob")
        head = bob.head(lab.everyone)
        assert (head.base, head.seq, head.base_hash) == (5, 5, head.hash)
        await ann.ask(ann.message(lab.everyone, b"hello bob"))
        for after in (0, 1, 4, 5):
            page = await bob.fetch(lab.everyone, after)
            assert (page.first_seq, page.previous, len(page.items)) == (6, head.base_hash, 1)
        assert set(bob.entries(lab.everyone)) == {6}
        await lab.restart()
        bob = await lab.log_in(bob.device)
        assert (await bob.fetch(lab.everyone)).first_seq == 6


@virtual
async def test_a_new_device_starts_where_its_owner_did() -> None:
    async with Lab() as lab:
        ann = await lab.join("ann")
        await ann.ask(ann.message(lab.everyone))
        bob = await lab.join("bob")
        await ann.ask(ann.message(lab.everyone))
        tablet = await lab.join("tablet", owner=bob.device)
        assert tablet.head(lab.everyone).base == 1
        assert (await tablet.fetch(lab.everyone)).first_seq == 2


@virtual
async def test_nobody_fetches_an_inbox_of_somebody_else_or_an_unknown_log() -> None:
    async with Lab() as lab:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        tablet = await lab.join("tablet", owner=ann.device)
        await ann.ask(Fetch(lab.inbox(bob.device.id), 0), Fetch(lab.inbox(tablet.device.id), 0))
        await ann.ask(Fetch(LogId(bytes(16)), 0), Ack(LogId(bytes(16)), 1), Ack(lab.inbox(bob.device.id), 1))
        assert ann.refusals == [Code.UNKNOWN_LOG] * 5


@virtual
async def test_pages_hold_as_much_as_a_frame_allows() -> None:
    async with Lab() as lab:
        ann = await lab.join("ann")
        text = bytes(limits.MAX_BODY_BYTES - 200)
        for _ in range(7):
            await ann.ask(ann.message(lab.everyone, text))
        ann.take(Entries)
        after = 0
        for _ in range(4):
            page = await ann.fetch(lab.everyone, after)
            assert (page.first_seq, page.head) == (after + 1, 7)
            after += len(page.items)
        assert (after, len(ann.all(Entries))) == (7, 4)
        assert len(ann.entries(lab.everyone)) == 7


@virtual
async def test_a_page_of_small_entries_is_bounded_by_their_number() -> None:
    async with Lab() as lab:
        ann = await lab.join("ann")
        count = limits.FETCH_PAGE_ENTRIES + 20
        await ann.ask(*(ann.message(lab.everyone, b"") for _ in range(count)))
        assert len(ann.entries(lab.everyone)) == count
        page = await ann.fetch(lab.everyone)
        assert len(page.items) == limits.FETCH_PAGE_ENTRIES
        page = await ann.fetch(lab.everyone, limits.FETCH_PAGE_ENTRIES)
        assert (page.first_seq, len(page.items)) == (limits.FETCH_PAGE_ENTRIES + 1, 20)


@pytest.mark.parametrize("after", [1, 2, 2**53 - 1])
@virtual
async def test_a_fetch_at_or_beyond_the_head_is_answered_empty(after: int) -> None:
    async with Lab() as lab:
        ann = await lab.join("ann")
        await ann.ask(ann.message(lab.everyone))
        page = await ann.fetch(lab.everyone, after)
        assert (page.first_seq, page.head, page.items) == (2, 1, [])
        assert page.previous == lab.hub.published.logs[lab.everyone].hash


@virtual
async def test_a_fetch_of_a_pruned_inbox_starts_at_the_oldest_entry_there_is() -> None:
    async with Lab() as lab:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        inbox = lab.inbox(bob.device.id)
        await ann.ask(*(ann.device_message(bob.device.id) for _ in range(4)))
        await bob.ask(Ack(inbox, 3))
        await settle(1.1)
        page = await bob.fetch(inbox)
        assert (page.first_seq, len(page.items)) == (4, 1)
        await bob.ask(Ack(inbox, 4))
        await settle(1.1)
        page = await bob.fetch(inbox)
        assert (page.first_seq, page.head, page.items) == (5, 4, [])
        await ann.ask(ann.device_message(bob.device.id))
        assert max(bob.entries(inbox)) == 5


@virtual
async def test_fetches_are_answered_one_after_the_other_in_order() -> None:
    async with Lab() as lab:
        ann = await lab.join("ann")
        await ann.ask(*(ann.message(lab.everyone) for _ in range(3)))
        ann.take(Entries)
        await ann.ask(*(Fetch(lab.everyone, after) for after in (2, 0, 1, 9)), Fetch(lab.directory, 1))
        assert [page.first_seq for page in ann.all(Entries)] == [3, 1, 2, 4, 2]


@virtual
async def test_fetches_without_reading_the_answers_fill_no_memory() -> None:
    async with Lab() as lab:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        for _ in range(8):
            await ann.ask(ann.message(lab.everyone, bytes(limits.MAX_BODY_BYTES - 200)))
        bob.link.stall()
        await bob.ask(*(Fetch(lab.everyone, 0) for _ in range(200)))
        session = lab.hub.session_of(bob.device.id)
        assert session is not None
        assert session.link.unsent_bytes < limits.OUTBOUND_QUEUE_BYTES + 2 * limits.MAX_FRAME_BYTES
        bob.link.resume()
        await settle(1)
        assert len(bob.all(Entries)) >= 200


@virtual
async def test_too_many_fetches_at_once_cost_the_link() -> None:
    async with Lab() as lab:
        ann = await lab.join("ann")
        await ann.ask(*(Fetch(lab.directory, 0) for _ in range(1000)))
        assert ann.bye == Code.PROTOCOL


# --- acknowledging ---------------------------------------------------------------------------


@virtual
async def test_a_cursor_never_goes_back_or_beyond_the_head() -> None:
    async with Lab() as lab:
        ann = await lab.join("ann")
        await ann.ask(*(ann.message(lab.everyone) for _ in range(3)))
        for seq, cursor in [(2, 2), (1, 2), (2**53 - 1, 3), (0, 3)]:
            await ann.ask(Ack(lab.everyone, seq))
            assert lab.hub.receipts.cursor(lab.everyone, ann.device.id) == cursor
        await settle(1.1)
        await lab.restart()
        assert lab.hub.receipts.cursor(lab.everyone, ann.device.id) == 3


@virtual
async def test_receipts_of_a_direct_chat_go_to_all_other_devices() -> None:
    async with Lab() as lab:
        ann, bob, cid = [await lab.join(name) for name in ("ann", "bob", "cid")]
        tablet = await lab.join("tablet", owner=bob.device)
        await ann.ask(OpenDirect(bob.device.user))
        direct = lab.direct(ann.device, bob.device)
        await ann.ask(ann.message(direct))
        await bob.ask(Ack(direct, 1), Ack(direct, 1))
        await settle(0.1)
        expected = [Receipts(direct, [Receipt(bob.device.id, 1)])]
        assert ann.all(Receipts) == tablet.all(Receipts) == expected
        assert bob.all(Receipts) == cid.all(Receipts) == []
        assert (await lab.log_in(ann.device)).all(Receipts) == expected


@virtual
async def test_receipts_of_everyone_go_to_the_authors_only() -> None:
    async with Lab() as lab:
        ann, bob, cid = [await lab.join(name) for name in ("ann", "bob", "cid")]
        await ann.ask(ann.message(lab.everyone))
        await bob.ask(bob.message(lab.everyone))
        await cid.ask(Ack(lab.everyone, 1))
        await settle(0.1)
        assert ann.take(Receipts) == [Receipts(lab.everyone, [Receipt(cid.device.id, 1)])]
        assert bob.all(Receipts) == []
        await cid.ask(Ack(lab.everyone, 2))
        await ann.ask(Ack(lab.everyone, 2))
        await settle(0.1)
        assert ann.all(Receipts) == []
        both = [Receipt(cid.device.id, 2), Receipt(ann.device.id, 2)]
        assert bob.all(Receipts) == [Receipts(lab.everyone, both)]


# --- direct chats, keys, invites -------------------------------------------------------------


@virtual
async def test_a_new_direct_chat_is_announced_to_both_sides() -> None:
    async with Lab() as lab:
        ann, bob, cid = [await lab.join(name) for name in ("ann", "bob", "cid")]
        direct = lab.direct(ann.device, bob.device)
        for peer in (ann, bob, cid):
            peer.take(Heads)
        ann.send(OpenDirect(bob.device.user))
        bob.send(OpenDirect(ann.device.user))
        await settle()
        assert ann.head(direct) == bob.head(direct)
        assert cid.all(Heads) == []
        ann.take(Heads)
        await ann.ask(OpenDirect(bob.device.user))
        assert [head.log for head in ann.last(Heads).heads] == [direct]


@virtual
async def test_a_direct_chat_with_nobody_is_refused() -> None:
    async with Lab() as lab:
        ann = await lab.join("ann")
        await ann.ask(OpenDirect(Device("nobody").user))
        assert ann.refusals == [Code.UNKNOWN_USER]


@virtual
async def test_keys_are_claimed_in_the_order_asked() -> None:
    async with Lab() as lab:
        ann, bob = await lab.join("ann", keys=1), await lab.join("bob")
        await ann.ask(ClaimKeys(5, [bob.device.id, ann.device.id]))
        claimed = ann.last(ClaimedKeys)
        assert claimed.request == 5
        assert [(key.device, key.is_fallback) for key in claimed.keys] == [
            (bob.device.id, True),
            (ann.device.id, False),
        ]


@virtual
async def test_a_low_stock_is_told_to_its_owner() -> None:
    async with Lab() as lab:
        ann, bob = await lab.join("ann"), await lab.join("bob", keys=limits.ONE_TIME_KEYS_LOW + 1)
        await ann.ask(ClaimKeys(1, [bob.device.id]))
        assert bob.all(Stock) == []
        await ann.ask(ClaimKeys(2, [bob.device.id]))
        assert bob.all(Stock) == [Stock(limits.ONE_TIME_KEYS_LOW - 1)]
        await bob.ask(PublishKeys([published_key(b"new")], published_key(b"new fallback")))
        assert bob.last(Stock).count == limits.ONE_TIME_KEYS_LOW


@virtual
async def test_a_claim_for_a_device_that_is_not_here_is_refused_whole() -> None:
    async with Lab() as lab:
        ann = await lab.join("ann", keys=1)
        tablet = await lab.join("tablet", owner=ann.device, keys=1)
        await ann.ask(ann.revoke(tablet.device.id))
        await ann.ask(ClaimKeys(5, [ann.device.id, tablet.device.id]))
        refused = ann.last(Refused)
        assert (refused.code, refused.request) == (Code.UNKNOWN_DEVICE, 5)
        assert (await lab.log_in(ann.device)).last(Welcome).stock == 1


@virtual
async def test_one_claim_cannot_drain_the_stock_of_a_device() -> None:
    async with Lab() as lab:
        ann, bob = await lab.join("ann"), await lab.join("bob", keys=100)
        await ann.ask(ClaimKeys(5, [bob.device.id] * 100))
        assert (ann.last(Refused).code, ann.last(Refused).request) == (Code.MALFORMED, 5)
        assert (await lab.log_in(bob.device)).last(Welcome).stock == 100


@virtual
async def test_an_invite_may_be_repeated_but_not_live_too_long() -> None:
    async with Lab() as lab:
        ann = await lab.join("ann")
        long_ms = (limits.INVITE_LIFETIME_S + 120) * 1000
        await ann.ask(*(invite(lab, b"s" * 16, request=number) for number in (1, 2)))
        await ann.ask(invite(lab, b"t" * 16, request=3, lives_ms=long_ms))
        assert ann.all(InviteCreated) == [InviteCreated(1), InviteCreated(2)]
        assert (ann.last(Refused).code, ann.last(Refused).request) == (Code.TOO_LARGE, 3)


@virtual
async def test_too_many_open_invites_are_refused_by_request() -> None:
    async with Lab() as lab:
        ann = await lab.join("ann")
        for start in range(0, limits.MAX_OPEN_INVITES, 100):
            invites = (invite(lab, number.to_bytes(16, "big")) for number in range(start, start + 100))
            await ann.ask(*invites)
        await ann.ask(invite(lab, b"s" * 16, request=8))
        assert (ann.last(Refused).code, ann.last(Refused).request) == (Code.FULL, 8)


@pytest.mark.parametrize("frame", [PublishKeys([]), OpenDirect(bytes(16)), CreateInvite(1, bytes(32), 1)])
@virtual
async def test_requests_without_waiting_for_answers_fill_no_memory(frame: PublishKeys) -> None:
    async with Lab() as lab:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        await ann.ask(*[frame] * 5000)
        assert ann.bye == Code.THROTTLED
        await bob.ask(bob.message(lab.everyone))
        assert bob.all(Appended)
