import pytest

from lanmsg.cli import hub_names
from lanmsg.cli.hub_names import MAX_HOST_NAMES, hub_host_names, hub_title
from lanmsg.wire.errors import LocalError
from lanmsg.wire.limits import MAX_TITLE_CODE_POINTS


def test_the_title_is_as_told_or_the_first_part_of_this_machines_name(monkeypatch):
    assert hub_title("  the \x1b[31mkitchen\n") == "the ␛[31mkitchen"
    monkeypatch.setattr(hub_names, "_node_name", lambda: f"{'x' * 100}.example.org")
    assert hub_title("") == "x" * MAX_TITLE_CODE_POINTS
    monkeypatch.setattr(hub_names, "_node_name", lambda: "Attic.example.org")
    assert hub_title(" ") == "Attic"
    monkeypatch.setattr(hub_names, "_node_name", lambda: "")
    assert hub_title(" ") == "hub"
    with pytest.raises(LocalError, match="has 65 characters"):
        hub_title("x" * 65)


def test_a_hub_answers_to_its_machines_name_and_to_what_its_operator_says(monkeypatch):
    monkeypatch.setattr(hub_names, "_node_name", lambda: "Attic.example.org")
    names = hub_host_names([" Chat.Example.ORG "])
    assert names == {"chat.example.org", "attic.example.org", "attic", "attic.local", "lanmsg.local"}


@pytest.mark.parametrize("name", ["", "https://hub", "hub:7777", "a b", "-hub", "hub..lan", "x" * 254])
def test_what_is_no_host_name_is_refused(name):
    with pytest.raises(LocalError, match="no host name"):
        hub_host_names([name])


def test_host_names_are_limited():
    assert hub_host_names(["a"] * MAX_HOST_NAMES)
    with pytest.raises(LocalError, match="are the most"):
        hub_host_names(["a"] * (MAX_HOST_NAMES + 1))


def test_a_machine_with_an_odd_name_has_the_hubs_own(monkeypatch):
    monkeypatch.setattr(hub_names, "_node_name", lambda: "the odd one!")
    assert hub_host_names([]) == {"lanmsg.local"}
