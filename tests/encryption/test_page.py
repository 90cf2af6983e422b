"""The page of the attacks is made of the tables that are played."""

from tools import make_attacks


def test_the_page_lists_what_is_played():
    assert make_attacks.PAGE.read_text("utf-8") == make_attacks.page(), "run python tools/make_attacks.py"
