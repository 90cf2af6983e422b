"""A real hub on memory links in virtual time, and bare devices that say whatever a test wants.

A device here is not a client: it has keys and sends frames, also wrong ones. Ciphertext is any bytes;
the hub cannot tell.
"""

import asyncio
import functools
import random
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.scenarios.virtual_loop import run

from lanmsg.hub.commit_queue import InlineExecutor
from lanmsg.hub.config import HubConfig
from lanmsg.hub.hub import Hub, HubProof, Surroundings
from lanmsg.hub.storage.interface import Storage
from lanmsg.hub.storage.memory import MemoryStorage
from lanmsg.net.link import Link
from lanmsg.net.memory import MemoryLink, memory_link_pair
from lanmsg.wire import ids, labels
from lanmsg.wire.codec import decode_entry, decode_hub_frame, encode, encode_frame
from lanmsg.wire.entries import Entry, EntryKind, MessageBody, OlmBody, View, entry_hash
from lanmsg.wire.errors import RemoteError
from lanmsg.wire.frames import (
    Append,
    Bye,
    Challenge,
    CreateInvite,
    Enrol,
    Enrolled,
    Entries,
    Fetch,
    Frame,
    Head,
    Heads,
    Hello,
    Login,
    Refused,
    Share,
    Welcome,
)
from lanmsg.wire.ids import DeviceId, LogId, MessageId, RoomId
from lanmsg.wire.limits import MAX_FRAME_BYTES
from lanmsg.wire.statements import (
    DeviceStatement,
    MemberChange,
    MembersStatement,
    PublishedKey,
    RevokeStatement,
    Role,
    RoomStatement,
    UserStatement,
    hub_certificate_bytes,
    login_bytes,
)
from lanmsg.wire.vouchers import Voucher, grant_bytes

F = TypeVar("F", bound=Frame)
CERTIFICATE_HASH = bytes(range(32))
START_MS = 1_800_000_000_000
NO_RATE_LIMIT = HubConfig(messages_per_second=0, statements_per_minute=0)


