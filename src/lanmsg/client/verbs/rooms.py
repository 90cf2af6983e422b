"""Groups and rooms: what there is, who is in it, and changing that."""

from collections.abc import Callable, Iterable, Sequence

import msgspec

from lanmsg.client.conversation_rules import has_setting, may_set_now
from lanmsg.client.errors import NotInRoom, UnknownRoom
from lanmsg.client.model import Conversation, ConversationKind, MemberInfo, MemberRole, RoomInfo, group_of
from lanmsg.client.room_state import RoomState
from lanmsg.client.verbs.people import PeopleVerbs
from lanmsg.wire import ids
from lanmsg.wire.content import Topic, encode_content
from lanmsg.wire.directory import Person
from lanmsg.wire.entries import LogKind
from lanmsg.wire.errors import Code, LocalError, Refusal
from lanmsg.wire.ids import MessageId, RoomId, UserId
from lanmsg.wire.limits import MAX_GROUP_USERS
from lanmsg.wire.names import canonical_handle, near_names
from lanmsg.wire.statements import MemberChange, Role, RoomStatement

_ROLES = {
    MemberRole.OUTSIDER: Role.NONE,
    MemberRole.MEMBER: Role.MEMBER,
    MemberRole.MODERATOR: Role.MODERATOR,
    MemberRole.BANNED: Role.BANNED,
}


