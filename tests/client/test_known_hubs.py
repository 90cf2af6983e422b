"""The pins of a home: what is noted, what is kept, and what damage does."""

import json
import os
import stat

import pytest

from lanmsg.client.known_hubs import (
    FILE_NAME,
    MAX_ADDRESSES,
    KnownHubs,
    forget_hub,
    load_known_hubs,
    remember_hub,
)
from lanmsg.client.store.interface import StoreFailed
from lanmsg.wire import ids

KITCHEN, LAB = bytes([1]) * 32, bytes([2]) * 32


def remember(home, key=KITCHEN, address="10.0.0.1:7777", *, title="kitchen", now_ms=1000):
    remember_hub(home, identity_key=key, title=title, address=address, now_ms=now_ms)


def test_a_new_home_knows_no_hub(tmp_path):
    known = load_known_hubs(tmp_path)
    assert known == KnownHubs()
    assert known.latest is None
    assert known.at("10.0.0.1:7777") is None


def test_a_hub_is_remembered_with_its_key_title_address_and_time(tmp_path):
    remember(tmp_path)
    hub = load_known_hubs(tmp_path).latest
    assert hub is not None
    assert (hub.identity_key, hub.title, hub.addresses, hub.last_used_ms) == (
        KITCHEN,
        "kitchen",
        ("10.0.0.1:7777",),
        1000,
    )
    assert hub.hub == ids.hub_id(KITCHEN)


def test_the_hub_used_last_comes_first(tmp_path):
    remember(tmp_path, KITCHEN, "10.0.0.1:7777")
    remember(tmp_path, LAB, "10.0.0.2:7777", now_ms=2000)
    assert load_known_hubs(tmp_path).latest.identity_key == LAB
    remember(tmp_path, KITCHEN, "10.0.0.1:7777", now_ms=3000)
    known = load_known_hubs(tmp_path)
    assert [hub.identity_key for hub in known.hubs] == [KITCHEN, LAB]


def test_the_newest_addresses_are_kept_first_and_no_more_than_five(tmp_path):
    for number in range(8):
        remember(tmp_path, address=f"10.0.0.{number}:7777")
    remember(tmp_path, address="10.0.0.5:7777")
    hub = load_known_hubs(tmp_path).latest
    assert len(hub.addresses) == MAX_ADDRESSES
    assert hub.addresses[:3] == ("10.0.0.5:7777", "10.0.0.7:7777", "10.0.0.6:7777")


def test_an_address_belongs_to_the_hub_that_had_it_last(tmp_path):
    remember(tmp_path, KITCHEN, "10.0.0.1:7777")
    remember(tmp_path, LAB, "10.0.0.1:7777")
    known = load_known_hubs(tmp_path)
    assert known.at("10.0.0.1:7777").identity_key == LAB
    assert known.with_id(ids.hub_id(KITCHEN)).addresses == ()


def test_a_hub_is_found_by_its_id(tmp_path):
    remember(tmp_path)
    known = load_known_hubs(tmp_path)
    assert known.with_id(ids.hub_id(KITCHEN)) == known.latest
    assert known.with_id(ids.hub_id(LAB)) is None


def test_a_forgotten_hub_loses_its_pin_at_all_its_addresses(tmp_path):
    remember(tmp_path, address="10.0.0.1:7777")
    remember(tmp_path, address="10.0.0.2:7777")
    remember(tmp_path, LAB, "10.0.0.9:7777")
    assert forget_hub(tmp_path, "10.0.0.1:7777").identity_key == KITCHEN
    assert [hub.identity_key for hub in load_known_hubs(tmp_path).hubs] == [LAB]


def test_forgetting_an_unknown_hub_changes_nothing(tmp_path):
    remember(tmp_path)
    before = (tmp_path / FILE_NAME).read_bytes()
    assert forget_hub(tmp_path, "10.9.9.9:7777") is None
    assert (tmp_path / FILE_NAME).read_bytes() == before


@pytest.mark.skipif(os.name != "posix", reason="Windows has no modes")
def test_only_the_owner_may_read_or_write_the_file(tmp_path):
    remember(tmp_path / "home")
    assert stat.S_IMODE((tmp_path / "home" / FILE_NAME).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700


def test_the_file_is_replaced_at_one_stroke(tmp_path, monkeypatch):
    remember(tmp_path)
    before = (tmp_path / FILE_NAME).read_bytes()

    def fail(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StoreFailed, match="No space left"):
        remember(tmp_path, LAB)
    assert (tmp_path / FILE_NAME).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"[]", b'{"hubs": [{"id": "00"}]}', b"\xff\xfe", b'{"hubs": 5}'],
    ids=["empty", "cut", "other type", "fields gone", "not text", "wrong field"],
)
def test_a_damaged_file_is_a_clear_error_and_never_skipped(tmp_path, damage):
    (tmp_path / FILE_NAME).write_bytes(damage)
    with pytest.raises(StoreFailed, match="check words"):
        load_known_hubs(tmp_path)
    with pytest.raises(StoreFailed):
        remember(tmp_path)
    assert (tmp_path / FILE_NAME).read_bytes() == damage


@pytest.mark.parametrize("key", ["02" * 32, "01" * 31, "zz" * 32])
def test_a_key_that_does_not_belong_to_its_id_is_damage(tmp_path, key):
    remember(tmp_path)
    saved = json.loads((tmp_path / FILE_NAME).read_bytes())
    saved["hubs"][0]["identity_key"] = key
    (tmp_path / FILE_NAME).write_text(json.dumps(saved))
    with pytest.raises(StoreFailed, match="damaged"):
        load_known_hubs(tmp_path)


def test_fields_of_a_newer_version_are_no_damage(tmp_path):
    remember(tmp_path)
    saved = json.loads((tmp_path / FILE_NAME).read_bytes())
    saved["colour"] = saved["hubs"][0]["colour"] = "blue"
    (tmp_path / FILE_NAME).write_text(json.dumps(saved))
    assert load_known_hubs(tmp_path).latest.title == "kitchen"


def test_a_file_that_cannot_be_read_is_a_clear_error(tmp_path):
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(StoreFailed, match="cannot read"):
        load_known_hubs(tmp_path)
