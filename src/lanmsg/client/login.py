"""From a fresh link to `welcome`: check the hub, take a name if we have none, prove who we are."""

import dataclasses
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from lanmsg import __version__
from lanmsg.client.effects import Effects
from lanmsg.client.hub_link import HubLink
from lanmsg.client.key_supply import KeySupply
from lanmsg.client.state import ClientState
from lanmsg.net.tls import verify_hub
from lanmsg.wire import ids, limits
from lanmsg.wire.codec import decode_as
from lanmsg.wire.errors import Code, Refusal, RemoteError
from lanmsg.wire.frames import Challenge, Enrol, Enrolled, Hello, Login, Refused, Welcome
from lanmsg.wire.names import IllegalName, canonical_handle, handle_from_login, numbered
from lanmsg.wire.statements import login_bytes
from lanmsg.wire.vouchers import Voucher

MAX_NAME_TRIES = 200
"""Numbers tried behind a login name that is taken."""
_TAKEN = frozenset({Code.NAME_TAKEN, Code.NAME_LOOKS_LIKE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduction:
    """What a client brings to its first login: a wished name, or a login name to start from."""

    name: str | None
    login_name: str
    invite: bytes = b""


async def greet(hub_link: HubLink) -> Challenge:
    """Take the hub's challenge and check that its identity key owns the TLS certificate in use.

    Nothing has been sent yet; the caller compares the key with the one it expects before it sends.

    Raises:
        RemoteError: the hub is none, or speaks no version that we speak.
        LinkLost: it went away, or said nothing.
    """
    challenge = await hub_link.next(Challenge, timeout_s=limits.LOGIN_TIMEOUT_S)
    verify_hub(challenge.identity_key, challenge.signature, hub_link.link.certificate_hash)
    if challenge.version < limits.OLDEST_PROTOCOL_VERSION:
        raise RemoteError(
            Code.PROTOCOL_TOO_OLD,
            f"the hub speaks protocol version {challenge.version}, this program needs "
            f"{limits.OLDEST_PROTOCOL_VERSION} or newer: update the hub",
        )
    if challenge.oldest_version > limits.PROTOCOL_VERSION:
        raise RemoteError(
            Code.PROTOCOL_TOO_NEW,
            f"the hub needs protocol version {challenge.oldest_version}, this program speaks "
            f"{limits.PROTOCOL_VERSION}: update this program",
        )
    return challenge


class LoginDialogue:
    """One login over one link. `persist` returns when everything saved so far is on disk."""

    def __init__(  # noqa: PLR0913 - what one login needs, all of it
        self,
        hub_link: HubLink,
        challenge: Challenge,
        state: ClientState,
        supply: KeySupply,
        *,
        effects: Effects,
        persist: Callable[[], Awaitable[None]],
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._hub_link = hub_link
        self._challenge = challenge
        self._state = state
        self._supply = supply
        self._effects = effects
        self._persist = persist
        self._nonce = random_bytes(ids.HASH_BYTES)
        self._version = min(challenge.version, limits.PROTOCOL_VERSION)

    async def run(self, introduction: Introduction) -> Welcome:
        """Log in, enrolling first if this device has no name yet.

        Raises:
            Refusal: the hub refuses the name, the invite or the device.
            RemoteError: it breaks the protocol.
            LinkLost: it goes away.
        """
        self._hub_link.send(Hello(self._version, self._nonce, f"lanmsg/{__version__}"))
        if not self._state.profile.handle:
            await self._enrol(introduction)
        # `heads` may follow `welcome` in the same read, so the larger frames are let in before it.
        self._hub_link.link.set_max_frame_bytes(limits.MAX_FRAME_BYTES)
        self._hub_link.send(self._login())
        answer = await self._hub_link.next(Welcome, Refused, timeout_s=limits.LOGIN_TIMEOUT_S)
        if isinstance(answer, Refused):
            raise refusal_of(answer)
        return answer

    def _login(self) -> Login:
        signed = login_bytes(
            hub=ids.hub_id(self._challenge.identity_key),
            certificate_hash=self._hub_link.link.certificate_hash,
            hub_nonce=self._challenge.nonce,
            client_nonce=self._nonce,
            device=self._state.device,
            version=self._version,
        )
        return Login(self._state.device, self._state.account.sign(signed))

    async def _enrol(self, introduction: Introduction) -> None:
        names = _names(introduction)
        for name in names:
            try:
                handle = await self._try_name(name, introduction.invite)
            except Refusal as refusal:
                if introduction.name is not None or refusal.code not in _TAKEN:
                    raise
                continue
            self._supply.enrolled()
            self._state.profile = dataclasses.replace(self._state.profile, handle=handle)
            self._effects.save(self._state.profile)
            await self._persist()
            return
        raise Refusal(Code.NAME_TAKEN, f"{introduction.login_name} and many like it are taken: use --name")

    async def _try_name(self, name: str, invite: bytes) -> str:
        fallback, keys = self._supply.first_keys()
        await self._persist()
        account, identity = self._state.account, self._state.identity
        device = identity.bind(
            signing_key=account.signing_key,
            agreement_key=account.agreement_key,
            device_name=self._state.profile.device_name,
            voucher=self._voucher(),
        )
        self._hub_link.send(Enrol(identity.claim(name), device, fallback, keys, invite))
        answer = await self._hub_link.next(Enrolled, Refused, timeout_s=limits.LOGIN_TIMEOUT_S)
        if isinstance(answer, Refused):
            raise refusal_of(answer)
        return _legal(answer.handle)

    def _voucher(self) -> Voucher | None:
        stored = self._state.profile.voucher
        return decode_as(Voucher, stored, "a voucher") if stored else None


def _names(introduction: Introduction) -> Iterator[str]:
    """Yield the names to try: the wished one as handles are written, or the login's with numbers.

    Raises:
        IllegalName: the wished name can't be one.
    """
    if introduction.name is not None:
        yield canonical_handle(introduction.name)
        return
    base = handle_from_login(introduction.login_name)
    yield base
    for number in range(2, MAX_NAME_TRIES):
        yield numbered(base, number)


def _legal(handle: str) -> str:
    """Return the name that the hub knows us by: not always the wished one, but one that somebody may have.

    Raises:
        RemoteError: nobody may have it.
    """
    try:
        is_legal = canonical_handle(handle) == handle
    except IllegalName:
        is_legal = False
    if not is_legal:
        raise RemoteError(Code.PROTOCOL, "the hub calls us by a name that nobody can have")
    return handle


def refusal_of(frame: Refused) -> Refusal:
    """Return what the hub said as an error; an unknown code counts as PROTOCOL."""
    code = Code(frame.code) if frame.code in set(Code) else Code.PROTOCOL
    return Refusal(code, frame.text, retry_after_ms=frame.retry_after_ms)
