"""The frames by which the hub is run from a client, and what it tells everybody of that."""

from typing import Annotated

from msgspec import Meta

from lanmsg.wire.admin import NoticeText, Rate
from lanmsg.wire.frame_base import Frame
from lanmsg.wire.ids import Seq
from lanmsg.wire.limits import MAX_ADMIN_ANSWER_BYTES, MAX_ADMIN_COMMAND_BYTES


class Admin(Frame, tag=22, frozen=True):
    """Ask or change something of the hub itself: `command` is an encoded `AdminCommand`.

    For users whom the hub calls admins, from any device of theirs. Answered by `admin_answer` or `refused`.
    """

    request: Seq
    command: Annotated[bytes, Meta(max_length=MAX_ADMIN_COMMAND_BYTES)]


class AdminAnswer(Frame, tag=52, frozen=True):
    """The answer to `admin`: an encoded `AdminResult`."""

    request: Seq
    answer: Annotated[bytes, Meta(max_length=MAX_ADMIN_ANSWER_BYTES)]


class Notice(Frame, tag=70, frozen=True):
    """Who runs the hub has something to say to everybody; empty: no more. `welcome` has what holds then."""

    text: NoticeText


class RatesChanged(Frame, tag=71, frozen=True):
    """The rates of `welcome` are these from now on."""

    messages_per_second: Rate
    messages_burst: Rate
