"""A second device of the same person, at another face or the same: linked, named, cut off."""

import pytest

from .stage import pairs_at

pytestmark = pytest.mark.timeout(240)


@pytest.mark.parametrize(("kind", "other"), pairs_at(1))
def test_a_second_device_has_the_past_and_is_the_same_person_until_it_is_cut_off(stage, kind, other):
    stage.run("ben", "who")
    first = stage.person(kind, "ann")
    first.come()
    first.enter("@ben said before")
    first.open("@ben")
    first.see("said before", lambda shown: shown.state == "sent")
    stage.run("ben", "send", "@ann", "heard before")
    first.see("heard before")

    second = stage.person(other, "ann", device="-2")
    second.come(code=first.pairing_code())
    first.back_to_talk()
    second.open("@ben")
    second.wait(lambda: second.texts() == ["said before", "heard before"], "what was said before")
    second.enter("from the second")
    first.see("from the second")
    first.enter("from the first")
    second.read("from the second", "from the first")
    assert [each.sender for each in first.messages()] == ["ann", "ben", "ann", "ann"]
    assert stage.run("ben", "history", "@ann").count("from the") == 2

    (new,) = (device for device in first.devices() if not device.is_this)
    first.back_to_talk()
    assert _name_of(second, new.id) is not None, "looks at its devices while it is renamed"
    first.enter(f"/devices rename {new.id} the small one")
    second.wait(lambda: _name_of(second, new.id) == "the small one", "the new name")
    second.back_to_talk()
    first.back_to_talk()
    first.enter(f"/devices revoke {new.id} yes")
    second.wait_for("cut off")
    first.back_to_talk()
    first.enter("now alone again")
    first.see("now alone again", lambda shown: shown.state == "sent")


def _name_of(face, device):
    return next((each.name for each in face.devices() if each.id == device), None)
