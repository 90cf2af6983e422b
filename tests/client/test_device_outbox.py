"""Two devices with real keys, and a hub that says what the test wants it to say."""

import random

import pytest

from lanmsg.client.crypto.olm import OlmCrypto
from lanmsg.client.device_messages import KeyRequest, decode_device_plaintext
from lanmsg.client.device_outbox import MAX_KEPT, RETRY_S, DeviceOutbox
from lanmsg.client.effects import Effects
from lanmsg.client.identity import Identity
from lanmsg.client.key_claims import KeyClaims
from lanmsg.client.peer_sessions import PeerSessions
from lanmsg.client.state import ClientState
from lanmsg.client.store.interface import Profile
from lanmsg.client.store.memory import MemoryStore
from lanmsg.wire import ids, labels
from lanmsg.wire.codec import decode_client_frame, decode_olm_body
from lanmsg.wire.entries import EntryKind
from lanmsg.wire.errors import Code
from lanmsg.wire.frame_parts import ClaimedKey
from lanmsg.wire.frames import Append, ClaimedKeys, ClaimKeys, Refused
from lanmsg.wire.statements import PublishedKey, published_key_bytes

CRYPTO = OlmCrypto()


class Device:
    """A person's only device: the state and the sessions of a client, without the rest."""

    def __init__(self, handle):
        self.chance = random.Random(handle)
        identity = Identity.create(self.chance.randbytes)
        account = CRYPTO.new_account()
        profile = Profile(b"hub", "", bytes(16), identity.secret, account.pickle(), handle, "laptop", 0)
        self.state = ClientState(profile, account)
        self.effects = Effects()
        self.store = MemoryStore()
        self.sessions = PeerSessions(self.state, self.effects, self.store, CRYPTO)
        self.claim = identity.claim(handle)
        self.bind = identity.bind(
            signing_key=account.signing_key, agreement_key=account.agreement_key, device_name="laptop"
        )

    def knows(self, *others):
        """Read the directory."""
        directory = self.state.directory
        for each in (self, *others):
            for statement in (each.claim, each.bind):
                directory.apply(directory.seq + 1, statement)

    def claimed_key(self):
        """What the hub hands out for this device."""
        (key,) = self.state.account.unpublished_keys(1)
        signed = published_key_bytes(labels.ONE_TIME_KEY, self.state.device, key)
        return ClaimedKey(self.state.device, PublishedKey(key, self.state.account.sign(signed)))


class Lab:
    """Ann's outbox, and bob to whom it sends."""

    def __init__(self):
        self.ann, self.bob = Device("ann"), Device("bob")
        self.ann.knows(self.bob)
        self.bob.knows(self.ann)
        self.later = []
        self.claims = KeyClaims(
            self.ann.state,
            self.ann.effects,
            self.ann.sessions,
            CRYPTO,
            new_request=iter(range(1, 1000)).__next__,
            arrived=lambda: self.outbox.sessions_started(),
            retry_later=lambda _delay_s: None,
        )
        self.outbox = DeviceOutbox(
            self.ann.state,
            self.ann.effects,
            self.ann.sessions,
            self.claims,
            random_bytes=self.ann.chance.randbytes,
            call_later=lambda delay_s, step: self.later.append((delay_s, step)),
        )
        self.ann.state.is_online = True

    def sent(self):
        """What has left since the last look."""
        return [decode_client_frame(data[4:]) for data in self.ann.effects.take().frames]

    def answer(self, claim):
        self.claims.take_keys(ClaimedKeys(claim.request, [self.bob.claimed_key()]))

    def connect(self):
        """Have a session with bob."""
        self.claims.ensure([self.bob.state.device])
        (claim,) = self.sent()
        self.answer(claim)

    def drop(self):
        """Lose the connection and get another one."""
        self.outbox.reset()
        self.claims.reset()
        self.outbox.resend()

    def read(self, append):
        assert append.kind == EntryKind.DEVICE_MESSAGE
        assert append.log == ids.inbox_log(self.bob.state.database, self.bob.state.device)
        body = decode_olm_body(append.body)
        plaintext = self.bob.sessions.decrypt(self.ann.bind, body)
        ann, bob = self.ann.state, self.bob.state
        return decode_device_plaintext(
            plaintext, database=bob.database, sender=ann.device, recipient=bob.device
        )


