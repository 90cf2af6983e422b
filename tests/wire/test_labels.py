"""The labels are a list nobody changes by accident, and no two lists of fields give the same bytes."""

from hypothesis import given
from hypothesis import strategies as st

from lanmsg.wire import ids, labels
from lanmsg.wire.entries import Entry, entry_hash
from lanmsg.wire.labels import labelled_bytes, labelled_hash

GOLDEN = """check words, device id, device statement, direct log, directory log, entry, everyone log,
fallback key, hub certificate, hub id, inbox log, invite secret, login, message, one-time key,
revoke statement, user id, user statement"""

fields = st.lists(st.binary(max_size=20), max_size=4)


def test_the_labels_are_these():
    found = {
        value.decode() for name, value in vars(labels).items() if name.isupper() and type(value) is bytes
    }
    assert found == {f"lanmsg/1 {label.strip()}" for label in GOLDEN.replace("\n", " ").split(",")}


@given(fields, fields)
def test_different_fields_give_different_bytes(one, other):
    assert (labelled_bytes(b"x", *one) == labelled_bytes(b"x", *other)) == (one == other)


@given(st.binary(max_size=300), st.integers(0, 2**53 - 1), st.integers(0, 99), st.integers(0, 2**53 - 1))
def test_the_hash_of_an_entry_is_the_labelled_hash_of_its_fields(body, seq, kind, at_ms):
    log, previous = ids.LogId(bytes(16)), bytes(range(32))
    entry = Entry(kind, ids.DeviceId(b"d" * 16), ids.MessageId(b"m" * 16), at_ms, body)
    expected = labelled_hash(
        labels.ENTRY, log, seq, previous, kind, entry.sender, entry.message_id, at_ms, body
    )
    assert entry_hash(log, seq, previous, entry) == expected


@given(st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16))
def test_two_people_have_one_log_whoever_asks(one, other):
    database = ids.DatabaseId(bytes(16))
    assert ids.direct_log(database, one, other) == ids.direct_log(database, other, one)
