"""Who is there, and what we hold of their keys."""

from lanmsg.client.errors import UnknownPerson
from lanmsg.client.model import PersonInfo, Trust
from lanmsg.client.verbs.base import Verbs
from lanmsg.wire.check_words import fingerprint
from lanmsg.wire.directory import Person
from lanmsg.wire.frames import PersonPresence
from lanmsg.wire.names import near_names


class PeopleVerbs(Verbs):
    """Asks about people."""

    def people(self) -> list[PersonInfo]:
        """Return everybody enrolled, in the order they came."""
        return [self._info(person) for person in self._engine.state.directory.people]

    def person(self, handle: str) -> PersonInfo:
        """Return one of them. Raises UnknownPerson."""
        return self._info(self._person(handle))

    def _person(self, handle: str) -> Person:
        name = handle.removeprefix("@").casefold()
        directory = self._engine.state.directory
        person = directory.named(name)
        if person is None:
            names = [*(each.handle for each in directory.people), *(room.name for room in directory.rooms)]
            raise UnknownPerson(name, near_names(name, names))
        return person

    def _info(self, person: Person) -> PersonInfo:
        state = self._engine.state
        now = self._engine.now
        is_me = person.user == state.user
        known = state.presence.get(person.user, PersonPresence(person.user, online=False))
        presence = now.own_presence() if is_me else known
        if not self.is_online:
            presence = PersonPresence(person.user, online=False)
        return PersonInfo(
            user=person.user,
            handle=person.handle,
            is_me=is_me,
            is_online=presence.online,
            last_seen_ms=known.last_seen_ms,
            devices=len(person.devices),
            fingerprint=fingerprint(person.identity_key),
            trust=Trust.VERIFIED if is_me else state.trust_of(person),
            status=now.status_of(presence),
            since_ms=presence.since_ms if presence.status else 0,
            away_reason=now.own.reason if is_me else now.reason_of(presence),
        )

    async def trust(self, handle: str) -> None:
        """Accept the identity key this name has now. Raises UnknownPerson."""
        self._engine.people.trust(self._person(handle).handle)
        await self._done()
