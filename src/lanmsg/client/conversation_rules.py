"""Who may change what a conversation is: its topic, how long its messages live. One table.

Judged from the log alone, so that every device comes to the same end: by what the author was when the
entry was written.
"""

from collections.abc import Callable
from typing import Final

from lanmsg.client.model import ConversationSetting
from lanmsg.client.room_state import RoomState
from lanmsg.client.state import ClientState, Log
from lanmsg.client.store.interface import StoredMessage
from lanmsg.wire.content import Content, Lifetime, Topic
from lanmsg.wire.entries import LogKind

Setting = type[Topic] | type[Lifetime]
"""What of a conversation can be set by a message in it."""
_Rule = Callable[[ClientState, StoredMessage], bool]


def _anybody(_state: ClientState, _message: StoredMessage) -> bool:
    return True


def _who_leads(state: ClientState, message: StoredMessage) -> bool:
    """Owners and moderators, as of the entry."""
    room, author = state.rooms.get(message.log), state.directory.owner(message.sender)
    if room is None or author is None:
        return False
    return room.leads(author.user, seq=message.seq, directory_seq=message.directory_seq)


_RULES: Final[dict[Setting, dict[LogKind, _Rule]]] = {
    Topic: {LogKind.GROUP: _anybody, LogKind.ROOM: _who_leads},
    Lifetime: {LogKind.DIRECT: _anybody, LogKind.GROUP: _anybody, LogKind.ROOM: _who_leads},
}
"""Where a setting exists, and who may set it. A kind of log that is not named has none."""


def has_setting(setting: Setting, kind: LogKind) -> bool:
    """Tell whether conversations of this kind have such a setting."""
    return kind in _RULES[setting]


def could_set(setting: Setting, state: ClientState, log: Log, message: StoredMessage) -> bool:
    """Tell whether the author of an entry could set this there and then."""
    rule = _RULES[setting].get(log.stored.kind)
    return rule is not None and rule(state, message)


def setting_of(content: Content | None) -> ConversationSetting | None:
    """Return what a content sets for all to come; None if it only says again what holds, or sets nothing."""
    match content:
        case Topic(since=0):
            return ConversationSetting.TOPIC
        case Lifetime(since=0):
            return ConversationSetting.LIFETIME
        case _:
            return None


def place_of(
    setting: Setting, state: ClientState, log: Log, message: StoredMessage, *, since: int
) -> int | None:
    """Return from where on an entry counts that sets this, or with `since` repeats it; None: it does not.

    What is said again counts in rooms, for those who came later than what it repeats. It reaches back to
    where they came in and no further, so nobody changes what others have by saying that it was so.
    """
    if not could_set(setting, state, log, message):
        return None
    if not since:
        return message.seq
    is_repeated = log.stored.kind is LogKind.ROOM and since <= log.stored.base
    return min(log.stored.base, message.seq) if is_repeated else None


def may_set_now(setting: Setting, state: ClientState, kind: LogKind, room: RoomState | None) -> bool:
    """Tell whether we may set this now, in a room of which we are a member or elsewhere."""
    if not has_setting(setting, kind):
        return False
    return room is None or room.leads_now(state.user)
