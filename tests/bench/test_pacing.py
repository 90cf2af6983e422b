"""The pace: what is due comes once, and late rather than never."""

from bench.pacing import Metronome


def test_every_beat_is_due_once_and_the_first_at_once():
    metronome = Metronome(10)
    assert metronome.due(0.0) == [0.0]
    assert metronome.due(0.05) == []
    assert metronome.due(0.35) == [0.1, 0.2, 0.3]


def test_at_no_pace_nothing_is_due():
    assert Metronome(0).due(5.0) == []
