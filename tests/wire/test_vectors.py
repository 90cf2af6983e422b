"""The vectors of docs/vectors, read as a client in another language would: from the JSON alone."""

import hashlib
import hmac
import json
import struct
from pathlib import Path

import msgspec
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from tools import make_vectors

from lanmsg.client import device_messages
from lanmsg.client.crypto import signal_cipher
from lanmsg.net import discovery_broadcast
from lanmsg.wire import (
    codec,
    content,
    entries,
    frames,
    ids,
    invites,
    labels,
    pairing,
    signals,
    statements,
)
from lanmsg.wire.errors import RemoteError

DIRECTORY = Path(__file__).parents[2] / "docs" / "vectors"
VECTORS = {name: json.loads((DIRECTORY / f"{name}.json").read_text("utf-8")) for name in make_vectors.FILES}
FRAMES = VECTORS["frames"]["frames"]


def unhex(text):
    return bytes.fromhex(text)


def joined(label, *fields):
    """`labelled_bytes`, written from its description and not from the code."""
    data = [label, *(struct.pack(">Q", each) if isinstance(each, int) else each for each in fields)]
    return b"".join(struct.pack(">I", len(each)) + each for each in data)


def short_id(label, *fields):
    return hashlib.sha256(joined(f"lanmsg/1 {label}".encode(), *fields)).digest()[:16]


@pytest.mark.parametrize("name", make_vectors.FILES)
def test_each_file_is_what_its_maker_makes(name):
    assert (DIRECTORY / f"{name}.json").read_text("utf-8") == make_vectors.render(name)


# --- labels, ids, entries --------------------------------------------------------------------


def test_the_labels_are_these_and_no_two_are_alike():
    golden = VECTORS["labelled_bytes"]["labels"]
    assert {name: text.encode() for name, text in golden.items()} == {
        name: value for name, value in vars(labels).items() if name.isupper()
    }
    assert len(set(golden.values())) == len(golden)
    assert all(text.startswith("lanmsg/1 ") for text in golden.values())


@pytest.mark.parametrize("vector", VECTORS["labelled_bytes"]["labelled"])
def test_labelled_bytes(vector):
    fields = [each if isinstance(each, int) else unhex(each) for each in vector["fields"]]
    label = vector["label"].encode()
    expected = unhex(vector["bytes"])
    assert joined(label, *fields) == labels.labelled_bytes(label, *fields) == expected
    assert (
        labels.labelled_hash(label, *fields) == hashlib.sha256(expected).digest() == unhex(vector["sha256"])
    )


@pytest.mark.parametrize("vector", VECTORS["ids"]["ids"], ids=lambda vector: vector["function"])
def test_ids(vector):
    of = [unhex(each) for each in vector["of"]]
    label = vector["function"].replace("_", " ")
    given = list(of)
    if vector["function"] in {"direct_log", "group_log"}:
        of = [of[0], *sorted(of[1:])]
    if vector["function"] == "group_log":
        given = [given[0], given[1:]]
    assert short_id(label, *of) == unhex(vector["id"])
    assert getattr(ids, vector["function"])(*given) == unhex(vector["id"])


def test_entries_and_their_chain():
    log = unhex(VECTORS["entries"]["log"])
    previous = bytes(32)
    for vector in VECTORS["entries"]["run"]:
        entry = codec.decode_entry(unhex(vector["encoded"]))
        parts = (unhex(vector["sender"]), unhex(vector["message_id"]), vector["at_ms"], unhex(vector["body"]))
        assert entry == entries.Entry(vector["kind"], *parts)
        assert unhex(vector["previous"]) == previous
        fields = (log, vector["seq"], previous, vector["kind"], *parts)
        previous = hashlib.sha256(joined(b"lanmsg/1 entry", *fields)).digest()
        assert entries.entry_hash(log, vector["seq"], unhex(vector["previous"]), entry) == previous
        assert unhex(vector["hash"]) == previous


# --- signatures ------------------------------------------------------------------------------


@pytest.mark.parametrize("vector", VECTORS["statements"]["statements"], ids=lambda vector: vector["what"])
def test_signatures(vector):
    key = Ed25519PrivateKey.from_private_bytes(unhex(vector["seed"]))
    signed, signature = unhex(vector["signed_bytes"]), unhex(vector["signature"])
    assert key.public_key().public_bytes_raw() == unhex(vector["public_key"])
    assert key.sign(signed) == signature
    statements.verify(unhex(vector["public_key"]), signature, signed)
    with pytest.raises(RemoteError):
        statements.verify(unhex(vector["public_key"]), signature, signed + b"\0")


