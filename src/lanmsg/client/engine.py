"""The client's core: frames and verbs in, effects out. No screen, no socket, no thread.

It owns the parts (sync, reader, outbox, people, keys) and connects them: each frame of the hub has
one handler, found through one table; each step ends by handing its effects to the committer.
"""

from collections.abc import Callable
from functools import partial

from lanmsg.client.administration import Administration
from lanmsg.client.amender import Amender
from lanmsg.client.between_devices import BetweenDevices
from lanmsg.client.catching_up import CatchingUp
from lanmsg.client.changes import Changes
from lanmsg.client.committer import Committer
from lanmsg.client.conversations import Conversations
from lanmsg.client.crypto.interface import Crypto
from lanmsg.client.deliveries import Deliveries
from lanmsg.client.device_outbox import DeviceOutbox
from lanmsg.client.effects import Effects
from lanmsg.client.events import MessageChanged
from lanmsg.client.expiry import Expiry
from lanmsg.client.frame_handlers import taking
from lanmsg.client.gaps import Gaps
from lanmsg.client.handed_settings import HandedSettings
from lanmsg.client.hub_answers import HubAnswers
from lanmsg.client.hub_requests import HubRequests
from lanmsg.client.inbox import Inbox
from lanmsg.client.indexer import Indexer
from lanmsg.client.intake import Intake
from lanmsg.client.key_claims import KeyClaims
from lanmsg.client.key_supply import KeySupply
from lanmsg.client.later import Later
from lanmsg.client.members import RoomMembers
from lanmsg.client.message_keys import MessageKeys
from lanmsg.client.messages import Messages
from lanmsg.client.model import Message
from lanmsg.client.newcomers import Newcomers
from lanmsg.client.now import Now
from lanmsg.client.outbox import Outbox
from lanmsg.client.outbox_rows import is_message
from lanmsg.client.peer_sessions import PeerSessions
from lanmsg.client.people import People
from lanmsg.client.personal import Personal
from lanmsg.client.reader import Reader
from lanmsg.client.room_requests import RoomRequests
from lanmsg.client.room_state import RoomState
from lanmsg.client.rooms import Rooms
from lanmsg.client.sealer import Sealer
from lanmsg.client.searching import Searching
from lanmsg.client.state import ClientState, Log
from lanmsg.client.store.interface import OutboxRow, Store, StoredState
from lanmsg.client.surroundings import EngineSurroundings
from lanmsg.client.sync import Sync
from lanmsg.client.threads import Threads
from lanmsg.net.link import Link
from lanmsg.wire.entries import ChainedEntry
from lanmsg.wire.frames import (
    Appended,
    ClaimedKeys,
    Entries,
    Heads,
    HubFrame,
    InviteCreated,
    Members,
    PairingStored,
    Presence,
    Receipts,
    Refused,
    Signal,
    Stock,
    Welcome,
)
from lanmsg.wire.ids import MessageId


