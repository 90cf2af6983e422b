"""The worked examples of how messages look: clients in other languages are held to them."""

from tools import make_amendment_vectors


def test_the_file_is_what_its_maker_makes():
    assert make_amendment_vectors.PATH.read_text("utf-8") == make_amendment_vectors.render()