@pytest.mark.parametrize(
    "vector",
    [vector for vector in VECTORS["statements"]["statements"] if vector["encoded"]],
    ids=lambda vector: vector["what"],
)
def test_statements_decode_and_encode(vector):
    kind = getattr(statements, vector["what"].split(" ")[0])
    decoded = codec.decode_as(kind, unhex(vector["encoded"]), "a statement")
    assert codec.encode(decoded) == unhex(vector["encoded"])
    assert decoded.signature == unhex(vector["signature"])
    if isinstance(decoded, statements.MembersStatement):
        place = (unhex(VECTORS["statements"][name]) for name in ("room_log", "message_id"))
        assert decoded.signed_bytes(*place) == unhex(vector["signed_bytes"])
    elif hasattr(decoded, "signed_bytes"):
        assert decoded.signed_bytes() == unhex(vector["signed_bytes"])


def statement_vector(what):
    (found,) = [vector for vector in VECTORS["statements"]["statements"] if vector["what"] == what]
    return codec.decode_as(getattr(statements, what), unhex(found["encoded"]), what), found


def test_what_a_device_signs_of_a_room():
    room, vector = statement_vector("RoomStatement")
    flags = (int(room.is_open), int(room.keeps_history), int(room.is_archived))
    fields = (room.room, room.version, room.name.encode(), *flags, room.device, *room.owners)
    assert joined(b"lanmsg/1 room statement", *fields) == unhex(vector["signed_bytes"])


def test_what_is_signed_when_a_device_lets_another_one_in():
    (device, grant, voucher) = [
        next(each for each in VECTORS["statements"]["statements"] if each["what"] == what)
        for what in ("DeviceStatement (second device)", "grant", "voucher")
    ]
    second = codec.decode_as(statements.DeviceStatement, unhex(device["encoded"]), "a statement")
    fields = (second.user, second.signing_key, second.agreement_key, second.device_name.encode())
    assert joined(b"lanmsg/1 device statement", *fields) == unhex(device["signed_bytes"])
    assert joined(b"lanmsg/1 device voucher", *fields) == unhex(voucher["signed_bytes"])
    key = unhex(voucher["public_key"])
    assert joined(b"lanmsg/1 device grant", second.user, key) == unhex(grant["signed_bytes"])
    assert (second.voucher.key, second.voucher.grant) == (key, unhex(grant["signature"]))
    assert second.voucher.signature == unhex(voucher["signature"])


def test_what_is_signed_when_a_device_is_revoked():
    revoke, vector = statement_vector("RevokeStatement")
    (by,) = [each for each in VECTORS["statements"]["statements"] if each["what"] == "RevokeStatement by"]
    signed = joined(b"lanmsg/1 revoke statement", revoke.user, revoke.device, revoke.by)
    assert signed == unhex(vector["signed_bytes"]) == unhex(by["signed_bytes"])
    assert revoke.by_signature == unhex(by["signature"])


def test_what_a_device_signs_of_members():
    members, vector = statement_vector("MembersStatement")
    log, message_id = (unhex(VECTORS["statements"][name]) for name in ("room_log", "message_id"))
    changes = [part for change in members.changes for part in (change.user, int(change.role))]
    view = members.view
    fields = (log, message_id, view.membership_seq, view.directory_seq, members.membership_hash, *changes)
    assert joined(b"lanmsg/1 members statement", *fields) == unhex(vector["signed_bytes"])


def test_hub_certificate():
    vector = VECTORS["statements"]["statements"][-1]
    certificate_hash = unhex(VECTORS["statements"]["certificate_sha256"])
    assert statements.hub_certificate_bytes(certificate_hash) == unhex(vector["signed_bytes"])
    assert joined(b"lanmsg/1 hub certificate", certificate_hash) == unhex(vector["signed_bytes"])


@pytest.mark.parametrize(
    ("label", "position"), [(b"lanmsg/1 one-time key", -3), (b"lanmsg/1 fallback key", -2)]
)
def test_published_keys(label, position):
    vector = VECTORS["statements"]["statements"][position]
    key = codec.decode_as(statements.PublishedKey, unhex(vector["encoded"]), "a key")
    device = unhex(VECTORS["login"]["device"])
    assert joined(label, device, key.key) == unhex(vector["signed_bytes"])
    assert statements.published_key_bytes(label, device, key.key) == unhex(vector["signed_bytes"])


