"""How messages look now: the stored ones and our waiting ones, with what was done to each.

Joins the store to the pure fold of `amendments`: who an amendment's author is, which message it means.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from lanmsg.client.amendments import WAITING_SEQ, Amended, Amendment, Original, amended, fold
from lanmsg.client.messages import Messages
from lanmsg.client.model import UnreadableReason
from lanmsg.client.outbox import Outbox
from lanmsg.client.state import ClientState, Log
from lanmsg.client.store.interface import OutboxRow, StoredMessage
from lanmsg.wire.content import Amending, Content, ContentKind, Text, decode_content
from lanmsg.wire.errors import RemoteError
from lanmsg.wire.ids import DeviceId, MessageId, UserId

_NOBODYS = frozenset(
    {UnreadableReason.UNKNOWN_SENDER, UnreadableReason.BAD_SIGNATURE, UnreadableReason.MISPLACED}
)
"""What nobody has written there: no amendment can mean it."""


@dataclass(frozen=True, slots=True)
class Step:
    """An amendment that counts, `stored`, and the message it changed."""

    message: StoredMessage
    stored: StoredMessage
    amendment: Amendment


class Looks:
    """Tells how messages look."""

    def __init__(self, state: ClientState, messages: Messages, outbox: Outbox) -> None:
        self._state = state
        self._messages = messages
        self._outbox = outbox

    def of(self, log: Log, messages: Sequence[StoredMessage]) -> list[Amended]:
        """Return how these messages of a log look, in their order; what waits in our outbox included."""
        return [
            self._look(log, each, [*amendments, *self._waiting(each.message_id)])
            for each, amendments in zip(messages, self._amendments_of(log, messages), strict=True)
        ]

    def settled(self, log: Log, messages: Sequence[StoredMessage]) -> list[Amended]:
        """Return how these messages of a log look to everybody: without what waits in our outbox."""
        found = zip(messages, self._amendments_of(log, messages), strict=True)
        return [self._look(log, each, amendments) for each, amendments in found]

    def _amendments_of(self, log: Log, messages: Sequence[StoredMessage]) -> list[list[Amendment]]:
        by_target: dict[bytes, list[Amendment]] = {}
        wanted = [message.message_id for message in messages]
        for stored in self._messages.amendments(log.stored.log, wanted):
            amendment = self._amendment(stored)
            if amendment is not None:
                by_target.setdefault(stored.target, []).append(amendment)
        return [by_target.get(each.message_id, []) for each in messages]

    def _look(self, log: Log, message: StoredMessage, amendments: list[Amendment]) -> Amended:
        if not amendments:
            return Amended(text_of(message))
        powers = self._state.powers(self._state.conversation_of(log))
        return fold(self._original(log, message), amendments, powers)

    def of_row(self, row: OutboxRow) -> Amended:
        """Return how a message looks that waits in the outbox."""
        original = Original(self._state.user, 0, cast("Text", decode_content(row.content)).text)
        return fold(original, self._waiting(row.message_id), self._state.powers(row.conversation))

    def steps(self, log: Log, target: bytes) -> Iterator[Step]:
        """Return the stored amendments of a target that count, with the message each changed, in order."""
        powers = self._state.powers(self._state.conversation_of(log))
        amendments = self._messages.amendments(log.stored.log, [target])
        for message in self._messages.with_id(log.stored.log, MessageId(target)):
            original = self._original(log, message)
            look = Amended(original.text)
            for stored in amendments:
                amendment = self._amendment(stored)
                before = look
                look = amended(original, look, amendment, powers) if amendment is not None else look
                if amendment is not None and look is not before:
                    yield Step(message, stored, amendment)

    def erased(self, log: Log, target: bytes) -> list[StoredMessage]:
        """Return what must lose its content: the messages of this id that are deleted, and their edits."""
        deleted = [step for step in self.steps(log, target) if step.stored.kind == ContentKind.DELETE]
        amendments = self._messages.amendments(log.stored.log, [target]) if deleted else []
        found: list[StoredMessage] = []
        for step in deleted:
            author = self._user(step.message.sender)
            found.append(step.message)
            found += [
                each
                for each in amendments
                if each.kind == ContentKind.EDIT and self._user(each.sender) == author
            ]
        return [message for message in found if message.content]

    # --- what the fold works with ------------------------------------------------------------

    def _original(self, log: Log, message: StoredMessage) -> Original:
        if not _can_be_meant(message):
            return Original(None, message.seq, None, is_first=False, is_first_of_author=False)
        user = self._user(message.sender)
        same_id = self._messages.with_id(log.stored.log, message.message_id)
        earlier = [each for each in same_id if each.seq < message.seq and _can_be_meant(each)]
        return Original(
            user,
            message.seq,
            text_of(message),
            is_first=not earlier,
            is_first_of_author=all(self._user(each.sender) != user for each in earlier),
        )

    def _amendment(self, stored: StoredMessage) -> Amendment | None:
        user = self._user(stored.sender)
        content = content_of(stored)
        if user is None or not isinstance(content, Amending):
            return None
        return Amendment(user, stored.seq, stored.at_ms, content)

    def _waiting(self, target: MessageId) -> Iterable[Amendment]:
        for row in self._outbox.book.amendments_of(target):
            content = decode_content(row.content)
            if isinstance(content, Amending) and not row.failed:
                yield Amendment(self._state.user, WAITING_SEQ, row.queued_at_ms, content)

    def _user(self, device: DeviceId) -> UserId | None:
        person = self._state.directory.owner(device)
        return person.user if person is not None else None


def content_of(stored: StoredMessage) -> Content | None:
    """Return what an entry says; None if it can't be read, or was erased."""
    if stored.kind == ContentKind.UNREADABLE or not stored.content:
        return None
    try:
        return decode_content(stored.content)
    except RemoteError:
        return None


def text_of(stored: StoredMessage) -> str | None:
    """Return the text an entry was written with, or None."""
    content = content_of(stored)
    return content.text if isinstance(content, Text) else None


def _can_be_meant(message: StoredMessage) -> bool:
    """What has expired keeps its id: no other message inherits what was done to it."""
    is_message = message.is_shown or message.kind == ContentKind.EXPIRED
    return is_message and message.reason not in _NOBODYS
