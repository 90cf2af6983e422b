"""Writes docs/vectors/*.json: worked examples of every encoding, for clients in any language.

Everything in them follows from fixed inputs, so running this again changes nothing unless the protocol
changed. tests/wire/test_vectors.py checks them without this program. The vectors of names, typed lines,
check words and join links are kept by hand.
"""

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lanmsg.client.crypto import sas
from lanmsg.client.crypto.signal_cipher import encrypt_signal, signal_key
from lanmsg.client.device_messages import (
    DeviceContent,
    DevicePlaintext,
    HistoryAnswer,
    HistoryKey,
    HistoryRequest,
    KeyAnswer,
    KeyRequest,
    PastKey,
    PastKeys,
    PastRequest,
    SessionShare,
    VerificationAccept,
    VerificationCancel,
    VerificationKey,
    VerificationMac,
    VerificationRequest,
    encode_device_plaintext,
)
from lanmsg.client.pairing import Parcel, seal_parcel
from lanmsg.client.vouchers import Grant
from lanmsg.net.discovery_broadcast import encode_answer, encode_probe
from lanmsg.wire import admin, content, frames, ids, labels, limits, pairing, signals, statements
from lanmsg.wire.codec import HUB_TAGS, encode, encode_frame
from lanmsg.wire.emoji_words import EMOJI, emoji_of
from lanmsg.wire.entries import (
    Entry,
    EntryKind,
    LogKind,
    MessageBody,
    OlmBody,
    View,
    entry_hash,
    message_signed_bytes,
)
from lanmsg.wire.frame_parts import ClaimedKey
from lanmsg.wire.ids import DatabaseId, DeviceId, MessageId, RoomId, TransactionId
from lanmsg.wire.invites import Invite, format_invite
from lanmsg.wire.labels import labelled_bytes, labelled_hash
from lanmsg.wire.status import Status
from lanmsg.wire.vouchers import Voucher, grant_bytes

DIRECTORY = Path(__file__).parents[1] / "docs" / "vectors"
Json = dict[str, Any]


# --- the cast --------------------------------------------------------------------------------


def fixed_bytes(name: str, count: int) -> bytes:
    """Return bytes that follow from a name: all keys, ids and nonces here are made so."""
    return hashlib.shake_256(f"lanmsg vectors {name}".encode()).digest(count)


