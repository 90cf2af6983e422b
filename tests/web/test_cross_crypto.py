"""The encryption of the web client and that of the Python client understand each other, both ways."""

import random
from collections.abc import Iterator
from typing import Final

import pytest

from lanmsg.client.crypto.interface import Account, CannotDecrypt, Crypto, PeerSession
from lanmsg.client.crypto.olm import OlmCrypto
from lanmsg.wire.entries import OlmBody
from tests.web.node import NodePeer
from tests.web.node_crypto import NodeCrypto

ALL_BYTES: Final = bytes(range(256)) * 3
"""Plaintexts are bytes: zeros, and what is no text, come through as they are."""


@pytest.fixture(scope="module")
def node() -> Iterator[NodeCrypto]:
    peer = NodePeer.start("crypto")
    yield NodeCrypto(peer)
    peer.stop()


@pytest.fixture(params=["python to web", "web to python", "web to web"])
def pair(request: pytest.FixtureRequest, node: NodeCrypto) -> tuple[Crypto, Crypto]:
    """Who speaks first, and who is spoken to."""
    python = OlmCrypto()
    return {"python to web": (python, node), "web to python": (node, python), "web to web": (node, node)}[
        request.param
    ]


def begun(ours: Account, theirs: Account, *, fallback: bool = False) -> tuple[PeerSession, PeerSession]:
    """Return both ends of a session, on which each has said one thing."""
    key = theirs.fallback_key() if fallback else theirs.unpublished_keys(1)[0]
    out = ours.open_outbound(theirs.agreement_key, key)
    back, plaintext = theirs.open_inbound(ours.agreement_key, out.encrypt(ALL_BYTES))
    assert plaintext == ALL_BYTES
    assert out.decrypt(back.encrypt(b"")) == b""
    assert out.id == back.id
    return out, back


def test_a_random_conversation_is_read_on_both_sides(pair: tuple[Crypto, Crypto]) -> None:
    ends = begun(pair[0].new_account(), pair[1].new_account())
    generator = random.Random(7)
    under_way: list[tuple[int, OlmBody, bytes]] = []
    for number in range(300):
        end = generator.randrange(2)
        plaintext = generator.randbytes(generator.choice([0, 1, 64, 1000]))
        under_way.append((1 - end, ends[end].encrypt(plaintext), plaintext))
        # Some arrive late and out of order, but no more than the ratchet remembers (40).
        while under_way and (len(under_way) > 20 or generator.random() < 0.5):
            receiver, body, expected = under_way.pop(generator.randrange(len(under_way)))
            assert ends[receiver].decrypt(body) == expected, number


def test_a_message_is_read_once(pair: tuple[Crypto, Crypto]) -> None:
    one, other = begun(pair[0].new_account(), pair[1].new_account())
    body = one.encrypt(b"once")
    assert other.decrypt(body) == b"once"
    with pytest.raises(CannotDecrypt):
        other.decrypt(body)


def test_an_altered_message_is_refused_and_changes_nothing(pair: tuple[Crypto, Crypto]) -> None:
    one, other = begun(pair[0].new_account(), pair[1].new_account())
    body = one.encrypt(b"whole")
    for place in range(0, len(body.ciphertext), 7):
        altered = bytearray(body.ciphertext)
        altered[place] ^= 1
        with pytest.raises(CannotDecrypt):
            other.decrypt(OlmBody(body.message_type, bytes(altered)))
    assert other.decrypt(body) == b"whole"


def test_what_starts_a_session_belongs_to_it_alone(pair: tuple[Crypto, Crypto]) -> None:
    ours, theirs = pair[0].new_account(), pair[1].new_account()
    first, second = theirs.unpublished_keys(2)[:2]
    one, two = (ours.open_outbound(theirs.agreement_key, key) for key in (first, second))
    body = one.encrypt(b"hello")
    session, _ = theirs.open_inbound(ours.agreement_key, body)
    assert session.matches(body)
    assert session.matches(one.encrypt(b"again"))
    assert not session.matches(two.encrypt(b"other"))
    assert not session.matches(session.encrypt(b"no pre-key message"))


