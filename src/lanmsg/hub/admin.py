"""Running the hub from a client: what an admin asks and changes, one small handler a command.

Who is an admin is looked up at each request. What is changed is a setting, so it lasts; it holds from its
commit on (`settings_book`).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar, cast

import structlog

from lanmsg import __version__
from lanmsg.hub.jobs import CountJob, DiskUseDone, DiskUseJob, MessagesCounted, Outcome
from lanmsg.hub.session import Session
from lanmsg.hub.settings import MAX_KEEP_DAYS, MIN_KEEP_BYTES, HubSettings
from lanmsg.wire import admin, ids
from lanmsg.wire.admin import AdminCommand, AdminDone, AdminResult
from lanmsg.wire.admin_frames import Admin, AdminAnswer
from lanmsg.wire.codec import decode_as, encode
from lanmsg.wire.directory import Person
from lanmsg.wire.entries import LogKind
from lanmsg.wire.errors import Code, Refusal, RemoteError
from lanmsg.wire.ids import LogId
from lanmsg.wire.limits import ADMIN_PAGE_ROWS, MAX_ADMINS
from lanmsg.wire.room_record import Room

if TYPE_CHECKING:
    from lanmsg.hub.hub import Hub

C = TypeVar("C", bound=AdminCommand)

KICK_RETRY_AFTER_MS: Final = 2000
"""When the devices of somebody who was kicked come back by themselves: long enough to be seen."""
_COUNTED: Final = frozenset({LogKind.EVERYONE, LogKind.DIRECT, LogKind.GROUP, LogKind.ROOM})
"""Logs in which people talk; what the devices of one person tell each other is no message."""

log = structlog.get_logger("lanmsg.hub")


@dataclass(frozen=True, slots=True)
class Request:
    """A command of an admin, and where its answer goes."""

    hub: "Hub"
    session: Session
    number: int

    def answer(self, result: AdminResult) -> None:
        """Answer it."""
        self.session.send(AdminAnswer(self.number, encode(result)))

    def person(self, handle: str) -> Person:
        """Return who has this name. Raises Refusal."""
        person = self.hub.published.directory.named(handle)
        if person is None:
            raise Refusal(Code.UNKNOWN_USER, f"nobody here is called {handle}")
        return person

    def change(self, settings: HubSettings, *, count: int = 0) -> None:
        """Change settings, and answer with this count when they hold."""
        self.hub.change_settings(settings, lambda: self.answer(AdminDone(count)))

    @property
    def wanted(self) -> HubSettings:
        """The settings, with the changes that are on their way to the disk."""
        return self.hub.settings_book.wanted


def handle_admin(hub: "Hub", session: Session, frame: Admin) -> None:
    """Do a command of an admin, and refuse one of anybody else."""
    try:
        _check_admin(hub, session)
        command = _decode(frame.command)
        _note(hub, session, command)
        _HANDLERS[type(command)](Request(hub, session, frame.request), command)
    except Refusal as refusal:
        session.refuse(refusal, request=frame.request)


def _check_admin(hub: "Hub", session: Session) -> None:
    person = hub.published.directory.person(session.user)
    admins = hub.settings.admins
    if person is None or person.handle not in admins:
        who = f"only its admins may: ask {' or '.join(admins)}" if admins else _NO_ADMIN
        raise Refusal(Code.NOT_ADMIN, f"you are no admin of this hub; {who}")


_NO_ADMIN = "it has none: who runs it names one with `lanmsg hub --admin NAME`"


def _decode(data: bytes) -> AdminCommand:
    try:
        return decode_as(cast("type[AdminCommand]", AdminCommand), data, "an admin's command")
    except RemoteError as error:
        raise Refusal(
            Code.MALFORMED, f"this hub does not know that command (it is lanmsg {__version__})"
        ) from error


def _note(hub: "Hub", session: Session, command: AdminCommand) -> None:
    """Log what is to change something; names are in no log, so who is meant stands there by id."""
    if isinstance(command, _ASKING):
        return
    meant = hub.published.directory.named(command.handle) if isinstance(command, _ABOUT_PEOPLE) else None
    log.info(
        "admin",
        command=type(command).__name__,
        about="" if meant is None else meant.user.hex(),
        user=session.user.hex(),
        device=session.device.hex(),
    )


# --- asking ----------------------------------------------------------------------------------


def _get_status(request: Request, _command: admin.GetStatus) -> None:
    hub = request.hub
    directory, settings, figures = hub.published.directory, hub.settings, hub.statistics()
    request.answer(
        admin.HubStatus(
            title=hub.config.title,
            software=f"lanmsg/{__version__}",
            uptime_s=int(hub.uptime_s),
            users=directory.size,
            online_users=sum(hub.fan_out.is_online(person.user) for person in directory.people),
            connections=figures.logged_in,
            rooms=len(list(directory.rooms)),
            banned=len(settings.banned),
            admins=list(settings.admins),
            is_invite_only=settings.invite_only,
            messages_per_second=settings.messages_per_second,
            messages_burst=settings.messages_burst,
            keep_days=settings.keep_days,
            keep_bytes=settings.keep_bytes,
            notice=settings.notice,
        )
    )


def _get_users(request: Request, command: admin.GetUsers) -> None:
    people = list(request.hub.published.directory.people)
    some = people[command.after : command.after + ADMIN_PAGE_ROWS]
    job = CountJob([_written_by(request.hub, person) for person in some])
    request.hub.queue.put(job, partial(_users_counted, request, some, len(people)))


def _written_by(hub: "Hub", person: Person) -> "list[tuple[LogId, ids.DeviceId]]":
    logs = [*hub.published.logs.of_user(person.user), *hub.published.logs.left_by(person.user)]
    devices = person.all_devices
    return [(each.log, device) for each in logs if each.kind in _COUNTED for device in devices]


def _users_counted(request: Request, people: list[Person], total: int, outcome: Outcome) -> None:
    assert isinstance(outcome, MessagesCounted)
    hub, settings = request.hub, request.hub.settings
    rows = [
        admin.UserRow(
            handle=person.handle,
            devices=len(person.devices),
            is_online=hub.fan_out.is_online(person.user),
            last_seen_ms=hub.presence.last_seen_ms(person.user),
            is_banned=person.handle in settings.banned,
            is_admin=person.handle in settings.admins,
            messages=messages,
        )
        for person, messages in zip(people, outcome.counts, strict=True)
    ]
    request.answer(admin.UserPage(rows, total))


def _get_devices(request: Request, command: admin.GetDevices) -> None:
    person = request.person(command.handle)
    rows = [_device_row(request.hub, device, each.device_name) for device, each in person.devices.items()]
    request.answer(admin.DeviceList(rows))


def _device_row(hub: "Hub", device: ids.DeviceId, name: str) -> admin.DeviceRow:
    session = hub.session_of(device)
    if session is None:
        return admin.DeviceRow(device, name, "", 0)
    return admin.DeviceRow(device, name, session.link.remote, int(hub.now_s() - session.connected_at_s))


def _get_rooms(request: Request, command: admin.GetRooms) -> None:
    done = partial(_rooms_sized, request, command.after)
    request.hub.queue.put(DiskUseJob(), done)


def _rooms_sized(request: Request, after: int, outcome: Outcome) -> None:
    assert isinstance(outcome, DiskUseDone)
    rooms = list(request.hub.published.directory.rooms)
    rows = [_room_row(request.hub, room, outcome.sizes) for room in rooms[after : after + ADMIN_PAGE_ROWS]]
    request.answer(admin.RoomPage(rows, len(rooms)))


def _room_row(hub: "Hub", room: Room, sizes: dict[LogId, int]) -> admin.RoomRow:
    found = hub.published.logs[ids.room_log(hub.published.database, room.room)]
    statement = room.statement
    return admin.RoomRow(
        room=room.room,
        name=room.name,
        is_open=statement.is_open,
        is_archived=statement.is_archived,
        members=len(found.members),
        entries=found.seq,
        size_bytes=sizes.get(found.log, 0),
    )


def _get_disk_use(request: Request, _command: admin.GetDiskUse) -> None:
    request.hub.queue.put(DiskUseJob(), partial(_disk_read, request))


def _disk_read(request: Request, outcome: Outcome) -> None:
    assert isinstance(outcome, DiskUseDone)
    use, logs = outcome.use, list(request.hub.published.logs)
    kinds: list[admin.KindRow] = []
    for kind in LogKind:
        of_kind = [each for each in logs if each.kind is kind]
        size_bytes = sum(outcome.sizes.get(each.log, 0) for each in of_kind)
        kinds.append(admin.KindRow(kind, len(of_kind), sum(each.seq for each in of_kind), size_bytes))
    request.answer(
        admin.DiskUse(use.database_bytes, use.journal_bytes, use.reusable_bytes, use.disk_free_bytes, kinds)
    )


# --- changing --------------------------------------------------------------------------------


def _set_invite_only(request: Request, command: admin.SetInviteOnly) -> None:
    request.change(replace(request.wanted, invite_only=command.is_on))


def _set_rates(request: Request, command: admin.SetRates) -> None:
    rates = {"messages_per_second": command.messages_per_second, "messages_burst": command.messages_burst}
    request.change(replace(request.wanted, **rates))


def _set_retention(request: Request, command: admin.SetRetention) -> None:
    if command.keep_days > MAX_KEEP_DAYS or 0 < command.keep_bytes < MIN_KEEP_BYTES:
        raise Refusal(
            Code.MALFORMED,
            f"messages are kept for at most {MAX_KEEP_DAYS} days, in {MIN_KEEP_BYTES} bytes at least",
        )
    request.change(replace(request.wanted, keep_days=command.keep_days, keep_bytes=command.keep_bytes))


def _set_notice(request: Request, command: admin.SetNotice) -> None:
    request.change(replace(request.wanted, notice=command.text.strip()))


def _grant(request: Request, command: admin.Grant) -> None:
    person, wanted = request.person(command.handle), request.wanted
    if person.handle in wanted.banned:
        raise Refusal(Code.NOT_ALLOWED, f"{person.handle} is banned: lift that first (unban)")
    if person.handle not in wanted.admins and len(wanted.admins) >= MAX_ADMINS:
        raise Refusal(Code.FULL, f"this hub has {MAX_ADMINS} admins, and no more (ungrant one first)")
    request.change(replace(wanted, admins=_with(wanted.admins, person.handle)))


def _ungrant(request: Request, command: admin.Ungrant) -> None:
    """Names that wait for their person may be taken back too, so the name need not be somebody's."""
    wanted = request.wanted
    left = tuple(each for each in wanted.admins if each != command.handle)
    if not any(request.hub.published.directory.named(each) for each in left):
        raise Refusal(Code.NOT_ALLOWED, "the last admin stays one: make somebody else an admin first (grant)")
    request.change(replace(wanted, admins=left))