def test_login():
    vector = VECTORS["login"]
    names = ("hub", "certificate_sha256", "hub_nonce", "client_nonce", "device")
    hub, certificate_hash, hub_nonce, client_nonce, device = (unhex(vector[name]) for name in names)
    signed = statements.login_bytes(
        hub=hub,
        certificate_hash=certificate_hash,
        hub_nonce=hub_nonce,
        client_nonce=client_nonce,
        device=device,
        version=vector["version"],
    )
    fields = (hub, certificate_hash, hub_nonce, client_nonce, device, vector["version"])
    assert signed == joined(b"lanmsg/1 login", *fields) == unhex(vector["signed_bytes"])
    key = Ed25519PrivateKey.from_private_bytes(unhex(vector["device_seed"]))
    assert key.public_key().public_bytes_raw() == unhex(vector["device_signing_key"])
    assert key.sign(signed) == unhex(vector["signature"])


# --- messages --------------------------------------------------------------------------------


def test_message_body_and_what_its_device_signs():
    vector = VECTORS["messages"]
    log, message_id = unhex(vector["log"]), unhex(vector["message_id"])
    body = codec.decode_message_body(unhex(vector["encoded"]))
    session, ciphertext, signature = (unhex(vector[name]) for name in ("session", "ciphertext", "signature"))
    assert body == entries.MessageBody(
        entries.View(*vector["view"]), vector["counter"], session, ciphertext, signature
    )
    assert codec.encode(body) == unhex(vector["encoded"])
    signed = joined(
        b"lanmsg/1 message", log, message_id, *vector["view"], vector["counter"], session, ciphertext
    )
    assert entries.message_signed_bytes(log, message_id, body) == signed == unhex(vector["signed_bytes"])
    statements.verify(unhex(vector["device_signing_key"]), signature, signed)


@pytest.mark.parametrize("part", ["log", "message_id", "view", "counter", "session", "ciphertext"])
def test_a_signature_fits_no_message_in_which_one_part_differs(part):
    vector = VECTORS["messages"]
    body = codec.decode_message_body(unhex(vector["encoded"]))
    log, message_id = unhex(vector["log"]), unhex(vector["message_id"])
    if part in {"log", "message_id"}:
        other = {"log": log, "message_id": message_id} | {part: bytes(16)}
        signed = entries.message_signed_bytes(other["log"], other["message_id"], body)
    else:
        changed = {"view": entries.View(0, 0), "counter": 2, "session": bytes(32), "ciphertext": b""}[part]
        body = msgspec.structs.replace(body, **{part: changed})
        signed = entries.message_signed_bytes(log, message_id, body)
    with pytest.raises(InvalidSignature):
        Ed25519PublicKey.from_public_bytes(unhex(vector["device_signing_key"])).verify(body.signature, signed)


def test_olm_body():
    vector = VECTORS["messages"]["olm_body"]
    body = codec.decode_olm_body(unhex(vector["encoded"]))
    assert body == entries.OlmBody(vector["message_type"], unhex(vector["ciphertext"]))
    assert codec.encode(body) == unhex(vector["encoded"])


@pytest.mark.parametrize("vector", VECTORS["content"]["contents"], ids=lambda vector: vector["encoded"])
def test_contents(vector):
    kind = getattr(content, vector["name"])
    fields = {
        name: unhex(value) if name in {"target", "reply_to"} else value
        for name, value in vector["fields"].items()
    }
    expected = kind(**fields)
    assert content.kind_of(expected) == vector["kind"]
    assert content.encode_content(expected) == unhex(vector["encoded"])
    assert content.decode_content(unhex(vector["encoded"])) == expected


@pytest.mark.parametrize("vector", VECTORS["content"]["refused_contents"], ids=lambda vector: vector["why"])
def test_contents_that_must_be_refused(vector):
    with pytest.raises(RemoteError):
        content.decode_content(unhex(vector["encoded"]))


@pytest.mark.parametrize("vector", VECTORS["content"]["plaintexts"], ids=lambda v: str(v["encoded_bytes"]))
def test_plaintexts_and_their_padding(vector):
    text = content.encode_content(content.Text(vector["text"] * vector["times"]))
    places = (unhex(vector[name]) for name in ("database", "log", "message_id"))
    seen, directory_seen = (
        content.Seen(seq, unhex(digest)) for seq, digest in (vector["seen"], vector["directory_seen"])
    )
    plaintext = content.Plaintext(
        vector["version"], *places, vector["counter"], vector["sent_at_ms"], seen, directory_seen, text
    )
    sealed = content.seal(plaintext)
    encoded = codec.encode(plaintext)
    assert len(encoded) == vector["encoded_bytes"]
    assert sealed == (struct.pack(">I", len(encoded)) + encoded).ljust(vector["sealed_bytes"], b"\0")
    assert len(sealed) in VECTORS["content"]["padding_steps"]
    assert hashlib.sha256(sealed).digest() == unhex(vector["sealed_sha256"])
    assert sealed.hex() == vector.get("sealed", sealed.hex())
    assert content.unseal(sealed) == plaintext