def test_a_one_time_key_is_used_once_and_a_fallback_key_again(pair: tuple[Crypto, Crypto]) -> None:
    ours, theirs = pair[0].new_account(), pair[1].new_account()
    key = theirs.unpublished_keys(3)[1]
    fallback = theirs.fallback_key()
    theirs.mark_published()
    bodies = [ours.open_outbound(theirs.agreement_key, key).encrypt(b"x") for _ in range(2)]
    assert theirs.open_inbound(ours.agreement_key, bodies[0])[1] == b"x"
    with pytest.raises(CannotDecrypt):
        theirs.open_inbound(ours.agreement_key, bodies[1])
    for _ in range(2):
        body = ours.open_outbound(theirs.agreement_key, fallback).encrypt(b"y")
        assert theirs.open_inbound(ours.agreement_key, body)[1] == b"y"


def test_a_failed_start_uses_no_key_up(pair: tuple[Crypto, Crypto]) -> None:
    ours, theirs, stranger = pair[0].new_account(), pair[1].new_account(), pair[0].new_account()
    body = ours.open_outbound(theirs.agreement_key, theirs.unpublished_keys(1)[0]).encrypt(b"x")
    altered = OlmBody(body.message_type, body.ciphertext[:-1] + bytes([body.ciphertext[-1] ^ 1]))
    for agreement_key, bad in ((ours.agreement_key, altered), (stranger.agreement_key, body)):
        with pytest.raises(CannotDecrypt):
            theirs.open_inbound(agreement_key, bad)
    assert theirs.open_inbound(ours.agreement_key, body)[1] == b"x"


def test_pickles_go_on_where_they_were(pair: tuple[Crypto, Crypto]) -> None:
    ours, theirs = pair[0].new_account(), pair[1].new_account()
    key, fallback = theirs.unpublished_keys(1)[0], theirs.fallback_key()
    again = pair[1].account(theirs.pickle())
    assert (again.signing_key, again.agreement_key) == (theirs.signing_key, theirs.agreement_key)
    assert again.unpublished_keys(1) == [key]
    assert again.fallback_key() == fallback
    one, other = begun(pair[0].account(ours.pickle()), again)
    one, other = pair[0].peer_session(one.pickle()), pair[1].peer_session(other.pickle())
    assert other.decrypt(one.encrypt(b"on")) == b"on"
    assert one.decrypt(other.encrypt(b"and on")) == b"and on"


def test_published_keys_are_not_published_again(node: NodeCrypto) -> None:
    account = node.new_account()
    keys, fallback = account.unpublished_keys(50), account.fallback_key()
    assert len(set(keys)) == 50
    assert account.unpublished_keys(30) == keys, "until they are published"
    account.mark_published()
    assert account.unpublished_keys(0) == []
    assert not set(account.unpublished_keys(50)) & set(keys)
    assert account.fallback_key() != fallback


def test_no_claimed_key_is_forgotten_however_many_follow(node: NodeCrypto) -> None:
    account, python = node.new_account(), OlmCrypto().new_account()
    published: list[bytes] = []
    for _ in range(6):
        published += account.unpublished_keys(50)
        account.mark_published()
    account = node.account(account.pickle())
    for key in (published[0], published[-1], published[60]):
        body = python.open_outbound(account.agreement_key, key).encrypt(b"late")
        assert account.open_inbound(python.agreement_key, body)[1] == b"late"


def test_signatures_are_checked_across(pair: tuple[Crypto, Crypto]) -> None:
    account = pair[0].new_account()
    signature = account.sign(ALL_BYTES)
    assert len(signature) == 64
    assert pair[1].verify(account.signing_key, signature, ALL_BYTES)
    assert not pair[1].verify(account.signing_key, signature, ALL_BYTES[1:])
    assert not pair[1].verify(account.agreement_key, signature, ALL_BYTES)
    for key, bad in ((b"", signature), (account.signing_key, b""), (account.signing_key, signature[:63])):
        assert not pair[1].verify(key, bad, ALL_BYTES)


# --- Megolm --------------------------------------------------------------------------------------


def test_a_shared_session_is_read_in_any_order(pair: tuple[Crypto, Crypto]) -> None:
    sending = pair[0].new_sending_session()
    receiving = pair[1].receiving_session_from_key(sending.key())
    texts = [random.Random(seed).randbytes(seed * 5) for seed in range(120)]
    messages = [sending.encrypt(text) for text in texts]
    assert receiving.id == sending.id
    assert sending.index == 120
    for index in random.Random(3).sample(range(120), 120):
        decrypted = receiving.decrypt(messages[index])
        assert (decrypted.plaintext, decrypted.index) == (texts[index], index)
    assert receiving.decrypt(messages[5]).plaintext == texts[5], (
        "again: the reader keeps track, not the ratchet"
    )