def _with(handles: Iterable[str], handle: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*handles, handle)))


# --- banning and kicking ---------------------------------------------------------------------


def _ban(request: Request, command: admin.Ban) -> None:
    person, wanted = request.person(command.handle), request.wanted
    if person.handle in wanted.admins:
        raise Refusal(Code.NOT_ALLOWED, f"{person.handle} is an admin: take that back first (ungrant)")
    count = len(list(request.hub.fan_out.of_user(person.user)))
    request.change(replace(wanted, banned=wanted.banned | {person.handle}), count=count)


def _unban(request: Request, command: admin.Unban) -> None:
    person, wanted = request.person(command.handle), request.wanted
    request.change(replace(wanted, banned=wanted.banned - {person.handle}))


def _kick(request: Request, command: admin.Kick) -> None:
    person = request.person(command.handle)
    devices = [device for device in person.devices if device.startswith(command.device)]
    if command.device and not devices:
        raise Refusal(Code.UNKNOWN_DEVICE, f"{person.handle} has no such device (devices lists them)")
    sessions = [each for each in map(request.hub.session_of, devices) if each is not None]
    request.answer(AdminDone(len(sessions)))
    for session in sessions:
        text = "an admin of this hub has closed this connection"
        request.hub.close_session(session, Code.KICKED, text, retry_after_ms=KICK_RETRY_AFTER_MS)