def request(number):
    return KeyRequest(bytes(16), number + 1, bytes(32))


@pytest.mark.parametrize("way", ["send", "deliver"])
def test_without_a_session_a_key_is_claimed_first_and_the_message_follows(way):
    lab = Lab()
    getattr(lab.outbox, way)(lab.bob.state.device, request(1))
    (claim,) = lab.sent()
    assert isinstance(claim, ClaimKeys)
    lab.answer(claim)
    (append,) = lab.sent()
    assert lab.read(append) == request(1)


def test_what_is_kept_is_sent_as_the_same_bytes_on_each_connection_until_the_hub_has_it():
    lab = Lab()
    lab.connect()
    lab.outbox.deliver(lab.bob.state.device, request(1))
    (first,) = lab.sent()
    lab.drop()
    assert lab.sent() == [first]
    lab.outbox.appended(first.message_id)
    assert lab.outbox.under_way == 0
    lab.drop()
    assert lab.sent() == []


def test_what_is_only_sent_is_lost_with_its_connection():
    lab = Lab()
    lab.outbox.send(lab.bob.state.device, request(1))
    (claim,) = lab.sent()
    lab.outbox.reset()
    lab.answer(claim)
    assert lab.sent() == []


def test_nothing_leaves_offline_and_what_is_kept_leaves_in_order_when_we_are_back():
    lab = Lab()
    lab.connect()
    lab.ann.state.is_online = False
    for number in (1, 2):
        lab.outbox.deliver(lab.bob.state.device, request(number))
    assert lab.sent() == []
    lab.ann.state.is_online = True
    lab.drop()
    assert [lab.read(append) for append in lab.sent()] == [request(1), request(2)]


def test_a_busy_hub_is_asked_again_when_it_says():
    lab = Lab()
    lab.connect()
    lab.outbox.deliver(lab.bob.state.device, request(1))
    (append,) = lab.sent()
    for retry_after_ms, delay_s in ((0, RETRY_S), (5000, 5.0)):
        refused = Refused(Code.THROTTLED, "", append.message_id, retry_after_ms=retry_after_ms)
        assert lab.outbox.refused(refused)
        assert lab.later[-1][0] == delay_s
        lab.later[-1][1]()
        assert lab.sent() == [append]


def test_what_is_refused_for_good_is_given_up_and_what_is_not_ours_is_left_alone():
    lab = Lab()
    lab.connect()
    lab.outbox.deliver(lab.bob.state.device, request(1))
    (append,) = lab.sent()
    assert not lab.outbox.refused(Refused(Code.THROTTLED, "", b"x" * 16))
    assert lab.outbox.refused(Refused(Code.NOT_A_MEMBER, "", append.message_id))
    lab.drop()
    assert lab.sent() == []


def test_a_device_that_is_in_no_directory_is_sent_nothing():
    lab = Lab()
    lab.outbox.send(b"?" * 16, request(1))
    lab.outbox.deliver(b"?" * 16, request(1))
    assert lab.sent() == []


def test_the_oldest_is_given_up_when_too_much_is_under_way():
    lab = Lab()
    lab.ann.state.is_online = False
    for number in range(MAX_KEPT + 1):
        lab.outbox.deliver(lab.bob.state.device, request(number))
    assert lab.outbox.under_way == MAX_KEPT
    lab.ann.state.is_online = True
    lab.connect()
    contents = [lab.read(each) for each in lab.sent() if isinstance(each, Append)]
    assert (len(contents), contents[0]) == (MAX_KEPT, request(1))
