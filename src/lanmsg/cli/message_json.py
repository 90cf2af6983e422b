"""Messages, people, rooms, devices and events as JSON, one object a line, for scripts (`docs/json-schema/`).

ASCII only: a terminal that shows such a line shows no control character of anybody.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from lanmsg.client.events import (
    ChangeKind,
    Event,
    GapFound,
    LifetimeChanged,
    MembersChanged,
    MessageChanged,
    MessageExpired,
    RoomChanged,
    TopicChanged,
)
from lanmsg.client.model import Conversation, DeviceInfo, Gap, Message, PersonInfo, RoomInfo, SearchHit

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_MS = int((datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC) - _EPOCH).total_seconds() * 1000)


def message_json(message: Message) -> str:
    """Return a message as one line (`docs/json-schema/message.json`)."""
    return _line(_message_fields(message))


def hit_json(hit: SearchHit) -> str:
    """Return a message that a search has found as one line (`docs/json-schema/search-hit.json`)."""
    beside = {"before": hit.before, "after": hit.after}
    return _line(
        {
            **_message_fields(hit.message),
            "marks": [list(mark) for mark in hit.marks],
            **{name: None if each is None else _message_fields(each) for name, each in beside.items()},
        }
    )


def _message_fields(message: Message) -> dict[str, object]:
    return {
        "conversation": message.conversation_name,
        "kind": message.conversation.kind.value,
        "from": message.sender,
        "text": message.text,
        "seq": message.seq,
        "id": message.id.hex(),
        "sent_at": iso_time(message.sent_at_ms),
        "own": message.is_own,
        "state": message.state.value,
        "action": message.is_action,
        "reply_to": None if message.reply_to is None else message.reply_to.hex(),
        "reason": message.reason or None,
        "edited_at": iso_time(message.edited_at_ms) if message.edited_at_ms else None,
        "deleted": message.is_deleted,
        "deleted_by": message.deleted_by or None,
        "reactions": [
            {"emoji": each.emoji, "people": list(each.people), "own": each.has_ours}
            for each in message.reactions
        ],
        "pinned": message.is_pinned,
        "mentions": list(message.mentions),
        "mentions_me": message.mentions_me,
        "read_by": list(message.read_by),
    }


def person_json(person: PersonInfo) -> str:
    """Return a person as one line (`docs/json-schema/person.json`)."""
    return _line(
        {
            "name": person.handle,
            "me": person.is_me,
            "online": person.is_online,
            "last_seen": iso_time(person.last_seen_ms) if person.last_seen_ms else None,
            "devices": person.devices,
            "fingerprint": person.fingerprint,
            "trust": person.trust.value,
            "status": person.status.value,
            "since": iso_time(person.since_ms) if person.since_ms else None,
            "away_reason": person.away_reason or None,
        }
    )


def device_json(device: DeviceInfo) -> str:
    """Return a device of ours as one line (`docs/json-schema/device.json`)."""
    return _line(
        {
            "id": device.device.hex(),
            "name": device.name or None,
            "added_at": iso_time(device.added_at_ms) if device.added_at_ms else None,
            "this": device.is_this,
        }
    )


def room_json(room: RoomInfo) -> str:
    """Return a room as one line (`docs/json-schema/room.json`)."""
    return _line(_room_fields(room))


def _room_fields(room: RoomInfo) -> dict[str, object]:
    return {
        "name": room.name,
        "id": room.conversation.key.hex(),
        "role": room.role.value,
        "mine": room.is_mine,
        "open": room.is_open,
        "keeps_history": room.keeps_history,
        "archived": room.is_archived,
        "owners": list(room.owners),
        "members": room.members if room.is_mine else None,
        "topic": room.topic or None,
    }


def gap_json(conversation: Conversation, name: str, gap: Gap) -> str:
    """Return where messages of a conversation are missing as one line (`docs/json-schema/event.json`)."""
    return _line({"event": "gap", **_named(conversation, name), **_gap_fields(gap)})


def _gap_fields(gap: Gap) -> dict[str, object]:
    return {"after_seq": gap.after_seq, "up_to_seq": gap.up_to_seq, "count": gap.count}


def event_json(event: Event) -> str | None:
    """Return what somebody did as one line (`docs/json-schema/event.json`); None for other events."""
    match event:
        case MessageChanged() if event.change in _DONE:
            fields = _change_fields(event)
        case MessageExpired():
            fields = {**_where(event), "id": event.id.hex(), "seq": event.seq}
        case MembersChanged():
            fields = _members_fields(event)
        case TopicChanged():
            fields = {**_where(event), "by": event.by, "topic": event.topic or None}
        case LifetimeChanged():
            fields = {**_where(event), "by": event.by, "seconds": event.seconds}
        case GapFound():
            fields = {**_where(event), **_gap_fields(event.gap)}
        case RoomChanged():
            fields = {"room": _room_fields(event.room), "by": event.by or None}
        case _:
            return None
    return _line({"event": _name_of(event), **fields})


def _name_of(event: Event) -> str:
    if isinstance(event, MessageChanged):
        return event.change.value
    return _NAMES[type(event)]


def _where(
    event: MessageExpired | MembersChanged | TopicChanged | LifetimeChanged | GapFound,
) -> dict[str, object]:
    return _named(event.conversation, event.conversation_name)


def _named(conversation: Conversation, name: str) -> dict[str, object]:
    return {"conversation": name, "kind": conversation.kind.value}


def _change_fields(event: MessageChanged) -> dict[str, object]:
    return {
        "by": event.by,
        "emoji": event.emoji or None,
        "removed": event.is_removed,
        "message": _message_fields(event.message),
    }


def _members_fields(event: MembersChanged) -> dict[str, object]:
    return {
        **_where(event),
        "by": event.by,
        "seq": event.seq,
        "changes": [
            {"name": each.handle, "before": each.before.value, "role": each.role.value}
            for each in event.changes
        ],
    }


_DONE: Final = frozenset({ChangeKind.EDITED, ChangeKind.DELETED, ChangeKind.REACTION, ChangeKind.PIN})
_NAMES: Final[Mapping[type, str]] = {
    MessageExpired: "expired",
    MembersChanged: "members",
    TopicChanged: "topic",
    LifetimeChanged: "lifetime",
    RoomChanged: "room",
    GapFound: "gap",
}


def iso_time(at_ms: int) -> str:
    """Return Unix ms as ISO 8601 in UTC, as in 2026-11-02T09:05:00.123Z.

    The clock is somebody else's and may show anything: what no calendar holds becomes its last day.
    """
    at = _EPOCH + timedelta(milliseconds=min(max(at_ms, 0), _LATEST_MS))
    return at.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def _line(fields: Mapping[str, object]) -> str:
    # DEL is ASCII, so json leaves it.
    return json.dumps(fields, ensure_ascii=True).replace("\x7f", "\\u007f")
