import pytest

from lanmsg.wire.marks import Mark, split_mark, split_mark_at_end


@pytest.mark.parametrize(
    ("text", "mark", "rest"),
    [
        ("^ yes", Mark(1), "yes"),
        ("^", Mark(1), ""),
        ("^^^ yes", Mark(3), "yes"),
        ("^3 yes  sir", Mark(3), "yes  sir"),
        ("^soup\nyes", Mark(1, "soup"), "yes"),
        ("^^soup yes", Mark(2, "soup"), "yes"),
        ("^0 yes", Mark(1, "0"), "yes"),
        ("^1000 yes", Mark(1, "1000"), "yes"),
        ("^٣ yes", Mark(1, "٣"), "yes"),
        ("yes ^2", None, "yes ^2"),
        ("", None, ""),
        ("2^3 is 8", None, "2^3 is 8"),
    ],
)
def test_a_mark_stands_before_the_text(text, mark, rest):
    assert split_mark(text) == (mark, rest)


@pytest.mark.parametrize(
    ("text", "mark", "rest"),
    [("👍 ^2", Mark(2), "👍"), ("👍", None, "👍"), ("^2", Mark(2), ""), ("a ^b c", None, "a ^b c")],
)
def test_a_mark_may_be_the_last_word(text, mark, rest):
    assert split_mark_at_end(text) == (mark, rest)
