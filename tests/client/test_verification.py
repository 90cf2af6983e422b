"""One verification, both sides in one process: what may happen when, and what a man in the middle gets."""

import json
from itertools import product
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanmsg.client.crypto.interface import CannotDecrypt
from lanmsg.client.crypto.sas import (
    SasParty,
    SasSecret,
    SasTranscript,
    commitment,
    emoji_numbers,
    identity_mac,
)
from lanmsg.client.verification import LIVE, TRANSITIONS, FalseStep, Stage, Step, Verification
from lanmsg.wire import ids

VECTOR = json.loads((Path(__file__).parents[2] / "docs/vectors/verification.json").read_text("utf-8"))
HUB, DATABASE, TRANSACTION = bytes(16), bytes(range(16)), bytes(range(16, 32))


def party(name: str) -> SasParty:
    key = name.encode().ljust(32, b".")
    return SasParty(ids.user_id(key), key, ids.device_id(key, key), bytes(32))


def side(us: str, them: str, *, is_requester: bool, secret: bytes) -> Verification:
    """Return a verification as one device sees it."""
    requester, accepter = (us, them) if is_requester else (them, us)
    transcript = SasTranscript(HUB, DATABASE, TRANSACTION, party(requester), party(accepter))
    return Verification(transcript, SasSecret(secret), is_requester=is_requester)


def pair(*, ann_sees: str = "bob", bob_sees: str = "ann"):
    ann = side("ann", ann_sees, is_requester=True, secret=b"a" * 32)
    bob = side("bob", bob_sees, is_requester=False, secret=b"b" * 32)
    return ann, bob


def until_emoji(ann: Verification, bob: Verification) -> None:
    ann.request()
    bob.asked()
    key = ann.accepted(bob.us.device, bob.accept())
    assert ann.take_key(bob.take_key(key)) is None


def test_both_sides_derive_the_same_and_confirm_each_other():
    ann, bob = pair()
    until_emoji(ann, bob)
    assert ann.emoji == bob.emoji
    assert len(ann.emoji) == 7
    bob.take_mac(ann.confirm())
    assert (ann.stage, bob.stage) == (Stage.CONFIRMED, Stage.THEY_CONFIRMED)
    ann.take_mac(bob.confirm())
    assert (ann.stage, bob.stage) == (Stage.DONE, Stage.DONE)


@pytest.mark.parametrize("names", [{"ann_sees": "eve"}, {"bob_sees": "eve"}])
def test_who_knows_another_identity_key_sees_other_emoji_and_is_not_confirmed(names):
    ann, bob = pair(**names)
    until_emoji(ann, bob)
    assert ann.emoji != bob.emoji
    with pytest.raises(FalseStep):
        bob.take_mac(ann.confirm())
    with pytest.raises(FalseStep):
        ann.take_mac(bob.confirm())


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_a_man_in_the_middle_with_keys_of_his_own_makes_the_emoji_differ(one, other):
    """He is `bob` to ann and `ann` to bob, with an identity of his own in both directories."""
    ann = side("ann", "false bob", is_requester=True, secret=b"a" * 32)
    to_ann = side("false bob", "ann", is_requester=False, secret=one)
    to_bob = side("false ann", "bob", is_requester=True, secret=other)
    bob = side("bob", "false ann", is_requester=False, secret=b"b" * 32)
    until_emoji(ann, to_ann)
    until_emoji(to_bob, bob)
    assert ann.emoji == to_ann.emoji
    assert ann.emoji != bob.emoji


def test_an_accepter_cannot_choose_a_key_after_seeing_the_other():
    ann, bob = pair()
    ann.request()
    bob.asked()
    key = ann.accepted(bob.us.device, bob.accept())
    shown = bob.take_key(key)
    for number in range(100, 200):
        with pytest.raises(FalseStep, match="bound"):
            ann.take_key(msgspec.structs.replace(shown, key=SasSecret(bytes([number]) * 32).key))
    ann.take_key(shown)
    assert ann.emoji == bob.emoji


LOW_ORDER = [bytes(32), (1).to_bytes(32, "little")]


@pytest.mark.parametrize("key", LOW_ORDER)
def test_a_key_that_gives_everybody_the_same_secret_is_refused(key):
    with pytest.raises(CannotDecrypt):
        SasSecret(b"s" * 32).agree(key)


