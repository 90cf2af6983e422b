# ruff: noqa: RUF001  - look-alike letters are what is tested
import itertools
import json
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lanmsg.wire import names as module
from lanmsg.wire.confusables import prototypes
from lanmsg.wire.limits import MAX_NAME_CODE_POINTS
from lanmsg.wire.names import (
    FALLBACK,
    RESERVED,
    IllegalName,
    canonical_handle,
    handle_from_login,
    near_names,
    numbered,
    skeleton,
)
from lanmsg.wire.safe_text import safe_line
from lanmsg.wire.typed_line import ToPerson, parse_line

VECTORS = json.loads((Path(__file__).parents[2] / "docs/vectors/names.json").read_text("utf-8"))

LETTERS = st.characters(categories=["Ll", "Lu", "Lo", "Nd", "Mn"]) | st.sampled_from("abc1-._ß١אб田ひ")
HANDLE_LIKE = st.text(LETTERS, min_size=1, max_size=70) | st.from_regex(
    r"[a-zA-Z0-9._-]{1,70}", fullmatch=True
)


def canonical_or_none(text):
    try:
        return canonical_handle(text)
    except IllegalName:
        return None


ALPHABETS = [
    "abcxyzABC019._-ß\u0301",
    "абвъя09.-",
    "אבגד0\u05b8-",
    "سارة٠١٩",
    "田中ひカーk7",
    "กาสม\u0e35",
    "김철수漢",
]
HANDLES = (
    st.sampled_from(ALPHABETS)
    .flatmap(lambda letters: st.text(letters, min_size=1, max_size=70))
    .map(canonical_or_none)
    .filter(bool)
)


@pytest.mark.parametrize("vector", VECTORS["canonical"], ids=lambda vector: ascii(vector["text"]))
def test_each_vector_has_its_handle_and_skeleton(vector):
    assert canonical_handle(vector["text"]) == vector["handle"]
    assert skeleton(vector["handle"]) == vector["skeleton"]


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=ascii)
def test_each_refused_vector_is_refused(vector):
    with pytest.raises(IllegalName):
        canonical_handle(vector)


@pytest.mark.parametrize("vector", VECTORS["logins"], ids=lambda vector: ascii(vector["login"]))
def test_each_login_vector_gives_its_handle(vector):
    assert handle_from_login(vector["login"]) == vector["handle"]


@given(st.text() | HANDLE_LIKE)
@example("\ud800")
@example("\u0345")
def test_no_text_raises_anything_but_illegal_name(text):
    try:
        handle = canonical_handle(text)
    except IllegalName as error:
        assert str(error) == safe_line(str(error))  # noqa: PT017  - whether it raises is the input's affair
    else:
        assert 1 <= len(handle) <= MAX_NAME_CODE_POINTS


@given(HANDLES)
def test_a_canonical_handle_is_its_own_canonical_handle(handle):
    assert canonical_handle(handle) == handle
    assert unicodedata.is_normalized("NFC", handle)


@given(HANDLES)
def test_a_canonical_handle_can_be_typed_and_printed(handle):
    assert parse_line(f"@{handle} hello") == ToPerson(handle, "hello")
    assert safe_line(handle) == handle


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "can't be empty"),
        (" ", "can't be empty"),
        ("a b", "can't have a space"),
        ("a@b", "can't have @"),
        ("a\u200db", r"invisible character U\+200D"),
        ("a\u202eb", r"invisible character U\+202E"),
        ("bob\x1b[2J", "invisible|can't have"),
        ("\ud800", "can't have"),
        ("😀", "can't have 😀"),
        ("123", "no letter"),
        ("-bob", "start and end"),
        ("bob.", "start and end"),
        ("\u0301a", "start and end"),
        ("a" * 65, "has 65 characters"),
        ("a" * 1000, "too long"),
        ("a" + "\u0323\u0301" * 5, "too many marks"),
        ("pаypal", "mixes Cyrillic and Latin"),
        ("αbc", "mixes Greek and Latin"),
        ("bob1٢", "mixes digits|right to left"),
        ("דנהbob", "right to left"),
        ("everyone", "a word for something else"),
        ("everyοne", "mixes"),
        ("a11", "looks like, a word"),
        ("h\u1d1cb", "looks like, a word|can't have"),
        ("ﷺ", "can't have"),
    ],
)
def test_each_mistake_has_its_own_sentence(text, sentence):
    with pytest.raises(IllegalName, match=sentence):
        canonical_handle(text)


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_reserved_words_are_refused_in_any_case(word):
    for spelling in (word, word.upper(), word.title()):
        with pytest.raises(IllegalName):
            canonical_handle(spelling)