def virtual(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run an async test in virtual time: hours pass in milliseconds."""

    @functools.wraps(test)
    def run_test(*args: object, **kwargs: object) -> None:
        run(test(*args, **kwargs))

    return run_test


async def settle(seconds: float = 0.001) -> None:
    """Let everything happen that is due within so many (virtual) seconds."""
    await asyncio.sleep(seconds)


class Device:
    """The keys of a device and of its owner."""

    def __init__(self, name: str, *, owner: "Device | None" = None, seed: object = "") -> None:
        chance = random.Random(f"{name} {seed}")
        self.handle = owner.handle if owner is not None else name
        self.identity = (
            owner.identity
            if owner is not None
            else Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
        )
        self.key = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
        self._agreement_key = chance.randbytes(32)
        self._owner = owner
        self._grant_key = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
        self.counters: dict[LogId, int] = {}
        self.user = ids.user_id(self.identity_key)
        public = self.key.public_key().public_bytes_raw()
        self.id = ids.device_id(public, self._agreement_key)

    @property
    def identity_key(self) -> bytes:
        return self.identity.public_key().public_bytes_raw()

    def user_statement(self, handle: str | None = None) -> UserStatement:
        bare = UserStatement(self.handle if handle is None else handle, self.identity_key)
        return UserStatement(bare.handle, bare.identity_key, self.identity.sign(bare.signed_bytes()))

    def device_statement(self, name: str = "laptop") -> DeviceStatement:
        fields = self.user, self.key.public_key().public_bytes_raw(), self._agreement_key, name
        bare = DeviceStatement(*fields)
        voucher = None if self._owner is None else self.voucher(self._owner, bare)
        return DeviceStatement(*fields, self.identity.sign(bare.signed_bytes()), voucher)

    def voucher(self, by: "Device", statement: DeviceStatement) -> Voucher:
        """Let another device of the same person bring this one in."""
        key = self._grant_key.public_key().public_bytes_raw()
        grant = by.key.sign(grant_bytes(self.user, key))
        return Voucher(by.id, key, grant, self._grant_key.sign(statement.vouched_bytes()))

    def revoke_statement(self, device: DeviceId) -> RevokeStatement:
        bare = RevokeStatement(self.user, device, self.id)
        signed = bare.signed_bytes()
        return RevokeStatement(self.user, device, self.id, self.identity.sign(signed), self.key.sign(signed))

    def room_statement(self, name: str, **fields: object) -> RoomStatement:
        """Make version 1 of a room of ours, or what `fields` make of it."""
        bare = RoomStatement(
            RoomId(name.encode().ljust(16, b"\0")[:16]),
            1,
            name,
            is_open=True,
            keeps_history=False,
            is_archived=False,
            owners=[self.user],
            device=self.id,
        )
        return self.sign_room(msgspec.structs.replace(bare, **fields))

    def sign_room(self, statement: RoomStatement) -> RoomStatement:
        bare = msgspec.structs.replace(statement, device=self.id)
        return msgspec.structs.replace(bare, signature=self.key.sign(bare.signed_bytes()))

    def members_statement(
        self,
        log: LogId,
        mid: MessageId,
        view: View,
        *changes: tuple["Device", Role],
        membership_hash: bytes,
    ) -> MembersStatement:
        made = [MemberChange(device.user, role) for device, role in changes]
        bare = MembersStatement(view, membership_hash, made)
        return msgspec.structs.replace(bare, signature=self.key.sign(bare.signed_bytes(log, mid)))

    def enrol(self, *, invite: bytes = b"", handle: str | None = None, keys: int = 0) -> Enrol:
        return Enrol(
            self.user_statement(handle),
            self.device_statement(),
            published_key(b"fallback"),
            [published_key(b"%d" % number) for number in range(keys)],
            invite,
        )

    def login(
        self, challenge: Challenge, nonce: bytes, *, certificate_hash: bytes = CERTIFICATE_HASH
    ) -> Login:
        signed = login_bytes(
            hub=ids.hub_id(challenge.identity_key),
            certificate_hash=certificate_hash,
            hub_nonce=challenge.nonce,
            client_nonce=nonce,
            device=self.id,
            version=1,
        )
        return Login(self.id, self.key.sign(signed))


def published_key(name: bytes) -> PublishedKey:
    return PublishedKey(name.ljust(32, b"\0"), bytes(64))


def message_id(number: int) -> MessageId:
    return MessageId(number.to_bytes(16, "big"))


class Peer:
    """The other end of one connection to the hub: records frames, says nothing by itself."""

    def __init__(self, lab: "Lab", device: Device | None = None) -> None:
        self.lab = lab
        self.device = device or Device("nobody")
        self.frames: list[Frame] = []
        self.writes: list[list[Frame]] = []
        """The frames that came together, in one write."""
        self.lost: str | None = None
        self.nonce = lab.chance.randbytes(32)
        self.link: MemoryLink
        self._next_id = lab.chance.getrandbits(100)

    # --- LinkHandler -------------------------------------------------------------------------

    def link_opened(self, link: Link) -> None:
        link.set_max_frame_bytes(MAX_FRAME_BYTES)

    def frames_received(self, payloads: list[bytes]) -> None:
        frames = [frame for frame in map(decode_hub_frame, payloads) if frame is not None]
        self.frames += frames
        self.writes.append(frames)

    def link_alive(self) -> None:
        pass

    def link_broken(self, error: RemoteError) -> None:
        raise error  # the hub must never send what is no frame

    def link_drained(self) -> None:
        pass

    def link_lost(self, reason: str) -> None:
        self.lost = reason

    # --- what came ---------------------------------------------------------------------------

    def all(self, kind: type[F]) -> list[F]:
        return [frame for frame in self.frames if isinstance(frame, kind)]

    def last(self, kind: type[F]) -> F:
        found = self.all(kind)
        assert found, f"no {kind.__name__} among {Counter(type(frame).__name__ for frame in self.frames)}"
        return found[-1]

    def take(self, kind: type[F]) -> list[F]:
        """Return what came of this kind, and forget everything that came."""
        found = self.all(kind)
        self.frames.clear()
        self.writes.clear()
        return found

    def entries(self, log: LogId) -> dict[int, Entry]:
        """Return all entries of a log by seq, after checking their chain."""
        found: dict[int, Entry] = {}
        for frame in self.all(Entries):
            if frame.log != log:
                continue
            previous = frame.previous
            for seq, item in enumerate(frame.items, frame.first_seq):
                entry = decode_entry(item)
                assert found.setdefault(seq, entry) == entry, "an entry never changes"
                previous = entry_hash(log, seq, previous, entry)
        return found

    def head(self, log: LogId) -> Head:
        return [head for frame in self.all(Heads) for head in frame.heads if head.log == log][-1]

    @property
    def bye(self) -> str:
        return self.last(Bye).code

    @property
    def refusals(self) -> list[str]:
        return [frame.code for frame in self.all(Refused)]

    # --- saying things -----------------------------------------------------------------------

    def send(self, *frames: Frame) -> None:
        self.link.send(b"".join(map(encode_frame, frames)))

    async def ask(self, *frames: Frame) -> None:
        self.send(*frames)
        await settle()

    async def hello(self) -> None:
        await self.ask(Hello(1, self.nonce))

    async def login(self, **changes: bytes) -> None:
        await self.ask(self.device.login(self.last(Challenge), self.nonce, **changes))

    def new_id(self) -> MessageId:
        self._next_id += 1
        return message_id(self._next_id)

    def message(
        self,
        log: LogId,
        text: bytes = b"hello",
        *,
        counter: int | None = None,
        directory_seq: int | None = None,
        mid: MessageId | None = None,
        shares: list[Share] | None = None,
    ) -> Append:
        """Make the next message of this device, with the newest view unless told otherwise."""
        if counter is None:
            counter = self.device.counters[log] = self.device.counters.get(log, 0) + 1
        seq = self.lab.hub.published.directory.seq if directory_seq is None else directory_seq
        known = self.lab.hub.published.logs.get(log)
        view = View(known.membership_seq if known is not None else 0, seq)
        body = encode(MessageBody(view, counter, bytes(32), text, bytes(64)))
        return Append(mid or self.new_id(), log, EntryKind.MESSAGE, body, shares or [])

    def room(self, statement: RoomStatement) -> Append:
        return Append(self.new_id(), self.lab.directory, EntryKind.ROOM, encode(statement))

    def members(
        self,
        log: LogId,
        *changes: tuple[Device, Role],
        view: View | None = None,
        membership_hash: bytes | None = None,
    ) -> Append:
        """Make a change of who is in a room, with the newest view unless told otherwise."""
        mid = self.new_id()
        published = self.lab.hub.published
        known = published.logs.get(log)
        newest = (known.membership_seq, known.membership_hash) if known is not None else (0, ids.ZERO_HASH)
        statement = self.device.members_statement(
            log,
            mid,
            view or View(newest[0], published.directory.seq),
            *changes,
            membership_hash=membership_hash or newest[1],
        )
        return Append(mid, log, EntryKind.MEMBERS, encode(statement))

    def device_message(self, to: DeviceId, body: bytes = b"") -> Append:
        return Append(self.new_id(), self.lab.inbox(to), EntryKind.DEVICE_MESSAGE, body or olm_body())

    def revoke(self, device: DeviceId, *, signed_by: Device | None = None) -> Append:
        statement = (signed_by or self.device).revoke_statement(device)
        return Append(self.new_id(), self.lab.directory, EntryKind.REVOKE, encode(statement))

    async def fetch(self, log: LogId, after: int = 0) -> Entries:
        await self.ask(Fetch(log, after))
        return self.last(Entries)


def olm_body(size: int = 10) -> bytes:
    return encode(OlmBody(0, bytes(size)))


class Lab:
    """A hub and its connections. Use it with `async with`: at the end nothing may have gone wrong."""

    def __init__(self, config: HubConfig = NO_RATE_LIMIT, *, storage: Storage | None = None) -> None:
        self.config = config
        self.storage: Storage = storage or MemoryStorage()
        self.chance = random.Random(1)
        self.key = Ed25519PrivateKey.from_private_bytes(self.chance.randbytes(32))
        self.failures: list[BaseException] = []
        self.mistakes: list[object] = []
        self.skipped_ms = 0
        """What the hub's clock has been put forward by, so that days need not pass second by second."""
        self.peers: list[Peer] = []
        self.remote = "192.0.2.7"
        """Where the next connections come from."""
        self.hub: Hub
        self.loop: asyncio.AbstractEventLoop

    async def __aenter__(self) -> "Lab":
        self.loop = asyncio.get_running_loop()
        self.loop.set_exception_handler(lambda _loop, context: self.mistakes.append(context))
        self.start()
        return self

    async def __aexit__(self, kind: object, *_: object) -> None:
        if kind is None:
            await self.hub.close()
            await settle(10)
            assert not self.failures
            assert not self.mistakes
            assert self.hub.statistics().connections == 0, "a session leaked"
            assert all(peer.lost for peer in self.peers)

    def now_ms(self) -> int:
        return START_MS + self.skipped_ms + int(self.loop.time() * 1000)

    def start(self) -> None:
        identity_key = self.key.public_key().public_bytes_raw()
        proof = HubProof(
            identity_key=identity_key,
            signature_of=lambda shown: self.key.sign(hub_certificate_bytes(shown)),
        )
        surroundings = Surroundings(
            loop=self.loop,
            now_ms=self.now_ms,
            random_bytes=self.chance.randbytes,
            executor=InlineExecutor(self.loop),
        )
        self.hub = Hub(self.storage, proof, self.config, surroundings, on_failure=self.failures.append)

    async def restart(self) -> None:
        """Pull the plug: what was committed is all that is left."""
        assert isinstance(self.storage, MemoryStorage)
        old, self.storage = self.hub, self.storage.copy_durable()
        for peer in self.peers:
            peer.link.cut("the plug was pulled")
        await settle()
        old._housekeeping.cancel()
        old.retention.close()
        self.start()

    # --- logs --------------------------------------------------------------------------------

    @property
    def directory(self) -> LogId:
        return ids.directory_log(self.hub.published.database)

    @property
    def everyone(self) -> LogId:
        return ids.everyone_log(self.hub.published.database)

    def inbox(self, device: DeviceId) -> LogId:
        return ids.inbox_log(self.hub.published.database, device)

    def direct(self, one: Device, other: Device) -> LogId:
        return ids.direct_log(self.hub.published.database, one.user, other.user)

    def account(self, device: Device) -> LogId:
        return ids.account_log(self.hub.published.database, device.user)

    def group(self, *devices: Device) -> LogId:
        return ids.group_log(self.hub.published.database, [device.user for device in devices])

    def room(self, name: str) -> LogId:
        return ids.room_log(self.hub.published.database, RoomId(name.encode().ljust(16, b"\0")[:16]))

    # --- connections -------------------------------------------------------------------------

    async def connect(self, device: Device | None = None) -> Peer:
        """Open a connection and wait for the challenge."""
        peer = Peer(self, device)
        peer.link, hub_end = memory_link_pair(
            self.loop,
            certificate_hash=CERTIFICATE_HASH,
            remote=self.remote,
            is_same_machine=self.remote == "127.0.0.1",
        )
        peer.link.attach(peer)
        hub_end.attach(self.hub.make_session())
        self.peers.append(peer)
        await settle()
        return peer

    async def greet(self, device: Device | None = None) -> Peer:
        """Connect and say hello."""
        peer = await self.connect(device)
        await peer.hello()
        return peer

    async def log_in(self, device: Device) -> Peer:
        """Connect a device that is enrolled."""
        peer = await self.greet(device)
        await peer.login()
        assert peer.all(Welcome), peer.frames
        return peer

    async def enrol(self, device: Device, *, keys: int = 0) -> None:
        """Enrol a device and hang up."""
        peer = await self.greet(device)
        await peer.ask(device.enrol(keys=keys))
        assert peer.all(Enrolled), peer.frames
        peer.link.close()
        await settle()

    async def join(self, name: str, *, owner: Device | None = None, keys: int = 0) -> Peer:
        """Enrol a new device and log it in."""
        device = Device(name, owner=owner)
        await self.enrol(device, keys=keys)
        return await self.log_in(device)


def invite(lab: Lab, secret: bytes, *, request: int = 1, lives_ms: int = 60_000) -> CreateInvite:
    secret_hash = labels.labelled_hash(labels.INVITE_SECRET, secret)
    return CreateInvite(request, secret_hash, lab.now_ms() + lives_ms)
