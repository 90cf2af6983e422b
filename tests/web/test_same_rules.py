"""The web client's rules and ours say the same to thousands of random texts and broken frames."""

import json
import random
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import astuple
from tools import make_protocol_tables, make_vectors

from lanmsg.wire import codec, content, markdown, safe_text, search_query, search_words, typed_line
from lanmsg.wire.commands import LineError
from lanmsg.wire.errors import RemoteError
from lanmsg.wire.names import IllegalName, canonical_handle, skeleton
from lanmsg.wire.search_query import QueryError
from tests.web.node import WEB, find_node

COUNT = 2500
ODD_BYTES = bytes.fromhex("c0c1c2c3cacbcccfd0d3d9dbc4c6dcdddedf8090a0e0ffd4c7")
ODD_NUMBERS = [0, -1, 128, 65536, 2**32, 2**53 - 1, 2**53, 2**64 - 1, -(2**53), 1.0, float("nan"), 1e9]
ODD_TEXTS = ["", "é" * 3, "x" * 257, "👋" * 121, b"", b"x" * 15, b"x" * 16, b"x" * 33, b"x" * 1025]
ODD_VALUES: list[Any] = [None, True, *ODD_NUMBERS, *ODD_TEXTS, [], [[]], {"a": 1}]
PIECES = json.loads((Path(__file__).parent / "text_pieces.json").read_text("utf-8"))
"""What random texts are made of, for each of the rules."""


@pytest.fixture(scope="module")
def ask() -> Iterator[Callable[[str, list[str]], list[Any]]]:
    """Ask the web client: a question, and the texts it is about."""
    process = subprocess.Popen(
        [find_node(), "tests/run.mjs", "tests/peers/wire.ts"],
        cwd=WEB,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None

    def ask(question: str, texts: list[str]) -> list[Any]:
        process.stdin.write(json.dumps({"question": question, "texts": texts}).encode() + b"\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    yield ask
    process.stdin.close()
    process.wait(timeout=10)
    process.stdout.close()


# --- frames ----------------------------------------------------------------------------------


def broken(chance: random.Random, payload: bytes) -> bytes:
    """Return a payload with something changed, in its values or in its bytes."""
    if chance.random() < 0.5:
        return msgspec.msgpack.encode(changed(chance, msgspec.msgpack.decode(payload)))
    at = chance.randrange(len(payload))
    byte = chance.choice([payload[at] ^ 1 << chance.randrange(8), chance.choice(ODD_BYTES)])
    behind = chance.choice([payload[at + 1 :], payload[at + 1 :], payload[at:], b""])
    return payload[:at] + bytes([byte]) + behind


def changed(chance: random.Random, value: Any) -> Any:
    """Return a value in which one has become another, is missing, or is there twice."""
    if not isinstance(value, list) or not value or chance.random() < 0.2:
        return chance.choice(ODD_VALUES)
    at = chance.randrange(len(value))
    behind = chance.choice([value[at + 1 :], value[at + 1 :], value[at:], []])
    return [*value[:at], changed(chance, value[at]), *behind]


def again(decode: Callable[[bytes], Any], payload: bytes) -> str:
    """Return how a frame is encoded again, with its entries, which the web client decodes at once."""
    try:
        frame = decode(payload)
        if hasattr(frame, "items"):
            items = [codec.encode(each) for each in map(_entry, frame.items)]
            frame = msgspec.structs.replace(frame, items=[msgspec.Raw(each) for each in items])
    except RemoteError:
        return "refused"
    return "skip" if frame is None else codec.encode(frame).hex()


def _entry(item: Any) -> Any:
    return codec.decode_entry(item) if isinstance(item, msgspec.Raw) else item


@pytest.mark.parametrize("sender", ["hub", "client"])
def test_broken_frames_are_taken_skipped_and_refused_alike(ask, sender):
    chance = random.Random(sender)
    frames = make_vectors.hub_frames() if sender == "hub" else make_vectors.client_frames()
    decode = codec.decode_hub_frame if sender == "hub" else codec.decode_client_frame
    payloads = [broken(chance, codec.encode(chance.choice(frames))) for _ in range(COUNT)]
    assert_alike(
        ask, f"{sender}_frame", [each.hex() for each in payloads], [again(decode, p) for p in payloads]
    )


def test_broken_contents_are_taken_and_refused_alike(ask):
    chance = random.Random(3)
    contents = [each["encoded"] for each in make_vectors.content_vectors()["contents"]]
    payloads = [broken(chance, bytes.fromhex(chance.choice(contents))) for _ in range(COUNT)]
    ours = [again(lambda data: codec.decode_as(content.Content, data, "content"), each) for each in payloads]
    assert_alike(ask, "content", [each.hex() for each in payloads], ours)


# --- texts -----------------------------------------------------------------------------------


def name(text: str) -> Any:
    """Return the handle that a text is, and its look-alike key."""
    handle = canonical_handle(text)
    return [handle, skeleton(handle)]


def line(text: str) -> Any:
    """Return what a line is, in the web client's word for it, and all its fields."""
    parsed = typed_line.parse_line(text, rooms=["hall", "#küche", "a"])
    fields = json.loads(json.dumps(astuple(parsed)))
    return [make_protocol_tables.snake(type(parsed).__name__), *fields]


def marked(text: str) -> Any:
    """Return the lines of a text in spans."""
    lines = markdown.parse_markdown(text)
    return [[each.kind, [[span.text, span.style, span.url] for span in each.spans]] for each in lines]


def query(text: str) -> Any:
    """Return the words that a query asks for."""
    return [[list(phrase.words), phrase.is_prefix] for phrase in search_query.parse_query(text).wanted]


RULES: dict[str, Callable[[str], Any]] = {
    "name": name,
    "line": line,
    "markdown": marked,
    "words": search_words.index_words,
    "query": query,
    "safe": lambda text: [safe_text.safe_text(text), safe_text.safe_line(text)],
}


@pytest.mark.parametrize("question", RULES)
def test_random_texts_mean_the_same(ask, question):
    chance = random.Random(question)
    joints = ["", ""] if question in {"name", "markdown", "words", "safe"} else ["", " "]
    texts = [
        chance.choice(joints).join(chance.choices(PIECES[question], k=chance.randrange(9)))
        for _ in range(COUNT)
    ]
    assert_alike(ask, question, texts, [ours_of(RULES[question], text) for text in texts])


def ours_of(rule: Callable[[str], Any], text: str) -> Any:
    """Return what our rule says."""
    try:
        return rule(text)
    except (IllegalName, LineError, QueryError):
        return "refused"


def assert_alike(
    ask: Callable[[str, list[str]], list[Any]], question: str, texts: list[str], ours: list[Any]
) -> None:
    """Compare, and show the first few that differ; of what can be refused, some is."""
    theirs = ask(question, texts)
    differing = [each for each in zip(texts, ours, theirs, strict=True) if each[1] != each[2]]
    assert differing[:5] == []
    assert 0 < ours.count("refused") < COUNT or question in {"markdown", "words", "safe"}