class RoomVerbs(PeopleVerbs):
    """Rooms and groups. What changes a room needs the hub: without it, LinkLost is raised."""

    # --- asking ------------------------------------------------------------------------------

    def rooms(self) -> list[RoomInfo]:
        """Return all rooms of the hub, ours or not, archived ones too, in the order they were made."""
        return [self._engine.rooms.info(room) for room in self._engine.state.rooms.values()]

    def room(self, name: str) -> RoomInfo:
        """Return the room with this name. Raises UnknownRoom."""
        return self._engine.rooms.info(self._room_named(name))

    def group(self, handles: Iterable[str]) -> Conversation:
        """Return the conversation of us and these people; with one other person it is the direct one.

        It comes to be with its first message.

        Raises:
            UnknownPerson: nobody here is called so.
            LocalError: there are too many, or one of the names is a room's.
        """
        users = {self._person_not_room(handle).user for handle in handles} | {self._engine.state.user}
        if len(users) > MAX_GROUP_USERS:
            raise LocalError(f"a group has at most {MAX_GROUP_USERS} people: make a room with /create")
        if len(users) > 2:
            return group_of(users)
        others = users - {self._engine.state.user}
        return Conversation(ConversationKind.DIRECT, next(iter(others or users)))

    def members(self, conversation: Conversation) -> list[MemberInfo]:
        """Return who reads a conversation; of a room also who is banned. Raises NotInRoom."""
        if conversation.kind is ConversationKind.ROOM:
            self._our_room(conversation)
        return self._engine.rooms.members(conversation)

    def topic(self, conversation: Conversation) -> str:
        """Return the topic of a room or group; empty if there is none. It is others' text."""
        return self._engine.rooms.topic(conversation)

    # --- rooms as such -----------------------------------------------------------------------

    async def create_room(
        self, name: str, *, is_open: bool = True, keeps_history: bool = False
    ) -> Conversation:
        """Make a room with us as its owner, and return it.

        Args:
            name: Shares its space with the names of people.
            is_open: Anybody enrolled may enter; else only whom a member invites.
            keeps_history: Newcomers read what was said before they came.

        Raises:
            LocalError: the name can't be one.
            Refusal: it is taken, or looks like another's, or there are too many rooms.
            LinkLost: there is no hub.
        """
        state = self._engine.state
        room = RoomId(self._surroundings.random_bytes(ids.ID_BYTES))
        statement = RoomStatement(
            room=room,
            version=1,
            name=canonical_handle(name.removeprefix("@")),
            is_open=is_open,
            keeps_history=keeps_history,
            is_archived=False,
            owners=[state.user],
            device=state.device,
        )
        # After the first try was stored, the room is there and `decide` says that all is done.
        await self._publish(lambda: None if state.directory.room(room) is not None else statement)
        await self._engine.room_requests.until(lambda: ids.room_log(state.database, room) in state.logs)
        await self._done()
        return Conversation(ConversationKind.ROOM, room)

    async def rename_room(self, conversation: Conversation, name: str) -> None:
        """Give a room another name; its owners may. Its old names stay its own.

        Raises:
            LocalError, Refusal, LinkLost: as `create_room`.
        """
        new = canonical_handle(name.removeprefix("@"))
        await self._change_record(conversation, lambda now: msgspec.structs.replace(now, name=new))

    async def archive_room(self, conversation: Conversation) -> None:
        """End a room: its members read it, but nobody writes or comes in. Its owners may.

        Raises:
            Refusal: we may not; the text says who may.
            LinkLost: there is no hub.
        """
        await self._change_record(conversation, lambda now: msgspec.structs.replace(now, is_archived=True))

    async def set_room(
        self,
        conversation: Conversation,
        *,
        is_open: bool | None = None,
        keeps_history: bool | None = None,
        is_archived: bool | None = None,
    ) -> None:
        """Change what a room is; None leaves it as it is. Its owners may. Raises Refusal, LinkLost."""

        def changed(now: RoomStatement) -> RoomStatement:
            return msgspec.structs.replace(
                now,
                is_open=now.is_open if is_open is None else is_open,
                keeps_history=now.keeps_history if keeps_history is None else keeps_history,
                is_archived=now.is_archived if is_archived is None else is_archived,
            )

        await self._change_record(conversation, changed)

    async def set_topic(self, conversation: Conversation, text: str) -> None:
        """Say what a room or group is about; empty: nothing. In rooms its owners and moderators may.

        It travels like a message, encrypted, and waits for the hub if need be.

        Raises:
            LocalError: it is too long, or no one line, or the conversation has no topic.
            NotInRoom: we are not in that room.
            Refusal: we may not, or the room is archived.
        """
        if not has_setting(Topic, LogKind[conversation.kind.name]):
            raise LocalError("only rooms and groups have a topic")
        if conversation.kind is ConversationKind.ROOM:
            self._check_may_set_topic(self._our_room(conversation))
            self._check_not_archived(conversation)
        content = encode_content(Topic(text))
        message_id = MessageId(self._surroundings.random_bytes(ids.ID_BYTES))
        self._engine.outbox.add(conversation, message_id, content)
        await self._done()

    def _check_may_set_topic(self, room: RoomState) -> None:
        if not may_set_now(Topic, self._engine.state, LogKind.ROOM, room):
            raise Refusal(
                Code.NOT_ALLOWED,
                f"only a moderator or an owner of the room sets its topic: ask {self._owners(room)}",
            )

    def _check_not_archived(self, conversation: Conversation) -> None:
        """Raise Refusal at once where the hub would refuse it later, and nobody would be told."""
        room = self._engine.state.rooms.get(self._engine.state.log_of(conversation))
        if room is not None and room.room.statement.is_archived:
            name = room.room.statement.name
            raise Refusal(
                Code.ARCHIVED, f"the room {name} is archived: ask {self._owners(room)} to open it again"
            )

    def _owners(self, room: RoomState) -> str:
        return " or ".join(self._engine.state.handle_of(owner) for owner in room.room.statement.owners)

    # --- people ------------------------------------------------------------------------------

    async def join_room(self, name: str) -> Conversation:
        """Enter an open room, and return it; success too if we are in it.

        Raises:
            UnknownRoom: there is none of that name.
            Refusal: it is private, archived, or we are banned; the text says who can help.
            LinkLost: there is no hub.
        """
        room, user = self._room_named(name), self._engine.state.user
        conversation = Conversation(ConversationKind.ROOM, room.room.room)

        def decide() -> Sequence[MemberChange]:
            if not room.is_reader(user):
                self._check_may_join(room)
            return [] if room.is_reader(user) else [MemberChange(user, Role.MEMBER)]

        await self._engine.room_requests.change(room, decide)
        await self._done()
        return conversation

    def _check_may_join(self, room: RoomState) -> None:
        record = room.room.statement
        if self._engine.state.user in record.owners:
            return
        if record.is_archived:
            raise Refusal(Code.ARCHIVED, f"the room {record.name} is archived: an owner may open it again")
        if not record.is_open:
            raise Refusal(
                Code.NOT_ALLOWED, f"the room {record.name} is private: any of its members may invite you"
            )

    async def leave(self, conversation: Conversation) -> None:
        """Leave a room; what was said so far stays readable here. Success too if we are not in it.

        Raises:
            LocalError: it is no room: a group has the same people for ever.
            LinkLost: there is no hub.
        """
        room, user = self._room_of(conversation), self._engine.state.user
        await self._change(room, lambda: [MemberChange(user, Role.NONE)] if room.is_reader(user) else [])

    async def invite(self, conversation: Conversation, handles: Iterable[str]) -> None:
        """Take people into a room; all of its members may. Who is in already stays as they are.

        Raises:
            UnknownPerson: nobody here is called so, and nobody was invited.
            NotInRoom: we are not in it.
            Refusal: somebody is banned, or the room is archived or full.
            LinkLost: there is no hub.
        """
        users = [self._person_not_room(handle).user for handle in handles]
        room = self._our_room(conversation)

        def decide() -> Sequence[MemberChange]:
            return [MemberChange(user, Role.MEMBER) for user in users if not room.is_reader(user)]

        await self._change(room, decide)

    async def remove(self, conversation: Conversation, handle: str, *, ban: bool = False) -> None:
        """Take somebody out of a room, and with `ban` keep them out. Success too if that is so already.

        Moderators may remove members, owners everybody but owners.

        Raises:
            UnknownPerson, NotInRoom, Refusal, LinkLost: as `invite`.
        """
        user = self._person_not_room(handle).user
        room = self._our_room(conversation)

        def decide() -> Sequence[MemberChange]:
            role = room.membership.role(user)
            is_done = role is Role.BANNED if ban else not role.is_reader
            return [] if is_done else [MemberChange(user, Role.BANNED if ban else Role.NONE)]

        await self._change(room, decide)

    async def set_role(self, conversation: Conversation, handle: str, role: MemberRole) -> None:
        """Make somebody in a room a moderator, an owner, or an ordinary member; OUTSIDER lifts a ban, too.

        Owners may. An owner steps down only by themselves, and only if another one is left.

        Raises:
            UnknownPerson, NotInRoom, Refusal, LinkLost: as `invite`.
            LocalError: they are not in the room.
        """
        user = self._person_not_room(handle).user
        room = self._our_room(conversation)
        if role in {MemberRole.MEMBER, MemberRole.MODERATOR, MemberRole.OWNER} and not room.is_reader(user):
            raise LocalError(f"{self._engine.state.handle_of(user)} is not in the room: invite them first")
        if role is MemberRole.OWNER:
            await self._set_owners(room, lambda owners: [*owners, user] if user not in owners else owners)
            return
        if user in room.room.statement.owners:
            await self._step_down(room, user)
        after = _ROLES[role]
        await self._change(
            room, lambda: [] if room.membership.role(user) is after else [MemberChange(user, after)]
        )

    async def _step_down(self, room: RoomState, user: UserId) -> None:
        if user != self._engine.state.user:
            name = self._engine.state.handle_of(user)
            raise Refusal(Code.NOT_ALLOWED, f"{name} is an owner of the room: only {name} can end that")
        if room.room.statement.owners == [user]:
            raise Refusal(
                Code.NOT_ALLOWED, "you are the only owner of the room: make somebody else one first"
            )
        await self._set_owners(room, lambda owners: [owner for owner in owners if owner != user])

    # --- the steps ---------------------------------------------------------------------------

    async def _set_owners(self, room: RoomState, change: Callable[[list[UserId]], list[UserId]]) -> None:
        await self._publish_next(
            room, lambda now: msgspec.structs.replace(now, owners=change(list(now.owners)))
        )

    async def _change_record(
        self, conversation: Conversation, change: Callable[[RoomStatement], RoomStatement]
    ) -> None:
        await self._publish_next(self._room_of(conversation), change)

    async def _publish_next(self, room: RoomState, change: Callable[[RoomStatement], RoomStatement]) -> None:
        def decide() -> RoomStatement | None:
            now = room.room.statement
            changed = change(now)
            if changed == now:
                return None
            return msgspec.structs.replace(
                changed, version=now.version + 1, device=self._engine.state.device, signature=b""
            )

        await self._publish(decide)
        await self._done()

    async def _publish(self, decide: Callable[[], RoomStatement | None]) -> None:
        await self._engine.room_requests.publish(decide)

    async def _change(self, room: RoomState, decide: Callable[[], Sequence[MemberChange]]) -> None:
        await self._engine.room_requests.change(room, decide)
        await self._done()

    def _person_not_room(self, handle: str) -> Person:
        name = handle.removeprefix("@").casefold()
        if self._engine.state.directory.room_named(name) is not None:
            raise LocalError(f"{name} is a room: name people here")
        return self._person(handle)

    def _room_named(self, name: str) -> RoomState:
        state = self._engine.state
        wanted = name.removeprefix("@").removeprefix("#").casefold()
        room = state.directory.room_named(wanted)
        if room is None:
            raise UnknownRoom(wanted, near_names(wanted, [each.name for each in state.directory.rooms]))
        return state.rooms[ids.room_log(state.database, room.room)]

    def _room_of(self, conversation: Conversation) -> RoomState:
        room = self._engine.state.rooms.get(self._engine.state.log_of(conversation))
        if room is None:
            raise LocalError("only rooms can be changed so: a group has the same people for ever")
        return room

    def _our_room(self, conversation: Conversation) -> RoomState:
        room = self._room_of(conversation)
        if not room.is_reader(self._engine.state.user):
            record = room.room.statement
            raise NotInRoom(record.name, is_open=record.is_open and not record.is_archived)
        return room
