"""What was set in our conversations, said to a new device of ours: the hub may have removed the entries.

Lifetimes and topics stand in messages of their conversation. A device that is linked after the hub has
removed these can't learn them there, so the other devices of the person say them in the account log, with
the places they have. On a device that has those entries they change nothing.
"""

from lanmsg.client.account import Account
from lanmsg.client.expiry import Expiry
from lanmsg.client.personal import conversation_of, named
from lanmsg.client.rooms import Rooms
from lanmsg.client.state import ClientState, Log
from lanmsg.client.store.interface import StoredTopic
from lanmsg.wire.account import ConversationSettings, LifetimeSince
from lanmsg.wire.content import Topic, encode_content
from lanmsg.wire.errors import LocalError
from lanmsg.wire.limits import MAX_HANDED_LIFETIMES, MAX_LIFETIME_S


class HandedSettings:
    """Says what holds here, and takes what another device of ours says."""

    def __init__(self, state: ClientState, account: Account, expiry: Expiry, rooms: Rooms) -> None:
        self._state = state
        self._account = account
        self._expiry = expiry
        self._rooms = rooms
        expiry.lifetimes.handed = self._lifetimes_of

    # --- saying ------------------------------------------------------------------------------

    def device_added(self) -> None:
        """Another device of ours is new: it shall hear all that holds."""
        for log in list(self._state.logs.values()):
            settings = self._settings_of(log) if log.is_conversation else None
            if settings is not None:
                self._account.put(settings, is_urgent=False)
        self._account.device_added()

    def _settings_of(self, log: Log) -> ConversationSettings | None:
        lifetimes = self._expiry.lifetimes.of(log)[-MAX_HANDED_LIFETIMES:]
        topic = self._state.topics.get(log.stored.log)
        if not lifetimes and topic is None:
            return None
        return ConversationSettings(
            *named(self._state.conversation_of(log)),
            lifetimes=[LifetimeSince(each.seq, each.seconds) for each in lifetimes],
            topic_seq=0 if topic is None else topic.seq,
            topic="" if topic is None else topic.text,
        )

    # --- taking ------------------------------------------------------------------------------

    def take(self, settings: ConversationSettings) -> None:
        """Take what a device of ours says of a conversation; what we know to be later stays."""
        conversation = conversation_of(settings)
        if conversation is None:
            return
        log = self._state.logs.get(self._state.log_of(conversation))
        if log is not None and settings.lifetimes:
            self._expiry.take_handed(log)
        if settings.topic_seq and _is_topic(settings.topic):
            stored = StoredTopic(
                self._state.log_of(conversation), settings.topic_seq, self._state.device, settings.topic
            )
            self._rooms.take_handed_topic(conversation, stored)

    def _lifetimes_of(self, log: Log) -> list[LifetimeSince]:
        """Return what our devices have said of a log, the places that it has."""
        key = ConversationSettings(*named(self._state.conversation_of(log)), [], 0, "")
        held = self._account.value(key)
        if not isinstance(held, ConversationSettings):
            return []
        return [each for each in held.lifetimes if each.seq > 0 and each.seconds <= MAX_LIFETIME_S]


def _is_topic(text: str) -> bool:
    try:
        encode_content(Topic(text))
    except LocalError:
        return False
    return True
