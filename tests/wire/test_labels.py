"""The labels are a list nobody changes by accident, and no two lists of fields give the same bytes."""

from hypothesis import given
from hypothesis import strategies as st

from lanmsg.wire import ids, labels
from lanmsg.wire.entries import Entry, MessageBody, View, chain, entry_hash, message_signed_bytes
from lanmsg.wire.labels import labelled_bytes, labelled_hash

GOLDEN = """account log, check words, device grant, device id,
device voucher, device statement, direct log, directory log, entry,
everyone log, fallback key, group log, hub certificate, hub id, inbox log, invite secret, login,
members statement, message, one-time key, pairing code, pairing key, pairing name, revoke statement,
room log, room statement, sas commitment, sas emoji, sas mac, signal, signal key, user id,
user statement"""


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


@given(st.lists(st.binary(max_size=30), max_size=5), st.integers(1, 2**40))
def test_a_run_is_chained_entry_by_entry(bodies, first_seq):
    log, previous = ids.LogId(b"l" * 16), bytes(range(32))
    entries = [Entry(10, ids.DeviceId(b"d" * 16), ids.MessageId(b"m" * 16), 7, body) for body in bodies]
    run = chain(log, first_seq, previous, entries)
    assert [chained.entry for chained in run] == entries
    for seq, chained in enumerate(run, first_seq):
        previous = entry_hash(log, seq, previous, chained.entry)
        assert (chained.seq, chained.hash) == (seq, previous)


numbers = st.integers(0, 2**53 - 1)


@given(st.binary(max_size=300), numbers, numbers, numbers)
def test_a_message_is_signed_over_all_of_its_fields(ciphertext, membership_seq, directory_seq, counter):
    log, message_id, session = ids.LogId(b"l" * 16), ids.MessageId(b"m" * 16), b"s" * 32
    body = MessageBody(View(membership_seq, directory_seq), counter, session, ciphertext, b"not signed")
    fields = log, message_id, membership_seq, directory_seq, counter, session, ciphertext
    assert message_signed_bytes(log, message_id, body) == labelled_bytes(labels.MESSAGE, *fields)


@given(st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16))
def test_two_people_have_one_log_whoever_asks(one, other):
    database = ids.DatabaseId(bytes(16))
    assert ids.direct_log(database, one, other) == ids.direct_log(database, other, one)
