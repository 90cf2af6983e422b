"""A member whose program lies: enrolled, logged in, and using our own crypto. Others must not suffer."""

import asyncio

import msgspec
import pytest

from lanmsg.client import Alarm, MessageState
from lanmsg.client.crypto.olm import OlmCrypto
from lanmsg.client.device_messages import (
    DevicePlaintext,
    KeyAnswer,
    KeyRequest,
    SessionShare,
    encode_device_plaintext,
)
from lanmsg.wire import ids
from lanmsg.wire.codec import decode_message_body, encode, encode_frame
from lanmsg.wire.content import Text, seal, unseal
from lanmsg.wire.entries import EntryKind, MessageBody, message_signed_bytes
from lanmsg.wire.frames import Append
from lanmsg.wire.limits import KEY_ANSWERS_BURST, KEY_ANSWERS_PER_MINUTE

from .world import history, join, say, scenario, shows, taken, texts, unreadable, until


async def three(world, clients):
    """Ann and bob are honest, eve is not; all have talked to everyone."""
    ann, bob, eve = await join(world, clients, "ann", "bob", "eve")
    for client in (ann, bob, eve):
        await say(client, "#", f"hello from {client.handle}")
    await until(lambda: all(len(texts(client, "#")) == 3 for client in (ann, bob, eve)))
    return ann, bob, eve


def lie(eve, alter):
    """Let eve's next messages to everyone be altered before they are signed: `alter` gets the plaintext."""
    sealer = eve._engine.outbox._sealer
    original = sealer._append

    def append(log, row, sending, counter):
        honest = original(log, row, sending, counter)
        body = decode_message_body(honest.body)
        return alter(honest, body, sending)

    sealer._append = append


def signed(eve, append: Append, body: MessageBody) -> Append:
    device = eve._engine.state.account
    signature = device.sign(message_signed_bytes(append.log, append.message_id, body))
    return msgspec.structs.replace(append, body=encode(msgspec.structs.replace(body, signature=signature)))


def with_plaintext(eve, change):
    """Return an alteration of what is inside the ciphertext."""

    def alter(append, body, sending):
        own = eve._engine._keys.receiving(body.session, eve._engine.state.device)
        plaintext = change(unseal(own.session.decrypt(body.ciphertext).plaintext))
        ciphertext = sending.session.encrypt(seal(plaintext))
        return signed(eve, append, msgspec.structs.replace(body, ciphertext=ciphertext))

    return alter


def inside(**changes):
    return lambda plaintext: msgspec.structs.replace(plaintext, **changes)


LIES = {
    "another_log": inside(log=ids.LogId(bytes(16))),
    "another_database": inside(database=ids.DatabaseId(bytes(16))),
    "another_message_id": inside(message_id=ids.MessageId(bytes(16))),
    "another_counter": inside(counter=9),
    "unknown_content": inside(content=encode([99, "from the future"])),
    "garbage_content": inside(content=b"\xc1\xc1"),
    "having_seen_the_future": lambda p: msgspec.structs.replace(
        p, seen=msgspec.structs.replace(p.seen, seq=99)
    ),
}


async def others_go_on(ann, bob):
    """The conversation is usable for everybody else."""
    before = len(texts(bob, "#"))
    await say(ann, "#", "we go on")
    await until(lambda: len(texts(bob, "#")) == before + 1 and texts(bob, "#")[-1] == "we go on")
    await until(lambda: texts(ann, "#")[-1] == "we go on")


@pytest.mark.parametrize("name", LIES)
def test_a_message_that_claims(name):
    @scenario
    async def attack(world, clients):
        ann, bob, eve = await three(world, clients)
        lie(eve, with_plaintext(eve, LIES[name]))
        await say(eve, "#", "a lie")
        await until(lambda: len(history(ann, "#")) == len(history(bob, "#")) == 4)
        for client in (ann, bob):
            message = history(client, "#")[-1]
            assert (message.state, message.text) == (MessageState.UNREADABLE, "")
        await others_go_on(ann, bob)

    attack()