def _key(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(fixed_bytes(f"{name} seed", 32))


def _public(name: str) -> bytes:
    return _key(name).public_key().public_bytes_raw()


def _device_of(name: str) -> DeviceId:
    return ids.device_id(_public(f"{name} device"), _agreement_key(name))


def _agreement_key(name: str) -> bytes:
    return fixed_bytes(f"{name} agreement key", 32)  # any 32 bytes are a Curve25519 public key


DATABASE = DatabaseId(fixed_bytes("database", 16))
TRANSACTION = TransactionId(fixed_bytes("transaction", 16))
MESSAGE_ID = MessageId(fixed_bytes("message id", 16))
NOW_MS = 1_800_000_000_000
HUB = ids.hub_id(_public("hub"))
ANN, BOB = ids.user_id(_public("ann")), ids.user_id(_public("bob"))
ANN_DEVICE, BOB_DEVICE = _device_of("ann"), _device_of("bob")
EVERYONE = ids.everyone_log(DATABASE)
CID = ids.user_id(_public("cid"))
DIRECT = ids.direct_log(DATABASE, ANN, BOB)
GROUP = ids.group_log(DATABASE, [ANN, BOB, CID])
ROOM = RoomId(fixed_bytes("room", 16))
ROOM_LOG = ids.room_log(DATABASE, ROOM)
CERTIFICATE_HASH = fixed_bytes("certificate hash", 32)
HUB_NONCE, CLIENT_NONCE = fixed_bytes("hub nonce", 32), fixed_bytes("client nonce", 32)
SECRET = fixed_bytes("invite secret", 16)


def user_statement() -> statements.UserStatement:
    """Return Ann's claim of her name."""
    unsigned = statements.UserStatement("ann", _public("ann"))
    return msgspec.structs.replace(unsigned, signature=_key("ann").sign(unsigned.signed_bytes()))


def device_statement() -> statements.DeviceStatement:
    """Return Ann's binding of her device."""
    unsigned = statements.DeviceStatement(ANN, _public("ann device"), _agreement_key("ann"), "Änne-Laptop")
    return msgspec.structs.replace(unsigned, signature=_key("ann").sign(unsigned.signed_bytes()))


def revoke_statement() -> statements.RevokeStatement:
    """Return Ann's revocation of it, by her second one."""
    unsigned = statements.RevokeStatement(ANN, ANN_DEVICE, _device_of("ann second"))
    signed = unsigned.signed_bytes()
    return msgspec.structs.replace(
        unsigned, signature=_key("ann").sign(signed), by_signature=_key("ann second device").sign(signed)
    )


def second_device_statement() -> statements.DeviceStatement:
    """Return Ann's binding of her second device, which the first has let in."""
    key = _key("ann grant")
    keys = _public("ann second device"), _agreement_key("ann second")
    unsigned = statements.DeviceStatement(ANN, *keys, "Handy")
    grant = _key("ann device").sign(grant_bytes(ANN, _public("ann grant")))
    voucher = Voucher(ANN_DEVICE, _public("ann grant"), grant, key.sign(unsigned.vouched_bytes()))
    return msgspec.structs.replace(
        unsigned, signature=_key("ann").sign(unsigned.signed_bytes()), voucher=voucher
    )


def room_statement() -> statements.RoomStatement:
    """Return the second version of Ann's room, which has two owners."""
    unsigned = statements.RoomStatement(
        ROOM,
        2,
        "küche",
        is_open=True,
        keeps_history=False,
        is_archived=False,
        owners=[ANN, BOB],
        device=ANN_DEVICE,
    )
    return msgspec.structs.replace(unsigned, signature=_key("ann device").sign(unsigned.signed_bytes()))


def members_statement() -> statements.MembersStatement:
    """Return how Ann lets Bob in, and keeps Cid out."""
    changes = [
        statements.MemberChange(BOB, statements.Role.MEMBER),
        statements.MemberChange(CID, statements.Role.BANNED),
    ]
    unsigned = statements.MembersStatement(View(7, 9), fixed_bytes("members", 32), changes)
    signed = unsigned.signed_bytes(ROOM_LOG, MESSAGE_ID)
    return msgspec.structs.replace(unsigned, signature=_key("ann device").sign(signed))


def members_entry() -> Entry:
    """Return the entry that it is the body of."""
    return Entry(EntryKind.MEMBERS, ANN_DEVICE, MESSAGE_ID, NOW_MS, encode(members_statement()))


def published_key(label: bytes, name: str) -> statements.PublishedKey:
    """Return a key that Ann's device publishes."""
    key = fixed_bytes(name, 32)
    signed = statements.published_key_bytes(label, ANN_DEVICE, key)
    return statements.PublishedKey(key, _key("ann device").sign(signed))


def message_body() -> MessageBody:
    """Return a signed message of Ann's; its ciphertext is no real one."""
    unsigned = MessageBody(View(0, 4), 1, fixed_bytes("session", 32), fixed_bytes("ciphertext", 80), b"")
    signed = message_signed_bytes(DIRECT, MESSAGE_ID, unsigned)
    return msgspec.structs.replace(unsigned, signature=_key("ann device").sign(signed))


def login() -> frames.Login:
    """Return Ann's proof for the challenge below."""
    return frames.Login(ANN_DEVICE, _key("ann device").sign(login_signed_bytes()))


def login_signed_bytes() -> bytes:
    """Return what Ann's device signs to log in."""
    return statements.login_bytes(
        hub=HUB,
        certificate_hash=CERTIFICATE_HASH,
        hub_nonce=HUB_NONCE,
        client_nonce=CLIENT_NONCE,
        device=ANN_DEVICE,
        version=1,
    )


def some_entries() -> list[Entry]:
    """Return three entries of one log; the last has an empty body."""
    return [
        Entry(EntryKind.MESSAGE, ANN_DEVICE, MESSAGE_ID, NOW_MS, encode(message_body())),
        Entry(EntryKind.MESSAGE, BOB_DEVICE, MessageId(fixed_bytes("message id 2", 16)), 0, b"two"),
        Entry(EntryKind.MESSAGE, ANN_DEVICE, MessageId(bytes(16)), 2**53 - 1, b""),
    ]


def olm_body() -> OlmBody:
    """Return an inbox body; its ciphertext is no real one."""
    return OlmBody(0, fixed_bytes("olm ciphertext", 96))


# --- the files -------------------------------------------------------------------------------


def labelled_vectors() -> Json:
    """Return labels, labelled bytes and their hashes."""
    lists: list[tuple[bytes, list[bytes | int]]] = [
        (labels.LOGIN, []),
        (labels.LOGIN, [b""]),
        (labels.LOGIN, [b"", b""]),
        (labels.ENTRY, [b"ab", b"c"]),
        (labels.ENTRY, [b"a", b"bc"]),
        (labels.MESSAGE, [0, 1, 2**53 - 1, 2**64 - 1]),
        (labels.MESSAGE, [(1).to_bytes(8, "big")]),
        (labels.INVITE_SECRET, [SECRET]),
    ]
    return {
        "about": "Labels and `labelled_bytes` (docs/protocol.md §2.1). A field is hex or an integer.",
        "labels": {name: value.decode() for name, value in vars(labels).items() if name.isupper()},
        "labelled": [
            {
                "label": label.decode(),
                "fields": [each if isinstance(each, int) else each.hex() for each in fields],
                "bytes": labelled_bytes(label, *fields).hex(),
                "sha256": labelled_hash(label, *fields).hex(),
            }
            for label, fields in lists
        ],
    }


def id_vectors() -> Json:
    """Return each id with what it is derived from."""
    ann, device = _public("ann"), _public("ann device")
    cases: list[tuple[str, list[bytes], bytes]] = [
        ("hub_id", [_public("hub")], HUB),
        ("user_id", [ann], ANN),
        ("device_id", [device, _agreement_key("ann")], ANN_DEVICE),
        ("directory_log", [DATABASE], ids.directory_log(DATABASE)),
        ("everyone_log", [DATABASE], EVERYONE),
        ("direct_log", [DATABASE, ANN, BOB], DIRECT),
        ("direct_log", [DATABASE, BOB, ANN], DIRECT),
        ("direct_log", [DATABASE, ANN, ANN], ids.direct_log(DATABASE, ANN, ANN)),
        ("inbox_log", [DATABASE, ANN_DEVICE], ids.inbox_log(DATABASE, ANN_DEVICE)),
        ("group_log", [DATABASE, ANN, BOB, CID], GROUP),
        ("group_log", [DATABASE, CID, ANN, BOB], GROUP),
        ("room_log", [DATABASE, ROOM], ROOM_LOG),
        ("account_log", [DATABASE, ANN], ids.account_log(DATABASE, ANN)),
    ]
    return {
        "about": "Ids and what they are derived from (docs/protocol.md §2.3). All hex.",
        "ids": [
            {"function": function, "of": [each.hex() for each in of], "id": result.hex()}
            for function, of, result in cases
        ],
    }


def entry_vectors() -> Json:
    """Return a run of entries and its hash chain."""
    previous = ids.ZERO_HASH
    run: list[Json] = []
    for seq, entry in enumerate(some_entries(), 1):
        result = entry_hash(DIRECT, seq, previous, entry)
        run.append(
            {
                "seq": seq,
                "kind": int(entry.kind),
                "sender": entry.sender.hex(),
                "message_id": entry.message_id.hex(),
                "at_ms": entry.at_ms,
                "body": entry.body.hex(),
                "encoded": encode(entry).hex(),
                "previous": previous.hex(),
                "hash": result.hex(),
            }
        )
        previous = result
    return {"about": "Entries and their chain (docs/protocol.md §3.2).", "log": DIRECT.hex(), "run": run}


def statement_vectors() -> Json:
    """Return statements and published keys with their signed bytes, made from fixed seeds."""
    one_time = published_key(labels.ONE_TIME_KEY, "one-time key")
    fallback = published_key(labels.FALLBACK_KEY, "fallback key")
    revoke, room, members = revoke_statement(), room_statement(), members_statement()
    second = second_device_statement()
    voucher = second.voucher
    assert voucher is not None
    certificate = statements.hub_certificate_bytes(CERTIFICATE_HASH)
    cases: list[tuple[str, str, bytes, bytes, bytes]] = [
        ("UserStatement", "ann", user_statement().signed_bytes(), user_statement().signature, b""),
        ("DeviceStatement", "ann", device_statement().signed_bytes(), device_statement().signature, b""),
        ("DeviceStatement (second device)", "ann", second.signed_bytes(), second.signature, encode(second)),
        ("grant", "ann device", grant_bytes(ANN, voucher.key), voucher.grant, b""),
        ("voucher", "ann grant", second.vouched_bytes(), voucher.signature, b""),
        ("RevokeStatement", "ann", revoke.signed_bytes(), revoke.signature, b""),
        ("RevokeStatement by", "ann second device", revoke.signed_bytes(), revoke.by_signature, b""),
        ("RoomStatement", "ann device", room.signed_bytes(), room.signature, b""),
        (
            "MembersStatement",
            "ann device",
            members.signed_bytes(ROOM_LOG, MESSAGE_ID),
            members.signature,
            b"",
        ),
        (
            "PublishedKey (one-time)",
            "ann device",
            statements.published_key_bytes(labels.ONE_TIME_KEY, ANN_DEVICE, one_time.key),
            one_time.signature,
            encode(one_time),
        ),
        (
            "PublishedKey (fallback)",
            "ann device",
            statements.published_key_bytes(labels.FALLBACK_KEY, ANN_DEVICE, fallback.key),
            fallback.signature,
            encode(fallback),
        ),
        ("hub certificate", "hub", certificate, _key("hub").sign(certificate), b""),
    ]
    encoded = {
        "UserStatement": encode(user_statement()),
        "DeviceStatement": encode(device_statement()),
        "RevokeStatement": encode(revoke),
        "RoomStatement": encode(room),
        "MembersStatement": encode(members),
    }
    return {
        "about": "Ed25519 signatures (RFC 8032) from fixed seeds (docs/protocol.md §2.4).",
        "certificate_sha256": CERTIFICATE_HASH.hex(),
        "room_log": ROOM_LOG.hex(),
        "message_id": MESSAGE_ID.hex(),
        "statements": [
            {
                "what": what,
                "seed": fixed_bytes(f"{signer} seed", 32).hex(),
                "public_key": _public(signer).hex(),
                "signed_bytes": signed.hex(),
                "signature": signature.hex(),
                "encoded": (encoded.get(what) or struct).hex(),
            }
            for what, signer, signed, signature, struct in cases
        ],
    }


def login_vectors() -> Json:
    """Return a login."""
    return {
        "about": "What a device signs to log in (docs/protocol.md §5.4).",
        "hub": HUB.hex(),
        "certificate_sha256": CERTIFICATE_HASH.hex(),
        "hub_nonce": HUB_NONCE.hex(),
        "client_nonce": CLIENT_NONCE.hex(),
        "device": ANN_DEVICE.hex(),
        "version": 1,
        "signed_bytes": login_signed_bytes().hex(),
        "device_seed": fixed_bytes("ann device seed", 32).hex(),
        "device_signing_key": _public("ann device").hex(),
        "signature": login().signature.hex(),
    }


def message_vectors() -> Json:
    """Return a message body and what its sender signs."""
    body = message_body()
    return {
        "about": "The body of a MESSAGE entry and what its device signs (docs/protocol.md §3.3).",
        "log": DIRECT.hex(),
        "message_id": MESSAGE_ID.hex(),
        "view": [body.view.membership_seq, body.view.directory_seq],
        "counter": body.counter,
        "session": body.session.hex(),
        "ciphertext": body.ciphertext.hex(),
        "signed_bytes": message_signed_bytes(DIRECT, MESSAGE_ID, body).hex(),
        "device_signing_key": _public("ann device").hex(),
        "signature": body.signature.hex(),
        "encoded": encode(body).hex(),
        "olm_body": {
            "message_type": olm_body().message_type,
            "ciphertext": olm_body().ciphertext.hex(),
            "encoded": encode(olm_body()).hex(),
        },
    }


def plaintext_with(text: str) -> content.Plaintext:
    """Return the plaintext of a message with this text."""
    return content.Plaintext(
        content.CONTENT_VERSION,
        DATABASE,
        DIRECT,
        MESSAGE_ID,
        1,
        NOW_MS,
        content.Seen(41, fixed_bytes("seen hash", 32)),
        content.Seen(4, fixed_bytes("directory seen hash", 32)),
        content.encode_content(content.Text(text)),
    )


def content_vectors() -> Json:
    """Return contents, and plaintexts before and after padding."""
    contents: list[content.Content] = [
        content.Text("hello"),
        content.Text("Grüße, 田中 👋\nsecond line"),
        content.Text("waves", is_action=True),
        content.Text("yes", reply_to=MESSAGE_ID),
        content.Edit(MESSAGE_ID, "hello again"),
        content.Delete(MESSAGE_ID),
        content.Reaction(MESSAGE_ID, "👍"),
        content.Reaction(MESSAGE_ID, "👨‍👩‍👧‍👦", is_removed=True),
        content.Pin(MESSAGE_ID),
        content.Pin(MESSAGE_ID, is_removed=True),
        content.Topic("soup of the day"),
        content.Lifetime(3600),
        content.ReadUpTo(41),
    ]
    texts = ["hello", "a" * 103, "a" * 104, "ä" * (limits.MAX_TEXT_BYTES // 2)]
    return {
        "about": (
            "Contents and padded plaintexts (docs/protocol.md §9). Long ones are given by the SHA-256 of "
            "their padded form; `text` is repeated `times`."
        ),
        "padding_steps": list(limits.PADDING_STEPS),
        "contents": [_content_vector(each) for each in contents],
        "refused_contents": [
            {"why": "an empty text", "encoded": encode([1, " "]).hex()},
            {"why": "a reply to no message id", "encoded": encode([1, "yes", False, b"x"]).hex()},
            {"why": "a target that is no message id", "encoded": encode([3, b"x"]).hex()},
            {"why": "a reaction with a space", "encoded": encode([4, MESSAGE_ID, "a b"]).hex()},
            {"why": "a reaction that shows nothing", "encoded": encode([4, MESSAGE_ID, "\u200d"]).hex()},
            {"why": "a reaction of 33 bytes", "encoded": encode([4, MESSAGE_ID, "a" * 33]).hex()},
            {"why": "a topic of two lines", "encoded": encode([6, "one\ntwo"]).hex()},
            {"why": "a lifetime of more than 366 days", "encoded": encode([7, 366 * 86400 + 1]).hex()},
            {"why": "an unknown kind", "encoded": encode([99, "?"]).hex()},
        ],
        "plaintexts": [_plaintext_vector(text) for text in texts],
        "refused": [
            {"why": "no step is so long", "sealed": bytes(65).hex()},
            {"why": "shorter than its length prefix", "sealed": "00"},
            {"why": "the length points behind the end", "sealed": (61).to_bytes(4, "big").hex() + "00" * 60},
            {"why": "padding that is not zero", "sealed": "00" * 63 + "01"},
        ],
    }


def _content_vector(each: content.Content) -> Json:
    """Return a content with its fields by name, bytes as hex."""
    fields = msgspec.structs.asdict(each)
    shown = {name: value.hex() if isinstance(value, bytes) else value for name, value in fields.items()}
    return {
        "kind": content.kind_of(each),
        "name": type(each).__name__,
        "fields": shown,
        "encoded": content.encode_content(each).hex(),
    }


def _plaintext_vector(text: str) -> Json:
    plaintext = plaintext_with(text)
    sealed = content.seal(plaintext)
    short: Json = {"sealed": sealed.hex()} if len(sealed) <= limits.PADDING_STEPS[1] else {}
    return {
        "version": plaintext.version,
        "database": plaintext.database.hex(),
        "log": plaintext.log.hex(),
        "message_id": plaintext.message_id.hex(),
        "counter": plaintext.counter,
        "sent_at_ms": plaintext.sent_at_ms,
        "seen": [plaintext.seen.seq, plaintext.seen.hash.hex()],
        "directory_seen": [plaintext.directory_seen.seq, plaintext.directory_seen.hash.hex()],
        "text": text if len(set(text)) > 1 else text[0],
        "times": 1 if len(set(text)) > 1 else len(text),
        "encoded_bytes": len(encode(plaintext)),
        "sealed_bytes": len(sealed),
        "sealed_sha256": hashlib.sha256(sealed).hexdigest(),
        **short,
    }


def device_message_vectors() -> Json:
    """Return each message between devices, before Olm encrypts it."""
    cases: list[tuple[DeviceContent, Json]] = [
        (
            SessionShare(DIRECT, fixed_bytes("session key", 229)),
            {"log": DIRECT.hex(), "key": fixed_bytes("session key", 229).hex()},
        ),
        (
            KeyRequest(DIRECT, 7, fixed_bytes("session", 32)),
            {"log": DIRECT.hex(), "seq": 7, "session": fixed_bytes("session", 32).hex()},
        ),
        (
            KeyAnswer(DIRECT, fixed_bytes("exported key", 165)),
            {"log": DIRECT.hex(), "key": fixed_bytes("exported key", 165).hex()},
        ),
        *_past_messages(),
        *_verification_steps(),
        (
            HistoryRequest(DIRECT, [fixed_bytes("session", 32) + ANN_DEVICE]),
            {"log": DIRECT.hex(), "sessions": [fixed_bytes("session", 32).hex() + ANN_DEVICE.hex()]},
        ),
        (
            HistoryAnswer(DIRECT, [HistoryKey(ANN_DEVICE, fixed_bytes("exported key", 165))]),
            {
                "log": DIRECT.hex(),
                "keys": [{"device": ANN_DEVICE.hex(), "key": fixed_bytes("exported key", 165).hex()}],
            },
        ),
    ]
    return {
        "about": "What devices say to each other, inside Olm (docs/protocol.md §10). Keys are no real ones.",
        "database": DATABASE.hex(),
        "sender": ANN_DEVICE.hex(),
        "recipient": BOB_DEVICE.hex(),
        "messages": [
            {
                "kind": type(each).__name__,
                **fields,
                "encoded": encode_device_plaintext(
                    DevicePlaintext(DATABASE, ANN_DEVICE, BOB_DEVICE, each)
                ).hex(),
            }
            for each, fields in cases
        ],
    }


def _past_messages() -> list[tuple[DeviceContent, Json]]:
    token, session = fixed_bytes("token", 16), fixed_bytes("session", 32)
    key = fixed_bytes("exported key", 165)
    return [
        (PastRequest(token, DIRECT, [session + BOB_DEVICE]), {"log": DIRECT.hex(), "token": token.hex()}),
        (PastKeys(DIRECT, [PastKey(BOB_DEVICE, key)]), {"log": DIRECT.hex()}),
    ]


def _verification_steps() -> list[tuple[DeviceContent, Json]]:
    transaction = {"transaction": TRANSACTION.hex()}
    commitment, mac = fixed_bytes("commitment", 32), fixed_bytes("mac", 32)
    key = fixed_bytes("verification key", 32)
    return [
        (VerificationRequest(TRANSACTION), transaction),
        (VerificationAccept(TRANSACTION, commitment), {**transaction, "commitment": commitment.hex()}),
        (VerificationKey(TRANSACTION, key), {**transaction, "key": key.hex()}),
        (VerificationMac(TRANSACTION, mac), {**transaction, "mac": mac.hex()}),
        (VerificationCancel(TRANSACTION, "different"), {**transaction, "reason": "different"}),
    ]


def verification_vectors() -> Json:
    """Return one verification: Ann asks, Bob accepts."""
    secrets = {name: fixed_bytes(f"{name} verification secret", 32) for name in ("ann", "bob")}
    ann, bob = (
        sas.SasParty(user, _public(name), device, sas.SasSecret(secrets[name]).key)
        for name, user, device in (("ann", ANN, ANN_DEVICE), ("bob", BOB, BOB_DEVICE))
    )
    transcript = sas.SasTranscript(HUB, DATABASE, TRANSACTION, ann, bob)
    shared = sas.SasSecret(secrets["ann"]).agree(bob.key)
    numbers = sas.emoji_numbers(shared, transcript)
    return {
        "about": "Comparing seven emoji (docs/protocol.md §11.6), with all that both sides derive.",
        "hub": HUB.hex(),
        "database": DATABASE.hex(),
        "transaction": TRANSACTION.hex(),
        "requester": _side(ann, secrets["ann"], sas.identity_mac(shared, transcript, ann)),
        "accepter": _side(bob, secrets["bob"], sas.identity_mac(shared, transcript, bob)),
        "commitment": sas.commitment(TRANSACTION, bob.key).hex(),
        "shared": shared.hex(),
        "emoji_info": transcript.info(labels.SAS_EMOJI).hex(),
        "emoji_numbers": list(numbers),
        "emoji": [f"{each.emoji} {each.name}" for each in emoji_of(numbers)],
        "table": [f"{each.emoji} {each.name}" for each in EMOJI],
    }


def _side(party: sas.SasParty, secret: bytes, mac: bytes) -> Json:
    return {
        "user": party.user.hex(),
        "identity_key": party.identity_key.hex(),
        "device": party.device.hex(),
        "secret": secret.hex(),
        "key": party.key.hex(),
        "mac": mac.hex(),
    }


def signal_plaintext() -> signals.SignalPlaintext:
    """Return a reason to be away."""
    return signals.SignalPlaintext(NOW_MS, signals.AwayReason("lunch"))


def signal_body() -> signals.SignalBody:
    """Return a signal for the log of ann and bob, by ann's device, under a key that is none."""
    bare = signals.SignalBody(ANN_DEVICE, fixed_bytes("session", 32), 7, fixed_bytes("signal nonce", 12), b"")
    ciphertext = encrypt_signal(
        signal_key(fixed_bytes("exported key", 165)),
        bare.nonce,
        signals.seal_signal(signal_plaintext()),
        associated=bare.associated_bytes(DIRECT),
    )
    body = msgspec.structs.replace(bare, ciphertext=ciphertext)
    return msgspec.structs.replace(body, signature=_key("ann device").sign(body.signed_bytes(DIRECT)))


def signal_vectors() -> Json:
    """Return a signal, from its key to its signature."""
    body = signal_body()
    notices = [signals.TypingNotice(), signals.TypingNotice(is_typing=False), signals.AwayReason("lunch")]
    return {
        "about": "A signal, step by step (docs/protocol.md §11.7). The exported key is no real one.",
        "contents": [{"kind": type(each).__name__, "encoded": encode(each).hex()} for each in notices],
        "made_at_ms": NOW_MS,
        "text": "lunch",
        "sealed": signals.seal_signal(signal_plaintext()).hex(),
        "exported_key": fixed_bytes("exported key", 165).hex(),
        "key": signal_key(fixed_bytes("exported key", 165)).hex(),
        "log": DIRECT.hex(),
        "sender": body.sender.hex(),
        "session": body.session.hex(),
        "index": body.index,
        "nonce": body.nonce.hex(),
        "associated": body.associated_bytes(DIRECT).hex(),
        "ciphertext": body.ciphertext.hex(),
        "signed_bytes": body.signed_bytes(DIRECT).hex(),
        "device_signing_key": _public("ann device").hex(),
        "signature": body.signature.hex(),
        "encoded": encode(body).hex(),
    }


def invite_vectors() -> Json:
    """Return the hash by which a hub knows an invite."""
    return {
        "about": "The hash that `create_invite` carries (docs/protocol.md §12). Links: invites.json.",
        "secret": SECRET.hex(),
        "secret_hash": labelled_hash(labels.INVITE_SECRET, SECRET).hex(),
    }


def pairing_vectors() -> Json:
    """Return a code, what follows from it, and the parcel sealed under it."""
    code = fixed_bytes("pairing code", limits.PAIRING_CODE_BYTES)
    keys = pairing.pairing_keys(code)
    grant = Grant(
        ANN_DEVICE,
        fixed_bytes("ann grant seed", 32),
        _key("ann device").sign(grant_bytes(ANN, _public("ann grant"))),
    )
    parcel = Parcel(_public("hub"), DATABASE, "ann", fixed_bytes("ann seed", 32), grant, bytes(range(16)))
    link = Invite(("192.168.1.5:7777",), _public("hub"), code, is_pairing=True)
    return {
        "about": "Letting a second device in (docs/protocol.md §11.8): the code, name and key, parcel, link.",
        "code": code.hex(),
        "shown": pairing.format_code(code),
        "scrypt": {"n": pairing.SCRYPT_N, "r": pairing.SCRYPT_R, "p": pairing.SCRYPT_P},
        "name": keys.name.hex(),
        "key": keys.key.hex(),
        "parcel": {name: _jsonable(getattr(parcel, name)) for name in parcel.__struct_fields__},
        "encoded": encode(parcel).hex(),
        "sealed": seal_parcel(parcel, keys).hex(),
        "link": format_invite(link),
    }


def discovery_vectors() -> Json:
    """Return a probe and its answer."""
    nonce = fixed_bytes("probe nonce", 16)
    return {
        "about": "One UDP packet each way (docs/protocol.md §13).",
        "nonce": nonce.hex(),
        "hub": HUB.hex(),
        "port": 7777,
        "probe": encode_probe(nonce).hex(),
        "answer": encode_answer(nonce, hub=HUB, port=7777).hex(),
    }


# --- one of each frame -----------------------------------------------------------------------


def client_frames() -> list[frames.Frame]:
    """Return one of each frame that clients send."""
    share = frames.Share(BOB_DEVICE, encode(olm_body()))
    one_time, fallback = (
        published_key(labels.ONE_TIME_KEY, "one-time key"),
        published_key(labels.FALLBACK_KEY, "fallback key"),
    )
    return [
        frames.Hello(1, CLIENT_NONCE, "vectors/1"),
        frames.Enrol(user_statement(), device_statement(), fallback, [one_time], SECRET),
        login(),
        frames.Append(MESSAGE_ID, DIRECT, EntryKind.MESSAGE, encode(message_body()), [share]),
        frames.Fetch(DIRECT, 41),
        frames.Ack(DIRECT, 42),
        frames.ClaimKeys(1, [BOB_DEVICE]),
        frames.PublishKeys([one_time], fallback),
        frames.OpenDirect(BOB),
        frames.OpenGroup(3, sorted([ANN, BOB, CID])),
        frames.FetchMembers(ROOM_LOG, 8),
        frames.CreateInvite(2, labelled_hash(labels.INVITE_SECRET, SECRET), NOW_MS + 86_400_000),
        frames.Shares(MESSAGE_ID, [share]),
        frames.StorePairing(4, fixed_bytes("pairing name", 32), fixed_bytes("parcel", 200)),
        frames.TakePairing(fixed_bytes("pairing name", 32)),
        frames.Admin(6, encode(admin.SetRates(20.0, 60.0))),
        frames.Ping(5),
        frames.SetStatus(Status.AWAY, encode(signal_body())),
    ]


def challenge() -> frames.Challenge:
    """Return the hub's first frame."""
    return frames.Challenge(
        version=1,
        oldest_version=1,
        identity_key=_public("hub"),
        signature=_key("hub").sign(statements.hub_certificate_bytes(CERTIFICATE_HASH)),
        certificate_hash=CERTIFICATE_HASH,
        nonce=HUB_NONCE,
        database=DATABASE,
        title="Lab 4",
        invite_only=True,
        software="vectors/1",
    )


def hub_frames() -> list[frames.Frame]:
    """Return one of each frame that hubs send."""
    first = some_entries()[0]
    first_hash = entry_hash(DIRECT, 1, ids.ZERO_HASH, first)
    one_time = published_key(labels.ONE_TIME_KEY, "one-time key")
    return [
        challenge(),
        frames.Enrolled("ann"),
        frames.Welcome(HUB, ANN, "ann", NOW_MS, 49, 3, True, 20.0, 60.0),  # noqa: FBT003 - in the order of the wire
        frames.Entries(DIRECT, 1, ids.ZERO_HASH, 1, [msgspec.Raw(encode(first))]),
        frames.Appended(MESSAGE_ID, DIRECT, 1, first_hash),
        frames.Refused("stale_view", "the readers changed", MESSAGE_ID, view=View(0, 5)),
        frames.Heads(
            [frames.Head(DIRECT, LogKind.DIRECT, 0, ids.ZERO_HASH, 1, first_hash, 1, sorted([ANN, BOB]))]
        ),
        frames.ClaimedKeys(
            1,
            [
                ClaimedKey(ANN_DEVICE, one_time),
                ClaimedKey(BOB_DEVICE, is_fallback=False),
            ],
        ),
        frames.Stock(12),
        frames.InviteCreated(2),
        frames.Members(ROOM_LOG, 8, [frames.MembersItem(8, fixed_bytes("previous", 32), members_entry())]),
        frames.PairingStored(4),
        frames.PairingTaken(fixed_bytes("parcel", 200)),
        frames.AdminAnswer(6, encode(admin.AdminDone(2))),
        frames.Bye("shutting_down", "the hub is shutting down", 1000),
        frames.Presence(
            [
                frames.PersonPresence(ANN, online=True),
                frames.PersonPresence(BOB, online=False, last_seen_ms=NOW_MS),
                frames.PersonPresence(ANN, True, 0, Status.AWAY, NOW_MS, encode(signal_body())),  # noqa: FBT003 - in the order of the wire
            ]
        ),
        frames.Receipts(DIRECT, [frames.Receipt(BOB_DEVICE, 1)]),
        frames.Pong(5),
        frames.Signal(DIRECT, encode(signal_body())),
        frames.Notice("Down on Friday"),
        frames.RatesChanged(20.0, 60.0),
    ]


def frame_vectors() -> Json:
    """Return one of each frame, encoded, and how a decoder must take odd ones."""
    every = [*client_frames(), *hub_frames()]
    return {
        "about": (
            "One of each frame (docs/protocol.md §4), with its length prefix. `items` is the decoded msgpack "
            'array, bytes as {"hex": …}. `odd`: what a decoder makes of the unusual.'
        ),
        "frames": [
            {
                "frame": type(frame).__name__,
                "tag": frame.__struct_config__.tag,
                "from": "hub" if frame.__struct_config__.tag in HUB_TAGS else "client",
                "items": _jsonable(msgspec.msgpack.decode(encode(frame))),
                "encoded": encode_frame(frame).hex(),
            }
            for frame in every
        ],
        "odd": [
            _odd("client", "take", "items that a newer version added are ignored", [64, 5, "new", [1]]),
            _odd("client", "take", "items with defaults may be left out", [64]),
            _odd("client", "skip", "an unknown tag from 64 on is skipped", [200, 1, 2]),
            _odd("hub", "skip", "an unknown tag from 64 on is skipped", [200]),
            _odd("client", "refuse", "an unknown tag below 64 is critical", [63, 1]),
            _odd("hub", "refuse", "an unknown tag below 64 is critical", [63, 1]),
            _odd(
                "client",
                "refuse",
                "a known tag with a wrong field is an error, skippable or not",
                [64, "five"],
            ),
            _odd("client", "refuse", "an integer below 0", [5, DIRECT, -1]),
            _odd("client", "refuse", "an integer of 2^53", [5, DIRECT, 2**53]),
            _odd("hub", "refuse", "an integer of -2^53", [42, "stuck", "too slow", -(2**53)]),
            _odd("client", "refuse", "an id of 15 bytes", [5, DIRECT[:15], 1]),
            _odd("client", "refuse", "no array", {"frame": 64}),
            _odd("client", "refuse", "an empty array", []),
        ],
    }


def _odd(sender: str, outcome: str, why: str, value: object) -> Json:
    return {"from": sender, "outcome": outcome, "why": why, "payload": encode(value).hex()}


def _jsonable(value: object) -> object:
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, list):
        return [_jsonable(each) for each in value]
    if isinstance(value, msgspec.Struct):
        return [_jsonable(each) for each in msgspec.structs.astuple(value)]
    return value


# --- writing ---------------------------------------------------------------------------------

FILES: dict[str, Callable[[], Json]] = {
    "labelled_bytes": labelled_vectors,
    "ids": id_vectors,
    "entries": entry_vectors,
    "statements": statement_vectors,
    "login": login_vectors,
    "messages": message_vectors,
    "content": content_vectors,
    "device_messages": device_message_vectors,
    "verification": verification_vectors,
    "signals": signal_vectors,
    "invite_secret": invite_vectors,
    "pairing": pairing_vectors,
    "discovery": discovery_vectors,
    "frames": frame_vectors,
}


def render(name: str) -> str:
    """Return the text of one file."""
    return json.dumps(FILES[name](), indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write all files."""
    for name in FILES:
        (DIRECTORY / f"{name}.json").write_text(render(name), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
