"""Errors of the client library; their text is what a person reads."""

from collections.abc import Sequence

from lanmsg.wire.entries import View
from lanmsg.wire.errors import Code, LanmsgError, LocalError, Refusal


class HubNotFound(LanmsgError):
    """There is no hub to talk to. `tried` says what was looked for, a line each."""

    def __init__(self, text: str, tried: Sequence[str] = ()) -> None:
        super().__init__(text, tuple(tried))
        self.text = text
        self.tried = tuple(tried)

    def __str__(self) -> str:
        return "\n".join([self.text, *(f"  {line}" for line in self.tried)])


class HubIdentityChanged(LanmsgError):
    """The hub at a known address has another key than before: a hard stop."""

    def __init__(self, address: str, *, known: str, shown: str) -> None:
        super().__init__(address, known, shown)
        self.address = address
        self.known = known
        self.shown = shown

    def __str__(self) -> str:
        return (
            f"The hub at {self.address} is not the one you know. Nothing was sent.\n"
            f"  known: {self.known}\n  shown: {self.shown}\n"
            "Somebody may be posing as your hub, or it was set up anew: ask the person who runs it to "
            "read you its check words.\nIf the new one is right, forget the old one first: "
            f"lanmsg forget {self.address}"
        )


class UnknownPerson(LocalError):
    """Nobody here has that name. `near` are the names most like it."""

    def __init__(self, name: str, near: Sequence[str] = ()) -> None:
        super().__init__(name, tuple(near))
        self.name = name
        self.near = tuple(near)

    def __str__(self) -> str:
        hint = f" Did you mean {', '.join('@' + name for name in self.near)}?" if self.near else ""
        return f"Nobody here is called {self.name}.{hint} /who shows everybody."


class UnknownDevice(LocalError):
    """No device of ours is called so, or several are. `choices` are the ids it could be."""

    def __init__(self, text: str, choices: Sequence[str] = ()) -> None:
        super().__init__(text, tuple(choices))
        self.text = text
        self.choices = tuple(choices)

    def __str__(self) -> str:
        return f"Which device is {self.text!a}? You have {', '.join(self.choices)}. /devices lists them."


_HANDLES_SHOWN = 3


class PersonAway(LocalError):
    """Somebody is not here now, and what was asked takes both at the same time."""

    def __init__(self, handle: str) -> None:
        super().__init__(handle)
        self.handle = handle

    def __str__(self) -> str:
        return (
            f"{self.handle} is not here now. Verifying takes both of you at the same time: try again later."
        )


class UnknownRoom(LocalError):
    """No room here has that name. `near` are the names most like it."""

    def __init__(self, name: str, near: Sequence[str] = ()) -> None:
        super().__init__(name, tuple(near))
        self.name = name
        self.near = tuple(near)

    def __str__(self) -> str:
        hint = f" Did you mean {', '.join('@' + name for name in self.near)}?" if self.near else ""
        return f"There is no room {self.name} here.{hint} /rooms shows them, /create {self.name} makes it."


class NotInRoom(LocalError):
    """We are not in that room, so we neither write nor change anything there."""

    def __init__(self, name: str, *, is_open: bool) -> None:
        super().__init__(name, is_open)
        self.name = name
        self.is_open = is_open

    def __str__(self) -> str:
        way_in = f"/join {self.name} enters it" if self.is_open else "any of its members may invite you"
        return f"You are not in the room {self.name}: {way_in}."


class StaleView(Refusal):
    """The hub knows more than we did when we asked: look again at what `view` names, and decide anew.

    `membership_hash` is what the hub says is the hash of the entry at `view.membership_seq` of a room.
    """

    def __init__(self, text: str, view: View, membership_hash: bytes) -> None:
        super().__init__(Code.STALE_VIEW, text)
        self.view = view
        self.membership_hash = membership_hash


class IdentityNotTrusted(LocalError):
    """The person's identity key changed; nothing is sent until it is trusted."""

    def __init__(self, handle: str) -> None:
        super().__init__(handle)
        self.handle = handle

    def __str__(self) -> str:
        return (
            f"The identity of {self.handle} has changed, so nothing was sent. Ask {self.handle} in person; "
            f"if it is really them: /trust {self.handle}"
        )


class MembersNotTrusted(IdentityNotTrusted):
    """The identity keys of some who are in a room changed; nothing is sent there until that is accepted.

    `handles` names them, `room` is the room's name.
    """

    def __init__(self, room: str, handles: Sequence[str]) -> None:
        super().__init__(handles[0])
        self.room = room
        self.handles = tuple(handles)

    def __str__(self) -> str:
        more = len(self.handles) - _HANDLES_SHOWN
        shown = ", ".join(self.handles[:_HANDLES_SHOWN]) + (f" and {more} more" if more > 0 else "")
        return (
            f"Nothing was sent: the room {self.room} has people whose identity has changed: {shown}. "
            f"Ask them in person; if it is really them: /trust {self.handle}. To write to {self.room} all "
            f"the same, whoever reads it: /trust {self.room}"
        )


class ClientStopped(LanmsgError):
    """The client can't go on, so what was waited for does not come; `code` and `text` of `events.Stopped`."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text

    def __str__(self) -> str:
        return self.text


class EventsLost(LanmsgError):
    """A listener fell too far behind; read `history` again."""


class UnknownMessage(LocalError):
    """There is no message with this id here, or it is no message of its own."""

    def __str__(self) -> str:
        return "There is no such message here."


class NotAllowed(LocalError):
    """We may not do this; the text says who may. Nothing was sent."""
