"""What people do in a simulation: talk, change what they said, come and go, add devices."""

from collections.abc import Callable
from functools import partial

from lanmsg.client import Client, Message
from lanmsg.wire.pairing import parse_code

from .machines import ClientMachine
from .schedule import NEWCOMER, Step
from .world import ROOMS, World


def do(world: World, step: Step) -> None:
    """Let somebody do something, if they are there and can."""
    machines = world.open_machines
    if machines:
        WORK[step.what](world, machines[step.who % len(machines)], step)


def _say(kind: str, world: World, machine: ClientMachine, step: Step) -> None:
    text = world.text(machine)
    if step.amount > 0.97:
        text += " " + "x" * 20_000

    async def say(client: Client) -> None:
        place = world.place(client, kind, step.whom)
        if place is not None:
            await client.send(place, text)

    world.as_person(machine, f"say to {kind}", say)


def _some_message(world: World, client: Client, step: Step, *, is_own: bool) -> Message | None:
    kind = ("all", "one", "room")[step.who % 3]
    place = world.place(client, kind, step.whom)
    messages = client.history(place, limit=10) if place is not None else []
    fitting = [message for message in messages if message.is_own or not is_own]
    return fitting[step.whom % len(fitting)] if fitting else None


def _edit(world: World, machine: ClientMachine, step: Step) -> None:
    text = world.text(machine) + " edited"

    async def edit(client: Client) -> None:
        message = _some_message(world, client, step, is_own=True)
        if message is not None:
            await client.edit(message.id, text)

    world.as_person(machine, "edit", edit)


def _delete(world: World, machine: ClientMachine, step: Step) -> None:
    async def delete(client: Client) -> None:
        message = _some_message(world, client, step, is_own=True)
        if message is not None:
            await client.delete(message.id)

    world.as_person(machine, "delete", delete)


def _react(world: World, machine: ClientMachine, step: Step) -> None:
    async def react(client: Client) -> None:
        message = _some_message(world, client, step, is_own=False)
        if message is not None:
            await client.react(message.id, "👍", remove=step.amount > 0.7)

    world.as_person(machine, "react", react)


def _read(world: World, machine: ClientMachine, step: Step) -> None:
    async def read(client: Client) -> None:
        place = world.place(client, ("all", "one", "room")[step.whom % 3], step.whom)
        if place is not None:
            client.mark_read(place)

    world.as_person(machine, "read", read)


def _room(step: Step) -> str:
    return ROOMS[step.whom % len(ROOMS)]


def _join(world: World, machine: ClientMachine, step: Step) -> None:
    world.as_person(machine, "join", lambda client: client.join_room(_room(step)))


def _in_room(
    what: str, verb: Callable[[Client, object, str], object], world: World, machine: ClientMachine, step: Step
) -> None:
    async def change(client: Client) -> None:
        room = client.room(_room(step)).conversation
        others = [person.handle for person in client.people() if not person.is_me]
        if others:
            await verb(client, room, others[step.who % len(others)])

    world.as_person(machine, what, change)


def _leave(world: World, machine: ClientMachine, step: Step) -> None:
    if machine.name == "ann":
        return  # somebody has to be there to the end

    async def leave(client: Client) -> None:
        await client.leave(client.room(_room(step)).conversation)

    world.as_person(machine, "leave", leave)


def _newcomer(world: World, _machine: ClientMachine, _step: Step) -> None:
    """Somebody comes who was never here."""
    machine = world.machine(NEWCOMER)
    if not machine.starts:
        world.done["newcomer"] += 1
        machine.start()


def _link(world: World, machine: ClientMachine, _step: Step) -> None:
    """Let a second device in."""
    name = f"{machine.name}-2"
    if name in world.machines or machine.name.endswith("-2") or machine.name == NEWCOMER:
        return
    other = world.machine(name)

    async def link(client: Client) -> None:
        code = parse_code((await client.link_device()).code)
        if not other.starts:
            other.pairing_code = code
            world.loop.call_soon(other.start, context=world.network.context)

    world.as_person(machine, "link", link)


def _has_second(world: World, machine: ClientMachine) -> bool:
    other = world.machines.get(f"{machine.name}-2")
    return other is not None and other.client is not None


def _cut_off(world: World, _machine: ClientMachine, step: Step) -> None:
    """Let somebody who has a second device cut it off."""
    owners = [each for each in world.open_machines if _has_second(world, each)]
    if not owners:
        return
    machine = owners[step.who % len(owners)]
    other = world.machines[f"{machine.name}-2"]
    assert other.client is not None
    device = other.client._engine.state.device

    async def cut_off(client: Client) -> None:
        other.is_cut_off = True  # even if the answer is lost: it may be so from now on
        await client.revoke_device(device)

    world.as_person(machine, "cut off", cut_off)


WORK: dict[str, Callable[[World, ClientMachine, Step], None]] = {
    "say to all": partial(_say, "all"),
    "say to one": partial(_say, "one"),
    "say in room": partial(_say, "room"),
    "edit": _edit,
    "react": _react,
    "delete": _delete,
    "join": _join,
    "leave": _leave,
    "invite": partial(_in_room, "invite", lambda client, room, name: client.invite(room, [name])),
    "remove": partial(_in_room, "remove", lambda client, room, name: client.remove(room, name)),
    "ban": partial(_in_room, "ban", lambda client, room, name: client.remove(room, name, ban=True)),
    "read": _read,
    "newcomer": _newcomer,
    "link": _link,
    "cut off": _cut_off,
}
