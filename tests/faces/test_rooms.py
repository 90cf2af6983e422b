"""Rooms, at faces of every pair of kinds."""

import pytest

pytestmark = pytest.mark.timeout(240)


def test_a_room_by_invitation_with_its_topic(ann, ben):
    ann.enter("/create kitchen private")
    ann.wait(lambda: ann.is_open("kitchen"), "the new room is open")
    ann.enter("/invite ben")
    ben.wait_for("kitchen")
    ben.open("@kitchen")
    ann.enter("who washes up?")
    assert ben.see("who washes up?").sender == "ann"
    ben.enter("not me")
    ann.see("not me")
    ann.enter("/topic soup and bread")
    ben.wait_for("ann set the topic", "soup and bread")


def test_who_is_taken_out_reads_nothing_that_follows_and_is_told(meeting, ann, ben):
    ann.enter("/create cellar private")
    ann.wait(lambda: ann.is_open("cellar"), "the new room is open")
    ann.enter("/invite ben")
    ben.wait_for("cellar")
    ben.open("@cellar")
    ann.enter("still with ben")
    ben.see("still with ben")
    ann.enter("/kick ben")
    ben.wait(lambda: ben.is_closed, "ben can't write here any more")
    ann.enter("now without ben")
    ann.see("now without ben", lambda shown: shown.state == "sent")
    meeting.stage.run("cat", "send", "@ben", "and now a mark")
    ben.wait(lambda: ben.unread().get("cat") or "and now a mark" in ben.words, "the mark")
    assert "now without ben" not in ben.texts()
    assert "now without ben" not in ben.words


def test_a_room_gets_another_name_and_ends(ann, ben):
    ann.enter("/create attic private")
    ann.wait(lambda: ann.is_open("attic"), "the new room is open")
    ann.enter("/invite ben")
    ben.wait_for("attic")
    ben.open("@attic")
    ann.enter("/rename loft")
    ben.wait(lambda: ben.is_open("loft"), "it is called loft")
    ben.wait_for("ann renamed", "loft")
    ann.enter("the last word")
    ben.see("the last word")
    ann.enter("/archive")
    ben.wait_for("ann archived")
    for face in (ann, ben):
        face.wait(lambda face=face: face.is_closed, "nobody can write")
        assert "the last word" in face.texts()


def test_an_open_room_is_entered_and_left(ann, ben):
    ann.enter("/create garden")
    ann.wait(lambda: ann.is_open("garden"), "the new room is open")
    ann.enter("said before ben came")
    ann.see("said before ben came")
    ben.enter("/join garden")
    ben.wait(lambda: ben.is_open("garden"), "it was entered")
    ben.enter("hello garden")
    ann.see("hello garden")
    ann.enter("hello ben")
    ben.see("hello ben")
    assert "said before ben came" not in ben.texts()
    ben.enter("/leave")
    ann.wait_for("ben left")
    ben.back_to_talk()


def test_a_room_with_history_shows_what_was_said_before(ann, ben):
    ann.enter("/create library history")
    ann.wait(lambda: ann.is_open("library"), "the new room is open")
    ann.enter("the first book")
    ann.see("the first book", lambda shown: shown.state == "sent")
    ben.enter("/join library")
    ben.wait(lambda: ben.is_open("library"), "it was entered")
    ben.see("the first book")


def test_who_moderates_takes_the_message_of_another_away(ann, ben):
    ann.enter("/create porch")
    ann.wait(lambda: ann.is_open("porch"), "the new room is open")
    ben.enter("/join porch")
    ben.wait(lambda: ben.is_open("porch"), "it was entered")
    ben.enter("something rude")
    ann.see("something rude")
    ann.enter("/delete ^rude")
    for face in (ann, ben):
        face.see("", lambda shown: shown.is_deleted)