# --- the table -------------------------------------------------------------------------------

STEPS = {
    Step.WE_ASK: lambda v, o: v.request(),
    Step.THEY_ASK: lambda v, o: v.asked(),
    Step.WE_ACCEPT: lambda v, o: v.accept(),
    Step.THEY_ACCEPT: lambda v, o: v.accepted(o["device"], o["accept"]),
    Step.THEIR_KEY: lambda v, o: v.take_key(o["key"]),
    Step.WE_CONFIRM: lambda v, o: v.confirm(),
    Step.THEY_CONFIRM: lambda v, o: v.take_mac(o["mac"]),
    Step.CANCEL: lambda v, o: v.cancel(),
}


def what_the_other_says(*, is_requester: bool):
    """Return true content for each step of the other side."""
    ann, bob = pair()
    until_emoji(ann, bob)
    other = bob if is_requester else ann
    accept = side("bob", "ann", is_requester=False, secret=b"b" * 32)
    accept.asked()
    return {
        "device": other.us.device,
        "accept": accept.accept(),
        "key": msgspec.structs.replace(bob_key(bob), key=other._secret.key),
        "mac": other.confirm(),
    }


def bob_key(bob: Verification):
    from lanmsg.client.device_messages import VerificationKey

    return VerificationKey(bob.transaction, bob._secret.key)


@given(st.booleans(), st.lists(st.sampled_from(list(Step)), max_size=12))
def test_after_any_steps_the_stage_is_what_the_table_says(is_requester, steps):
    """Every pair outside the table raises and changes nothing; every one inside leads where it says."""
    us, them = ("ann", "bob") if is_requester else ("bob", "ann")
    verification = side(us, them, is_requester=is_requester, secret=us[:1].encode() * 32)
    said = what_the_other_says(is_requester=is_requester)
    for step in steps:
        before = verification.stage
        expected = TRANSITIONS.get((before, step))
        if _plays_the_other_part(step, is_requester=is_requester):
            continue
        if expected is None:
            with pytest.raises(FalseStep):
                STEPS[step](verification, said)
            assert verification.stage is before
        else:
            STEPS[step](verification, said)
            assert verification.stage is expected


def _plays_the_other_part(step: Step, *, is_requester: bool) -> bool:
    """A requester is never asked by the same verification, and the other way round."""
    return step is (Step.THEY_ASK if is_requester else Step.WE_ASK)


def test_every_live_stage_can_be_cancelled_and_no_other():
    for stage, step in product(Stage, Step):
        if step is Step.CANCEL:
            assert ((stage, step) in TRANSITIONS) == (stage in LIVE)
    assert not any(stage in (Stage.DONE, Stage.CANCELLED) for stage, _ in TRANSITIONS)


def test_every_stage_is_reached_from_the_first():
    reached = {Stage.NEW}
    while new := {to for (stage, _), to in TRANSITIONS.items() if stage in reached} - reached:
        reached |= new
    assert reached == set(Stage)


# --- the vector ------------------------------------------------------------------------------


def test_the_vector_holds():
    def unhex(name):
        return bytes.fromhex(VECTOR[name])

    def vector_party(who):
        fields = {
            name: bytes.fromhex(VECTOR[who][name]) for name in ("user", "identity_key", "device", "key")
        }
        assert SasSecret(bytes.fromhex(VECTOR[who]["secret"])).key == fields["key"]
        return SasParty(**fields)

    requester, accepter = vector_party("requester"), vector_party("accepter")
    transcript = SasTranscript(unhex("hub"), unhex("database"), unhex("transaction"), requester, accepter)
    shared = SasSecret(bytes.fromhex(VECTOR["requester"]["secret"])).agree(accepter.key)
    assert shared == SasSecret(bytes.fromhex(VECTOR["accepter"]["secret"])).agree(requester.key)
    assert shared == unhex("shared")
    assert commitment(transcript.transaction, accepter.key) == unhex("commitment")
    assert list(emoji_numbers(shared, transcript)) == VECTOR["emoji_numbers"]
    for who, sender in (("requester", requester), ("accepter", accepter)):
        assert identity_mac(shared, transcript, sender).hex() == VECTOR[who]["mac"]
