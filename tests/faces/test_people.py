"""What people know of each other, and what calls them, at faces of every pair of kinds."""

import pytest

pytestmark = pytest.mark.timeout(240)


def test_what_came_while_one_was_away_is_unread_until_it_is_read(ann, ben):
    ben.leave()
    ann.enter("@ben are you there?")
    ann.enter("@ben hello?")
    ann.open("@ben")
    ann.see("hello?", lambda shown: shown.state == "sent")
    ben.come()
    ben.wait(lambda: ben.unread().get("ann") == 2, "two are unread")
    ben.open("@ann")
    ben.read("are you there?", "hello?")
    ben.wait(lambda: "ann" not in ben.unread(), "nothing is unread")
    ann.see("hello?", lambda shown: shown.state == "read")


def test_why_somebody_is_away_is_seen_until_they_are_back(ann, ben):
    ann.enter("/away eating soup")
    ben.wait(lambda: "eating soup" in ben.answer("/whois ann"), "why ann is away")
    ann.enter("/back")
    ben.wait(lambda: "eating soup" not in ben.answer("/whois ann"), "ann is back")


def test_nothing_is_shown_of_somebody_who_is_ignored_until_that_ends(meeting, ann, ben):
    ben.enter("/ignore ann")
    ben.wait_for("You ignore ann")
    ann.enter("ben cannot hear this")
    ann.see("ben cannot hear this", lambda shown: shown.state in {"sent", "delivered"})
    meeting.stage.run("cat", "send", "#", "everybody hears this")
    ben.see("everybody hears this")
    assert "ben cannot hear this" not in ben.texts()
    ben.enter("/unignore ann")
    ben.see("ben cannot hear this")


def test_a_muted_conversation_says_that_it_is(ann, ben):
    ben.open("@ann")
    ben.enter("/mute 2h")
    ben.wait_for("muted")
    ben.enter("/unmute")
    ben.wait(lambda: "muted" not in ben.words_now, "it is not muted")


def test_what_disappears_is_gone_from_both_screens(ann, ben):
    ann.open("@ben")
    ben.open("@ann")
    ann.enter("/disappear 4s")
    ben.wait_for("disappear", "4 seconds")
    ann.enter("gone in a moment")
    ben.see("gone in a moment")
    for face in (ann, ben):
        face.wait(lambda face=face: "gone in a moment" not in face.texts(), "it is gone")
    ann.enter("/disappear off")
    ben.wait_for("stay")
    ann.enter("this stays")
    ben.see("this stays")


REFUSED = {
    "/whoo": "there is no command /whoo. Did you mean /who",
    "@nobody hi": "Nobody here is called nobody",
    "@ann,hi": "names are joined like @ann,@bob",
    "/verify": "not done: write /verify NAME",
    "/kick": "not done: write /kick NAME",
}


@pytest.mark.parametrize("line", REFUSED)
def test_a_line_that_means_nothing_stays_and_says_why(ann, line):
    before = ann.texts()
    ann.enter(line)
    ann.wait_for(REFUSED[line])
    ann.wait(lambda: ann.typed == line, "it stays to be mended")
    ann.clear()
    assert ann.texts() == before


@pytest.mark.parametrize("line", ["/kick ben", "/mute 2x", "/create a b c", "/delete it", "/react ^99 +1"])
def test_a_command_that_cannot_be_done_says_so_and_sends_nothing(ann, line):
    before = ann.texts()
    ann.refused(line)
    ann.clear()
    assert ann.texts() == before


def test_two_people_compare_the_same_seven_emoji_and_are_verified(ann, ben):
    ann.enter("/verify ben")
    ben.wait_for("ann wants to")
    ben.accept_verification("ann")
    for face in (ann, ben):
        face.wait(lambda face=face: len(face.emoji()) == 7, "seven emoji")
    assert ann.emoji() == ben.emoji()
    for face in (ann, ben):
        face.say_same()
    ann.wait_for("ben is verified")
    ben.wait_for("ann is verified")