class Engine:
    """Everything a logged-in client does. Driven by `client.connection` and `client.client`."""

    def __init__(
        self,
        state: ClientState,
        store: Store,
        stored: StoredState,
        committer: Committer,
        surroundings: EngineSurroundings,
    ) -> None:
        self.state = state
        self._store = store
        self._committer = committer
        self._loop = surroundings.loop
        self._now_ms = surroundings.now_ms
        self._random_bytes = surroundings.random_bytes
        self._link: Link | None = None
        self.effects = Effects()
        self._later = Later(self._loop, self.effects, flush=self.flush)
        self.call_later = self._later.call_later
        self.requests = HubRequests(state, self.effects, random_bytes=surroundings.random_bytes)
        self.room_requests = RoomRequests(state, self.requests, self._later, flush=self.flush)
        self._catching_up = CatchingUp(state, self.effects, flush=self.flush)
        self.synced = self._catching_up.synced
        """Set when all that the hub had for us at login is stored and told."""
        self._make_keys(stored, surroundings)
        self._make_sending(stored, surroundings)
        self._make_receiving(surroundings.crypto)
        self.indexer = Indexer(state, self.effects, store, self.conversations, committer, self.call_later)
        self.searching = Searching(state, store, self.indexer, self.outbox)
        self._handlers = self._make_handlers()
        self._make_catching_up()

    def _make_keys(self, stored: StoredState, surroundings: EngineSurroundings) -> None:
        state, effects, crypto = self.state, self.effects, surroundings.crypto
        self._keys = MessageKeys(effects, self._store, crypto, outbound=list(stored.outbound))
        self._sessions = PeerSessions(state, effects, self._store, crypto)
        self.now = Now(state, effects, self._keys, surroundings, call_later=self.call_later)
        self.rooms = Rooms(state, effects)
        status_changed = self.now.status_changed
        self.people = People(
            state, effects, self._keys, status_changed=status_changed, room_changed=self.rooms.record_changed
        )
        self.supply = KeySupply(state, effects, self._sessions, self._later, now_ms=self._now_ms)
        self._claims = KeyClaims(
            state,
            effects,
            self._sessions,
            crypto,
            new_request=self.requests.new_request,
            arrived=self._sessions_started,
            retry_later=self._pump_later,
        )
        self.device_outbox = DeviceOutbox(
            state,
            effects,
            self._sessions,
            self._claims,
            random_bytes=self._random_bytes,
            call_later=self.call_later,
        )

    def _make_sending(self, stored: StoredState, surroundings: EngineSurroundings) -> None:
        state, effects, keys = self.state, self.effects, self._keys
        self.outbox = Outbox(
            state,
            self.effects,
            keys,
            Sealer(state, keys, self._sessions, now_ms=self._now_ms),
            self._claims,
            new_request=self.requests.new_request,
            loop=self._loop,
            now_ms=self._now_ms,
            changed=self._row_changed,
            pump_later=self._pump_later,
        )
        self.outbox.load(list(stored.outbox))
        self.administration = Administration(effects, self.requests, set_pace=self.outbox.set_pace)
        self._messages = Messages(self._store, self.effects)
        self.conversations = Conversations(state, self._store, self._messages, self.outbox)
        self.threads = Threads(state, self._store, self.outbox, self.conversations)
        self.amender = Amender(
            state, self.effects, self.outbox, self.conversations, random_bytes=self._random_bytes
        )
        self.personal = Personal(
            state,
            self.effects,
            self._store,
            self.outbox,
            self.conversations,
            self.people,
            self.now.own,
            self._later,
            now_ms=self._now_ms,
            random_bytes=self._random_bytes,
        )
        self.personal.load(stored)
        self.deliveries = Deliveries(
            state, effects, self._messages, self.outbox, self.conversations, surroundings, self.call_later
        )
        self.deliveries.reads.wants_it = lambda: self.personal.preferences.sends_read_receipts

    def _make_receiving(self, crypto: Crypto) -> None:
        state, effects, store, keys = self.state, self.effects, self._store, self._keys
        self._inbox = Inbox(state, crypto, keys, self._sessions, got_key=self._got_key)
        self.between_devices = BetweenDevices(
            state,
            effects,
            store,
            keys,
            crypto,
            people=self.people,
            outbox=self.device_outbox,
            inbox=self._inbox,
            later=self._later,
            hub_now_ms=self._hub_now_ms,
            random_bytes=self._random_bytes,
            got_key=self._got_key,
        )
        self._requests = self.between_devices.key_requests
        self._history_keys = self.between_devices.history_keys
        self.gaps = Gaps(state, effects, hash_at=store.entry_hash)
        members = RoomMembers(state, effects, keys, self.gaps, changed=self._members_changed)
        self._sync = Sync(
            state,
            effects,
            members=members,
            gaps=self.gaps,
            take_run=self._take_run,
            caught_up=self._catching_up.caught_up,
            flush=self.flush,
            highest_counter=self.outbox.highest_counter,
            own_counter=lambda log: store.counters(log.stored.log).get(state.device, 0),
            rewind=self._rewind,
        )
        self._answers = HubAnswers(
            state, self.requests, self.device_outbox, self.outbox, self._claims, self._sync
        )
        self._make_intake(members, Reader(state, store, keys, crypto, forked=self._sync.forked))

    def _make_intake(self, members: RoomMembers, reader: Reader) -> None:
        state, effects, store = self.state, self.effects, self._store
        self.expiry = Expiry(
            state,
            effects,
            store,
            self._messages,
            self.outbox,
            self.personal.unread,
            self._later,
            hub_now_ms=self._hub_now_ms,
            is_past_coming=lambda: self.between_devices.own_history.is_coming,
        )
        handed = HandedSettings(state, self.personal.account, self.expiry, self.rooms)
        self.people.own_device_added, self.personal.settings_heard = handed.device_added, handed.take
        self._newcomers = Newcomers(
            state, store, self.outbox, self.expiry.lifetimes, self._later, random_bytes=self._random_bytes
        )
        self._intake = Intake(
            state,
            effects,
            store,
            self.expiry,
            people=self.people,
            inbox=self._inbox,
            reader=reader,
            outbox=self.outbox,
            requests=self._requests,
            changes=Changes(
                state, effects, self._messages, self.outbox, self.conversations, self.personal.unread
            ),
            account=self.personal.account,
            rooms=self.rooms,
            members=members,
            deliveries=self.deliveries,
            set_counter=self._sync.set_counter,
        )

    def _make_catching_up(self) -> None:
        self._catching_up.online += [
            self.outbox.resend,
            self.device_outbox.resend,
            self.personal.account.say,
            self.now.own.caught_up,
            self.deliveries.reads.caught_up,
        ]
        self._catching_up.told += [self.people.caught_up, self._intake.caught_up]
        self._catching_up.stored += [
            self._requests.ask,
            self._history_keys.ask_all,
            self.between_devices.own_history.resume,
            self._newcomers.look_everywhere,
        ]

    def _make_handlers(self) -> dict[type[HubFrame], Callable[[HubFrame], None]]:
        return {
            Heads: taking(self._on_heads),
            Entries: taking(self._sync.take_entries),
            Appended: taking(self._answers.appended),
            Refused: taking(self._answers.refused),
            ClaimedKeys: taking(self._claims.take_keys),
            InviteCreated: taking(self.requests.invite_created),
            PairingStored: taking(self.requests.pairing_stored),
            Members: taking(self._sync.take_members),
            Stock: taking(self.supply.take_frame),
            Presence: taking(self._on_presence),
            Receipts: taking(self.deliveries.take_receipts),
            Signal: taking(self.now.typing.take),
            **self.administration.handlers(),
        }

    # --- driving -----------------------------------------------------------------------------

    @property
    def is_connected(self) -> bool:
        """Whether a connection is logged in."""
        return self._link is not None

    def flush(self) -> None:
        """End a step: hand over what it left to do."""
        effects = self.effects.take()
        self.indexer.note(effects)
        self._committer.carry_out(effects, self._link)
        self._later.step_ended()

    def _hub_now_ms(self) -> int:
        return self._now_ms() + self.state.clock_offset_ms

    def logged_in(self, link: Link, welcome: Welcome) -> None:
        """A connection has logged in; heads, entries and answers come next."""
        self._link = link
        self.state.clock_offset_ms = welcome.now_ms - self._now_ms()
        self._intake.logged_in()
        self.people.logged_in()
        self._catching_up.logged_in()
        self._sync.start(welcome.log_count)
        self._claims.reset()
        self.device_outbox.reset()
        self.outbox.logged_in()
        self.administration.logged_in(welcome)
        self._requests.reset()
        self._history_keys.reset()
        self.supply.take_stock(welcome.stock, has_fallback_key=welcome.has_fallback_key)
        self.now.own.logged_in()
        self.flush()

    def link_lost(self) -> None:
        """The connection is gone."""
        self._link = None
        self.state.is_online = False
        self.requests.lost()
        self.outbox.link_lost()
        self.supply.link_lost()
        self.now.typing.link_lost()
        self.flush()

    def take_frame(self, frame: HubFrame) -> None:
        """Do what a frame of the hub asks; the caller flushes. Raises RemoteError."""
        handler = self._handlers.get(type(frame))
        if handler is not None:
            handler(frame)

    def close(self) -> None:
        """Stop all timers."""
        self._later.close()

    # --- logs --------------------------------------------------------------------------------

    def _on_heads(self, frame: Heads) -> None:
        self._intake.note_heads(frame.heads)
        self._sync.take_heads(frame.heads)
        self.outbox.pump()

    def _take_run(self, log: Log, run: list[ChainedEntry]) -> None:
        self._intake.take_run(log, run)
        if log.is_conversation:
            self.now.took_messages(log, run)
        if self._catching_up.is_synced and self.state.keeps_history(log):
            self._later.when_stored(partial(self._history_keys.ask, log))

    def _members_changed(self, room: RoomState) -> None:
        self.rooms.members_changed(room)
        self._newcomers.look(room)

    def _on_presence(self, frame: Presence) -> None:
        self.people.take_presence(frame)
        self._history_keys.ask_all()  # somebody who can help may have come

    def _rewind(self, log: Log) -> None:
        self.outbox.rewind(log)
        self._sessions.retire()

    # --- keys --------------------------------------------------------------------------------

    def _got_key(self, session: bytes) -> None:
        self._intake.got_key(session)

    def _sessions_started(self) -> None:
        self.device_outbox.sessions_started()
        self.outbox.pump()

    # --- the outbox --------------------------------------------------------------------------

    def _row_changed(self, row: OutboxRow) -> None:
        if self.personal.took(row):
            return
        if is_message(row):
            self.effects.emit(MessageChanged(message=self.message_of_row(row)))
        elif row.failed:
            self.amender.failed(row)

    def _pump_later(self, delay_s: float) -> None:
        self._later.pump_later(delay_s, self._sessions_started)

    def message_of_row(self, row: OutboxRow) -> Message:
        """Show a message that waits or has failed."""
        return self.conversations.of_row(row, row.conversation)

    def message(self, message_id: MessageId) -> Message | None:
        """Find a message, in a log or waiting, and show it."""
        return self.conversations.message(message_id)
