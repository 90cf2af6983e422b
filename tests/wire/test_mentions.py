import pytest

from lanmsg.wire.mentions import mentions_in

PEOPLE = {"bob", "ann.b", "田中", "élise", "o-k"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("thanks @bob!", ["bob"]),
        ("@bob and @Ann.B, and @bob again", ["bob", "ann.b"]),
        ("(@bob) '@o-k' @bob's", ["bob", "o-k"]),
        ("line one\n@bob", ["bob"]),
        ("over to @ann.b.", ["ann.b"]),
        ("@田中 と @ÉLISE", ["田中", "élise"]),
        ("@here @all", ["here", "all"]),
        ("mail bob@bob.org, x.@bob", []),
        ("@bobby @nobody @ @@ @.", []),
        ("@@bob", ["bob"]),
        ("nothing", []),
    ],
)
def test_people_are_named_in_the_middle_of_a_text(text, expected):
    assert list(mentions_in(text, PEOPLE.__contains__)) == expected


def test_a_text_full_of_names_is_read_in_no_time():
    assert mentions_in("@bob" * 16_000, PEOPLE.__contains__) == ("bob",)
    assert mentions_in("@" * 65_536, PEOPLE.__contains__) == ()
    assert mentions_in("@" + "x" * 65_535, PEOPLE.__contains__) == ()
