"""What must be refused, with the real programs: a second process, a false hub, old TLS, nonsense."""

import contextlib
import random
import re
import secrets
import socket
import ssl

import pytest
from tests.processes import STAYS_HERE, Hub, Program, run_lanmsg

from lanmsg.cli.exit_codes import ExitCode

pytestmark = pytest.mark.timeout(90)
FINGERPRINT = re.compile(r"^  (known|shown): +(\S.*)$", re.MULTILINE)


@pytest.fixture
def hub(tmp_path):
    with Hub(tmp_path / "hub") as hub:
        yield hub


def options(hub, tmp_path, name):
    return ("--hub", hub.address, "--home", tmp_path / name, "--name", name)


def test_a_second_process_on_a_store_is_refused(hub, tmp_path):
    anna = options(hub, tmp_path, "anna")
    with Program("chat", "--plain", *anna) as first:
        first.wait_for("Enter sends to")
        second = run_lanmsg("send", *anna, "#", "from the second")
        assert second.returncode == ExitCode.STORE
        assert "Traceback" not in second.stderr
        first.say("#from the first")
        first.wait_for("from the first   ✓")
        assert first.end() == ExitCode.OK
    assert run_lanmsg("send", *anna, "#", "after it").returncode == ExitCode.OK
    said = run_lanmsg("history", *anna, "#").stdout
    assert "from the first" in said
    assert "from the second" not in said


def test_a_second_hub_on_its_data_is_refused(hub, tmp_path):
    second = run_lanmsg("hub", "--data", hub.data, "--listen", "127.0.0.1:0")
    assert second.returncode == ExitCode.STORE
    assert f"process {hub.process.pid}" in second.stderr
    assert run_lanmsg("who", *options(hub, tmp_path, "anna")).returncode == ExitCode.OK


def test_a_hub_with_another_key_is_a_hard_stop(hub, tmp_path):
    anna, ben = (options(hub, tmp_path, name) for name in ("anna", "ben"))
    assert run_lanmsg("who", *anna).returncode == ExitCode.OK
    with Program("listen", *anna, command=STAYS_HERE) as listening:
        assert run_lanmsg("send", *ben, "#", "hello").returncode == ExitCode.OK
        listening.wait_for("hello")
        hub.stop()
        for name in ("identity.key", "tls.pem"):
            (hub.data / name).unlink()
        hub.start()
        assert listening.wait(45) == ExitCode.WRONG_IDENTITY  # it was there when the key changed
        told_later = listening.stderr
    sent = run_lanmsg("send", *anna, "#", "not for a stranger")
    assert sent.returncode == ExitCode.WRONG_IDENTITY
    assert "Nothing was sent" in sent.stderr
    for told in (told_later, sent.stderr):
        prints = dict(FINGERPRINT.findall(told))
        assert set(prints) == {"known", "shown"}, told
        assert prints["known"] != prints["shown"]
    assert "anna" not in hub.stderr.rpartition('"started"')[2]

    cora = run_lanmsg("send", *options(hub, tmp_path, "cora"), "#", "new here")
    assert cora.returncode == ExitCode.OK  # who does not know the old key meets a new hub


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_only_tls_1_3_is_spoken(hub, version):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = context.maximum_version = version
    is_refused = version is ssl.TLSVersion.TLSv1_2
    refusal = pytest.raises(ssl.SSLError) if is_refused else contextlib.nullcontext()
    with socket.create_connection(("127.0.0.1", hub.port), timeout=10) as plain, refusal:
        context.wrap_socket(plain, server_hostname="localhost").close()


def test_nonsense_on_the_port_harms_nobody(hub, tmp_path):
    seed = secrets.randbits(32)
    print(f"seed {seed}")  # noqa: T201 - shown where the test fails
    chance = random.Random(seed)
    openings = (b"", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\x00" * 8)
    anna = options(hub, tmp_path, "anna")
    assert run_lanmsg("send", *anna, "#", "before").returncode == ExitCode.OK
    for _ in range(200):
        talk_nonsense(hub, chance.choice(openings) + chance.randbytes(chance.randrange(4000)))
    for _ in range(50):
        talk_nonsense_in_tls(hub, chance.randbytes(chance.randrange(1, 4000)))
    assert run_lanmsg("send", *anna, "#", "after").returncode == ExitCode.OK
    assert hub.is_running
    assert '"level": "error"' not in hub.stderr
    assert "Traceback" not in hub.stderr
    assert hub.stop() == ExitCode.OK


def talk_nonsense(hub, data):
    with (
        contextlib.suppress(OSError),
        socket.create_connection(("127.0.0.1", hub.port), timeout=10) as link,
    ):
        link.sendall(data)
        link.shutdown(socket.SHUT_WR)
        while link.recv(65536):
            pass


def talk_nonsense_in_tls(hub, data):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["lanmsg/1"])
    with (
        contextlib.suppress(OSError),
        socket.create_connection(("127.0.0.1", hub.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as link,
    ):
        link.sendall(len(data).to_bytes(4, "big") + data)
        while link.recv(65536):
            pass
