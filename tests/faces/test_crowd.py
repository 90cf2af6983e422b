"""Four people at faces of all kinds at once: in one room, and each with each."""

import itertools

import pytest

from .stage import KINDS

pytestmark = pytest.mark.timeout(240)
NAMES = ("ann", "ben", "cat", "dan")


def test_each_reads_each_in_a_room_and_in_private(stage):
    people = [stage.person(KINDS[number % len(KINDS)], name) for number, name in enumerate(NAMES)]
    for person in people:
        person.come()
    ann, *others = people
    ann.enter("/create kitchen")
    ann.wait(lambda: ann.is_open("kitchen"), "the room")
    for person in others:
        person.enter("/join kitchen")
        person.wait(lambda person=person: person.is_open("kitchen"), "it was entered")
    for person in people:
        person.enter(f"{person.name} is in")
    for person in people:
        person.wait(lambda person=person: len(person.texts()) == len(NAMES), "all four")
    assert len({tuple(person.texts()) for person in people}) == 1

    for one, other in itertools.permutations(people, 2):
        one.enter(f"@{other.name} from {one.name} to {other.name}")
    for one, other in itertools.combinations(people, 2):
        one.open(f"@{other.name}")
        other.open(f"@{one.name}")
        both = {f"from {one.name} to {other.name}", f"from {other.name} to {one.name}"}
        for face in (one, other):
            face.wait(lambda face=face, both=both: set(face.texts()) == both, f"{both}")