@pytest.mark.parametrize("log_is", ["seen", "directory_seen"])
def test_a_false_fork_alarms_and_stops_nobody(log_is):
    @scenario
    async def attack(world, clients):
        ann, bob, eve = await three(world, clients)
        stream = bob.events()

        def false(plaintext):
            seen = msgspec.structs.replace(getattr(plaintext, log_is), hash=bytes(32))
            return msgspec.structs.replace(plaintext, **{log_is: seen})

        lie(eve, with_plaintext(eve, false))
        await say(eve, "#", "the hub lies", "the hub lies again")
        await until(lambda: bool(taken(stream, Alarm)))
        await others_go_on(ann, bob)
        assert len(taken(stream, Alarm)) == 1
        await clients.open(world.machine("dora"))
        await until(lambda: len(bob.people()) == 4)

    attack()


@scenario
async def test_a_ciphertext_of_ann_is_not_shown_as_eves(world, clients):
    ann, bob, eve = await three(world, clients)
    log = eve._engine.state.log_of(eve.conversation("#"))
    stored = eve._engine._store.messages(log, before=None, limit=10)[0]
    entry = world.storage._tables.entries[log, stored.seq].entry
    stolen = decode_message_body(entry.body)

    def steal(append, body, sending):
        append = msgspec.structs.replace(append, message_id=entry.message_id)
        return signed(
            eve, append, msgspec.structs.replace(body, session=stolen.session, ciphertext=stolen.ciphertext)
        )

    lie(eve, steal)
    await say(eve, "#", "x")
    await until(lambda: len(history(bob, "#")) == 4)
    assert texts(bob, "#").count("hello from ann") == 1
    assert history(bob, "#")[-1].state is MessageState.UNREADABLE
    await others_go_on(ann, bob)


async def send_to_device(eve, bob, content) -> None:
    """Send any device content as eve, encrypted as it must be."""
    state = eve._engine.state
    device = bob._engine.state.device
    await until(lambda: eve._engine._sessions.has(device))
    plaintext = DevicePlaintext(state.database, state.device, device, content)
    eve._engine.device_outbox.send(device, content) if not isinstance(content, SessionShare) else None
    if isinstance(content, SessionShare):
        body = eve._engine._sessions.encrypt(device, encode_device_plaintext(plaintext))
        inbox = ids.inbox_log(state.database, device)
        append = Append(ids.MessageId(bytes(15) + b"\1"), inbox, EntryKind.DEVICE_MESSAGE, encode(body))
        eve._engine.effects.send(append)
    eve._engine.flush()
    await asyncio.sleep(1)


@scenario
async def test_anns_key_claimed_by_eve_does_not_shut_ann_out(world, clients):
    ann, bob, eve = await join(world, clients, "ann", "bob", "eve")
    await say(eve, "#", "hello")
    await shows(bob, "#", ["hello"])
    sending = ann._engine._keys.new_sending(
        ann._engine.state.log_of(ann.conversation("#")),
        own_device=ann._engine.state.device,
        now_ms=ann._engine._now_ms(),
    )
    await send_to_device(eve, bob, SessionShare(sending.log, sending.session.key()))
    await say(ann, "#", "I am ann")
    await shows(bob, "#", ["hello", "I am ann"])


@scenario
async def test_a_forged_key_answer_does_not_block_the_true_one(world, clients):
    ann, bob, eve = await three(world, clients)
    log = bob._engine.state.log_of(bob.conversation("#"))
    held, inbox = [], bob._engine.state.inbox

    def withhold_keys(frame):
        if getattr(frame, "log", None) == inbox and getattr(frame, "items", None):
            held.append(frame)
            return []
        return [frame]

    clients.machines["bob"].attack = withhold_keys
    ann._engine._keys.drop_sending(log)
    await say(ann, "#", "under a new key")
    await until(lambda: unreadable(bob) == ["missing_key"])
    session = bob._engine._store.unreadable()[0].session
    theirs = eve._engine._keys.receiving(session, ann._engine.state.device).session
    forged = bytearray(theirs.export(0))
    forged[10] ^= 1  # in the ratchet
    bob._engine._requests.take_answer(KeyAnswer(log, bytes(forged)))
    bob._engine._requests.take_answer(KeyAnswer(log, b"garbage"))
    assert unreadable(bob) == ["missing_key"]
    bob._engine._requests.take_answer(KeyAnswer(log, theirs.export(0)))
    bob._engine.flush()
    await until(lambda: texts(bob, "#")[-1] == "under a new key")


