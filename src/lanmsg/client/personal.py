"""What belongs to a person and not to one device: read marks, preferences, drafts, kept in step.

It connects the account log (`client.account`) with the parts that its values are for.
"""

from collections.abc import Callable

from lanmsg.client.account import Account
from lanmsg.client.conversations import Conversations
from lanmsg.client.effects import Effects
from lanmsg.client.events import DraftChanged, PreferencesChanged
from lanmsg.client.later import Later
from lanmsg.client.model import ACCOUNT, Conversation, ConversationKind, Unread
from lanmsg.client.outbox import Outbox
from lanmsg.client.own_status import OwnStatus
from lanmsg.client.people import People
from lanmsg.client.preferences import Preferences, accepted_member, ignored_user, preferences_of
from lanmsg.client.quiet_time import QuietTime
from lanmsg.client.state import ClientState, Log
from lanmsg.client.store.interface import OutboxRow, Store, StoredMessage, StoredState
from lanmsg.client.unread import UnreadBook
from lanmsg.wire import ids
from lanmsg.wire.account import Change, ConversationSettings, Draft, Preference, ReadMark, Verified
from lanmsg.wire.entries import LogKind
from lanmsg.wire.ids import LogId, MessageId, UserId


class Personal:
    """Owns what the devices of one person share."""

    def __init__(  # noqa: PLR0913 - the parts it works with, then what it reports to
        self,
        state: ClientState,
        effects: Effects,
        store: Store,
        outbox: Outbox,
        conversations: Conversations,
        people: People,
        own_status: OwnStatus,
        later: Later,
        *,
        now_ms: Callable[[], int],
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._state = state
        self._effects = effects
        self._conversations = conversations
        self._people = people
        self.unread = UnreadBook(
            state,
            effects,
            store,
            later,
            names_us=self._names_us,
            save_all=lambda: self.account.save(),
        )
        self.account = Account(
            state,
            effects,
            outbox,
            new_message_id=lambda: MessageId(random_bytes(ids.ID_BYTES)),
            call_later=later.call_later,
            changed=self._changed,
            saving=self.unread.save,
        )
        self.settings_heard: Callable[[ConversationSettings], None] = lambda _: None
        """Called with what was set in a conversation, as a device of ours knows it."""
        self._preferences: Preferences | None = None
        self._quiet_time = QuietTime(
            own_status,
            hours=lambda: self.preferences.quiet_hours,
            now_ms=now_ms,
            call_later=later.call_later,
        )
        self._outbox = outbox
        people.trust_gained = outbox.pump
        people.has_verified = lambda user, key: self.account.put(Verified(user, key))
        people.verified_key = self._verified_key

    def _verified_key(self, user: UserId) -> bytes | None:
        held = self.account.value(Verified(user, b""))
        return held.identity_key if isinstance(held, Verified) else None

    def load(self, stored: StoredState) -> None:
        """Take over what the store holds."""
        self.account.load(stored.values)
        marks: dict[LogId, int] = {}
        for change in self.account.changes:
            if isinstance(change, Preference):
                self._note_ignored(change)
                self._note_accepted(change)
            elif isinstance(change, ReadMark) and (conversation := conversation_of(change)) is not None:
                marks[self._state.log_of(conversation)] = change.seq
        self.unread.load(stored.unread, marks)
        self._quiet_time.look()

    def took(self, row: OutboxRow) -> bool:
        """Take the new state of an outbox row, if it is for our own devices."""
        if row.conversation == ACCOUNT and row.failed:
            self.account.failed(row)
        return row.conversation == ACCOUNT

    def _names_us(self, log: Log, message: StoredMessage) -> bool:
        return self._conversations.of_stored(log, message).mentions_me

    # --- asking ------------------------------------------------------------------------------

    @property
    def preferences(self) -> Preferences:
        """What we prefer; made anew when something changed."""
        if self._preferences is None:
            changes = [change for change in self.account.changes if isinstance(change, Preference)]
            self._preferences = preferences_of(changes, self._state.handle_of)
        return self._preferences

    def draft(self, conversation: Conversation) -> str:
        """Return what waits to be finished in a conversation."""
        held = self.account.value(Draft(*named(conversation), ""))
        return held.text if isinstance(held, Draft) else ""

    def drafts(self) -> dict[Conversation, str]:
        """Return all that waits to be finished."""
        drafts = [each for each in self.account.changes if isinstance(each, Draft) and each.text]
        found = {conversation_of(each): each.text for each in drafts}
        return {conversation: text for conversation, text in found.items() if conversation is not None}

    def unread_of(self, conversation: Conversation) -> Unread:
        """Return what is unread of a conversation."""
        return self.unread.of(self._state.log_of(conversation))

    def all_unread(self) -> dict[Conversation, Unread]:
        """Return the conversations in which something is unread."""
        logs = self._state.logs
        return {
            self._state.conversation_of(logs[log]): unread
            for log, unread in self.unread.all().items()
            if log in logs
        }

    # --- changing ----------------------------------------------------------------------------

    def mark_read(self, conversation: Conversation, up_to: int | None) -> int:
        """Mark a conversation as read up to a seq that it has, None: all of it; return that seq."""
        log = self._state.logs.get(self._state.log_of(conversation))
        end = log.stored.seq if log is not None else 0
        seq = end if up_to is None else min(up_to, end)
        if seq > 0:
            self.account.put(ReadMark(*named(conversation), seq), is_urgent=False)
        return seq

    def set_draft(self, conversation: Conversation, text: str) -> None:
        """Keep what waits to be finished. Raises LocalError."""
        self.account.put(Draft(*named(conversation), text), is_urgent=False)

    def _changed(self, change: Change) -> None:
        match change:
            case ReadMark():
                conversation = conversation_of(change)
                if conversation is not None:
                    self.unread.mark(self._state.log_of(conversation), change.seq)
            case Draft():
                conversation = conversation_of(change)
                if conversation is not None:
                    self._effects.emit(DraftChanged(conversation=conversation, text=change.text))
            case Preference():
                self._preferences = None
                if self._note_ignored(change):
                    self.unread.ignored_changed()
                if self._note_accepted(change):
                    self._outbox.pump()
                self._quiet_time.look()
                self._effects.emit(PreferencesChanged())
            case ConversationSettings():
                self.settings_heard(change)
            case Verified():
                self._people.verified_elsewhere(change.user, change.identity_key)

    def _note_ignored(self, preference: Preference) -> bool:
        user = ignored_user(preference)
        if user is None:
            return False
        if preference.value:
            self._state.ignored.add(user)
        else:
            self._state.ignored.discard(user)
        return True

    def _note_accepted(self, preference: Preference) -> bool:
        accepted = accepted_member(preference)
        if accepted is None or not preference.value:
            return False
        self._state.accepted.add(accepted)
        return True


def named(conversation: Conversation) -> tuple[int, bytes]:
    """Return how a conversation is named in an account log: the kind of its log, and its key."""
    return LogKind[conversation.kind.name], conversation.key


def conversation_of(change: ReadMark | Draft | ConversationSettings) -> Conversation | None:
    """Return the conversation a change is about; None for a kind that this program does not know."""
    kind = _KINDS.get(change.kind)
    return Conversation(kind, change.key) if kind is not None else None


_KINDS = {int(LogKind[kind.name]): kind for kind in ConversationKind if kind is not ConversationKind.ACCOUNT}
