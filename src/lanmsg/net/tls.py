"""TLS for both ends: one context each, and the check that takes the place of a certificate authority."""

import ssl
from dataclasses import dataclass
from typing import Final, Protocol

from lanmsg.wire import ids, statements
from lanmsg.wire.errors import Code, RemoteError
from lanmsg.wire.limits import ALPN_FRAMES, ALPN_HTTP

CERTIFICATE_NAME: Final = "lanmsg.local"
"""The name in every hub's certificate and what clients ask for: a hub is known by its key, not by a name."""


class CertificateOwner(Protocol):
    """What a server context is made of; `hub_identity.HubIdentity` is one."""

    @property
    def certificate_file(self) -> str:
        """A PEM file with the certificate, and its private key if `key_file` is empty."""
        ...

    @property
    def key_file(self) -> str:
        """A PEM file with the private key, if it is in a file of its own."""
        ...

    @property
    def certificate_hash(self) -> bytes:
        """SHA-256 of the certificate (32 bytes)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerTls:
    """What new connections are made with: a context, and the hash of the certificate in it."""

    context: ssl.SSLContext
    certificate_hash: bytes


def server_tls(identity: CertificateOwner) -> ServerTls:
    """Make what `listening.listen` asks for at each connection."""
    return ServerTls(context=server_context(identity), certificate_hash=identity.certificate_hash)


def server_context(identity: CertificateOwner) -> ssl.SSLContext:
    """Make the hub's context: TLS 1.3 only, frames and HTTP by ALPN."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(identity.certificate_file, identity.key_file or None)
    context.set_alpn_protocols([ALPN_FRAMES, ALPN_HTTP])
    # No client of ours resumes a session: it would have to store secrets, for a handshake of 1 ms.
    context.num_tickets = 0
    return context


def client_context() -> ssl.SSLContext:
    """Make a client's context: TLS 1.3 only, and no certificate authority.

    Why it is safe to accept any certificate here: the hub's first frame, `challenge`, carries the
    hub's identity key and its signature over the hash of the certificate of *this* connection. The
    client calls `verify_hub` with the key it has pinned before it sends its first byte, so a
    man in the middle would need the identity key. TLS 1.3 itself has by then proved that the other
    end has the certificate's private key (RFC 8446 §4.4.3). A certificate authority would add
    nothing: on a LAN without a domain there is none that could vouch for a hub.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols([ALPN_FRAMES])
    return context


def http_client_context() -> ssl.SSLContext:
    """Make a context that reads a hub's pages as a browser does. Nothing secret may be sent over it."""
    context = client_context()
    context.set_alpn_protocols([ALPN_HTTP])
    return context


def verify_hub(identity_key: bytes, signature: bytes, certificate_hash: bytes) -> None:
    """Check that the owner of `identity_key` (32 bytes, Ed25519) owns the certificate of this link.

    The caller still has to compare `identity_key` with the one it has pinned.

    Args:
        identity_key: from `challenge`.
        signature: from `challenge`.
        certificate_hash: `Link.certificate_hash`, measured on our own end of the connection.

    Raises:
        RemoteError: BAD_SIGNATURE.
    """
    if len(certificate_hash) != ids.HASH_BYTES:
        raise RemoteError(Code.BAD_SIGNATURE, "the hub's certificate is unknown")
    statements.verify(identity_key, signature, statements.hub_certificate_bytes(certificate_hash))
