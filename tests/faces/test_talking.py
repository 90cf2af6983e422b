"""What two people say to each other, and do to what was said, at faces of every pair of kinds."""

import time

import pytest

pytestmark = pytest.mark.timeout(180)
PAUSE_S = 4
"""After so long what is typed is kept: nothing on a screen says so."""


def test_a_message_to_everyone_is_read_and_a_private_one_by_one_person_alone(meeting, ann, ben):
    ann.enter("soup for all")
    assert ben.see("soup for all").sender == "ann"
    ann.enter("@ben a spoon for you")
    ben.open("@ann")
    assert ben.see("a spoon for you").sender == "ann"
    ben.open("#")
    assert "a spoon for you" not in ben.texts()
    assert "a spoon for you" not in meeting.stage.run("cat", "history", "#")
    assert "soup for all" in meeting.stage.run("cat", "history", "#")


def test_before_enter_the_face_says_where_it_goes(ann, ben):
    for line, words in (
        ("@ben psst", "ben"),
        ("#hi", "everyone"),
        ("/who", "/who"),
        ("@nobody hi", "nobody"),
    ):
        ann.type(line)
        ann.wait(lambda words=words: words in ann.target.replace("@", ""), f"the target {words}")
        ann.clear()
    ann.type("@ben psst")
    ann.wait(lambda: "private" in ann.target, "the target is private")


def test_a_group_reads_what_is_for_it_and_nobody_else(meeting, ann, ben):
    ann.enter("@ben,@cat we three")
    ben.open("@ann,@cat")
    ben.see("we three")
    ben.enter("yes, three")
    ann.open("@ben,@cat")
    assert [each.sender for each in ann.read("we three", "yes, three")] == ["ann", "ben"]
    assert "yes, three" in meeting.stage.run("cat", "history", "@ann,@ben")


def test_an_answer_shows_what_it_answers_and_the_thread_holds_both(ann, ben):
    talk_alone(ann, ben)
    ann.enter("what is for lunch?")
    ben.see("what is for lunch?")
    ben.enter("/reply noodles")
    assert ann.see("noodles").answers == "what is for lunch?"
    assert ben.see("noodles").answers == "what is for lunch?"
    ann.enter("/reply ^noodles with what?")
    assert ben.see("with what?").answers == "noodles"
    for face in (ann, ben):
        face.lists("/thread ^with", "what is for lunch?", "noodles", "with what?")


def test_an_edit_is_seen_and_said_to_be_one(ann, ben):
    talk_alone(ann, ben)
    ann.enter("at tree o'clock")
    ben.see("at tree o'clock")
    ann.enter("/edit at three o'clock")
    assert ben.see("at three o'clock").is_edited
    assert ann.see("at three o'clock").is_edited
    assert "at tree o'clock" not in ben.texts()


def test_a_deleted_message_is_gone_for_both(ann, ben):
    talk_alone(ann, ben)
    ann.enter("I never said this")
    ben.see("I never said this")
    ann.enter("/delete")
    for face in (ann, ben):
        face.see("", lambda shown: shown.is_deleted)
        assert "I never said this" not in face.texts()


def test_a_reaction_is_counted_and_taken_back(ann, ben):
    talk_alone(ann, ben)
    ann.enter("cake at four")
    ben.see("cake at four")
    ben.enter("/react +1")
    ben.see("cake at four", lambda shown: shown.reactions == {"👍": 1})
    ann.see("cake at four", lambda shown: shown.reactions == {"👍": 1})
    ann.enter("/react +1 ^cake")
    ben.see("cake at four", lambda shown: shown.reactions == {"👍": 2})
    ben.enter("/react party ^cake")
    ann.see("cake at four", lambda shown: shown.reactions == {"👍": 2, "🎉": 1})
    ben.enter("/react +1 ^cake")
    ann.see("cake at four", lambda shown: shown.reactions == {"👍": 1, "🎉": 1})


def test_without_a_mark_a_reaction_is_for_the_last_message_of_the_other(ann, ben):
    talk_alone(ann, ben)
    ann.enter("mine is older")
    ben.see("mine is older")
    ben.enter("mine is newer")
    ann.see("mine is newer")
    ben.enter("/react heart")
    ann.see("mine is older", lambda shown: shown.reactions == {"❤️": 1})


def test_a_pin_stands_with_the_pinned_until_it_is_taken_away(ann, ben):
    talk_alone(ann, ben)
    ann.enter("the door code is on the fridge")
    ben.see("the door code is on the fridge")
    ben.enter("/pin ^fridge")
    ann.see("the door code is on the fridge", lambda shown: shown.is_pinned)
    ann.lists("/pins", "the door code is on the fridge")
    ann.enter("/pin ^fridge")
    ben.see("the door code is on the fridge", lambda shown: not shown.is_pinned)


def test_a_mention_stands_out_for_the_one_who_is_named(ann, ben):
    ann.enter("ask @ben about it")
    ben.see("ask @ben about it")
    ben.wait(lambda: ben.stands_out("ask @ben about it"), "it stands out")
    ann.enter("ask anybody about it")
    ben.see("ask anybody about it")
    assert not ben.stands_out("ask anybody about it")


def test_what_somebody_does_is_no_sentence_of_theirs(ann, ben):
    ann.enter("/me waves at the screen")
    for face in (ann, ben):
        shown = face.see("waves at the screen")
        assert (shown.sender, shown.is_action) == ("ann", True)


def test_markdown_with_code_arrives_in_its_lines(ann, ben):
    ann.enter("look at **this**:\n```\nfor all:\n    eat()\n```\ndone")
    for face in (ann, ben):
        face.wait(lambda face=face: face.code() == ["for all:\n    eat()"], "the code, with its indent")
        face.wait_for("done")


def test_a_line_that_begins_with_two_slashes_is_text(ann, ben):
    ann.enter("//slash is the word")
    ben.see("/slash is the word")


def test_what_is_found_is_what_both_have(ann, ben):
    ann.enter("the marzipan is hidden")
    ben.see("the marzipan is hidden")
    ben.enter("@ann marzipan is mine")
    ann.open("@ben")
    ann.see("marzipan is mine")
    for face in (ann, ben):
        face.lists("/search marzipan", "the marzipan is hidden", "marzipan is mine")
        face.back_to_talk()
        face.lists("/search marzipan from:ann", "the marzipan is hidden")


def test_who_types_is_seen_to_type(ann, ben):
    talk_alone(ann, ben)
    ann.type("I am think")
    ben.wait_for("ann is typing")
    ann.clear()
    ben.wait(lambda: "ann is typing" not in ben.words_now, "no typing any more")


def test_a_message_is_sent_then_delivered_then_read(ann, ben):
    ben.open("#")
    ann.open("@ben")
    ann.enter("have you seen this?")
    ann.see("have you seen this?", lambda shown: shown.state in {"sent", "delivered", "read"})
    ben.open("@ann")
    ben.see("have you seen this?")
    ann.see("have you seen this?", lambda shown: shown.state == "read")


def test_what_is_unfinished_is_there_when_one_comes_back_to_it(ann, ben):
    ann.open("@ben")
    ann.type("half a sen")
    ann.wait(lambda: ann.typed == "half a sen", "it is typed")
    time.sleep(PAUSE_S)
    ann.leave()
    ann.come()
    ann.enter("@ben")
    ann.wait(lambda: ann.typed == "half a sen", "it is there again")
    ann.clear()


def talk_alone(ann, ben):
    ann.open("@ben")
    ben.open("@ann")
