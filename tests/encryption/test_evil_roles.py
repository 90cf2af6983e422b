"""E-11: every change of a room by everybody who may not make it, tried by a program that never looks."""

import pytest

from lanmsg.client import MemberRole, room_requests
from lanmsg.wire.errors import Refusal
from lanmsg.wire.statements import MemberChange, Role
from tests.scenarios.test_rooms import roles
from tests.scenarios.world import join, say, scenario, texts, until

WHOM = {"ann": "owner", "mia": "moderator", "dan": "member", "out": "outsider", "bad": "banned"}
ALL_CHANGES = [
    (name, role) for name in WHOM for role in (Role.MEMBER, Role.MODERATOR, Role.NONE, Role.BANNED)
]
ALLOWED = {
    "outsider": set(),
    "banned": set(),
    "member": {("out", Role.MEMBER)},
    "moderator": {
        ("out", Role.MEMBER),
        ("bad", Role.MEMBER),
        ("out", Role.BANNED),
        ("bad", Role.NONE),
        ("dan", Role.NONE),
        ("dan", Role.BANNED),
    },
}
"""By the page on rooms, not by the code; what changes nothing is left out of the attempts."""
NOW = {"ann": None, "mia": Role.MODERATOR, "dan": Role.MEMBER, "out": Role.NONE, "bad": Role.BANNED}


async def a_room(clients, world, actor):
    """A closed room with somebody of each role, and eve as `actor`."""
    people = await join(world, clients, *WHOM, "eve")
    ann, eve = people[0], people[-1]
    room = await ann.create_room("kitchen", is_open=False)
    await ann.invite(room, ["mia", "dan", "eve"])
    await ann.set_role(room, "mia", MemberRole.MODERATOR)
    await ann.remove(room, "bad", ban=True)
    await until(lambda: len(roles(eve)) >= 4)
    if actor == "moderator":
        await ann.set_role(room, "eve", MemberRole.MODERATOR)
    elif actor in {"outsider", "banned"}:
        await ann.remove(room, "eve", ban=actor == "banned")
    await until(lambda: roles(ann).get("eve", "outsider") == actor)
    return room, people


@pytest.mark.parametrize("actor", ALLOWED)
def test_no_role_does_more_than_it_may(actor, monkeypatch):
    @scenario
    async def attempts(world, clients):
        room, people = await a_room(clients, world, actor)
        ann, eve, before = people[0], people[-1], roles(people[0])
        users = {client.handle: client._engine.state.user for client in people}
        monkeypatch.setattr(room_requests, "check_changes", lambda *_: None)
        state = eve._engine.state.rooms[eve._engine.state.log_of(room)]
        for name, role in ALL_CHANGES:
            if role is NOW[name] or (name, role) in ALLOWED[actor]:
                continue
            with pytest.raises(Refusal):
                await eve._engine.room_requests.change(
                    state, lambda n=name, r=role: [MemberChange(users[n], r)]
                )
        for verb in (
            eve.rename_room(room, "cellar"),
            eve.archive_room(room),
            eve.set_room(room, is_open=True),
        ):
            with pytest.raises(Refusal):
                await verb
        assert roles(ann) == before
        assert ann.room("kitchen").name == "kitchen"
        await say(ann, "@kitchen", "we go on")
        await until(lambda: texts(people[2], "@kitchen") == ["we go on"])

    attempts()
