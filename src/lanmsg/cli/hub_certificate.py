"""The certificate that a running hub shows; another one when its end is near or the addresses change."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from lanmsg.cli.join_text import find_lan_addresses
from lanmsg.net.authority import CertificateNames, fingerprint
from lanmsg.net.certificate import names_of
from lanmsg.net.hub_certificates import load_own_certificates
from lanmsg.net.hub_identity import HubIdentity
from lanmsg.net.tls import ServerTls, server_tls
from lanmsg.wire.errors import LocalError

CHECK_INTERVAL_S: Final = 60.0
"""A machine that was given another address shows a certificate for it after so long; a check takes 2 ms."""

log = structlog.get_logger("lanmsg.hub")


class HubCertificate:
    """The hub's identity, with the certificate in use. `keep_current` is for one task.

    Attributes:
        identity: who the hub is; the key in it never changes.
        tls: what new connections are made with.
        lan: this machine's addresses, best first.
    """

    identity: HubIdentity
    tls: ServerTls
    lan: list[str]

    def __init__(
        self,
        directory: Path,
        *,
        host_names: frozenset[str],
        own: tuple[Path, Path] | None = None,
        find_addresses: Callable[[], list[str]] = find_lan_addresses,
    ) -> None:
        """Load it, or make it at the first start.

        Args:
            directory: the hub's.
            host_names: what the hub is called.
            own: certificate and key that the operator brought.
            find_addresses: finds this machine's addresses.

        Raises:
            LocalError: a file is damaged, or can't be read or written.
        """
        self._directory = directory
        self._host_names = host_names
        self._own = own
        self._find_addresses = find_addresses
        self._signatures: dict[bytes, bytes] = {}
        addresses = find_addresses()
        self._use(self._load(addresses), addresses)

    @property
    def host_names(self) -> frozenset[str]:
        """Names that browsers may ask for: those given, and those in a certificate that was brought."""
        if self._own is None:
            return self._host_names
        return self._host_names | set(names_of(self.identity.certificates.der).host_names)

    @property
    def authority_fingerprint(self) -> str:
        """Of the hub's own authority, as systems show it; empty if there is none."""
        der = self.identity.certificates.authority_der
        return fingerprint(der) if der else ""

    def signature_of(self, certificate_hash: bytes) -> bytes:
        """Return the identity key's signature over a certificate that is or was in use."""
        return self._signatures[certificate_hash]

    async def keep_current(self) -> None:
        """Look now and then whether another certificate is due, until cancelled."""
        while True:
            await asyncio.sleep(CHECK_INTERVAL_S)
            await self.refresh()

    async def refresh(self) -> None:
        """Change the certificate if another one is due; links that are open keep the old one."""
        try:
            addresses = self._find_addresses()
            identity = await asyncio.to_thread(self._load, addresses)
            if identity.certificate_hash != self.identity.certificate_hash:
                self._use(identity, addresses)
                log.info("certificate renewed")
            self.lan = addresses
        except (LocalError, OSError) as error:
            log.warning("certificate not renewed", reason=str(error))

    def _load(self, addresses: list[str]) -> HubIdentity:
        if self._own is not None:
            return HubIdentity.load_or_create(self._directory, certificates=load_own_certificates(*self._own))
        names = CertificateNames(ip_addresses=tuple(addresses), host_names=tuple(sorted(self._host_names)))
        return HubIdentity.load_or_create(self._directory, names=names)

    def _use(self, identity: HubIdentity, addresses: list[str]) -> None:
        self.tls = server_tls(identity)
        self.identity = identity
        self.lan = addresses
        self._signatures[identity.certificate_hash] = identity.certificate_signature
