"""When our sending sessions end because somebody must not follow them any more.

Whom we gave a session's key is not all who have it: a person's first device hands a new one the past, and
members of a room that keeps its history hand it to newcomers, and both may hold the key of a session that
is still in use. So a session ends at once when anybody who could have been given it goes, whether we gave
it to them or not.
"""

from lanmsg.client.message_keys import MessageKeys
from lanmsg.client.state import ClientState
from lanmsg.wire.entries import LogKind
from lanmsg.wire.ids import UserId


def end_sessions_with(state: ClientState, keys: MessageKeys, user: UserId) -> None:
    """A device of this user was cut off: end each session that it may follow.

    That is also those of rooms where the user isn't: the directory and a room's log come in any order.
    """
    for log_id in keys.sending_logs:
        log = state.logs[log_id].stored
        is_others_account = log.kind is LogKind.ACCOUNT and user != state.user
        if not is_others_account and (not log.users or user in log.users):
            keys.drop_sending(log_id)
