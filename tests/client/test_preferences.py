"""Preferences as they are written for other devices, and read again, whatever stands there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanmsg.client.model import EVERYONE, Conversation, ConversationKind
from lanmsg.client.preferences import (
    FOR_EVER,
    MAX_KEYWORD_CODE_POINTS,
    Bell,
    Level,
    Preferences,
    QuietHours,
    bell_preference,
    ignore_preference,
    ignored_user,
    keyword_preference,
    level_preference,
    mute_preference,
    parse_quiet_hours,
    preferences_of,
    quiet_hours_preference,
    read_receipts_preference,
)
from lanmsg.wire.account import Preference, check_change
from lanmsg.wire.errors import LocalError
from lanmsg.wire.ids import UserId

BOB = Conversation(ConversationKind.DIRECT, b"b" * 16)
CID = UserId(b"c" * 16)


def read(*preferences: Preference) -> Preferences:
    return preferences_of(preferences, lambda user: user[:3].decode())


def test_what_is_written_is_read_again():
    found = read(
        level_preference(BOB, Level.MENTIONS),
        level_preference(EVERYONE, Level.ALL),
        mute_preference(BOB, 1234),
        mute_preference(EVERYONE, FOR_EVER),
        keyword_preference("  Tea   Time ", is_wanted=True),
        ignore_preference(CID, is_ignored=True),
        quiet_hours_preference(QuietHours(22 * 60, 7 * 60 + 30)),
        read_receipts_preference(is_on=False),
        bell_preference(Bell.ALL),
    )
    assert found == Preferences(
        levels={BOB: Level.MENTIONS, EVERYONE: Level.ALL},
        muted_until_ms={BOB: 1234, EVERYONE: FOR_EVER},
        keywords=frozenset({"tea time"}),
        ignored=frozenset({"ccc"}),
        quiet_hours=QuietHours(22 * 60, 7 * 60 + 30),
        sends_read_receipts=False,
        bell=Bell.ALL,
    )


def test_what_is_taken_back_is_as_it_was_before():
    assert (
        read(
            level_preference(BOB, None),
            mute_preference(BOB, 0),
            keyword_preference("tea", is_wanted=False),
            ignore_preference(CID, is_ignored=False),
            quiet_hours_preference(None),
            read_receipts_preference(is_on=True),
            bell_preference(Bell.ON),
        )
        == Preferences()
    )


def test_all_that_can_be_chosen_fits_in_the_account_log():
    group = Conversation(ConversationKind.DIRECT, b"u" * 16 * 20)  # the longest key there is
    longest = [
        level_preference(group, Level.MENTIONS),
        mute_preference(group, FOR_EVER),
        keyword_preference("茶" * MAX_KEYWORD_CODE_POINTS, is_wanted=True),
        ignore_preference(CID, is_ignored=True),
        quiet_hours_preference(QuietHours(0, 1439)),
    ]
    for preference in longest:
        check_change(preference)


@pytest.mark.parametrize("word", ["", "  ", "x" * (MAX_KEYWORD_CODE_POINTS + 1)])
def test_a_keyword_that_is_none_is_refused(word):
    with pytest.raises(LocalError):
        keyword_preference(word, is_wanted=True)


names = st.sampled_from(
    ["level/", "mute/", "keyword/", "ignore/", "quiet_hours", "bell", "read_receipts", "x"]
)
rests = st.sampled_from(
    ["", "direct/", "direct/zz", "direct/ab", "everyone/", "nowhere/ab", "é/", "account/"]
)


@given(st.lists(st.tuples(names, rests, st.text(max_size=20)), max_size=6))
def test_what_nobody_can_read_says_nothing_and_breaks_nothing(parts):
    preferences = [Preference(name + rest, value) for name, rest, value in parts]
    found = preferences_of(preferences, lambda user: user.hex())
    for each in preferences:
        assert ignored_user(each) is None or each.name.startswith("ignore/")
    assert found.bell in Bell
    assert all(0 <= until_ms <= FOR_EVER for until_ms in found.muted_until_ms.values())


@pytest.mark.parametrize("value", ["²", "-5", "1e9", "٣", "0x10", " 7"])
def test_a_time_that_is_no_number_mutes_nothing(value):
    assert read(Preference(mute_preference(BOB, 1).name, value)) == Preferences()


def test_a_time_beyond_all_times_is_for_ever():
    assert read(Preference(mute_preference(BOB, 1).name, "9" * 1000)).muted_until_ms == {BOB: FOR_EVER}


# --- quiet hours -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [("22:00-07:30", 1320, 450), ("22-7", 1320, 420), (" 0:05 - 24:00 ", 5, 0), ("9-17:15", 540, 1035)],
)
def test_hours_as_people_write_them(text, start, end):
    assert parse_quiet_hours(text) == QuietHours(start, end)


@pytest.mark.parametrize(
    "text", ["", "22", "22-", "-7", "22:60-7", "25-7", "a-b", "7-7", "22:00-07:30-1", "²-7"]
)
def test_hours_that_are_none_are_refused_with_an_example(text):
    with pytest.raises(LocalError, match=r"22:00-07:30"):
        parse_quiet_hours(text)


@given(st.integers(0, 1439), st.integers(0, 1439), st.integers(0, 1439))
def test_hours_cover_what_lies_between_their_ends_also_past_midnight(start, end, minute):
    if start == end:
        return
    hours = QuietHours(start, end)
    assert parse_quiet_hours(str(hours)) == hours
    assert hours.covers(minute) is ((minute - start) % 1440 < (end - start) % 1440)
