"""What faces are told of rooms and groups: what there is, who is in it, what it is about."""

from typing import Final

from lanmsg.client.conversation_rules import Setting, could_set, place_of, setting_of
from lanmsg.client.effects import Effects
from lanmsg.client.events import RoomChanged, SettingFailed, TopicChanged
from lanmsg.client.looks import content_of
from lanmsg.client.model import (
    Conversation,
    ConversationKind,
    ConversationSetting,
    MemberInfo,
    MemberRole,
    RoomInfo,
)
from lanmsg.client.room_state import RoomState
from lanmsg.client.state import ClientState, Log
from lanmsg.client.store.interface import StoredMessage, StoredTopic
from lanmsg.wire.content import Lifetime, Topic
from lanmsg.wire.frames import PersonPresence
from lanmsg.wire.ids import LogId, UserId

_RULE_OF: Final[dict[ConversationSetting, Setting]] = {
    ConversationSetting.TOPIC: Topic,
    ConversationSetting.LIFETIME: Lifetime,
}


class Rooms:
    """Describes rooms, and keeps their topics."""

    def __init__(self, state: ClientState, effects: Effects) -> None:
        self._state = state
        self._effects = effects
        self._own_roles: dict[LogId, MemberRole] = {}

    # --- asking ------------------------------------------------------------------------------

    def info(self, room: RoomState) -> RoomInfo:
        """Describe a room as it is now."""
        state, record = self._state, room.room.statement
        role = state.role_in(room, state.user)
        is_mine = room.is_reader(state.user)
        conversation = Conversation(ConversationKind.ROOM, record.room)
        return RoomInfo(
            conversation=conversation,
            name=record.name,
            role=role,
            is_open=record.is_open,
            keeps_history=record.keeps_history,
            is_archived=record.is_archived,
            owners=tuple(state.handle_of(owner) for owner in record.owners),
            members=len(room.membership.readers) if is_mine else 0,
            topic=self.topic(conversation) if is_mine else "",
        )

    def topic(self, conversation: Conversation) -> str:
        """Return the topic of a room or group; empty if there is none, or we know of none."""
        topic = self._state.topics.get(self._state.log_of(conversation))
        return "" if topic is None else topic.text

    def members(self, conversation: Conversation) -> list[MemberInfo]:
        """Return who reads a conversation; of a room also who is banned."""
        room = self._state.rooms.get(self._state.log_of(conversation))
        if room is None:
            people = self._state.members(conversation)
            return [self._member(person.user, MemberRole.MEMBER) for person in people]
        roles = ((user, self._state.role_in(room, user)) for user in room.membership.roles)
        return [self._member(user, role) for user, role in roles if role is not MemberRole.OUTSIDER]

    def _member(self, user: UserId, role: MemberRole) -> MemberInfo:
        state = self._state
        presence = state.presence.get(user, PersonPresence(user, online=False))
        is_me = user == state.user
        return MemberInfo(
            handle=state.handle_of(user),
            role=role,
            is_me=is_me,
            is_online=state.is_online and (is_me or presence.online),
            last_seen_ms=presence.last_seen_ms,
        )

    # --- what happens ------------------------------------------------------------------------

    def record_changed(self, log: LogId) -> None:
        """The directory has a new version of a room's record."""
        room = self._state.rooms[log]
        self._own_roles[log] = self._state.role_in(room, self._state.user)
        by = self._state.handle_of_device(room.room.statement.device)
        self._effects.emit(RoomChanged(room=self.info(room), by=by))

    def members_changed(self, room: RoomState) -> None:
        """Somebody came or went: that changes the room for us if it was us."""
        role = self._state.role_in(room, self._state.user)
        if self._own_roles.get(room.log) is not role:
            self._own_roles[room.log] = role
            self._effects.emit(RoomChanged(room=self.info(room)))

    def take_topic(self, log: Log, message: StoredMessage, *, is_backlog: bool) -> None:
        """Note a topic, if its author could set it and nobody has set a later one (its key came late)."""
        topic = content_of(message)
        if not isinstance(topic, Topic):
            return
        known = self._state.topics.get(log.stored.log)
        place = place_of(Topic, self._state, log, message, since=topic.since)
        if place is None or (known is not None and known.seq >= place):
            return
        stored = StoredTopic(log.stored.log, place, message.sender, topic.text)
        self._keep_topic(self._state.conversation_of(log), stored, is_backlog=is_backlog)

    def check_setting(self, log: Log, message: StoredMessage) -> None:
        """Tell us if what we have just set does not count: we might when we wrote it, and no more there."""
        setting = setting_of(content_of(message))
        if setting is None or could_set(_RULE_OF[setting], self._state, log, message):
            return
        conversation = self._state.conversation_of(log)
        self._effects.emit(
            SettingFailed(
                conversation=conversation,
                conversation_name=self._state.name_of(conversation),
                setting=setting,
                text="you were no moderator or owner any more when it came: ask one of them",
            )
        )

    def take_handed_topic(self, conversation: Conversation, topic: StoredTopic) -> None:
        """Note a topic as another device of ours knows it, unless we know of a later one."""
        known = self._state.topics.get(topic.log)
        if known is None or known.seq < topic.seq:
            self._keep_topic(conversation, topic, is_backlog=True)

    def _keep_topic(self, conversation: Conversation, topic: StoredTopic, *, is_backlog: bool) -> None:
        self._state.topics[topic.log] = topic
        self._effects.save(topic)
        self._effects.emit(
            TopicChanged(
                conversation=conversation,
                conversation_name=self._state.name_of(conversation),
                by=self._state.handle_of_device(topic.sender),
                topic=topic.text,
                is_backlog=is_backlog,
            )
        )