@pytest.mark.parametrize(
    "handle", ["田中ken", "김철수", "山田はなこ", "ㄅㄆ中文", "иван", "müller", "o.k_x-y", "สมชาย", "דוד2"]
)
def test_names_as_people_write_them_are_legal(handle):
    assert canonical_handle(handle) == unicodedata.normalize("NFC", handle)


@pytest.mark.parametrize(
    ("one", "other"),
    [("bob1", "bobl"), ("g00gle", "google"), ("max", "rnax"), ("раура", "paypa"), ("sam10", "samlo")],
)
def test_look_alikes_have_the_same_skeleton(one, other):
    assert canonical_handle(one) != canonical_handle(other)
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(
    ("one", "other"), [("sam2", "sam3"), ("jose", "josé"), ("clara", "ciara"), ("ann", "anna")]
)
def test_different_names_stay_different(one, other):
    assert skeleton(one) != skeleton(other)


def test_confusable_pairs_of_unicode_that_could_both_be_names_have_the_same_skeleton():
    pairs = [
        (source * 2, target * 2)
        for source, target in prototypes().items()
        if canonical_or_none(source * 2) == source * 2 and canonical_or_none(target * 2) == target * 2
    ]
    caught = [one for one, other in pairs if skeleton(one) == skeleton(other)]
    assert len(pairs) > 400
    assert len(caught) / len(pairs) >= 0.99


def test_skeletons_settle_in_the_rounds_they_have():
    texts = [*prototypes(), *prototypes().values()]
    keys = [skeleton(text) for text in texts]
    assert [
        unicodedata.normalize("NFD", "".join(prototypes().get(c, c) for c in key).lower()) for key in keys
    ] == keys


@given(HANDLES, st.integers(2, 99_999))
def test_alternatives_for_a_taken_name_are_legal_and_differ(handle, n):
    alternative = numbered(handle, n)
    assert canonical_handle(alternative) == alternative
    assert alternative != handle
    assert alternative != numbered(handle, n + 1)


def test_alternatives_are_numbered_as_people_expect():
    assert [numbered("sam", n) for n in (2, 3, 10)] == ["sam2", "sam3", "sam10"]
    assert numbered("sam2", 2) == "sam2-2"
    assert numbered("a" * 64, 12) == "a" * 61 + "12"


def test_numbering_finds_a_free_name_for_a_whole_class_of_sams():
    numbers = itertools.count(2)
    names, keys = ["sam"], {skeleton("sam")}
    while len(names) < 200:
        name = numbered("sam", next(numbers))
        if skeleton(name) not in keys:
            names.append(name)
            keys.add(skeleton(name))
    assert next(numbers) == 201  # among numbers alone, none looks like another


@given(st.text() | HANDLE_LIKE)
@example("CORP\\")
def test_each_login_gives_a_legal_handle(login):
    handle = handle_from_login(login)
    assert canonical_handle(handle) == handle


def test_a_login_that_gives_nothing_gives_the_fallback():
    assert handle_from_login("") == handle_from_login("???") == handle_from_login("\ud800@x") == FALLBACK


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("bob", ["bob", "bobby"]),
        ("bo", ["bob", "bobby"]),
        ("alcie", ["alice"]),
        ("zzz", []),
        ("ALICE", ["alice"]),
        ("", []),
    ],
)
def test_near_names_come_best_first(name, near):
    assert near_names(name, ["alice", "bobby", "bob"]) == near


@given(st.text(), st.lists(st.text(max_size=8), max_size=20))
def test_near_names_are_three_known_names_at_most(name, names):
    near = near_names(name, names)
    assert len(near) <= module.MAX_NEAR_NAMES
    assert set(near) <= set(names)


def test_heavy_libraries_load_only_when_needed():
    code = (
        "import sys, lanmsg.wire.names;"
        "sys.exit(bool({'precis_i18n', 'difflib', 'json', 'wcwidth'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