@pytest.mark.parametrize("vector", VECTORS["content"]["refused"], ids=lambda vector: vector["why"])
def test_what_is_not_padded_as_it_must_be_is_refused(vector):
    with pytest.raises(RemoteError):
        content.unseal(unhex(vector["sealed"]))


@pytest.mark.parametrize("vector", VECTORS["device_messages"]["messages"], ids=lambda vector: vector["kind"])
def test_device_messages(vector):
    place = {name: unhex(VECTORS["device_messages"][name]) for name in ("database", "sender", "recipient")}
    decoded = device_messages.decode_device_plaintext(unhex(vector["encoded"]), **place)
    assert type(decoded).__name__ == vector["kind"]
    for name in ("log", "key", "session", "transaction", "commitment", "mac", "token"):
        assert getattr(decoded, name, b"").hex() == vector.get(name, "")
    for name in ("seq", "reason"):
        assert getattr(decoded, name, None) == vector.get(name)
    plaintext = device_messages.DevicePlaintext(**place, content=decoded)
    assert device_messages.encode_device_plaintext(plaintext) == unhex(vector["encoded"])
    for name in place:
        with pytest.raises(RemoteError):
            device_messages.decode_device_plaintext(unhex(vector["encoded"]), **{**place, name: bytes(16)})


def test_verification():
    """HKDF-SHA256 (RFC 5869) and HMAC, written from the document."""
    vector = VECTORS["verification"]
    sides = [vector[who] for who in ("requester", "accepter")]
    of_sides = [unhex(each[name]) for each in sides for name in ("user", "identity_key", "device", "key")]
    place = [unhex(vector[name]) for name in ("hub", "database", "transaction")]
    pseudorandom = hmac.digest(bytes(32), unhex(vector["shared"]), "sha256")

    def derive(label, *more):
        return hmac.digest(pseudorandom, joined(label, *place, *of_sides, *more) + b"\x01", "sha256")

    bits = f"{int.from_bytes(derive(b'lanmsg/1 sas emoji')[:6], 'big'):048b}"
    numbers = [int(bits[at : at + 6], 2) for at in range(0, 42, 6)]
    assert numbers == vector["emoji_numbers"]
    assert [vector["table"][number] for number in numbers] == vector["emoji"]
    for each in sides:
        key = derive(b"lanmsg/1 sas mac", unhex(each["device"]))
        assert hmac.digest(key, unhex(each["identity_key"]), "sha256").hex() == each["mac"]
    accepter_key = unhex(vector["accepter"]["key"])
    committed = joined(b"lanmsg/1 sas commitment", place[2], accepter_key)
    assert hashlib.sha256(committed).hexdigest() == vector["commitment"]


def test_a_signal_from_its_key_to_its_signature():
    vector = VECTORS["signals"]
    names = ("log", "sender", "session", "nonce", "ciphertext", "signature", "exported_key", "key", "sealed")
    log, sender, session, nonce, ciphertext, signature, exported, key, sealed = (
        unhex(vector[name]) for name in names
    )
    extracted = hmac.digest(bytes(32), exported, "sha256")  # HKDF by RFC 5869, written out
    assert hmac.digest(extracted, b"lanmsg/1 signal key\x01", "sha256") == key
    assert signal_cipher.signal_key(exported) == key

    body = signals.decode_signal_body(unhex(vector["encoded"]))
    assert body == signals.SignalBody(sender, session, vector["index"], nonce, ciphertext, signature)
    places = (log, sender, session, vector["index"], nonce)
    associated, signed = joined(b"lanmsg/1 signal", *places), joined(b"lanmsg/1 signal", *places, ciphertext)
    assert body.associated_bytes(log) == associated == unhex(vector["associated"])
    assert body.signed_bytes(log) == signed == unhex(vector["signed_bytes"])
    statements.verify(unhex(vector["device_signing_key"]), signature, signed)
    assert ChaCha20Poly1305(key).decrypt(nonce, ciphertext, associated) == sealed
    assert signals.unseal_signal(sealed) == signals.SignalPlaintext(
        vector["made_at_ms"], signals.AwayReason(vector["text"])
    )