# --- the table -------------------------------------------------------------------------------

_Handler = Callable[[Request, AdminCommand], None]


def _taking(handler: Callable[[Request, C], None]) -> _Handler:
    """The table is keyed by the handler's own command type, so the cast holds."""
    return cast("_Handler", handler)


_HANDLERS: Final[dict[type[AdminCommand], _Handler]] = {
    admin.GetStatus: _taking(_get_status),
    admin.GetUsers: _taking(_get_users),
    admin.GetDevices: _taking(_get_devices),
    admin.GetRooms: _taking(_get_rooms),
    admin.GetDiskUse: _taking(_get_disk_use),
    admin.SetInviteOnly: _taking(_set_invite_only),
    admin.Ban: _taking(_ban),
    admin.Unban: _taking(_unban),
    admin.Kick: _taking(_kick),
    admin.SetRates: _taking(_set_rates),
    admin.SetRetention: _taking(_set_retention),
    admin.SetNotice: _taking(_set_notice),
    admin.Grant: _taking(_grant),
    admin.Ungrant: _taking(_ungrant),
}
_ABOUT_PEOPLE: Final = (admin.Ban, admin.Unban, admin.Kick, admin.Grant, admin.Ungrant)
_ASKING: Final = (admin.GetStatus, admin.GetUsers, admin.GetDevices, admin.GetRooms, admin.GetDiskUse)