@scenario
async def test_a_key_is_not_answered_to_who_may_not_read(world, clients):
    ann, bob, eve = await join(world, clients, "ann", "bob", "eve")
    await say(ann, "@bob", "secret")
    await shows(bob, "@ann", ["secret"])
    await say(eve, "@ann", "hi")
    await shows(ann, "@eve", ["hi"])
    stored = bob._engine._store.find_message(history(bob, "@ann")[0].id)
    answers = []
    eve._engine._requests.take_answer = answers.append
    await send_to_device(eve, ann, KeyRequest(stored.log, stored.seq, stored.session))
    assert answers == []


@scenario
async def test_a_key_of_before_they_joined_is_not_answered(world, clients):
    ann, _ = await join(world, clients, "ann", "bob")
    await say(ann, "#", "before eve")
    await until(lambda: not ann.waiting)
    stored = ann._engine._store.find_message(history(ann, "#")[0].id)
    eve = await clients.open(world.machine("eve"))
    await say(eve, "@ann", "hi")
    await shows(ann, "@eve", ["hi"])
    answers = []
    eve._engine._requests.take_answer = answers.append
    await send_to_device(eve, ann, KeyRequest(stored.log, stored.seq, stored.session))
    assert answers == []


@scenario
async def test_garbage_in_an_inbox_harms_nobody(world, clients):
    ann, bob, eve = await three(world, clients)
    inbox = ids.inbox_log(eve._engine.state.database, bob._engine.state.device)
    link = clients.machines["eve"].link
    for number, body in enumerate([[0, b"x"], [1, b""], [9, b"\xff" * 900], [0, b"\3" * 160]]):
        append = Append(
            ids.MessageId(bytes(15) + bytes([number])), inbox, EntryKind.DEVICE_MESSAGE, encode(body)
        )
        link.send(encode_frame(append))
    await send_to_device(eve, bob, SessionShare(ids.LogId(bytes(16)), b"no key"))
    await others_go_on(ann, bob)
    await say(eve, "@bob", "sorry")
    await shows(bob, "@eve", ["sorry"])


@scenario
async def test_a_share_for_a_log_eve_is_not_in_opens_nothing(world, clients):
    ann, bob, eve = await three(world, clients)
    await say(ann, "@bob", "secret")
    await shows(bob, "@ann", ["secret"])
    log = ann._engine.state.log_of(ann.conversation("@bob"))
    session = OlmCrypto().new_sending_session()
    await send_to_device(eve, bob, SessionShare(log, session.key()))
    body = MessageBody(
        decode_message_body(world.storage._tables.entries[log, 1].entry.body).view,
        1,
        session.id,
        session.encrypt(b"x"),
        b"",
    )
    append = Append(ids.MessageId(bytes(16)), log, EntryKind.MESSAGE, b"")
    clients.machines["eve"].link.send(encode_frame(signed(eve, append, body)))
    await asyncio.sleep(1)
    assert texts(bob, "@ann") == ["secret"]
    await others_go_on(ann, bob)


@scenario
async def test_a_text_over_the_limit_inside_the_envelope_is_not_shown(world, clients):
    ann, bob, eve = await three(world, clients)
    huge = msgspec.msgpack.encode(Text("x" * 66_000))
    lie(eve, with_plaintext(eve, inside(content=huge)))
    await say(eve, "#", "small outside")
    await until(lambda: len(history(bob, "#")) == 4)
    assert texts(bob, "#")[-1] == ""
    await others_go_on(ann, bob)


@scenario
async def test_who_asks_for_keys_without_an_end_is_answered_at_a_bounded_rate(world, clients):
    ann, bob, eve = await three(world, clients)
    requests, sent = ann._engine._requests, []
    requests._send = lambda device, _answer: sent.append(device)
    [stored, *_] = ann._engine._store.messages(ann._engine.state.everyone_log, before=None, limit=1)
    request = KeyRequest(stored.log, stored.seq, stored.session)
    for _ in range(KEY_ANSWERS_BURST * 2):
        requests.take_request(eve._engine.state.device, request)
    assert len(sent) == KEY_ANSWERS_BURST
    requests.take_request(bob._engine.state.device, request)
    assert sent[-1] == bob._engine.state.device, "others are answered all the same"
    await asyncio.sleep(60)
    sent.clear()
    for _ in range(KEY_ANSWERS_BURST):
        requests.take_request(eve._engine.state.device, request)
    assert abs(len(sent) - KEY_ANSWERS_PER_MINUTE) <= 1
