"""Words of the world's scripts: what is typed finds what was written."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanmsg.wire.search_words import FACT, MAX_WORD, has_phrase, index_words, marks_of, phrase_of


def finds(query, text, *, is_open=False):
    phrase = phrase_of(query, is_open=is_open)
    return phrase is not None and has_phrase(phrase, index_words(text))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("HELLO", "well, hello!"),
        ("creme brulee", "Zwei Crème brûlée, bitte"),
        ("Crème", "creme"),
        ("lodz", "jedziemy do Łodzi… nie, Łódź!"),
        ("strasse", "Hauptstraße 5 … Straße"),
        ("tieng viet", "Tiếng Việt có dấu"),
        ("isparta", "ISPARTA, Isparta ve \u0131sparta"),
        ("наташа еще", "Наташа ещё тут"),
        ("αθηνα", "στην Αθήνα"),
        ("שלום", "שָׁלוֹם עולם"),
        ("مدرسة", "ذهبت إلى المَدرَسَة … مَدْرَسَة"),
        ("احمد", "سلام يا أحمد"),
        ("میخواهم", "می‌خواهم بروم"),
        ("हिन्दी", "मुझे हिन्दी आती है"),
        ("தமிழ்", "நான் தமிழ் பேசுகிறேன்"),
        ("ኢትዮጵያ", "ሰላም ኢትዮጵያ"),
        ("დილა", "დილა მშვიდობისა"),
        ("东京", "我明天去东京开会"),
        ("京都", "東京都に行く"),
        ("会议室", "三楼会议室已预订"),
        ("会", "明天开会"),
        ("议", "开会议"),
        ("カイギ", "ｶｲｷﾞは三時から"),
        ("ラーメン", "ラーメン食べたい"),
        ("学校", "학교 앞 学校"),
        ("학교", "오늘 학교에서 만나"),
        ("에서", "오늘 학교에서 만나"),
        ("학교", unicodedata.normalize("NFD", "우리학교")),
        ("กาแฟ", "ไปกินกาแฟร้อนกัน"),
        ("ร้อน", "ไปกินกาแฟร้อนกัน"),
        ("ສະບາຍດີ", "ທ່ານສະບາຍດີບໍ"),
        ("ភ្នំពេញ", "ខ្ញុំនៅភ្នំពេញ"),
        ("ရန်ကုန်", "ကျွန်တော်ရန်ကုန်မှာ"),
        ("python入門", "新しいPython入門書です"),
        ("python", "新しいPython入門書です"),
        ("python", "ใช้Pythonครับ"),
        ("full", "\uff26\uff55\uff4c\uff4c\u3000\uff37idth"),
        ("office", "the oﬃce"),
        ("🎉", "done🎉🎉"),
        ("👍", "ok 👍🏽"),
        ("snake", "a snake_case name"),
        ("12:30", "at 12:30 then"),
    ],
)
def test_what_is_typed_finds_what_was_written(query, text):
    assert finds(query, text)
    assert marks_of(text, [phrase_of(query)], limit=9)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("hell", "hello"),
        ("京東", "東京都"),
        ("东京", "东 京"),
        ("東都", "東京都"),
        ("교학", "학교"),
        ("แฟกา", "กาแฟ"),
        ("new york", "york new"),
        ("", "hello"),
        ("!?", "hello!?"),
        ("हिन", "हिन्दी"),
    ],
)
def test_what_was_not_written_is_not_found(query, text):
    assert not finds(query, text)


@pytest.mark.parametrize(
    "text", ["hello", "Straße", "東京都", "ラーメン", "학교", "กาแฟ", "हिन्दी", "سلام", "naïve idea"]
)
def test_each_start_of_a_word_finds_it_while_it_is_typed(text):
    for end in range(1, len(text) + 1):
        assert finds(text[:end], f"so {text} it is", is_open=True), text[:end]


@pytest.mark.parametrize("typed", ["ㅎ", "하", "학", "학ㄱ", "학교"])
def test_a_korean_syllable_finds_words_while_it_is_composed(typed):
    assert finds(typed, "오늘 학교에서", is_open=True)


@pytest.mark.parametrize(
    ("query", "text", "marked"),
    [
        ("cake", "Cake, cake!", ["Cake", "cake"]),
        ("the cake", "eat the cake", ["the cake"]),
        ("京都", "東京都と京都", ["京都", "京都"]),
        ("東", "東京都", ["東"]),
        ("학", "학교", ["학"]),
        ("strasse", "Die Straße!", ["Straße"]),
        ("cafe", "café cafe\u0301 x", ["café", "cafe\u0301"]),
        ("กา", "กาแฟ", ["กา"]),
        ("👍", "ok 👍🏽", ["👍"]),
    ],
)
def test_what_was_found_is_marked_in_the_text_as_written(query, text, marked):
    assert [text[start:end] for start, end in marks_of(text, [phrase_of(query)], limit=9)] == marked


def test_a_begun_word_is_marked_whole_and_marks_that_touch_are_joined():
    phrases = [phrase_of("ca", is_open=True), phrase_of("cake"), phrase_of("東京"), phrase_of("京都")]
    assert marks_of("a cake 東京都", phrases, limit=9) == ((2, 6), (7, 10))
    assert marks_of("cake " * 50, phrases, limit=3) == ((0, 4), (5, 9), (10, 14))


def test_a_long_word_counts_as_several():
    long = "x" * (2 * MAX_WORD) + "yz"
    assert index_words(long) == ["x" * MAX_WORD, "x" * MAX_WORD, "yz"]
    assert index_words("é" + long)[-1] == "xyz"
    assert finds(long, f"a {long} b")
    assert finds("x" * 100, long, is_open=True)


texts = st.text(st.characters(exclude_categories=()), max_size=60) | st.text(
    "aé東京학ก ี กß👍🏽\u3099ｶﾞ\u1112\u1161"
)


@given(texts)
def test_words_hold_nothing_that_an_index_could_take_for_syntax_or_for_a_fact(text):
    for word in index_words(text):
        assert 0 < len(word) <= MAX_WORD + 18
        assert not set(word) & {" ", '"', "*", "\0", FACT}
        assert all(char.isalnum() or char > "\x7f" for char in word)


@given(texts, st.booleans())
def test_every_text_finds_itself_and_its_marks_lie_inside(text, is_open):
    phrase = phrase_of(text, is_open=is_open)
    assert (phrase is None) == (index_words(text) == [])
    if phrase is None:
        return
    assert has_phrase(phrase, index_words(text))
    marks = marks_of(text, [phrase], limit=99)
    assert marks
    assert all(0 <= start < end <= len(text) for start, end in marks)
    assert all(end < start for (_, end), (start, _) in pairwise(marks))


@given(texts, st.data())
def test_any_run_of_characters_of_a_script_without_spaces_is_found(text, data):
    run = data.draw(st.text("東京都大阪かなラーメン학교에서กาแฟร้อน", min_size=1, max_size=20))
    start = data.draw(st.integers(0, len(run) - 1))
    end = data.draw(st.integers(start + 1, len(run)))
    assert finds(run[start:end], f"{text} {run}")


@given(st.text(st.characters(codec="ascii"), max_size=200))
def test_the_short_way_for_ascii_gives_the_same_words(text):
    assert index_words(text) == index_words(text + "\u00a0")
