import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanmsg.wire.limits import MAX_TEXT_BYTES
from lanmsg.wire.markdown import LineKind, SpanStyle, parse_markdown

VECTORS = json.loads(
    (Path(__file__).parents[2] / "docs" / "vectors" / "markdown.json").read_text(encoding="utf-8")
)


def shown(text):
    """The lines as the vectors write them: kind, then each span with its style."""
    return [
        [
            line.kind.value,
            *([span.text, span.style.value, *([span.url] if span.url else [])] for span in line.spans),
        ]
        for line in parse_markdown(text)
    ]


@pytest.mark.parametrize("vector", VECTORS["texts"], ids=lambda vector: vector["text"][:30])
def test_texts_of_the_vectors(vector):
    assert shown(vector["text"]) == vector["lines"]


pieces = st.sampled_from(
    [
        *"*_`[]()\\ >-#\n",
        "**",
        "```",
        "a",
        "word",
        " ",
        "https://a.b/c",
        "1. ",
        "ü",
        "\u0301",
        "](",
        "http://",
    ]
)
texts = st.one_of(st.text(), st.lists(pieces, max_size=40).map("".join))


@given(texts)
def test_the_spans_of_a_line_are_the_line(text):
    lines = parse_markdown(text)
    assert "\n".join("".join(span.text for span in line.spans) for line in lines) == text
    assert all(span.text for line in lines for span in line.spans)


@given(texts)
def test_links_are_http_and_say_where_they_lead(text):
    for line in parse_markdown(text):
        for span in line.spans:
            assert (span.style is SpanStyle.LINK) == bool(span.url)
            assert not span.url or span.url.startswith(("http://", "https://"))
            assert not any(char.isspace() for char in span.url)


@given(st.lists(st.sampled_from(["x*", "_y", "> z", "- *", "[a](https://b)", "\\`"]), min_size=1))
def test_nothing_is_drawn_inside_a_block_of_code(lines):
    parsed = parse_markdown("\n".join(["```py", *lines, "```", "*after*"]))
    assert {line.kind for line in parsed[1:-2]} == {LineKind.CODE}
    assert [len(line.spans) for line in parsed[1:-2]] == [1] * len(lines)
    assert parsed[-1].spans[1].style is SpanStyle.ITALIC


@pytest.mark.parametrize(
    "piece",
    ["*", "**", "_", "`", "[", "](", "[a](", "\\", "https://", "*a ", " *a", "**a*", "[a]", "> ", "```\n"],
)
def test_the_longest_text_of_anything_is_read_in_a_moment(piece):
    text = piece * (MAX_TEXT_BYTES // len(piece))
    start = time.process_time()  # of this process: the machine may be busy
    parse_markdown(text)
    assert time.process_time() - start < 2  # some 50 ms; what is quadratic takes minutes
