"""Devices in the directory: who lets one in, who cuts one off, and that none comes back."""

from dataclasses import dataclass

import msgspec
import pytest

from lanmsg.wire.errors import Code

from .people import Somebody, Town


@dataclass
class Household:
    """Ann's laptop and phone are in the directory; `stolen` is what a thief makes of her identity key."""

    town: Town
    laptop: Somebody
    phone: Somebody
    stolen: Somebody


@pytest.fixture
def home() -> Household:
    town = Town("ann", "bob")
    laptop = town["ann"]
    phone = Somebody("phone", of=laptop)
    town.add(phone.bind(by=laptop))
    return Household(town, laptop, phone, Somebody("stolen", of=laptop))


def test_the_identity_key_alone_lets_in_the_first_device_only(home: Household) -> None:
    assert home.town.code(home.stolen.bind()) == Code.NOT_VOUCHED_FOR


def test_a_present_device_lets_in_another_one(home: Household) -> None:
    third = Somebody("third", of=home.laptop)
    assert home.town.code(third.bind(by=home.phone, grant_seed=2)) == "ok"
    person = home.town.directory.person(home.laptop.user)
    assert person is not None
    assert set(person.devices) == {home.laptop.device, home.phone.device, third.device}


def test_a_device_that_was_cut_off_lets_nobody_in(home: Household) -> None:
    home.town.add(home.phone.revoke(home.laptop))
    assert home.town.code(home.stolen.bind()) == Code.NOT_VOUCHED_FOR
    made_before = home.stolen.bind(by=home.laptop, grant_seed=2)
    assert home.town.code(made_before) == Code.NOT_VOUCHED_FOR


def test_when_all_devices_are_cut_off_nobody_comes_back(home: Household) -> None:
    """Who cut off the last one can't be seen, so no rule lets in who has only the identity key."""
    home.town.add(home.phone.revoke(home.laptop))
    home.town.add(home.phone.revoke())
    for by in (None, home.laptop, home.phone):
        assert home.town.code(home.stolen.bind(by=by, grant_seed=2)) == Code.NOT_VOUCHED_FOR


def test_a_grant_lets_in_one_device(home: Household) -> None:
    assert home.town.code(home.stolen.bind(by=home.laptop)) == Code.NOT_VOUCHED_FOR
    home.town.add(home.laptop.revoke(home.phone))
    assert home.town.code(home.stolen.bind(by=home.laptop)) == Code.NOT_VOUCHED_FOR, "used by the phone"


def test_the_voucher_of_one_device_lets_no_other_one_in(home: Household) -> None:
    third = Somebody("third", of=home.laptop).bind(by=home.laptop, grant_seed=2)
    copied = msgspec.structs.replace(home.stolen.bind(), voucher=third.voucher)
    assert home.town.code(copied) == Code.BAD_SIGNATURE


@pytest.mark.parametrize("field", ["grant", "signature", "key"])
def test_a_forged_voucher_is_refused(home: Household, field: str) -> None:
    statement = home.stolen.bind(by=home.laptop, grant_seed=2)
    forged = msgspec.structs.replace(statement.voucher, **{field: bytes(32 if field == "key" else 64)})
    code = home.town.code(msgspec.structs.replace(statement, voucher=forged))
    assert code == Code.BAD_SIGNATURE


def test_nobody_lets_in_a_device_of_somebody_else(home: Household) -> None:
    assert home.town.code(home.stolen.bind(by=home.town["bob"], grant_seed=2)) == Code.NOT_VOUCHED_FOR


def test_the_statement_of_a_present_device_may_come_again(home: Household) -> None:
    assert home.town.code(home.laptop.bind()) == "ok"
    assert home.town.code(home.phone.bind(by=home.laptop)) == "ok"


def test_a_device_that_was_cut_off_cuts_off_nobody(home: Household) -> None:
    home.town.add(home.phone.revoke(home.laptop))
    assert home.town.code(home.laptop.revoke(home.phone)) == Code.UNKNOWN_DEVICE
    assert home.town.code(home.stolen.revoke(home.phone)) == Code.UNKNOWN_DEVICE, "was never there"


def test_a_revocation_needs_the_signature_of_the_device_it_names(home: Household) -> None:
    statement = home.stolen.revoke(home.phone)
    forged = msgspec.structs.replace(statement, by=home.laptop.device)
    assert home.town.code(forged) == Code.BAD_SIGNATURE
    honest = home.laptop.revoke(home.phone)
    for field in ("signature", "by_signature"):
        assert home.town.code(msgspec.structs.replace(honest, **{field: bytes(64)})) == Code.BAD_SIGNATURE
