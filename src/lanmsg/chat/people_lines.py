"""People as lines of text: who is here, and what is known of one of them."""

from collections.abc import Iterable
from typing import Final

from lanmsg.chat.message_lines import local_time
from lanmsg.client.model import PersonInfo, PersonStatus, Trust
from lanmsg.wire.safe_text import isolated, safe_line, width

_TRUST: Final = {
    Trust.FIRST_SEEN: "not verified",
    Trust.VERIFIED: "verified",
    Trust.CHANGED: "KEY CHANGED",
}

_STATUS: Final = {
    PersonStatus.ONLINE: "here",
    PersonStatus.IDLE: "idle",
    PersonStatus.AWAY: "away",
    PersonStatus.DO_NOT_DISTURB: "not to be disturbed",
    PersonStatus.OFFLINE: "offline",
}


def people_lines(people: Iterable[PersonInfo]) -> list[str]:
    """Return a line for each person: those who are here first, then by name."""
    ordered = sorted(people, key=lambda person: (not person.is_online, person.handle.casefold()))
    column = max((width(isolated(person.handle)) for person in ordered), default=0)
    return [_person_line(person, column) for person in ordered]


def whois_lines(person: PersonInfo) -> list[str]:
    """Return what is known of a person, a line each."""
    return [
        f"{isolated(person.handle)}{' (you)' if person.is_me else ''}: {presence_words(person)}",
        f"  devices      {person.devices}",
        f"  identity     {trust_words(person)}",
        f"  fingerprint  {safe_line(person.fingerprint)}",
    ]


def presence_words(person: PersonInfo) -> str:
    """Say whether a person is here, what they say of it, or since when they are gone."""
    if person.status is PersonStatus.ONLINE:
        return "here"
    if person.status is not PersonStatus.OFFLINE:
        return status_words(person)
    return seen_words(is_online=False, last_seen_ms=person.last_seen_ms)


def seen_words(*, is_online: bool, last_seen_ms: int) -> str:
    """Say whether somebody is here, or since when (Unix ms; 0: never seen) not."""
    if is_online:
        return "here"
    at = local_time(last_seen_ms) if last_seen_ms else None
    return f"offline, last seen {at:%Y-%m-%d %H:%M}" if at else "offline"


def status_words(person: PersonInfo) -> str:
    """Say what somebody who is connected lets us know, as in `away since Wed 12:03: lunch`."""
    at = local_time(person.since_ms) if person.since_ms else None
    since = f" since {at:%a %H:%M}" if at else ""
    reason = f": {isolated(person.away_reason)}" if person.away_reason else ""
    return f"{status_word(person)}{since}{reason}"


def status_word(person: PersonInfo) -> str:
    """Say how it is with somebody, without when and why."""
    return _STATUS[person.status]


def trust_words(person: PersonInfo) -> str:
    """Say what we know of a person's key."""
    return "you" if person.is_me else _TRUST[person.trust]


def _person_line(person: PersonInfo, column: int) -> str:
    name = isolated(person.handle)
    return f"{name}{' ' * (column - width(name))}  {presence_words(person)}  ({trust_words(person)})"
