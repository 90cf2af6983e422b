import contextlib
import errno
import re
import socket

import pytest

from lanmsg.net import binding
from lanmsg.net.binding import bind_all, close_all
from lanmsg.wire.addresses import Address
from lanmsg.wire.errors import LocalError


@pytest.fixture
def bound():
    opened = []

    def bind(*addresses):
        opened.extend(bind_all([Address(*address) for address in addresses]))
        return opened

    yield bind
    close_all(opened)


def test_no_host_means_both_families_with_the_same_port(bound):
    sockets = bound(("", 0))
    assert {one.family for one in sockets} == {socket.AF_INET, socket.AF_INET6}
    assert len({one.getsockname()[1] for one in sockets}) == 1


def test_a_machine_without_ipv6_listens_on_ipv4(bound, monkeypatch):
    monkeypatch.setattr(binding, "_has_ipv6", lambda: False)
    assert [one.family for one in bound(("", 0))] == [socket.AF_INET]


def test_ipv6_is_noticed_when_it_is_missing(monkeypatch):
    def no_such_family(*_):
        raise OSError(errno.EAFNOSUPPORT, "Address family not supported")

    assert binding._has_ipv6()
    monkeypatch.setattr(socket, "socket", no_such_family)
    assert not binding._has_ipv6()


def test_sockets_do_not_block_and_listen(bound):
    (one,) = bound(("127.0.0.1", 0))
    assert not one.getblocking()
    with socket.create_connection(one.getsockname(), timeout=5):
        pass


def test_a_name_is_resolved(bound):
    assert {one.getsockname()[0] for one in bound(("localhost", 0))} <= {"127.0.0.1", "::1"}


def test_a_port_in_use_is_named_and_a_free_one_suggested(bound):
    port = bound(("127.0.0.1", 0))[0].getsockname()[1]
    with pytest.raises(LocalError, match=f"port {port} at 127.0.0.1 is in use") as caught:
        bind_all([Address("127.0.0.1", port)])
    suggested = re.search(r"\((\d+) is free\)", str(caught.value))
    bound(("127.0.0.1", int(suggested[1])))


def test_a_suggested_port_is_really_free(bound):
    first = bound(("127.0.0.1", 0))[0].getsockname()[1]
    in_use = []
    with contextlib.suppress(LocalError):
        in_use.append(bound(("127.0.0.1", first + 1))[-1].getsockname()[1])
    assert binding._free_port_after(Address("127.0.0.1", first)) not in {
        f" ({port} is free)" for port in in_use
    }


def test_without_a_free_port_nothing_is_suggested(bound, monkeypatch):
    port = bound(("127.0.0.1", 0))[0].getsockname()[1]
    monkeypatch.setattr(binding, "_PORTS_TO_TRY", 0)
    with pytest.raises(LocalError, match=r"choose another port$"):
        bind_all([Address("127.0.0.1", port)])


def test_when_one_address_cannot_be_had_none_is_kept(bound):
    port = bound(("127.0.0.1", 0))[0].getsockname()[1]
    free = socket.create_server(("127.0.0.1", 0))
    free_port = free.getsockname()[1]
    free.close()
    with pytest.raises(LocalError):
        bind_all([Address("127.0.0.1", free_port), Address("127.0.0.1", port)])
    bound(("127.0.0.1", free_port))


@pytest.mark.parametrize(
    ("host", "words"),
    [("192.0.2.77", "is not an address of this machine"), ("no such name", "there is no such address")],
)
def test_a_wrong_host_is_explained(host, words):
    with pytest.raises(LocalError, match=words):
        bind_all([Address(host, 0)])


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.EACCES, "1024 or above"), (errno.EIO, r"cannot listen at 10.0.0.1:80 \(odd\)")],
)
def test_other_refusals_are_explained(number, words):
    assert re.search(words, binding._sentence_for(OSError(number, "odd"), Address("10.0.0.1", 80)))
