"""What is the same on all devices of a person: what is unread, drafts, preferences."""

from collections.abc import Mapping
from datetime import UTC, datetime

from lanmsg.client.events import MessageAdded
from lanmsg.client.model import Conversation, Message, Unread
from lanmsg.client.notify import Attention, should_notify, should_ring
from lanmsg.client.preferences import (
    FOR_EVER,
    Bell,
    Level,
    Preferences,
    QuietHours,
    accept_preference,
    bell_preference,
    ignore_preference,
    keyword_preference,
    level_preference,
    mute_preference,
    quiet_hours_preference,
    read_receipts_preference,
)
from lanmsg.client.verbs.people import PeopleVerbs
from lanmsg.wire.account import Preference
from lanmsg.wire.errors import LocalError
from lanmsg.wire.status import Status


class PersonalVerbs(PeopleVerbs):
    """Reads and changes them. Each change is stored at once and said to our other devices."""

    # --- unread ------------------------------------------------------------------------------

    def unread(self, conversation: Conversation) -> Unread:
        """Return what is unread of a conversation: somebody else's messages behind the mark."""
        return self._engine.personal.unread_of(conversation)

    def all_unread(self) -> Mapping[Conversation, Unread]:
        """Return the conversations in which something is unread."""
        return self._engine.personal.all_unread()

    def mark_read(self, conversation: Conversation, up_to: int | None = None) -> None:
        """Note that the person has read a conversation up to a seq (None: all that is here).

        It may be called as often as something is shown: marks never go back, and are stored and said to
        our other devices every few seconds. In direct chats and among few people the others are told too,
        if the person wants that (`set_read_receipts`, `ClientSettings.sends_read_receipts`).
        """
        seq = self._engine.personal.mark_read(conversation, up_to)
        if seq:
            self._engine.deliveries.reads.read(conversation, seq)
        self._engine.flush()

    # --- drafts ------------------------------------------------------------------------------

    def draft(self, conversation: Conversation) -> str:
        """Return what waits to be finished in a conversation, on any device of ours; empty for nothing."""
        return self._engine.personal.draft(conversation)

    def drafts(self) -> Mapping[Conversation, str]:
        """Return all that waits to be finished, by conversation."""
        return self._engine.personal.drafts()

    def set_draft(self, conversation: Conversation, text: str) -> None:
        """Keep a text that waits to be finished; empty: there is none. Stored within a few seconds.

        Raises:
            LocalError: it is larger than a message can be.
        """
        self._engine.personal.set_draft(conversation, text)
        self._engine.flush()

    # --- preferences -------------------------------------------------------------------------

    @property
    def preferences(self) -> Preferences:
        """What we prefer, on all devices."""
        return self._engine.personal.preferences

    def attention(self, event: MessageAdded) -> Attention:
        """Return what a new message calls for now; nothing, if it is older than our connection."""
        return Attention.NONE if event.is_backlog else self.attention_for(event.message)

    def attention_for(self, message: Message) -> Attention:
        """Return what a message would call for if it were new; see `client.notify`."""
        return should_notify(
            message, self.preferences, self._local_time(), is_do_not_disturb=self._is_do_not_disturb()
        )

    def rings(self, event: MessageAdded) -> bool:
        """Tell whether a face may make a noise for a new message now; see `set_bell`."""
        return not event.is_backlog and should_ring(
            event.message,
            self.preferences,
            self._local_time(),
            is_do_not_disturb=self._is_do_not_disturb(),
        )

    def _is_do_not_disturb(self) -> bool:
        return self._engine.now.own.status is Status.DO_NOT_DISTURB

    def _local_time(self) -> datetime:
        return datetime.fromtimestamp(self._surroundings.now_ms() / 1000, tz=UTC).astimezone()

    async def set_level(self, conversation: Conversation, level: Level | None) -> None:
        """Choose which messages of a conversation call for attention; None: the default."""
        await self._prefer(level_preference(conversation, level))

    async def mute(self, conversation: Conversation, *, for_s: float | None = None) -> None:
        """Let nothing in a conversation call for attention for so many seconds; None: until `unmute`.

        Raises:
            LocalError: the time is not above 0.
        """
        if for_s is not None and for_s <= 0:
            raise LocalError("mute for some time, as in /mute 2h")
        until_ms = FOR_EVER if for_s is None else int(self._surroundings.now_ms() + for_s * 1000)
        await self._prefer(mute_preference(conversation, min(until_ms, FOR_EVER)))

    async def unmute(self, conversation: Conversation) -> None:
        """End `mute`."""
        await self._prefer(mute_preference(conversation, 0))

    async def add_keyword(self, word: str) -> None:
        """Let messages with this word call for attention as if they named us. Raises LocalError."""
        await self._prefer(keyword_preference(word, is_wanted=True))

    async def remove_keyword(self, word: str) -> None:
        """End `add_keyword`. Raises LocalError."""
        await self._prefer(keyword_preference(word, is_wanted=False))

    async def set_quiet_hours(self, hours: QuietHours | None) -> None:
        """Choose when nothing may ring, by each device's own clock; None: at no time.

        While they last, others are shown that we are not to be disturbed, unless we have said otherwise.
        """
        await self._prefer(quiet_hours_preference(hours))

    async def ignore(self, handle: str) -> None:
        """Do not show a person's messages or tell of them; they are stored, and back after `unignore`.

        Raises:
            UnknownPerson: there is nobody of that name.
            LocalError: it is ourselves.
        """
        person = self._person(handle)
        if person.user == self._engine.state.user:
            raise LocalError("you can't ignore yourself")
        await self._prefer(ignore_preference(person.user, is_ignored=True))

    async def unignore(self, handle: str) -> None:
        """End `ignore`. Raises UnknownPerson."""
        await self._prefer(ignore_preference(self._person(handle).user, is_ignored=False))

    async def set_read_receipts(self, *, is_on: bool) -> None:
        """Choose whether others may see what we have read."""
        await self._prefer(read_receipts_preference(is_on=is_on))

    async def set_bell(self, bell: Bell) -> None:
        """Choose when a face may make a noise."""
        await self._prefer(bell_preference(bell))

    # --- rooms with people whose keys have changed ---------------------------------------------

    def untrusted(self, conversation: Conversation) -> list[str]:
        """Return because of whose changed keys nothing is sent there; `trust`, `trust_room` end that."""
        return [person.handle for person in self._engine.state.untrusted(conversation)]

    async def trust_room(self, conversation: Conversation) -> None:
        """Write to a room although these people in it have changed keys; of later changes it asks again.

        It says nothing of the people: a direct chat with them still needs `trust`.

        Raises:
            LocalError: it is no room.
        """
        room = conversation.room
        if room is None:
            raise LocalError("only rooms are accepted as a whole: trust the person, by their name")
        for person in self._engine.state.untrusted(conversation):
            self._engine.personal.account.put(accept_preference(room, person.user))
        await self._done()

    async def _prefer(self, preference: Preference) -> None:
        self._engine.personal.account.put(preference)
        await self._done()
