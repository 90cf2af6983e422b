import pytest

from lanmsg.client.amendments import (
    WAITING_SEQ,
    Amendment,
    EmojiPeople,
    EqualPowers,
    Original,
    fold,
)
from lanmsg.wire.content import Delete, Edit, Pin, Reaction
from lanmsg.wire.limits import MAX_EMOJI_PER_MESSAGE

ANN, BOB, MOD = b"a" * 16, b"b" * 16, b"m" * 16
TARGET = b"t" * 16
EDIT, DELETE, PIN, UNPIN = Edit(TARGET, "new"), Delete(TARGET), Pin(TARGET), Pin(TARGET, is_removed=True)
ORIGINAL = Original(ANN, 10, "old")


class Room:
    """A room where MOD moderates from seq 20 on."""

    def may_delete(self, user, seq):
        return user == MOD and seq >= 20

    may_pin = may_delete


def react(emoji, *, remove=False):
    return Reaction(TARGET, emoji, remove)


def look(*amendments, original=ORIGINAL, powers=None):
    """Fold `(user, content)` or `(user, content, seq)`, one after the other from seq 11 on."""
    listed = [
        Amendment(user, *(seq or (11 + place,)), 1000 + place, content)
        for place, (user, content, *seq) in enumerate(amendments)
    ]
    return fold(original, listed, powers or EqualPowers())


def test_the_last_edit_of_the_author_wins():
    found = look((ANN, Edit(TARGET, "one")), (ANN, Edit(TARGET, "two")))
    assert (found.text, found.edited_at_ms) == ("two", 1001)


def test_nobody_edits_what_another_wrote():
    assert look((BOB, EDIT)) == look()
    assert look((MOD, EDIT, 30), powers=Room()) == look()


def test_what_has_no_text_cannot_be_edited():
    assert look((ANN, EDIT), original=Original(ANN, 10, None)).text is None


def test_nothing_is_left_of_what_was_deleted_and_nothing_changes_it_again():
    found = look(
        (BOB, react("👍")),
        (ANN, EDIT),
        (BOB, PIN),
        (ANN, DELETE),
        (ANN, EDIT),
        (BOB, react("👍")),
        (BOB, PIN),
    )
    assert found.is_deleted
    assert found.deleted_by == ANN
    assert (found.text, found.edited_at_ms, found.reactions, found.is_pinned) == (None, 0, (), False)


def test_only_the_author_deletes_where_nobody_moderates():
    assert not look((BOB, DELETE)).is_deleted
    assert look((ANN, DELETE)).is_deleted


def test_a_moderator_deletes_from_the_place_on_where_they_became_one():
    assert not look((MOD, DELETE, 19), powers=Room()).is_deleted
    assert look((MOD, DELETE, 20), powers=Room()).deleted_by == MOD
    assert look((ANN, DELETE, 11), powers=Room()).deleted_by == ANN


def test_a_reaction_counts_once_per_person_and_emoji():
    found = look((BOB, react("👍")), (ANN, react("🎉")), (ANN, react("👍")), (BOB, react("👍")))
    assert found.reactions == (EmojiPeople("👍", (BOB, ANN)), EmojiPeople("🎉", (ANN,)))


def test_a_reaction_taken_back_is_gone_and_one_never_made_cannot_be():
    made = (BOB, react("👍")), (ANN, react("👍"))
    assert look(*made, (BOB, react("👍", remove=True))).reactions == (EmojiPeople("👍", (ANN,)),)
    assert look(*made, *((user, react("👍", remove=True)) for user in (BOB, ANN, BOB))).reactions == ()


def test_emoji_stand_in_the_order_of_their_first_use_among_those_that_are_there():
    found = look((BOB, react("1")), (BOB, react("2")), (BOB, react("1", remove=True)), (ANN, react("1")))
    assert [each.emoji for each in found.reactions] == ["2", "1"]


def test_an_emoji_too_many_is_ignored_until_another_is_gone():
    many = [(BOB, react(str(number))) for number in range(MAX_EMOJI_PER_MESSAGE)]
    assert look(*many, (BOB, react("x"))) == look(*many)
    assert len(look(*many, (ANN, react("3"))).reactions) == MAX_EMOJI_PER_MESSAGE
    freed = look(*many, (BOB, react("3", remove=True)), (BOB, react("x")))
    assert freed.reactions[-1].emoji == "x"


def test_everybody_pins_where_all_are_equal_and_only_moderators_in_rooms():
    assert look((BOB, PIN)).is_pinned
    assert not look((BOB, PIN), (ANN, UNPIN)).is_pinned
    assert not look((ANN, PIN), powers=Room()).is_pinned
    assert look((MOD, PIN, 21), powers=Room()).is_pinned


@pytest.mark.parametrize("content", [EDIT, DELETE, PIN, react("👍")])
def test_what_stands_before_a_message_does_not_change_it(content):
    assert look((ANN, content, 9)) == look((ANN, content, 10)) == look()
    assert look((ANN, content, WAITING_SEQ)) != look()


def test_of_messages_with_one_id_the_first_is_meant_and_for_edits_the_first_of_the_author():
    second = Original(ANN, 12, "old", is_first=False)
    for content in (PIN, react("👍")):
        assert look((ANN, content, 13), original=second) == look(original=second)
    assert look((ANN, EDIT, 13), original=second).text == "new"
    assert look((ANN, DELETE, 13), original=second).is_deleted
    assert not look((MOD, DELETE, 30), original=second, powers=Room()).is_deleted
    third = Original(ANN, 14, "old", is_first=False, is_first_of_author=False)
    assert look((ANN, EDIT, 15), (ANN, DELETE, 16), original=third) == look(original=third)
