"""The client library's face: one object, verbs and events (`docs/client-library.md`)."""

import asyncio
import contextlib
from collections.abc import Sequence
from functools import partial
from types import TracebackType
from typing import Self

from lanmsg.client.committer import Committer
from lanmsg.client.connection import Connection, Meeting
from lanmsg.client.engine import Engine, EngineSurroundings
from lanmsg.client.errors import ClientStopped, IdentityNotTrusted, UnknownPerson
from lanmsg.client.event_stream import EventStream
from lanmsg.client.events import Event, MessageAdded, MessageChanged, MessageWithdrawn, Stopped
from lanmsg.client.login import Introduction
from lanmsg.client.model import (
    EVERYONE,
    Conversation,
    ConversationKind,
    Message,
    MessageState,
    PersonInfo,
    Trust,
)
from lanmsg.client.opening import Opened, Opening
from lanmsg.client.settings import ClientSettings
from lanmsg.client.state import ClientState
from lanmsg.client.surroundings import ClientSurroundings, HubChoice
from lanmsg.wire import ids, labels, limits
from lanmsg.wire.addresses import Address
from lanmsg.wire.check_words import fingerprint
from lanmsg.wire.content import Text, encode_content
from lanmsg.wire.directory import Person
from lanmsg.wire.errors import LinkLost, LocalError
from lanmsg.wire.frames import PersonPresence
from lanmsg.wire.ids import DeviceId, HubId, MessageId
from lanmsg.wire.invites import Invite, format_invite
from lanmsg.wire.labels import labelled_hash
from lanmsg.wire.names import near_names

EVERYONE_TARGETS = frozenset({"#", "everyone", "#everyone"})


