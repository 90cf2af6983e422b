"""Letting a second device of ours in: the parcel that crosses the hub, sealed under a code.

The old device leaves it, the new one takes it, once. It holds the identity that owns our name, so the
new device binds its own keys to it; a grant, without which nobody is taken for another device of ours
(`vouchers`); and a token with which it may ask the
old one for the keys of what was said before (`own_history`).
"""

from typing import Annotated

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from msgspec import Meta

from lanmsg import __version__
from lanmsg.client.hub_link import HubLink
from lanmsg.client.login import refusal_of
from lanmsg.client.vouchers import Grant
from lanmsg.wire import limits
from lanmsg.wire.codec import decode_as, encode
from lanmsg.wire.errors import Code, RemoteError
from lanmsg.wire.frames import Challenge, Hello, PairingTaken, Refused, TakePairing
from lanmsg.wire.ids import Key, Token, WireDatabaseId
from lanmsg.wire.pairing import PairingKeys

_NONCE = bytes(12)  # a key seals one parcel only


class Parcel(msgspec.Struct, frozen=True, array_like=True):
    """What a new device needs to become one of ours. The device of the `grant` left it."""

    hub_identity_key: Key
    database: WireDatabaseId
    handle: Annotated[str, Meta(max_length=256)]
    identity_secret: Key
    grant: Grant
    token: Token


def seal_parcel(parcel: Parcel, keys: PairingKeys) -> bytes:
    """Encrypt and authenticate (ChaCha20-Poly1305, RFC 8439)."""
    return ChaCha20Poly1305(keys.key).encrypt(_NONCE, encode(parcel), keys.name)


def open_parcel(sealed: bytes, keys: PairingKeys, challenge: Challenge) -> Parcel:
    """Decrypt, and check that it is for the hub we are at.

    Raises:
        RemoteError: BAD_SIGNATURE, if it was not made with this code, or is for another hub: whoever
            answers here is not the hub of our other device.
    """
    try:
        parcel = decode_as(Parcel, ChaCha20Poly1305(keys.key).decrypt(_NONCE, sealed, keys.name), "a parcel")
    except InvalidTag as error:
        raise RemoteError(Code.BAD_SIGNATURE, "this is not what your other device has left") from error
    if (parcel.hub_identity_key, parcel.database) != (challenge.identity_key, challenge.database):
        raise RemoteError(
            Code.BAD_SIGNATURE,
            "this is not the hub of your other device, though it passed on what that left: somebody sits "
            "between. Nothing was sent. Say where the hub is: --hub HOST:PORT",
        )
    return parcel


async def take_parcel(hub_link: HubLink, challenge: Challenge, keys: PairingKeys, *, nonce: bytes) -> Parcel:
    """Ask a hub for the parcel of this code, over a link on which nothing was sent.

    Raises:
        Refusal: PAIRING_UNKNOWN: it was taken, has expired, or the code has a typing error.
        RemoteError: it is not for this hub, or the hub breaks the protocol.
        LinkLost: the hub goes away.
    """
    version = min(challenge.version, limits.PROTOCOL_VERSION)
    hub_link.send(Hello(version, nonce, f"lanmsg/{__version__}"))
    hub_link.send(TakePairing(keys.name))
    answer = await hub_link.next(PairingTaken, Refused, timeout_s=limits.LOGIN_TIMEOUT_S)
    if isinstance(answer, Refused):
        raise refusal_of(answer)
    return open_parcel(answer.sealed, keys, challenge)
