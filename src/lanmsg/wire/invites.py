"""The join link: where a hub is, which identity key it has, and a secret that lets one in.

    lanmsg://HOST:PORT[,HOST:PORT…]/#BASE32        BASE32 = version | key | secret | checksum
    https://HOST:PORT/#BASE32                      the same, for browsers: what is behind # stays there

Version 1 lets a person in (or has no secret), version 2 a second device of a person: its secret is the
code of a pairing (`wire.pairing`).

The checksum finds typing errors, not attackers: what makes the link safe is that the hub must own
the key. So that a link survives chat programs, mail and paper, its case, line breaks and the marks
around it do not matter.
"""

import re
import zlib
from dataclasses import dataclass, replace
from typing import Final

from lanmsg.wire.addresses import Address, format_address, parse_address
from lanmsg.wire.errors import LocalError
from lanmsg.wire.ids import KEY_BYTES
from lanmsg.wire.limits import INVITE_SECRET_BYTES, PAIRING_CODE_BYTES

__all__ = [
    "Address",
    "Invite",
    "format_address",
    "format_invite",
    "format_web_invite",
    "parse_address",
    "parse_invite",
]

SCHEME: Final = "lanmsg://"
WEB_SCHEME: Final = "https://"
VERSION: Final = 1
PAIRING_VERSION: Final = 2
_SECRET_LENGTHS: Final = {VERSION: {0, INVITE_SECRET_BYTES}, PAIRING_VERSION: {PAIRING_CODE_BYTES}}
MAX_ADDRESSES: Final = 8
"""A hub has a few network cards; more would not fit in a QR code."""
_MAX_LINK_CHARACTERS = 4096
_CHECKSUM_BYTES = 4
_LENGTHS = {
    1 + KEY_BYTES + secret + _CHECKSUM_BYTES for secrets in _SECRET_LENGTHS.values() for secret in secrets
}
_AROUND = "<>\"'`()[]{}.,;!?/"
_LINK = re.compile(r"(?:lanmsg|https)://([^/#]*)/?#?([^/#]*)")
_AGAIN = "copy it again, or ask for a new one"


@dataclass(frozen=True, slots=True)
class Invite:
    """What a join link says.

    Attributes:
        addresses: 1 to `MAX_ADDRESSES` of `HOST:PORT`, best first; IPv6 in brackets, no scope ids.
        identity_key: The hub's Ed25519 public key, 32 bytes.
        secret: 16 bytes, or empty if the hub lets in whoever knows the address; of a pairing its code.
        is_pairing: It is for another device of the person who made it, and for nobody else.
    """

    addresses: tuple[str, ...]
    identity_key: bytes
    secret: bytes = b""
    is_pairing: bool = False

    @property
    def version(self) -> int:
        """The first byte of its code."""
        return PAIRING_VERSION if self.is_pairing else VERSION


def format_invite(invite: Invite) -> str:
    """Return the link, in lower case; at most 60 or 85 characters behind the addresses and `/#`.

    Raises:
        LocalError: if an address can't be in a link or there are none or too many.
    """
    assert len(invite.identity_key) == KEY_BYTES
    assert len(invite.secret) in _SECRET_LENGTHS[invite.version]
    hosts = ",".join(_link_address(address) for address in _some(invite.addresses))
    payload = bytes([invite.version]) + invite.identity_key + invite.secret
    return f"{SCHEME}{hosts}/#{_to_base32(payload + _checksum(hosts, payload))}"


def format_web_invite(invite: Invite) -> str:
    """Return the link that opens in a browser: at the hub's best address alone, as it is one page.

    Raises:
        LocalError: as `format_invite`.
    """
    return format_invite(replace(invite, addresses=invite.addresses[:1])).replace(SCHEME, WEB_SCHEME, 1)


def parse_invite(text: str) -> Invite:
    """Read a join link as people paste it: in any case, wrapped, in brackets or quotes.

    Raises:
        LocalError: with a sentence that says how it is damaged.
    """
    hosts, code = _split_link(text)
    addresses = tuple(_link_address(host) for host in _some(hosts.split(",")))
    data = _from_base32(code)
    payload, checksum = data[:-_CHECKSUM_BYTES], data[-_CHECKSUM_BYTES:]
    if checksum != _checksum(",".join(addresses), payload):
        damage = "a typing error in it" if len(data) in _LENGTHS else "lost or doubled some characters"
        raise LocalError(f"this join link has {damage}: {_AGAIN}")
    version, key, secret = payload[0], payload[1 : 1 + KEY_BYTES], payload[1 + KEY_BYTES :]
    if len(secret) not in _SECRET_LENGTHS.get(version, ()):
        raise LocalError("this join link is of a newer lanmsg: update yours, or join with HOST:PORT")
    return Invite(addresses, key, secret, is_pairing=version == PAIRING_VERSION)


def _split_link(text: str) -> tuple[str, str]:
    if len(text) > _MAX_LINK_CHARACTERS:
        raise LocalError(f"this is too long for a join link: {_AGAIN}")
    link = "".join(text.split()).strip(_AROUND).lower()
    if not link.startswith((SCHEME, WEB_SCHEME)):
        raise LocalError(f"this is no join link: one starts with {SCHEME}")
    found = _LINK.fullmatch(link)
    if found is None or not found[2]:
        raise LocalError(f"this join link is cut off: something must follow the # in it; {_AGAIN}")
    return found[1], found[2]


def _some(addresses: tuple[str, ...] | list[str]) -> tuple[str, ...] | list[str]:
    if not 1 <= len(addresses) <= MAX_ADDRESSES:
        raise LocalError(f"a join link has 1 to {MAX_ADDRESSES} addresses, not {len(addresses)}")
    return addresses


def _link_address(text: str) -> str:
    address = parse_address(text)
    if "%" in address.host:
        raise LocalError(f"{address} can't be in a join link: what is behind % differs on each machine")
    return format_address(address)


def _checksum(hosts: str, payload: bytes) -> bytes:
    return zlib.crc32(hosts.encode() + b"/" + payload).to_bytes(_CHECKSUM_BYTES, "big")


def _to_base32(data: bytes) -> str:
    import base64

    return base64.b32encode(data).decode().rstrip("=").lower()


def _from_base32(code: str) -> bytes:
    import base64
    import binascii

    wrong = re.search("[^a-z2-7]", code)
    if wrong:
        raise LocalError(f"this join link has a character that none has ({wrong[0]!a}): {_AGAIN}")
    try:
        data = base64.b32decode(code.upper() + "=" * (-len(code) % 8))
    except binascii.Error as error:
        raise LocalError(f"this join link is cut off: {_AGAIN}") from error
    if _to_base32(data) != code:  # the last character has bits to spare: only one spelling is right
        raise LocalError(f"this join link has a typing error at its end: {_AGAIN}")
    return data
