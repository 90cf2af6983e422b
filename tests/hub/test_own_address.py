import pytest

from lanmsg.hub.own_address import is_own_host, is_own_page

NAMES = frozenset({"attic", "attic.local"})


@pytest.mark.parametrize(
    "host",
    [
        "192.168.1.7:7777",
        "192.168.1.7",
        "[fd00::7]:7777",
        "[::1]",
        "localhost:7777",
        "Attic.Local:7777",
        "attic",
    ],
)
def test_addresses_and_own_names_mean_this_hub(host):
    assert is_own_host(host, NAMES)


@pytest.mark.parametrize(
    "host",
    [
        "", " ", "evil.example", "evil.example:7777", "attic.evil.example", "xattic", "attic.",
        "attic:x", "attic:777777", "attic/", "attic@evil", "192.168.1.7.evil.example", "0x7f000001",
        "2130706433", "127.1", "192.168.1.256", "fd00::7", "[fd00::7", "[192.168.1.7]", "[fd00::7%eth0]",
        "[]", "attic\tx",
        "localhost.", "localhost.evil.example", "attic,evil.example", "attic evil", "http://attic",
        "\uff41ttic", "attic:",
    ],
)  # fmt: skip
def test_attack_a_name_that_somebody_points_at_us_does_not_mean_us(host):
    assert not is_own_host(host, NAMES)


@pytest.mark.parametrize("host", ["192.168.1.7:7777", "attic", "[fd00::7]:7777"])
def test_our_own_page_has_the_same_address(host):
    assert is_own_page(f"https://{host}", host)
    assert is_own_page(f"https://{host}".upper(), host)


@pytest.mark.parametrize(
    "origin",
    [
        "", "null", "https://evil.example", "http://192.168.1.7:7777", "https://192.168.1.7",
        "192.168.1.7:7777",
        "https://192.168.1.7:7778", "https://192.168.1.7:7777/", "https://192.168.1.7:7777.evil.example",
        "https://evil.example#192.168.1.7:7777", "https://a@192.168.1.7:7777", "wss://192.168.1.7:7777",
        "file://",
        "moz-extension://192.168.1.7:7777",
        "https://192.168.1.7:7777 https://evil.example", "https://192.168.1.8:7777",
    ],
)  # fmt: skip
def test_attack_no_other_page_is_ours(origin):
    assert not is_own_page(origin, "192.168.1.7:7777")
