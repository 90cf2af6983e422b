"""Things that no vector has as bytes: what lies inside others, and true ciphertexts and keys."""

import json
from functools import cache

from lanmsg.client.crypto.olm import OlmCrypto
from lanmsg.wire.account import (
    ConversationSettings,
    Draft,
    Item,
    LifetimeSince,
    Preference,
    ReadMark,
    Verified,
    encode_account,
)
from lanmsg.wire.codec import encode
from lanmsg.wire.ids import Key, UserId

from .seeds import VECTORS, pool


@cache
def made() -> tuple[bytes, ...]:
    """Return all of them."""
    return (*_account_seeds(), *_inner_plaintexts(), *statement_seeds(), *_crypto_seeds())


def _account_seeds() -> list[bytes]:
    changes = (
        ReadMark(2, b"k" * 32, 7),
        Preference("theme", "dark"),
        Draft(3, b"k" * 16, "a draft"),
        Verified(UserId(b"u" * 16), Key(b"i" * 32)),
        ConversationSettings(6, b"k" * 16, [LifetimeSince(3, 60)], 4, "a topic"),
    )
    items = [Item(change) for change in changes]
    return [*map(encode, changes), *map(encode, items), encode_account(items)]


def _inner_plaintexts() -> list[bytes]:
    """Return what stands inside padding."""
    ends = [(data, 4 + int.from_bytes(data[:4], "big")) for data in pool()]
    return [data[4:end] for data, end in ends if 4 < end <= len(data) and not data[end:].strip(b"\0")]


@cache
def statement_seeds() -> tuple[bytes, ...]:
    """Return the statements of the vectors, each behind its kind in a byte; the first is a person's name."""
    statements = json.loads((VECTORS / "directory.json").read_text())["statements"]
    return tuple(bytes([each["kind"]]) + bytes.fromhex(each["body"]) for each in statements)


@cache
def pair():
    """Return a crypto, two accounts and their session, a sending session, and its reader."""
    crypto = OlmCrypto()
    ann, bob = crypto.new_account(), crypto.new_account()
    session = ann.open_outbound(bob.agreement_key, bob.unpublished_keys(1)[0])
    megolm = crypto.new_sending_session()
    return crypto, ann, bob, session, megolm, crypto.receiving_session_from_key(megolm.key())


def _crypto_seeds() -> tuple[bytes, ...]:
    _, _, _, session, megolm, receiving = pair()
    exported = receiving.export(0)
    assert exported is not None
    return session.encrypt(b"hello").ciphertext, megolm.encrypt(b"hello"), megolm.key(), exported