def test_a_late_reader_cannot_look_back(pair: tuple[Crypto, Crypto]) -> None:
    sending = pair[0].new_sending_session()
    early = sending.encrypt(b"early")
    receiving = pair[1].receiving_session_from_key(sending.key())
    assert receiving.first_index == 1
    with pytest.raises(CannotDecrypt):
        receiving.decrypt(early)
    assert receiving.export(0) is None


def test_an_exported_key_opens_from_its_index_on(pair: tuple[Crypto, Crypto]) -> None:
    sending = pair[0].new_sending_session()
    receiving = pair[1].receiving_session_from_key(sending.key())
    messages = [sending.encrypt(b"%d" % number) for number in range(5)]
    for crypto in pair:
        exported = receiving.export(3)
        assert exported is not None
        imported = crypto.receiving_session_from_export(exported)
        assert (imported.id, imported.first_index) == (sending.id, 3)
        assert imported.decrypt(messages[4]).plaintext == b"4"
        with pytest.raises(CannotDecrypt):
            imported.decrypt(messages[2])


def test_both_export_the_same_bytes(node: NodeCrypto) -> None:
    sending = node.new_sending_session()
    sides = [crypto.receiving_session_from_key(sending.key()) for crypto in (OlmCrypto(), node)]
    for index in (0, 1, 255, 256, 70_000):
        assert sides[0].export(index) == sides[1].export(index), "keys of signals are derived from them"


def test_an_altered_group_message_is_refused(pair: tuple[Crypto, Crypto]) -> None:
    sending = pair[0].new_sending_session()
    receiving = pair[1].receiving_session_from_key(sending.key())
    sending.encrypt(b"vodozemac reads an index that is missing as 0, so not the first one")
    message = sending.encrypt(b"whole")
    for place in range(len(message)):
        altered = bytearray(message)
        altered[place] ^= 0x10
        with pytest.raises(CannotDecrypt):
            receiving.decrypt(bytes(altered))
    assert receiving.decrypt(message).plaintext == b"whole"


def test_sessions_of_megolm_go_on_from_their_pickles(pair: tuple[Crypto, Crypto]) -> None:
    sending = pair[0].new_sending_session()
    receiving = pair[1].receiving_session_from_key(sending.key())
    receiving.decrypt(sending.encrypt(b"one"))
    sending = pair[0].sending_session(sending.pickle())
    receiving = pair[1].receiving_session(receiving.pickle())
    assert receiving.decrypt(sending.encrypt(b"two")).index == 1
    assert receiving.first_index == 0


# --- hostile bytes, and memory --------------------------------------------------------------------


def test_bytes_that_are_nothing_are_refused(node: NodeCrypto) -> None:
    account = node.new_account()
    session, _ = begun(account, node.new_account())
    receiving = node.receiving_session_from_key(node.new_sending_session().key())
    generator = random.Random(11)
    for size in (0, 1, 2, 3, 31, 32, 33, 100, 5000):
        data = generator.randbytes(size)
        for bad in (data, b"\x03" + data, b"\x03\x0a\x20" + data, b"\x03\x08\x00\x12" + data):
            calls = [
                lambda bad=bad: session.decrypt(OlmBody(0, bad)),
                lambda bad=bad: session.decrypt(OlmBody(1, bad)),
                lambda bad=bad: session.decrypt(OlmBody(2, bad)),
                lambda bad=bad: account.open_inbound(account.agreement_key, OlmBody(0, bad)),
                lambda bad=bad: receiving.decrypt(bad),
                lambda bad=bad: node.receiving_session_from_key(bad),
                lambda bad=bad: node.receiving_session_from_export(bad),
            ]
            if len(bad) != 32:
                calls.append(lambda bad=bad: account.open_outbound(bad, bad))
            for call in calls:
                with pytest.raises(CannotDecrypt):
                    call()


def test_what_is_freed_is_gone_and_failures_leave_nothing_behind(node: NodeCrypto) -> None:
    at_first = node.live_objects
    ours, theirs = node.new_account(), node.new_account()
    ends = begun(ours, theirs)
    sending = node.new_sending_session()
    receiving = node.receiving_session_from_key(sending.key())
    with pytest.raises(CannotDecrypt):
        theirs.open_inbound(ours.agreement_key, OlmBody(0, b"nothing"))
    with pytest.raises(CannotDecrypt):
        node.receiving_session_from_key(b"nothing")
    for each in (*ends, ours, theirs, sending, receiving):
        each.free()
    assert node.live_objects == at_first
    with pytest.raises(Exception, match="was freed"):
        sending.encrypt(b"x")
