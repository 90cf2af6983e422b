"""`@here` and `@all`: they call everybody, so one person can't use them again and again."""

from lanmsg.client.looks import content_of
from lanmsg.client.messages import Messages
from lanmsg.client.state import ClientState, Log
from lanmsg.client.store.interface import StoredMessage
from lanmsg.wire.content import Text
from lanmsg.wire.ids import DeviceId, UserId
from lanmsg.wire.limits import GROUP_MENTION_INTERVAL_MS
from lanmsg.wire.mentions import GROUP_MENTIONS, mentions_in

MESSAGES_LOOKED_AT = 200
"""How many messages before a call are searched for an earlier one: more in 5 minutes are past reading."""


class GroupMentions:
    """Tells which of these calls count. It follows from the log alone, so all devices agree."""

    def __init__(self, state: ClientState, messages: Messages) -> None:
        self._state = state
        self._messages = messages

    def counts(self, log: Log, message: StoredMessage) -> bool:
        """Tell whether its author has called nobody in the 5 minutes before (by the hub's clock)."""
        author = self._user(message.sender)
        since_ms = message.at_ms - GROUP_MENTION_INTERVAL_MS
        before = self._messages.before(log.stored.log, message.seq, limit=MESSAGES_LOOKED_AT)
        return not any(
            each.at_ms > since_ms and self._user(each.sender) == author and calls_all(each) for each in before
        )

    def _user(self, device: DeviceId) -> UserId | None:
        person = self._state.directory.owner(device)
        return person.user if person is not None else None


def calls_all(message: StoredMessage) -> bool:
    """Tell whether a message was written with `@here` or `@all` in it."""
    content = content_of(message)
    if not isinstance(content, Text) or "@" not in content.text:
        return False
    return not GROUP_MENTIONS.isdisjoint(mentions_in(content.text, lambda _: False))
