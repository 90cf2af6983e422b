"""What is left when hubs and faces die: nothing lost, nothing doubled, the same order for all."""

import pytest

from .stage import KINDS, pairs_at
from .terminal_face import TerminalFace

pytestmark = pytest.mark.timeout(300)
SENT = frozenset({"sent", "delivered", "read"})
EACH = 50
ROWS_FOR_ALL = 360
"""Of a terminal that shows all of these messages at once."""
KILLED_AT, STARTED_AT = 15, 30


def both(stage, kinds, *, rows=None):
    ann, ben = (stage.person(kind, name) for kind, name in zip(kinds, ("ann", "ben"), strict=True))
    for one in (ann, ben):
        if rows and isinstance(one, TerminalFace):
            one.rows = rows
        one.come()
    for one, other in ((ann, ben), (ben, ann)):
        one.enter(f"I am {one.name}")
        other.see(f"I am {one.name}")
    return ann, ben


@pytest.mark.parametrize("kinds", pairs_at(0), ids="-".join)
def test_a_hub_that_dies_among_fifty_messages_each_way_loses_and_doubles_none(stage, kinds):
    ann, ben = both(stage, kinds, rows=ROWS_FOR_ALL)
    for number in range(EACH):
        if number == KILLED_AT:
            stage.hub.kill()
        if number == STARTED_AT:
            stage.hub.spawn()
        for face in (ann, ben):
            face.enter(f"{face.name} {number}")
    stage.hub.ready()
    wanted = sorted(f"{name} {number}" for name in ("ann", "ben") for number in range(EACH))
    for face in (ann, ben):
        face.wait(lambda face=face: sorted(said(face)) == wanted, "all of them, each once")
        face.wait(lambda face=face: all(each.state != "waiting" for each in face.messages()), "all sent")
    assert said(ann) == said(ben)
    for name in ("ann", "ben"):
        own = [text for text in said(ann) if text.startswith(name)]
        assert own == [f"{name} {number}" for number in range(EACH)]


def said(face):
    return [text for text in face.texts() if not text.startswith("I am")]


@pytest.mark.parametrize("kinds", pairs_at(2), ids="-".join)
def test_without_the_hub_both_write_and_it_is_there_when_the_hub_is(stage, kinds):
    ann, ben = both(stage, kinds)
    ann.open("@ben")
    ben.open("@ann")
    stage.hub.kill()
    ann.enter("are you without it too?")
    ben.enter("yes, me too")
    for face, text in ((ann, "are you without it too?"), (ben, "yes, me too")):
        face.see(text, lambda shown: shown.state == "waiting")
    ben.leave()
    stage.hub.start()
    ann.see("are you without it too?", lambda shown: shown.state == "sent")
    ben.come()
    ben.open("@ann")
    for face in (ann, ben):
        face.wait(
            lambda face=face: sorted(face.texts()) == ["are you without it too?", "yes, me too"], "both, once"
        )
    assert ann.texts() == ben.texts()


@pytest.mark.parametrize("kind", KINDS)
def test_a_face_that_is_killed_while_it_sends_loses_nothing_it_said_was_sent(stage, kind):
    ann, ben = both(stage, (kind, "line"))
    for number in range(30):
        ann.enter(f"ann {number}")
    ann.wait(lambda: any(each.state in SENT for each in ann.messages()[2:]), "some are sent")
    kept = [each.text for each in ann.messages() if each.state in SENT]
    ann.kill()
    ann.come()
    ann.clear()  # a draft that was kept may have come back
    ann.enter("the last")
    ben.see("the last")
    ann.see("the last")
    assert ann.texts() == ben.texts()
    assert len(set(ben.texts())) == len(ben.texts())
    assert set(kept) <= set(ben.texts())