@pytest.mark.parametrize("vector", VECTORS["signals"]["contents"], ids=lambda vector: vector["encoded"])
def test_contents_of_signals(vector):
    decoded = codec.decode_as(signals.SignalContent, unhex(vector["encoded"]), "content")
    assert type(decoded).__name__ == vector["kind"]
    assert codec.encode(decoded) == unhex(vector["encoded"])


def test_invite_secret():
    vector = VECTORS["invite_secret"]
    expected = hashlib.sha256(joined(b"lanmsg/1 invite secret", unhex(vector["secret"]))).digest()
    assert labels.labelled_hash(labels.INVITE_SECRET, unhex(vector["secret"])) == expected
    assert unhex(vector["secret_hash"]) == expected


def plain(part):
    if isinstance(part, list):
        return [plain(each) for each in part]
    return unhex(part["hex"]) if isinstance(part, dict) else part


def test_pairing():
    vector = VECTORS["pairing"]
    code, cost = unhex(vector["code"]), vector["scrypt"]
    salt = b"lanmsg/1 pairing code"
    stretched = hashlib.scrypt(code, salt=salt, **cost, maxmem=2**26, dklen=32)
    name, key = (
        hashlib.sha256(joined(f"lanmsg/1 pairing {part}".encode(), stretched)).digest()
        for part in ("name", "key")
    )
    opened = ChaCha20Poly1305(key).decrypt(bytes(12), unhex(vector["sealed"]), name)
    assert (vector["name"], vector["key"], vector["encoded"]) == (name.hex(), key.hex(), opened.hex())
    assert msgspec.msgpack.decode(opened) == [plain(part) for part in vector["parcel"].values()]
    assert pairing.parse_code(vector["shown"]) == code
    link = invites.parse_invite(vector["link"])
    assert (link.secret, link.is_pairing) == (code, True)


def test_discovery():
    vector = VECTORS["discovery"]
    nonce, hub, port = unhex(vector["nonce"]), unhex(vector["hub"]), vector["port"]
    probe, answer = unhex(vector["probe"]), unhex(vector["answer"])
    assert probe == discovery_broadcast.encode_probe(nonce) == b"lanmsg?1" + nonce + bytes(18)
    assert answer == b"lanmsg!1" + nonce + hub + struct.pack(">H", port)
    assert len(answer) <= len(probe)
    assert discovery_broadcast.nonce_of(probe) == nonce
    assert discovery_broadcast.decode_answer(answer, nonce=nonce) == (hub, port)
    assert discovery_broadcast.decode_answer(answer, nonce=bytes(16)) is None


# --- frames ----------------------------------------------------------------------------------


def test_there_is_a_vector_for_each_frame():
    assert sorted(vector["tag"] for vector in FRAMES) == sorted(
        frame.__struct_config__.tag for frame in frames.Frame.__subclasses__()
    )


def decoder_for(sender):
    return codec.decode_client_frame if sender == "client" else codec.decode_hub_frame


@pytest.mark.parametrize("vector", FRAMES, ids=lambda vector: vector["frame"])
def test_each_frame_decodes_and_encodes(vector):
    encoded = unhex(vector["encoded"])
    [payload] = codec.FrameSplitter(max_frame_bytes=1 << 16).feed(encoded)
    assert encoded == struct.pack(">I", len(payload)) + payload
    frame = decoder_for(vector["from"])(payload)
    assert type(frame).__name__ == vector["frame"]
    assert codec.encode_frame(frame) == encoded


@pytest.mark.parametrize("vector", FRAMES, ids=lambda vector: vector["frame"])
def test_each_frame_is_an_array_that_starts_with_its_tag(vector):
    def plain(value):
        if isinstance(value, dict):
            return unhex(value["hex"])
        return [plain(each) for each in value] if isinstance(value, list) else value

    items = msgspec.msgpack.decode(unhex(vector["encoded"])[4:])
    assert items == plain(vector["items"])
    assert items[0] == vector["tag"]


@pytest.mark.parametrize("vector", VECTORS["frames"]["odd"], ids=lambda vector: vector["why"])
def test_odd_frames_are_taken_skipped_or_refused(vector):
    decode = decoder_for(vector["from"])
    if vector["outcome"] == "refuse":
        with pytest.raises(RemoteError):
            decode(unhex(vector["payload"]))
    else:
        assert (decode(unhex(vector["payload"])) is None) is (vector["outcome"] == "skip")