class Client:
    """A client at one hub. Use it with `async with`; see the page for what entering raises."""

    def __init__(self, settings: ClientSettings, surroundings: ClientSurroundings | None = None) -> None:
        self._settings = settings
        self._surroundings = surroundings or _real_surroundings(settings)
        self._streams: list[EventStream] = []
        self._stack = contextlib.AsyncExitStack()
        self._choice: HubChoice
        self._committer: Committer
        self._engine: Engine
        self._connection: Connection
        self._task: asyncio.Task[None] | None = None
        self._unfinished: set[asyncio.Future[None]] = set()
        self._has_store_failed = False
        self._stopped: Stopped | None = None
        self.is_new_hub = False

    # --- opening and closing -----------------------------------------------------------------

    async def __aenter__(self) -> Self:
        """Find the hub, open the store, log in."""
        async with contextlib.AsyncExitStack() as stack:
            self._stack = stack
            await self._open()
            self._stack = stack.pop_all()
        return self

    async def _open(self) -> None:
        surroundings = self._surroundings
        opening = Opening(surroundings, self._stack, device_name=self._settings.device_name)
        opened = await opening.open()
        self._choice = opened.choice
        self.is_new_hub = not opened.profile.handle
        self._engine = self._make_engine(opened)
        self._connection = Connection(
            self._engine,
            dial=surroundings.dial,
            addresses=self._addresses,
            emit=self._emit,
            persist=self._persist,
            random=surroundings.random,
            random_bytes=surroundings.random_bytes,
        )
        if opened.meeting is not None:
            await self._log_in(opened.meeting, opened.old_handle)
        self._task = asyncio.get_running_loop().create_task(self._connection.run(), name="lanmsg connection")
        self._stack.push_async_callback(self._stop_task)

    def _make_engine(self, opened: Opened) -> Engine:
        surroundings = self._surroundings
        executor = surroundings.make_executor(opened.store)
        self._committer = Committer(executor, emit=self._emit, failed=self._store_failed)
        self._stack.callback(self._committer.close)
        self._stack.push_async_callback(self._committer.drain)
        state = ClientState(opened.profile, surroundings.crypto.account(opened.profile.account))
        state.load(opened.stored)
        engine = Engine(
            state,
            opened.store,
            opened.stored,
            self._committer,
            EngineSurroundings(
                loop=asyncio.get_running_loop(),
                now_ms=surroundings.now_ms,
                random_bytes=surroundings.random_bytes,
                crypto=surroundings.crypto,
            ),
        )
        self._stack.callback(engine.close)
        return engine

    async def _log_in(self, meeting: Meeting, old_handle: str) -> None:
        introduction = Introduction(
            name=self._settings.name,
            login_name=old_handle or self._surroundings.login_name(),
            invite=self._choice.invite_secret,
        )
        await self._connection.log_in(meeting, introduction, is_new_hub=self.is_new_hub)
        self._surroundings.remember(meeting.challenge, meeting.address)

    async def _addresses(self) -> Sequence[Address]:
        """Return where the hub may be: where it was, then wherever it announces itself now."""
        return await self._surroundings.find_again(self.hub_id, self._choice)

    async def _persist(self) -> None:
        await self._done()

    def _done(self) -> "asyncio.Future[None]":
        """End a step, and return a future that is done when all of it is."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._unfinished.add(done)
        done.add_done_callback(self._unfinished.discard)
        self._engine.effects.then(partial(_set_done, done))
        self._engine.flush()
        return done

    async def _stop_task(self) -> None:
        assert self._task is not None
        self._connection.close()
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave the hub, finish what is being stored, close the store."""
        await self._stack.aclose()
        for stream in self._streams:
            stream.close()

    def _store_failed(self, error: BaseException) -> None:
        """Stop: whoever waits for something to be stored is told, and nothing more is sent."""
        for future in list(self._unfinished):
            if not future.done():
                future.set_exception(error)
        if not self._has_store_failed:
            self._has_store_failed = True
            self._connection.close()
            self._emit(Stopped(code="store_failed", text=str(error)))

    # --- what one may ask --------------------------------------------------------------------

    @property
    def handle(self) -> str:
        """Our name at this hub."""
        return self._engine.state.profile.handle

    @property
    def hub_identity_key(self) -> bytes:
        """The hub's Ed25519 key (32 bytes)."""
        return self._engine.state.profile.hub_identity_key

    @property
    def hub_id(self) -> HubId:
        """The hub's id."""
        return ids.hub_id(self.hub_identity_key)

    @property
    def hub_title(self) -> str:
        """What the hub calls itself; a remote string."""
        return self._connection.title

    @property
    def hub_address(self) -> str:
        """The address in use, or the last one tried (`HOST:PORT`)."""
        address = self._connection.address
        return str(address if address is not None else self._choice.addresses[0])

    @property
    def is_online(self) -> bool:
        """Whether we are logged in now."""
        return self._engine.is_connected

    @property
    def waiting(self) -> int:
        """How many of our messages wait for the hub."""
        return self._engine.outbox.waiting

    def events(self) -> EventStream:
        """Return a stream of every event from now on."""
        stream = EventStream()
        self._streams.append(stream)
        return stream

    def _emit(self, event: Event) -> None:
        if isinstance(event, Stopped):
            self._stopped = self._stopped or event
        for stream in self._streams:
            stream.put(event)

    async def synced(self) -> None:
        """Wait until all that the hub had for us when we connected is stored."""
        await self._engine.synced.wait()

    # --- people ------------------------------------------------------------------------------

    def people(self) -> list[PersonInfo]:
        """Return everybody enrolled, in the order they came."""
        return [self._info(person) for person in self._engine.state.directory.people]

    def person(self, handle: str) -> PersonInfo:
        """Return one of them. Raises UnknownPerson."""
        return self._info(self._person(handle))

    def _person(self, handle: str) -> Person:
        name = handle.removeprefix("@").casefold()
        directory = self._engine.state.directory
        person = directory.named(name)
        if person is None:
            raise UnknownPerson(name, near_names(name, [each.handle for each in directory.people]))
        return person

    def _info(self, person: Person) -> PersonInfo:
        state = self._engine.state
        presence = state.presence.get(person.user, PersonPresence(person.user, online=False))
        is_me = person.user == state.user
        return PersonInfo(
            user=person.user,
            handle=person.handle,
            is_me=is_me,
            is_online=self.is_online and (is_me or presence.online),
            last_seen_ms=presence.last_seen_ms,
            devices=len(person.devices),
            fingerprint=fingerprint(person.identity_key),
            trust=Trust.VERIFIED if is_me else state.trust_of(person),
        )

    async def trust(self, handle: str) -> None:
        """Accept the identity key this name has now. Raises UnknownPerson."""
        self._engine.people.trust(self._person(handle).handle)
        await self._done()

    # --- conversations -----------------------------------------------------------------------

    def conversation(self, target: str) -> Conversation:
        """Return the conversation a target names: `@bob`, `bob`, `#`, `everyone`. Raises UnknownPerson."""
        if target.strip() in EVERYONE_TARGETS:
            return EVERYONE
        return Conversation(ConversationKind.DIRECT, self._person(target.strip()).user)

    def conversation_name(self, conversation: Conversation) -> str:
        """Return `everyone`, or `@` and the peer's handle."""
        return self._engine.state.name_of(conversation)

    def history(
        self, conversation: Conversation, *, limit: int = 50, before: int | None = None
    ) -> list[Message]:
        """Return the newest messages (before this seq), oldest first; ours that wait come last."""
        return self._engine.conversations.history(conversation, limit=limit, before=before)

    # --- sending -----------------------------------------------------------------------------

    async def send(
        self,
        conversation: Conversation,
        text: str,
        *,
        is_action: bool = False,
        reply_to: MessageId | None = None,
    ) -> Message:
        """Queue a message and return it, waiting, once it is on our own disk.

        Raises:
            LocalError: it is empty or too large.
            StoreFailed: our own disk does not take it; the client has stopped.
            IdentityNotTrusted: the person's key has changed.
        """
        self._check_trust(conversation)
        content = encode_content(Text(text, is_action, reply_to or b""))
        message_id = MessageId(self._surroundings.random_bytes(ids.ID_BYTES))
        row = self._engine.outbox.add(conversation, message_id, content)
        message = self._engine.conversations.of_row(row, conversation)
        self._engine.effects.emit(MessageChanged(message=message))
        await self._done()
        return message

    def _check_trust(self, conversation: Conversation) -> None:
        state = self._engine.state
        person = state.directory.person(conversation.peer) if conversation.peer else None
        if person is not None and state.trust_of(person) is Trust.CHANGED:
            raise IdentityNotTrusted(person.handle)

    async def wait_sent(self, message_id: MessageId, *, timeout_s: float | None = None) -> Message:
        """Wait until the hub has a message on disk, or has refused it for good.

        Raises:
            TimeoutError: neither has happened in time; it still waits.
            ClientStopped: the client can't go on; it still waits, unless our own disk failed first.
            LocalError: it was withdrawn meanwhile.
        """
        stream = self.events()
        try:
            message = self._settled(message_id)
            if message is not None:
                return message
            self._check_running()
            async with asyncio.timeout(timeout_s):
                async for event in stream:
                    if isinstance(event, MessageAdded | MessageChanged):
                        message = event.message
                        if message.id == message_id and message.state is not MessageState.WAITING:
                            return message
                    elif isinstance(event, MessageWithdrawn) and event.id == message_id:
                        raise LocalError("the message was withdrawn")
        finally:
            self._streams.remove(stream)
        self._check_running()
        raise TimeoutError("the client was closed before the hub answered")

    def _check_running(self) -> None:
        if self._stopped is not None:
            raise ClientStopped(self._stopped.code, self._stopped.text)

    def _settled(self, message_id: MessageId) -> Message | None:
        """Return a message of ours if the hub has had its word about it."""
        row = self._engine.outbox.row(message_id)
        if row is None:
            return self._engine.message(message_id)
        message = self._engine.message_of_row(row)
        return None if message.state is MessageState.WAITING else message

    async def withdraw(self, message_id: MessageId) -> bool:
        """Take back a message that nobody can have; False: too late, it may arrive."""
        is_withdrawn = self._engine.outbox.withdraw(message_id)
        if is_withdrawn:
            self._engine.effects.emit(MessageWithdrawn(id=message_id))
        await self._done()
        return is_withdrawn

    # --- joining and leaving -----------------------------------------------------------------

    def join_link(self) -> str:
        """Return a link without a secret: an address and the hub's key."""
        return format_invite(
            Invite(self._surroundings.shareable(self.hub_address), self.hub_identity_key, b"")
        )

    async def create_invite(self) -> str:
        """Return a link that lets one person enrol within 24 hours.

        Raises:
            Refusal: too many invites are open.
            LinkLost: we are not connected, or were cut off.
        """
        if not self.is_online:
            raise LinkLost("not connected to the hub: an invite needs it")
        secret = self._surroundings.random_bytes(limits.INVITE_SECRET_BYTES)
        hub_now_ms = self._surroundings.now_ms() + self._engine.state.clock_offset_ms
        expires_at_ms = hub_now_ms + limits.INVITE_LIFETIME_S * 1000
        answer = self._engine.create_invite(labelled_hash(labels.INVITE_SECRET, secret), expires_at_ms)
        self._engine.flush()
        await answer
        addresses = self._surroundings.shareable(self.hub_address)
        return format_invite(Invite(addresses, self.hub_identity_key, secret))

    async def revoke_device(self, device: DeviceId) -> None:
        """Cut a device of ours off, for good. Raises Refusal, LinkLost."""
        answer = self._engine.revoke(device)
        self._engine.flush()
        await answer


def _real_surroundings(settings: ClientSettings) -> ClientSurroundings:
    from lanmsg.client.real import RealSurroundings

    return RealSurroundings(settings)


def _set_done(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)
